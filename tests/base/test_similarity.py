"""`similar_items`, `similar_users`, `as_frame`: ids, scores and errors."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import reference
from fitting import PLAIN, fit
from sklearn.exceptions import NotFittedError
from strategies import random_ratings

from sklearn_cofi import BayesianCollaborativeFilter, CollaborativeFilter


@pytest.fixture(scope="module")
def fitted():
    return fit(random_ratings(3, (8, 12)), reg_param=0.5)


@pytest.mark.parametrize("metric", ["cosine", "dot"])
@pytest.mark.parametrize("side", ["item", "user"])
def test_scores_equal_the_dense_twins(fitted, side, metric):
    ids = getattr(fitted, f"{side}_ids_")
    X = getattr(fitted, f"{side}_factors_")
    similar = getattr(fitted, f"similar_{side}s")
    got = similar([5, 0, 5], 4, metric=metric)
    assert list(got) == [side, "rank", f"similar_{side}", "score"]
    assert got[side].tolist() == [5] * 4 + [0] * 4 + [5] * 4
    assert got["rank"].tolist() == [1, 2, 3, 4] * 3
    for position, i in enumerate((5, 0, 5)):
        rows = got.iloc[4 * position : 4 * position + 4]
        best, scores = reference.similar(X, i, 4, metric)
        assert rows[f"similar_{side}"].tolist() == ids[best].tolist()
        np.testing.assert_allclose(rows["score"], scores, rtol=1e-10)


def test_none_is_all_in_the_order_of_ids(fitted):
    pd.testing.assert_frame_equal(
        fitted.similar_items(n=3), fitted.similar_items(fitted.item_ids_, n=3)
    )
    assert len(fitted.similar_users(n=99)) == 8 * 7


def test_only_candidates_are_returned(fitted):
    got = fitted.similar_items([2, 7], candidates=[7, 3, 3])
    assert got["item"].tolist() == [2, 2, 7]
    assert sorted(got["similar_item"][:2]) == [3, 7]
    assert got["similar_item"][2] == 3
    assert len(fitted.similar_items(7, candidates=7)) == 0


INVALID = {
    "unknown ids": ([1, 99, 98, 99], {}, ValueError, "items holds ids .*: 99, 98. Le"),
    "many": (list(range(90, 99)), {}, ValueError, "90, 91, 92, 93, 94 and 4 more"),
    "another kind": ("1", {}, TypeError, "'items' are of kind string.* kind number"),
    "missing": ([1, None], {}, ValueError, "ids are missing"),
    "an empty list": ([], {}, ValueError, "items must be one id or a .* at least one"),
    "candidates": (1, {"candidates": [77]}, ValueError, "candidates holds .*: 77"),
    "no candidates": (1, {"candidates": []}, ValueError, "candidates must be one id"),
    "n": (1, {"n": 0}, ValueError, "n == 0, must be >= 1"),
    "metric": (1, {"metric": "l2"}, ValueError, "metric must be one of .* got 'l2'"),
}


@pytest.mark.parametrize(
    ("items", "arguments", "error", "message"), INVALID.values(), ids=INVALID
)
def test_invalid_arguments(fitted, items, arguments, error, message):
    with pytest.raises(error, match=message):
        fitted.similar_items(items, **arguments)


def test_unfitted():
    with pytest.raises(NotFittedError):
        CollaborativeFilter().similar_items(1)
    with pytest.raises(NotFittedError):
        CollaborativeFilter().as_frame()


def test_frames_have_the_kind_of_the_frame_of_fit():
    rows = {"user": ["u", "u", "v"], "item": ["a", "b", "a"], "rating": [1.0, 5.0, 4.0]}
    kinds = pd.DataFrame(rows), pl.DataFrame(rows), pa.table(rows)
    for frame in kinds:
        model = CollaborativeFilter(1, 0.1, random_state=0, **PLAIN).fit(frame)
        found = model.similar_items(), model.similar_users("u"), model.as_frame()
        assert {type(one) for one in found} == {type(frame)}
        assert [str(x) for x in found[0]["similar_item"]] == ["b", "a"]


# At a minimum of the cost the two sides are balanced, with any penalties p and q.
BALANCED = [
    ({}, 1.0, 1.0),
    ({"fit_bias": True, "mean_normalization": "global"}, 1.0, 1.0),
    ({"reg_param": (0.5, 2.0)}, 0.5, 2.0),
    ({"reg_scaling": "count"}, "count", "count"),
]


@pytest.mark.parametrize(("parameters", "p", "q"), BALANCED, ids=str)
def test_penalties_balance_the_factors(parameters, p, q):
    drawn = random_ratings(3, (8, 12))
    model = fit(drawn, **({"tol": 1e-7, "solver": "als-ncg"} | parameters))
    counts = np.bincount(drawn.users), np.bincount(drawn.items)
    p, q = (
        np.asarray(c if x == "count" else x)
        for x, c in zip((p, q), counts, strict=True)
    )
    U, V = model.user_factors_, model.item_factors_
    left = U.T @ (np.reshape(p, (-1, 1)) * U)
    np.testing.assert_allclose(
        left, V.T @ (np.reshape(q, (-1, 1)) * V), rtol=1e-5, atol=1e-5
    )


def test_the_start_changes_no_score():
    drawn = random_ratings(3, (8, 12))
    one, other = (
        fit(drawn, tol=1e-7, solver="als-ncg", random_state=seed).similar_items(n=11)
        for seed in (0, 1)
    )
    np.testing.assert_allclose(other["score"], one["score"], atol=1e-4)


def test_factors_of_a_posterior_are_balanced():
    model = BayesianCollaborativeFilter(3, 30, burn_in=5, n_jobs=1, random_state=0)
    model.fit(random_ratings(3, (20, 15)).frame())
    U, V = model.user_factors_, model.item_factors_
    product = U @ V.T
    left, sizes, right = np.linalg.svd(product, full_matrices=False)
    balanced = right.T * np.sqrt(sizes)
    got = model.similar_items(n=14, metric="dot")
    expected = (balanced @ balanced.T)[got["item"], got["similar_item"]]
    # The balancing included the row of the prior, which these scores do not have.
    np.testing.assert_allclose(got["score"], expected, rtol=0.2, atol=0.05)


def test_as_frame_has_all_attributes_of_a_side():
    drawn = random_ratings(3, (8, 12))
    model = fit(drawn, 2, fit_bias=True)
    for side, codes in (("item", drawn.items), ("user", drawn.users)):
        frame = model.as_frame(side)
        assert list(frame) == [side, "mean", "bias", "count", "feature_0", "feature_1"]
        for column, name in (("mean", "means_"), ("bias", "bias_"), (side, "ids_")):
            np.testing.assert_array_equal(
                frame[column], getattr(model, f"{side}_{name}")
            )
        np.testing.assert_array_equal(frame["count"], np.bincount(codes))
        features = frame[["feature_0", "feature_1"]].to_numpy()
        np.testing.assert_array_equal(features, getattr(model, f"{side}_factors_"))
    with pytest.raises(ValueError, match="side must be 'item' or 'user', got 'movie'"):
        model.as_frame("movie")


def test_neighbours_of_star_wars_are_its_sequels(ml_100k):
    frame = ml_100k.sample(frac=1, random_state=0)
    found = []
    for rows, n_jobs in ((ml_100k, 1), (frame, 2)):
        model = CollaborativeFilter(20, 10.0, n_jobs=n_jobs, random_state=0, **PLAIN)
        model.fit(rows)
        found.append(model.similar_items(n=5))
    pd.testing.assert_frame_equal(*found, check_exact=True)
    sequels = found[0][found[0]["item"] == 50]["similar_item"]
    # The Empire Strikes Back, Return of the Jedi, Raiders of the Lost Ark.
    assert set(sequels[:3]) == {172, 181, 174}
