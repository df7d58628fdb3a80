"""The best items equal the first items of a full sort of all predictions."""

import warnings

import numpy as np
import pandas as pd
import pytest
import reference
from fitting import fit, pairs
from hypothesis import given
from hypothesis import strategies as st
from sklearn import config_context
from strategies import random_ratings

from sklearn_cofi.data._matrix import CSRRows
from sklearn_cofi.inference._fitted_factors import NO_IDS, FittedFactors, Side
from sklearn_cofi.inference._item_ranking import ItemRanking
from sklearn_cofi.inference._ranking_query import RankingQuery
from sklearn_cofi.inference._recommend import recommend_rows, top_items


@given(
    st.lists(st.integers(0, 3), min_size=1, max_size=30),
    st.integers(1, 40),
    st.sets(st.integers(0, 29)),
)
def test_top_items_equal_a_full_sort(scores, n, excluded):
    excluded = [i for i in sorted(excluded) if i < len(scores)]
    got = top_items(np.array(scores, float), n, np.array(excluded, np.int64))
    assert got.tolist() == reference.top(scores, n, excluded)


def query_of(U, V, rated=(), dtype=np.float64):
    """Return a query of users with factors U who rated the items `rated`."""
    n_rows, means = len(U), np.round(np.sin(np.arange(len(V))), 1).astype(dtype)
    zeros = np.zeros(n_rows, dtype)
    users = Side(NO_IDS, U, zeros, zeros, zeros)
    items = Side(NO_IDS, V, np.zeros(len(V), dtype), means, means)
    stops = np.cumsum([len(rated)] * n_rows)
    flat = np.array([*rated] * n_rows, np.int32)
    no_ratings = CSRRows(np.zeros(n_rows + 1, int), flat[:0], zeros[:0], zeros[:0])
    model = FittedFactors(users, items, 0.0, "item", no_ratings)
    return RankingQuery(model, np.arange(n_rows), np.r_[0, stops[:-1]], stops, flat)


def best_of(query, n, memory=None):
    return recommend_rows(query, lambda: ItemRanking(query.model), n, memory)


def sorted_predictions(query, n):
    """Return rows, ranks, items and scores of a full sort of all predictions."""
    found = []
    for row in range(query.n_rows):
        items = np.arange(len(query.model.items.factors))
        scores = query.predict(np.full_like(items, row), items)
        rated = query.excluded[query.starts[row] : query.stops[row]]
        best = reference.top(scores, n, rated)
        found += [(row, r + 1, i, scores[i]) for r, i in enumerate(best)]
    return [np.array(column) for column in zip(*found, strict=True)]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("n", [1, 10, 50, 300, 999])
@pytest.mark.parametrize("rated", [[], [0, 5, 63, 64, 269]])
def test_blocks_equal_the_full_sort_of_predictions(dtype, n, rated):
    rng = np.random.default_rng(0)
    U, V = rng.normal(size=(40, 6)).astype(dtype), rng.normal(size=(270, 6))
    V = V.astype(dtype)
    V[100:200] = V[:100]  # ties, except for the means
    U[7] = 0  # scores are the means, with dozens of ties
    query = query_of(U, V, rated, dtype)
    got = best_of(query, n)
    for column, expected in zip(got, sorted_predictions(query, n), strict=True):
        np.testing.assert_array_equal(column, expected)


@pytest.mark.parametrize("n", [5, 400])
def test_the_result_does_not_depend_on_the_memory(n):
    rng = np.random.default_rng(0)
    U, V = rng.normal(size=(300, 3)), rng.normal(size=(5000, 3))
    query = query_of(U, V, [3, 4096, 4999])
    whole = best_of(query, n)
    with config_context(working_memory=1):
        parts = best_of(query, n)
    least = best_of(query, n, 40)
    for other in (parts, least):
        for column, expected in zip(other, whole, strict=True):
            np.testing.assert_array_equal(column, expected)


def test_too_little_memory_is_an_error():
    query = query_of(np.ones((2, 3)), np.ones((300, 3)))
    message = "memory_budget=0.1 MiB is too little: ranking 300 items for 2 users"
    with pytest.raises(ValueError, match=message):
        best_of(query, 5, 0.1)


VARIANTS = [
    *({"mean_normalization": means} for means in ("item", "user", "global", None)),
    {"fit_bias": True},
    {"reg_scaling": "count"},
    {"fit_bias": True, "reg_scaling": "count", "mean_normalization": "user"},
    {"reg_param": (0.3, 2.0), "reg_scaling": 0.5},
    {"reg_param": (0.3, 2.0), "fit_bias": True, "reg_scaling": 0.5},
    {"fit_bias": True, "reg_scaling": "count", "reg_bias": (3.0, 1.0)},
    {"mean_normalization": "user", "mean_damping": 5.0},
]


@pytest.fixture(scope="module", params=VARIANTS, ids=str)
def fitted(request):
    drawn = random_ratings(3, (8, 12))
    return drawn, fit(drawn, **({"reg_param": 0.5} | request.param))


def predictions(model, user):
    items = model.item_ids_
    return model.predict(pd.DataFrame({"user": user, "item": items}))


@pytest.mark.parametrize("n", [1, 5, 12, 99])
@pytest.mark.parametrize("exclude_rated", [True, False])
def test_recommendations_equal_the_sorted_predictions(fitted, n, exclude_rated):
    drawn, model = fitted
    queried = [5, 0, 5]
    got = model.recommend(queried, n=n, exclude_rated=exclude_rated)
    start = 0
    for user in queried:
        rated = drawn.items[drawn.users == user] if exclude_rated else []
        scores = predictions(model, user)
        best = reference.top(scores, n, rated)
        rows = got.iloc[start : start + len(best)]
        assert (rows["user"] == user).all()
        assert rows["item"].tolist() == best
        assert rows["rank"].tolist() == list(range(1, len(best) + 1))
        np.testing.assert_array_equal(rows["prediction"], scores[best])
        start += len(best)
    assert len(got) == start


def test_an_unknown_user_is_recommended_the_highest_means(fitted):
    _, model = fitted
    got = model.recommend([0, 77], n=12)
    got = got[got["user"] == 77]
    means = model.unknown_user_predictions_
    best = reference.top(means, 12)
    assert got["item"].tolist() == best
    np.testing.assert_array_equal(got["prediction"], means[best])


def new_users(model, seed=0):
    rng = np.random.default_rng(seed)
    users = np.repeat(["z", "a"], [4, 2])
    items = np.r_[rng.permutation(model.item_ids_)[:4], [1, 7]]
    return pd.DataFrame(
        {"user": users, "item": items, "rating": rng.integers(1, 6, 6).astype(float)}
    )


def twin_of_a_new_user(model, items, ratings):
    """Return dense predictions: an exact ridge regression on the item factors."""
    damping = model.mean_damping
    own = (np.sum(ratings) + damping * model.global_mean_) / (len(ratings) + damping)
    means = {
        "item": model.item_means_,
        "user": np.full(model.item_ids_.size, own),
        "global": np.full(model.item_ids_.size, model.global_mean_),
        None: np.zeros(model.item_ids_.size),
    }[model.mean_normalization]
    V, baseline = model.item_factors_, means + model.item_bias_
    power = {"none": 0, "count": 1}.get(model.reg_scaling, model.reg_scaling)
    own = model.reg_param if np.isscalar(model.reg_param) else model.reg_param[0]
    penalties = np.full(V.shape[1], len(items) ** power * own)
    if model.fit_bias:  # the bias is one more latent factor, which is 1 for all items
        V = np.column_stack([V, np.ones(len(V))])
        bias = penalties[0] if model.reg_bias is None else model.reg_bias[0]
        penalties = np.r_[penalties, bias]
    u = reference.fold_in(
        ratings - baseline[items], np.ones(len(items)), V[items], penalties
    )
    return baseline + V @ u


@pytest.mark.parametrize("exclude_rated", [True, False])
def test_new_users_get_an_exact_ridge_regression(fitted, exclude_rated):
    _, model = fitted
    new = new_users(model)
    got = model.recommend(ratings=new, n=12, exclude_rated=exclude_rated)
    assert got["user"].unique().tolist() == ["a", "z"]
    for user, rows in got.groupby("user"):
        own = new[new["user"] == user]
        items = own["item"].to_numpy()
        scores = twin_of_a_new_user(model, items, own["rating"].to_numpy())
        rated = items if exclude_rated else []
        assert rows["item"].tolist() == reference.top(scores, 12, rated)
        np.testing.assert_allclose(
            rows["prediction"], scores[rows["item"]], rtol=1e-10, atol=1e-10
        )


def test_one_new_user_without_id_gets_the_same_as_among_others(fitted):
    _, model = fitted
    new = new_users(model)
    among = model.recommend(ratings=new, n=12)
    own = new.loc[new["user"] == "z", ["item", "rating"]]
    alone = model.recommend(ratings=own, n=12)
    assert "user" not in alone
    among = among[among["user"] == "z"].drop(columns="user").reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, among, check_exact=True)


def test_items_of_an_unknown_user_are_searched_by_damped_means():
    # There are more items than are kept by the search. Larger predictions in another
    # order must be searched as well, although the model has been prepared before.
    drawn = random_ratings(5, (30, 80), density=0.1)
    model = fit(drawn, 2, fit_bias=True, reg_bias=9.0, mean_normalization="global")
    for shift in (0, 100):
        predictions = np.roll(model.unknown_user_predictions_, 17) + shift
        model.unknown_user_predictions_ = predictions
        got = model.recommend([model.user_ids_[0], 999], n=5)
        got = got[got["user"] == 999]
        best = reference.top(predictions, 5)
        assert got["item"].tolist() == model.item_ids_[best].tolist()
        np.testing.assert_array_equal(got["prediction"], predictions[best])


def test_a_new_user_with_unknown_items_only_is_an_unknown_user(fitted):
    _, model = fitted
    unknown_items = pd.DataFrame({"item": [500], "rating": [1.0]})
    with pytest.warns(UserWarning, match="1 of the 1 ratings are of items"):
        got = model.recommend(ratings=unknown_items, n=12)
    means = model.unknown_user_predictions_
    best = reference.top(means, 12)
    assert got["item"].tolist() == best
    np.testing.assert_array_equal(got["prediction"], means[best])


def test_a_new_user_does_not_change_the_model(fitted):
    drawn, model = fitted
    before = model.predict(pairs(drawn))
    with warnings.catch_warnings(action="error"):
        model.recommend(ratings=new_users(model))
    np.testing.assert_array_equal(model.predict(pairs(drawn)), before)


def test_clipping_makes_no_ties():
    drawn = random_ratings(3, (8, 12))
    drawn = drawn._replace(ratings=np.abs(drawn.ratings) % 5)
    everything = {"n": 12, "exclude_rated": False}
    model = fit(drawn, reg_param=0.05, rating_range=(0, 4.5))
    got = model.recommend(range(8), **everything)
    # Predictions outside the range are clipped to it but keep their order.
    wider = fit(drawn, reg_param=0.05).recommend(range(8), **everything)
    assert (wider["prediction"] > 4.5).groupby(wider["user"]).sum().max() > 1
    assert got["item"].tolist() == wider["item"].tolist()
    np.testing.assert_array_equal(got["prediction"], wider["prediction"].clip(0, 4.5))
