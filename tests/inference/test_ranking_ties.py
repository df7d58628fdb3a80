"""Equal and nearly equal predictions, many items, ranges that bind: sorted as ever."""

import numpy as np
import pandas as pd
import pytest
import reference
from fitting import fit
from sklearn import config_context
from strategies import random_ratings

from sklearn_cofi import CollaborativeFilter

DTYPES = pytest.mark.parametrize("dtype", ["float32", "float64"])


def model_of(U, V, dtype="float64", rated=()):
    """Return a fitted model that predicts ``U @ V.T``.

    The last user has rated every item, and all have rated item 0 and the pairs of
    ``rated``.
    """
    pairs = [(user, 0) for user in range(len(U) - 1)]
    pairs += [(len(U) - 1, item) for item in range(len(V))]
    frame = pd.DataFrame([*pairs, *rated], columns=["user", "item"])
    frame["rating"] = np.arange(len(frame)) % 5
    settings = {"random_state": 0, "n_jobs": 1, "tol": 1e9, "dtype": dtype}
    model = CollaborativeFilter(
        U.shape[1], 0.1, mean_normalization=None, fit_bias=False, **settings
    ).fit(frame)
    model.user_factors_ = np.asarray(U, dtype)
    model.item_factors_ = np.asarray(V, dtype)
    return model


def assert_sorted(model, users, n, excluded, **asked):
    """Compare recommendations with full sorts of what `predict` returns.

    ``excluded`` is a function of the user: the items that are left out.
    """
    items = model.item_ids_
    everyone = model.recommend(users, n=n, **asked)
    for user in users:
        scores = model.predict(pd.DataFrame({"user": user, "item": items}))
        got = everyone[everyone["user"] == user]
        best = reference.top(scores, n, excluded(user))
        assert got["item"].tolist() == best
        np.testing.assert_array_equal(got["prediction"], scores[best])


@DTYPES
def test_items_that_rounding_alone_tells_apart_are_sorted_by_predictions(dtype):
    # The factors of each item are the same numbers in another order, with a mean of
    # zero: all predictions are zero but for rounding. A matrix product rounds otherwise
    # than single predictions do, and puts the items in another order.
    rng = np.random.default_rng(0)
    numbers = rng.normal(size=20)
    numbers -= numbers.mean()
    V = np.array([rng.permutation(numbers) for _ in range(20)])
    U = rng.uniform(1, 3, (40, 1)) * np.ones((1, 20))
    model = model_of(U, V, dtype)
    assert_sorted(model, range(40), 1, lambda user: (), exclude_rated=False)


@pytest.mark.parametrize("n", [1, 4])
def test_equal_candidates_of_one_user_rise_by_id(n):
    model = model_of(np.ones((3, 2)), np.ones((9, 2)))
    own = pd.DataFrame({"user": [1] * 5 + [2] * 2, "item": [8, 3, 5, 2, 7, 6, 0]})
    got = model.recommend([2, 1], n=n, candidates=own, exclude_rated=False)
    expected = {1: [2, 3, 5, 7, 8][:n], 2: [0, 6][:n]}
    for user, items in expected.items():
        assert got.loc[got["user"] == user, "item"].tolist() == items


@pytest.mark.parametrize("n", [5, 400])
def test_items_left_out_are_found_among_thousands(n):
    # So many items are scored in several parts. What is left out lies in all of them,
    # is best of all, and is not given in order.
    best = [0, 3, 50, 2559, 2560, 2600, 4096, 4200, 4999]
    V = np.random.default_rng(0).normal(size=(5000, 2)) - [9, 0]
    V[best, 0] = 9
    # Among the next best are items as far into the second part, which begins at 2560,
    # as items that are left out are into the first.
    V[[10, 2560 + 3, 2570, 2560 + 50, 4100], 0] = -1
    rated = [(user, item) for user in (0, 1) for item in (2600, 4200)]
    model = model_of(np.array([[1.0, 0], [1, 1], [0, 0]]), V, rated=rated)
    rest = [4999, 4096, 2560, 2559, 50, 3]
    banned = [(user, item) for user in (1, 0) for item in rest]
    banned = pd.DataFrame(banned, columns=["user", "item"])
    assert_sorted(model, [0, 1], n, lambda user: best, banned=banned)


@pytest.mark.parametrize("metric", ["cosine", "dot"])
def test_items_that_are_all_equally_similar_rise_by_id(metric):
    # Zeros have no rounding: the smallest score kept is just that of all others.
    V = np.random.default_rng(0).normal(size=(3000, 3))
    V[7] = 0
    got = model_of(np.ones((2, 3)), V).similar_items([7], n=9, metric=metric)
    assert got["similar_item"].tolist() == [0, 1, 2, 3, 4, 5, 6, 8, 9]


@pytest.mark.parametrize("rating_range", [(0.0, 2.5), (2.5, 4.5), (2.0, 3.0)], ids=str)
@pytest.mark.parametrize("means", ["item", "user", "global"])
def test_a_range_that_binds_cuts_predictions_and_not_their_order(means, rating_range):
    # Means and biases of many pairs are outside of the range by themselves.
    drawn = random_ratings(3, (8, 40))
    drawn = drawn._replace(ratings=np.abs(drawn.ratings) % 5)
    wide = fit(drawn, reg_param=0.5, fit_bias=True, mean_normalization=means)
    everything = {"n": 40, "exclude_rated": False}
    expected = wide.recommend(range(8), **everything)
    cut = expected["prediction"].clip(*rating_range)
    assert (cut != expected["prediction"]).sum() > 40
    # `fit` refuses ratings outside of the range, so it is set afterwards.
    narrow = wide.set_params(rating_range=rating_range)
    got = narrow.recommend(range(8), **everything)
    assert got["item"].tolist() == expected["item"].tolist()
    np.testing.assert_array_equal(got["prediction"], cut)
    few = narrow.recommend(range(8), n=5, exclude_rated=False)
    assert few["item"].tolist() == expected.loc[expected["rank"] <= 5, "item"].tolist()


@pytest.mark.parametrize("fit_bias", [False, True])
@pytest.mark.parametrize("means", ["item", "user", "global", None])
def test_few_of_many_items_are_the_sorted_predictions(means, fit_bias):
    # Few of many: they are chosen by a matrix product, means and biases included. Means
    # that spread wider than what the factors add make the choice depend on them.
    drawn = random_ratings(3, (20, 300), density=0.2)
    offsets = np.random.default_rng(0).normal(scale=5, size=300)
    drawn = drawn._replace(ratings=drawn.ratings + offsets[drawn.items])
    settings = {"mean_normalization": means, "fit_bias": fit_bias, "tol": 0.1}
    model = fit(drawn, reg_param=2.0, **settings)
    assert_sorted(model, [0, 7, 77], 5, lambda u: drawn.items[drawn.users == u])


@pytest.mark.parametrize("n", [5, 30])
def test_users_that_are_ranked_in_parts_keep_their_own_means(n):
    drawn = random_ratings(4, (300, 30), density=0.2)
    settings = {"mean_normalization": "user", "fit_bias": True, "tol": 0.1}
    model = fit(drawn, reg_param=2.0, **settings)
    with config_context(working_memory=1):
        assert_sorted(model, range(300), n, lambda u: drawn.items[drawn.users == u])
