"""A saved model is loaded unchanged, or a clear error is raised."""

import copy
import json
import zipfile

import numpy as np
import pandas as pd
import pytest
from fitting import PLAIN
from hypothesis import given
from hypothesis import strategies as st
from saved_models import (
    FIXTURE,
    FRAME,
    IDS,
    MODELS,
    SMALL,
    VERSION_1,
    VERSION_2,
    VERSION_3,
    VERSION_4,
    fitted,
)
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import KFold
from versions import needs_callbacks

from sklearn_cofi import (
    ClusterRecommender,
    CollaborativeFilter,
    CollaborativeFilterCV,
    load_npz,
    save_npz,
)
from sklearn_cofi.persistence._models import VERSION


@pytest.mark.parametrize("mmap_mode", [None, "r", "c"])
@pytest.mark.parametrize(
    ("name", "ids"),
    [*((name, "numbers") for name in MODELS), *(("plain", ids) for ids in IDS)],
)
def test_a_loaded_model_equals_the_saved_one(name, ids, mmap_mode, tmp_path):
    model, frame = fitted(name, ids)
    save_npz(model, tmp_path / "model.npz")
    same = load_npz(tmp_path / "model.npz", mmap_mode=mmap_mode)
    assert type(same) is type(model)
    assert repr(same) == repr(model)
    assert vars(same).keys() == vars(model).keys()
    for key, value in vars(model).items():
        found = getattr(same, key)
        assert type(found) in (type(value), np.memmap), key
        np.testing.assert_array_equal(found, value, key)
        if isinstance(value, np.ndarray):
            assert found.dtype == value.dtype, key
    np.testing.assert_array_equal(same.predict(frame), model.predict(frame))
    users = model.user_ids_[:2]
    pd.testing.assert_frame_equal(same.recommend(users), model.recommend(users))


def test_a_map_of_the_file_is_aligned_and_read_only(tmp_path):
    model, _ = fitted()
    save_npz(model, tmp_path / "model.npz")
    same = load_npz(tmp_path / "model.npz", mmap_mode="r")
    for values in (same.user_factors_, same.item_factors_, same._rated_ratings):
        assert isinstance(values, np.memmap)
        assert values.ctypes.data % 64 == 0
        assert not values.flags.writeable
    np.testing.assert_array_equal(same.fold_in(FRAME).predict(FRAME[:3]).shape, (3,))


@needs_callbacks
def test_callbacks_are_not_saved(tmp_path):
    from sklearn.callback import ProgressBar

    model, frame = fitted()
    save_npz(model, tmp_path / "without.npz")
    save_npz(model.set_callbacks(ProgressBar()), tmp_path / "with.npz")
    again = (tmp_path / "with.npz").read_bytes()
    assert again == (tmp_path / "without.npz").read_bytes()


def test_numpy_reads_the_arrays(tmp_path):
    model, _ = fitted()
    save_npz(model, tmp_path / "model.npz")
    with np.load(tmp_path / "model.npz") as arrays:
        np.testing.assert_array_equal(arrays["item_factors_"], model.item_factors_)


def test_saving_a_model_twice_gives_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        save_npz(fitted()[0], tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_file_of_version_1_is_read():
    model = load_npz(VERSION_1)
    expected = CollaborativeFilter(
        num_features=2, random_state=0, reg_param=1.5, **PLAIN
    )
    assert repr(model) == repr(expected)
    assert model._rated_validation.size == 0
    predicted = model.predict(pd.DataFrame({"user": ["u1"], "item": [20]}))
    assert predicted[0] == pytest.approx(2.5390344, abs=1e-7)


@pytest.mark.parametrize(
    ("path", "prediction"),
    [
        (VERSION_2, 3.2283572),
        (VERSION_3, 3.2283572),
        (VERSION_4, 3.0383680),
        (FIXTURE, 3.0597778),
    ],
    ids=["2", "3", "4", "5"],
)
def test_files_of_versions_2_to_5_are_read(path, prediction):
    model = load_npz(path)
    expected = CollaborativeFilter(
        num_features=2, random_state=0, reg_param=0.1, early_stopping=True, **PLAIN
    )
    assert repr(model) == repr(expected)
    assert np.flatnonzero(model._rated_validation).tolist() == [3]
    predicted = model.predict(pd.DataFrame({"user": ["u1"], "item": [20]}))
    assert predicted[0] == pytest.approx(prediction, abs=1e-7)


def test_the_file_of_the_newest_version_is_saved_again_with_the_same_bytes(tmp_path):
    save_npz(load_npz(FIXTURE), tmp_path / "model.npz")
    assert (tmp_path / "model.npz").read_bytes() == FIXTURE.read_bytes()


def test_attributes_with_old_names_are_renamed_in_files_of_version_1_only(tmp_path):
    model, _ = fitted("stopped")
    path = tmp_path / "model.npz"
    save_npz(model, path)

    def use_old_name(header):
        attributes = header["attributes"]
        attributes["_rated_apart"] = attributes.pop("_rated_validation")

    rewritten(path, use_old_name)
    with pytest.raises(ValueError, match="_rated_validation"):
        load_npz(path)
    rewritten(path, lambda header: header.update(version=1))
    same = load_npz(path)
    np.testing.assert_array_equal(same._rated_validation, model._rated_validation)
    assert vars(same).keys() == vars(model).keys()


def saved_as_version_2(model, path):
    save_npz(model, path)
    rewritten(path, lambda header: header.update(version=2))


@pytest.mark.parametrize("name", ["plain", "pair", "single", "stopped", "tuned"])
def test_files_of_version_2_get_predictions_for_unknown_ids(name, tmp_path):
    model, _ = fitted(name)
    old = copy.copy(model)
    del old.unknown_user_predictions_, old.unknown_item_predictions_
    saved_as_version_2(old, tmp_path / "model.npz")
    same = load_npz(tmp_path / "model.npz")
    assert vars(same).keys() == vars(model).keys() - {"_skl_callbacks"}
    for name in ("unknown_user_predictions_", "unknown_item_predictions_"):
        np.testing.assert_array_equal(getattr(same, name), getattr(model, name))
    save_npz(old, tmp_path / "model.npz")
    with pytest.raises(ValueError, match="it has no unknown_user_predictions_"):
        load_npz(tmp_path / "model.npz")


# Attributes that items are folded in by, which earlier versions did not save.
PRIOR_OF_ITEMS = {"_user_coef_draws"} | {
    f"_item_{name}_draws"
    for name in ("prior_mean", "precision", "link", "coef", "degrees")
}


@pytest.mark.parametrize("name", ["bayesian", "no links"])
def test_bayesian_files_of_version_2_predict_unknown_ids_as_new_ones(name, tmp_path):
    model, _ = fitted(name)
    old, path = copy.copy(model), tmp_path / "model.npz"
    old.user_draws_, old.item_draws_ = (
        model.user_draws_.copy(),
        model.item_draws_.copy(),
    )
    old.user_draws_[:, -1] = old._user_prior_mean_draws
    old.item_draws_[:, -1] = 7
    old.unknown_user_predictions_ = old.unknown_user_predictions_ - 1
    old.unknown_item_predictions_ = old.unknown_item_predictions_ - 1
    old._item_precision_draws = old._user_precision_draws
    del old._user_covariance_draws, old._item_covariance_draws
    del old._user_prior_mean_draws, old._mean_weight
    for key in PRIOR_OF_ITEMS - {"_item_precision_draws"}:
        delattr(old, key)
    saved_as_version_2(old, path)
    same = load_npz(path)
    assert vars(same).keys() == vars(model).keys() - PRIOR_OF_ITEMS
    for key, value in vars(model).items():
        if (
            key not in PRIOR_OF_ITEMS
            and isinstance(value, np.ndarray)
            and value.dtype.kind == "f"
        ):
            np.testing.assert_allclose(getattr(same, key), value, 1e-6, 1e-8, key)
    new = pd.DataFrame({"item": model.item_ids_[:3], "rating": [1.0, 2, 3]})
    found, expected = (
        each.recommend(ratings=new, return_std=True) for each in (same, model)
    )
    pd.testing.assert_frame_equal(found, expected, rtol=1e-6)
    del old._item_precision_draws
    saved_as_version_2(old, path)
    with pytest.raises(ValueError, match="damaged.*_item_precision_draws"):
        load_npz(path)


REFUSED = {
    "a class": (
        ClusterRecommender(),
        TypeError,
        "A ClusterRecommender cannot be saved",
    ),
    "unfitted": (CollaborativeFilter(), NotFittedError, "not fitted"),
    "a solver": (
        CollaborativeFilter(1, 0.5, solver=lambda *args, **more: None, **PLAIN),
        TypeError,
        "^solver cannot be saved without pickle: .*Set it to a number",
    ),
    "a generator": (
        CollaborativeFilter(1, 0.5, random_state=np.random.RandomState(0), **PLAIN),
        TypeError,
        "^random_state cannot be saved",
    ),
    "a splitter": (
        CollaborativeFilterCV([1.0], [1], cv=KFold(2), **PLAIN),
        TypeError,
        "^cv cannot be saved",
    ),
}


@pytest.mark.parametrize(("model", "error", "message"), REFUSED.values(), ids=REFUSED)
def test_models_that_cannot_be_saved_are_refused(model, error, message, tmp_path):
    if error is TypeError and not isinstance(model, ClusterRecommender):
        vars(model).update(
            (name, value)
            for name, value in vars(fitted()[0]).items()
            if name.endswith("_") or name.startswith("_")
        )
    with pytest.raises(error, match=message):
        save_npz(model, tmp_path / "model.npz")
    assert not list(tmp_path.iterdir())


def test_ids_of_other_types_are_refused(tmp_path):
    frame = FRAME.assign(user=[(user,) for user in FRAME["user"]])
    model = CollaborativeFilter(1, 0.5, **(PLAIN | SMALL)).fit(frame)
    with pytest.raises(TypeError, match="^user_ids_ cannot be .*Fit with strings"):
        save_npz(model, tmp_path / "model.npz")


def rewritten(path, change):
    """Write the file again with a changed header."""
    with zipfile.ZipFile(path) as archive:
        parts = {info: archive.read(info) for info in archive.infolist()}
    with zipfile.ZipFile(path, "w") as archive:
        for info, data in parts.items():
            if info.filename == "header.json":
                header = json.loads(data)
                change(header)
                data = json.dumps(header)
            archive.writestr(info, data)


CHANGES = {
    "newer": (
        lambda h: h.update(version=VERSION + 1),
        f"has version {VERSION + 1} of the format.* Upgrade",
    ),
    "another format": (lambda h: h.update(format="other"), "header is not that of a"),
    "no version": (lambda h: h.pop("version"), "header is not that of a"),
    "another class": (lambda h: h.update({"class": "Pipeline"}), "Pipeline"),
    "a parameter more": (lambda h: h["parameters"].update(new=1), "new"),
    "a method": (
        lambda h: h["attributes"].update(predict={"value": 1}),
        "predict is not an attribute",
    ),
    "no factors": (lambda h: h["attributes"].pop("user_factors_"), "no user_factors_"),
    "factors of the other side": (
        lambda h: h["attributes"].update(user_factors_={"array": "item_factors_"}),
        "factors_ has the shape",
    ),
    "no such array": (
        lambda h: h["attributes"].update(user_bias_={"array": "nothing"}),
        "it has no nothing.npy",
    ),
    "a number for an array": (
        lambda h: h["attributes"].update(user_bias_={"value": 1}),
        "user_bias_ has the wrong type",
    ),
}


@pytest.mark.parametrize(("change", "message"), CHANGES.values(), ids=CHANGES)
def test_an_inconsistent_header_is_refused(change, message, tmp_path):
    path = tmp_path / "model.npz"
    save_npz(fitted()[0], path)
    rewritten(path, change)
    with pytest.raises(ValueError, match=message):
        load_npz(path)


@pytest.mark.parametrize("check", [True, False])
@given(data=st.data())
def test_a_damaged_file_is_refused_or_gives_the_model(check, data, tmp_path_factory):
    whole = FIXTURE.read_bytes()
    kind = data.draw(st.sampled_from(["cut", "flip", "insert"]))
    place = data.draw(st.integers(0, len(whole) - 1))
    if kind == "cut":
        damaged = whole[:place]
    elif kind == "flip":
        other = whole[place] ^ data.draw(st.integers(1, 255))
        damaged = whole[:place] + bytes([other]) + whole[place + 1 :]
    else:
        damaged = whole[:place] + data.draw(st.binary(max_size=9)) + whole[place:]
    path = tmp_path_factory.mktemp("damaged") / "model.npz"
    path.write_bytes(damaged)
    try:
        model = load_npz(path, check=check)
    except ValueError as error:
        assert "is damaged" in str(error) or "version" in str(error)  # noqa: PT017
    else:
        if check:
            expected = load_npz(FIXTURE)
            for name in ("user_factors_", "item_factors_", "_rated_ratings"):
                np.testing.assert_array_equal(
                    getattr(model, name), getattr(expected, name)
                )
        model.recommend(model.user_ids_)


def test_a_missing_file_or_folder_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_npz(tmp_path / "none.npz")
    with pytest.raises(OSError, match="none"):
        save_npz(fitted()[0], tmp_path / "none" / "model.npz")
    with pytest.raises(ValueError, match="mmap_mode must be None, 'r' or 'c'"):
        load_npz(FIXTURE, mmap_mode="w+")
