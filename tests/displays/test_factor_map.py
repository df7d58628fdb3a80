"""FactorMapDisplay: principal components of the item factors, and titles."""

import copy

import numpy as np
import pandas as pd
import polars as pl
import pytest
from fitting import PLAIN

from sklearn_cofi import CollaborativeFilter
from sklearn_cofi.displays import FactorMapDisplay

draw = FactorMapDisplay.from_estimator


def test_the_components_are_computed_from_all_items(fitted):
    display = draw(fitted, n_items=12)
    V = fitted.item_factors_ - fitted.item_factors_.mean(axis=0)
    _, values, axes = np.linalg.svd(V, full_matrices=False)
    rows = np.argsort(-fitted.item_counts_, kind="stable")[:12]
    expected = V[rows] @ axes[:2].T
    signs = np.sign(expected[0] * display.positions[0])
    np.testing.assert_allclose(display.positions, signs * expected, atol=1e-10)
    np.testing.assert_allclose(display.shares, (values**2 / (values**2).sum())[:2])
    np.testing.assert_array_equal(display.points_.get_offsets(), display.positions)
    assert f"{display.shares[0]:.0%} of the variance" in display.ax_.get_xlabel()


def test_the_items_with_the_most_ratings_come_first(fitted, parts):
    counts = parts[0]["item"].value_counts()
    names = draw(fitted, n_items=5).names
    assert [counts[int(name)] for name in names] == counts.iloc[:5].tolist()


def test_a_rotation_of_the_factors_does_not_change_the_map(fitted):
    rotated = copy.deepcopy(fitted)
    Q = np.linalg.qr(np.random.default_rng(0).normal(size=(4, 4)))[0]
    rotated.item_factors_ = fitted.item_factors_ @ Q
    positions, expected = draw(rotated).positions, draw(fitted).positions
    np.testing.assert_allclose(np.abs(positions), np.abs(expected), atol=1e-10)


@pytest.mark.parametrize(
    "titles",
    [
        {3: "three", 5: "five"},
        pd.Series(["three", "five"], index=[3, 5]),
        pd.DataFrame({"item": [3, 5], "title": ["three", "five"]}),
        pl.DataFrame({"movieId": [3, 5], "title": ["three", "five"]}),
    ],
    ids=["dict", "series", "frame", "polars"],
)
def test_titles_may_be_a_dict_a_series_or_a_frame(fitted, titles):
    display = draw(fitted, items=[5, 3, 7], titles=titles)
    assert display.names == ["five", "three", "7"]  # item 7 has no title
    written = [text.get_text() for text in display.texts_]
    assert sorted(written + display.left_out_) == sorted(display.names)


def test_long_titles_are_cut(fitted):
    (name, _) = draw(fitted, items=[5, 3], titles={5: "many words " * 9}).names
    assert name.startswith("many words many words")
    assert name.endswith("…")
    assert len(name) <= 42


@pytest.mark.parametrize(
    ("parameters", "kind", "message"),
    [
        (
            {"items": [5, 4000]},
            ValueError,
            r"1 of the items were not seen in fit.*\[4000\]",
        ),
        ({"items": []}, ValueError, "items must be .* at least one"),
        ({"items": ["x"]}, TypeError, "items"),
        ({"n_items": 1}, ValueError, "n_items == 1, must be >= 2"),
        (
            {"titles": ["a", "b"]},
            TypeError,
            "titles must be a mapping of ids to titles.*got a list",
        ),
        (
            {"titles": pd.DataFrame({"name": ["a"]})},
            ValueError,
            r"titles needs columns of ids and of titles.*\['name'\]",
        ),
    ],
)
def test_invalid_input_is_refused(fitted, parameters, kind, message):
    with pytest.raises(kind, match=message):
        draw(fitted, **parameters)


def test_a_map_needs_two_latent_factors(parts):
    model = CollaborativeFilter(1, n_jobs=1, random_state=0, **PLAIN).fit(*parts[:2])
    with pytest.raises(
        ValueError, match=r"shape \(40, 1\), but a map needs at least two"
    ):
        draw(model)
