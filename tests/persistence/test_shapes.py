"""Arrays that do not fit together are refused, although their checksums are right."""

import contextlib

import numpy as np
import pytest
from saved_models import FRAME, SMALL, fitted

from sklearn_cofi import (
    CollaborativeFilter,
    load_npz,
    save_npz,
)
from sklearn_cofi.inference._fitted_factors import ColdRows


@pytest.mark.parametrize("values", [[0, 99], [0, -1]])
def test_items_out_of_range_are_refused(values, tmp_path):
    model, _ = fitted()
    model._rated_items = model._rated_items.copy()
    model._rated_items[:2] = values
    save_npz(model, tmp_path / "model.npz")
    with pytest.raises(ValueError, match="_rated_items is out of range"):
        load_npz(tmp_path / "model.npz")


# Attributes whose lengths do not depend on other attributes.
FREE = {
    "cost_path_",
    "feature_names_in_",
    "gradient_norm_path_",
    "validation_scores_",
}


def weighted():
    """Return a model that was fitted with weights."""
    weights = np.arange(1.0, len(FRAME) + 1)
    return CollaborativeFilter(2, 0.5, **SMALL).fit(FRAME, sample_weight=weights)


def bound_arrays(model):
    """Return names and axes of the arrays whose lengths depend on each other."""
    return [
        (name, axis)
        for name, values in vars(model).items()
        if isinstance(values, np.ndarray) and values.size and name not in FREE
        for axis in range(values.ndim)
        if (name, axis) != ("traces_", 1)  # the chains
    ]


@pytest.mark.parametrize("name", ["plain", "stopped", "bayesian", "weighted"])
def test_arrays_with_a_row_or_column_less_are_refused(name, tmp_path):
    model = weighted() if name == "weighted" else fitted(name)[0]
    accepted = []
    for attribute, axis in bound_arrays(model):
        whole = getattr(model, attribute)
        setattr(model, attribute, np.delete(whole, -1, axis))
        save_npz(model, tmp_path / "model.npz")
        setattr(model, attribute, whole)
        with contextlib.suppress(ValueError):
            load_npz(tmp_path / "model.npz")
            accepted.append((attribute, axis))
    assert accepted == []


@pytest.mark.parametrize("change", ["fall", "begin", "end"])
def test_bounds_that_do_not_partition_the_ratings_are_refused(change, tmp_path):
    model, _ = fitted()
    indptr = model._rated_indptr.copy()
    if change == "fall":
        indptr[1:3] = indptr[2:0:-1]
        assert indptr[1] > indptr[2]
    else:
        indptr[0 if change == "begin" else -1] += 1 if change == "begin" else -1
    model._rated_indptr = indptr
    save_npz(model, tmp_path / "model.npz")
    with pytest.raises(ValueError, match="_rated_indptr does not partition"):
        load_npz(tmp_path / "model.npz")


@pytest.mark.parametrize("name", ["user_ids_", "item_ids_"])
def test_ids_that_are_not_sorted_are_refused(name, tmp_path):
    model, _ = fitted()
    setattr(model, name, getattr(model, name)[::-1])
    save_npz(model, tmp_path / "model.npz")
    with pytest.raises(ValueError, match=f"{name} is not sorted"):
        load_npz(tmp_path / "model.npz")


@pytest.mark.parametrize("names", ["user", ("user", "item"), ("user", 1, None), None])
def test_names_of_columns_that_are_not_three_names_are_refused(names, tmp_path):
    model, _ = fitted()
    model._column_names = names
    save_npz(model, tmp_path / "model.npz")
    with pytest.raises(ValueError, match="_column_names are not three names"):
        load_npz(tmp_path / "model.npz")


def test_a_file_without_names_of_columns_is_read(tmp_path):
    model, frame = fitted()
    expected = model.predict(frame)
    del model._column_names  # earlier versions do not have them
    save_npz(model, tmp_path / "model.npz")
    same = load_npz(tmp_path / "model.npz")
    np.testing.assert_array_equal(same.predict(frame), expected)
    assert same.score(frame) == model.score(frame)
    assert len(same.recommend(ratings=frame[["item", "rating"]][:1], n=1)) == 1


def test_cold_rows_of_one_side_only_are_refused(tmp_path):
    model, frame = fitted()
    cold = [
        ColdRows(np.zeros(ids.size, bool), np.full(ids.size, 3.0))
        for ids in (model.user_ids_, model.item_ids_)
    ]
    model._set_cold_rows(*cold)
    expected = model.predict(frame)
    save_npz(model, tmp_path / "model.npz")
    same = load_npz(tmp_path / "model.npz")
    np.testing.assert_array_equal(same.predict(frame), expected)
    del model._item_cold_baseline
    save_npz(model, tmp_path / "model.npz")
    with pytest.raises(ValueError, match="cold rows of one side only"):
        load_npz(tmp_path / "model.npz")
