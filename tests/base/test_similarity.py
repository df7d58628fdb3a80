"""`similar_items` and `similar_users`: ids in and out, and what scores mean."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import reference
from fitting import fit
from sklearn.exceptions import NotFittedError
from strategies import random_ratings

from sklearn_cofi import BayesianCollaborativeFilter, CollaborativeFilter


@pytest.fixture(scope="module")
def fitted():
    return fit(random_ratings(3, (8, 12)), reg_param=0.5)


@pytest.mark.parametrize("metric", ["cosine", "dot"])
@pytest.mark.parametrize("side", ["item", "user"])
def test_scores_are_the_dense_twins(fitted, side, metric):
    ids = getattr(fitted, f"{side}_ids_")
    X = getattr(fitted, f"{side}_factors_")
    ask = getattr(fitted, f"similar_{side}s")
    got = ask([5, 0, 5], 4, metric=metric)
    assert list(got) == [side, "rank", f"similar_{side}", "score"]
    assert got[side].tolist() == [5] * 4 + [0] * 4 + [5] * 4
    assert got["rank"].tolist() == [1, 2, 3, 4] * 3
    for place, i in enumerate((5, 0, 5)):
        rows = got.iloc[4 * place : 4 * place + 4]
        best, scores = reference.similar(X, i, 4, metric)
        assert rows[f"similar_{side}"].tolist() == ids[best].tolist()
        np.testing.assert_allclose(rows["score"], scores, rtol=1e-10)


def test_none_is_everything_in_order_of_ids(fitted):
    pd.testing.assert_frame_equal(
        fitted.similar_items(n=3), fitted.similar_items(fitted.item_ids_, n=3)
    )
    assert len(fitted.similar_users(n=99)) == 8 * 7


def test_candidates_are_all_that_is_returned(fitted):
    got = fitted.similar_items([2, 7], candidates=[7, 3, 3])
    assert got["item"].tolist() == [2, 2, 7]
    assert sorted(got["similar_item"][:2]) == [3, 7]
    assert got["similar_item"][2] == 3
    assert len(fitted.similar_items(7, candidates=7)) == 0


REFUSED = {
    "unknown ids": ([1, 99, 98, 99], {}, ValueError, "items holds ids .*: 99, 98. Not"),
    "many": (list(range(90, 99)), {}, ValueError, "90, 91, 92, 93, 94 and 4 more"),
    "another kind": ("1", {}, TypeError, "'items' are of kind string.* kind number"),
    "missing": ([1, None], {}, ValueError, "ids are missing"),
    "none asked for": ([], {}, ValueError, "items must be one id or a .* at least one"),
    "candidates": (1, {"candidates": [77]}, ValueError, "candidates holds .*: 77"),
    "no candidates": (1, {"candidates": []}, ValueError, "candidates must be one id"),
    "n": (1, {"n": 0}, ValueError, "n == 0, must be >= 1"),
    "metric": (1, {"metric": "l2"}, ValueError, "metric must be one of .* got 'l2'"),
}


@pytest.mark.parametrize(
    ("items", "arguments", "error", "message"), REFUSED.values(), ids=REFUSED
)
def test_arguments_are_refused(fitted, items, arguments, error, message):
    with pytest.raises(error, match=message):
        fitted.similar_items(items, **arguments)


def test_unfitted():
    with pytest.raises(NotFittedError):
        CollaborativeFilter().similar_items(1)
    with pytest.raises(NotFittedError):
        CollaborativeFilter().as_frame()


def test_frames_are_of_the_kind_that_was_fitted():
    rows = {"user": ["u", "u", "v"], "item": ["a", "b", "a"], "rating": [1.0, 5.0, 4.0]}
    kinds = pd.DataFrame(rows), pl.DataFrame(rows), pa.table(rows)
    for frame in kinds:
        model = CollaborativeFilter(1, 0.1, random_state=0).fit(frame)
        answers = model.similar_items(), model.similar_users("u"), model.as_frame()
        assert {type(answer) for answer in answers} == {type(frame)}
        assert [str(x) for x in answers[0]["similar_item"]] == ["b", "a"]


# At a minimum of the cost, whatever is penalised how, the two sides are balanced.
BALANCED = [
    ({}, 1.0, 1.0),
    ({"fit_bias": True, "mean_normalization": "global"}, 1.0, 1.0),
    ({"reg_param": (0.5, 2.0)}, 0.5, 2.0),
    ({"reg_scaling": "count"}, "count", "count"),
]


@pytest.mark.parametrize(("parameters", "p", "q"), BALANCED, ids=str)
def test_penalties_leave_no_freedom_but_a_rotation(parameters, p, q):
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
    # The prior's row was balanced with the others, and is not among these.
    np.testing.assert_allclose(got["score"], expected, rtol=0.2, atol=0.05)


def test_as_frame_holds_every_attribute_of_a_side():
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
    answers = []
    for rows, n_jobs in ((ml_100k, 1), (frame, 2)):
        model = CollaborativeFilter(20, 10.0, n_jobs=n_jobs, random_state=0)
        model.fit(rows)
        answers.append(model.similar_items(n=5))
    pd.testing.assert_frame_equal(*answers, check_exact=True)
    sequels = answers[0][answers[0]["item"] == 50]["similar_item"]
    # The Empire Strikes Back, Return of the Jedi, Raiders of the Lost Ark.
    assert set(sequels[:3]) == {172, 181, 174}
