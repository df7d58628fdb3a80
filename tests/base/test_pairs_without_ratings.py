"""Clicks, plays and purchases: pairs of users and items whose ratings are all 1."""

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import ratings

from sklearn_cofi import (
    BayesianCollaborativeFilter,
    CollaborativeFilter,
    CollaborativeFilterCV,
    RankingCollaborativeFilter,
)

CLICKS = pd.DataFrame(
    {
        "user": [1, 1, 2, 2, 3, 3, 3, 4],
        "item": ["a", "b", "b", "c", "a", "c", "d", "d"],
    }
)
PAIRS = CLICKS.to_numpy().tolist()
COUNTS = np.array([4, 1, 2, 2, 1, 1, 3, 1])


def lists(**parameters):
    """Return an estimator for lists that fits a small table quickly."""
    defaults = {"num_features": 2, "random_state": 0, "n_jobs": 1, "dtype": None}
    return RankingCollaborativeFilter(**(defaults | parameters))


def all_pairs(model):
    users, items = np.meshgrid(model.user_ids_, model.item_ids_, indexing="ij")
    return pd.DataFrame({"user": users.ravel(), "item": items.ravel()})


def assert_same_model(model, expected):
    """Check that two models have the same bits."""
    np.testing.assert_array_equal(model.user_factors_, expected.user_factors_)
    np.testing.assert_array_equal(model.item_factors_, expected.item_factors_)
    np.testing.assert_array_equal(model._rated_weights, expected._rated_weights)


@pytest.fixture(scope="module")
def fitted():
    return lists().fit(CLICKS)


WITHOUT_RATINGS = {
    "a frame": CLICKS,
    "a frame in another order": CLICKS[["item", "user"]],
    "polars": pl.from_pandas(CLICKS),
    "a list of rows": PAIRS,
    "an array": np.array(PAIRS, dtype=object),
    "usual names": CLICKS.set_axis(["userId", "song_id"], axis=1),
    "numbered columns": CLICKS.set_axis([0, 1], axis=1),
    "a time": CLICKS.assign(timestamp=range(8)),
    "a time and row numbers": CLICKS.assign(date="2020-01-01").reset_index(),
    "text": CLICKS.assign(device="phone", session=list("abcdefgh")),
}


@pytest.mark.parametrize("X", WITHOUT_RATINGS.values(), ids=WITHOUT_RATINGS)
def test_pairs_without_ratings_are_ratings_of_one(X, fitted):
    ones = lists().fit(CLICKS, np.ones(8))
    model = lists().fit(X)
    assert_same_model(model, ones)
    assert_same_model(model, fitted)
    assert model._rated_ratings.tolist() == [1.0] * 8
    assert model.n_features_in_ == 2


@pytest.mark.parametrize("weight", [0.3, "auto", "2*auto"])
def test_any_filter_with_unrated_pairs_reads_pairs(weight):
    given = {"unrated_weight": weight, "n_jobs": 1, "random_state": 0}
    model = CollaborativeFilter(2, 0.1, **given).fit(CLICKS)
    expected = CollaborativeFilter(2, 0.1, **given).fit(CLICKS, np.ones(8))
    assert_same_model(model, expected)


def test_float32_is_a_matter_of_dtype():
    assert lists().fit(CLICKS).item_factors_.dtype == np.float64
    assert lists(dtype="float32").fit(CLICKS).item_factors_.dtype == np.float32


def test_columns_by_position_are_a_warning():
    with pytest.warns(UserWarning, match="by position: user 'who', item 'what'. Cho"):
        model = lists().fit(CLICKS.set_axis(["who", "what"], axis=1))
    assert model.item_ids_.tolist() == ["a", "b", "c", "d"]


@pytest.mark.parametrize("name", ["rating", "stars"])
def test_a_rating_column_is_used(name):
    rated = CLICKS.assign(**{name: COUNTS})
    model = lists().fit(rated)
    assert_same_model(model, lists().fit(CLICKS, COUNTS))
    assert sorted(set(model._rated_ratings)) == [1, 2, 3, 4]


def test_a_third_column_without_a_name_is_the_rating():
    model = lists().fit(np.c_[CLICKS.to_numpy(), COUNTS])
    assert_same_model(model, lists().fit(CLICKS, COUNTS))


def test_y_comes_before_counts():
    model = lists().fit(CLICKS.assign(plays=COUNTS), np.ones(8))
    assert_same_model(model, lists().fit(CLICKS))


COUNT_NAMES = """plays playcount play_count clicks n_clicks count cnt quantity views
weight listeningCount num_purchases TotalOrders freq downloads""".split()


@pytest.mark.parametrize("name", COUNT_NAMES)
def test_counts_are_neither_ratings_nor_ignored(name, fitted):
    counted = CLICKS.assign(**{name: COUNTS})
    with pytest.raises(ValueError, match=rf"'{name}' holds counts.*`sample_weight=X\["):
        lists().fit(counted)
    with pytest.raises(ValueError, match=rf"'{name}' holds counts"):
        fitted.fold_in(counted)
    with pytest.raises(ValueError, match=r"holds counts.* pass `fold_in\(X, sample_we"):
        fitted.recommend(ratings=counted)
    with pytest.raises(ValueError, match="X has no rating column"):
        CollaborativeFilter().fit(counted)


def test_counts_by_position_are_not_ratings_either():
    X = CLICKS.set_axis(["who", "what"], axis=1).assign(plays=COUNTS)
    with pytest.warns(UserWarning, match="by position: user 'who', item 'what'"):
        with pytest.raises(ValueError, match="'plays' holds counts"):
            lists().fit(X)


def test_counts_are_used_as_weights_or_if_they_are_named_as_ratings():
    counted = CLICKS.assign(plays=COUNTS)
    model = lists().fit(counted, sample_weight=counted["plays"])
    assert_same_model(model, lists().fit(CLICKS, sample_weight=COUNTS))
    assert model._rated_weights.tolist() == COUNTS.tolist()
    model = lists(rating_col="plays").fit(counted)
    assert model._rated_ratings.tolist() == COUNTS.tolist()


@pytest.mark.parametrize("weights", [None, COUNTS])
def test_a_number_of_another_name_may_be_a_rating(weights, fitted):
    X = CLICKS.assign(how=COUNTS)
    with pytest.raises(ValueError, match="'how' may hold ratings.*`rating_col` or"):
        lists().fit(X, sample_weight=weights)
    with pytest.raises(ValueError, match="'how' may hold ratings"):
        fitted.fold_in(X, sample_weight=weights)
    with pytest.raises(ValueError, match="'how' may hold ratings"):
        fitted.recommend(ratings=X)


def test_a_named_rating_column_must_exist():
    with pytest.raises(ValueError, match="rating_col='stars' is not a column of X"):
        lists(rating_col="stars").fit(CLICKS)


@pytest.mark.parametrize(
    "model",
    [
        CollaborativeFilter(),
        RankingCollaborativeFilter(unrated_weight=0),
        CollaborativeFilterCV(unrated_weight="auto"),
        BayesianCollaborativeFilter(),
    ],
)
def test_other_models_need_ratings(model):
    with pytest.raises(
        ValueError, match="no rating column.*RankingCollaborativeFilter"
    ):
        model.fit(CLICKS)


def test_lists_have_no_errors_of_ratings(fitted):
    with pytest.raises(ValueError, match="requires y .* `metrics.make_ranking_scorer`"):
        fitted.score(CLICKS)


@given(ratings(weighted=False, dtype=np.float64))
def test_repeats_of_a_pair_equal_counts_as_weights(drawn):
    """No warning: each is an error in tests."""
    clicks = drawn.frame()[["user", "item"]]
    counts = clicks.value_counts().reset_index()
    repeated = lists(max_iter=3, tol=0)
    weighted = lists(max_iter=3, tol=0)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*(is not below|stopped after)")
        repeated.fit(clicks)
        weighted.fit(counts[["user", "item"]], sample_weight=counts["count"])
    assert_same_model(repeated, weighted)
    assert repeated._rated_weights.sum() in (0, len(clicks))


@given(st.integers(0, 7), st.integers(0, 7))
def test_a_count_of_zero_is_no_click(first, second):
    counts = COUNTS.copy()
    counts[[first, second]] = 0
    model = lists().fit(CLICKS, sample_weight=counts)
    left = counts > 0
    expected = lists().fit(CLICKS[left], sample_weight=counts[left])
    assert_same_model(model, expected)
    assert model.user_ids_.tolist() == expected.user_ids_.tolist()


def test_a_negative_count_is_an_error():
    with pytest.raises(ValueError, match="Negative values in .*`sample_weight`"):
        lists().fit(CLICKS, sample_weight=np.r_[-1, COUNTS[1:]])


def test_a_warm_start_reaches_the_same_optimum():
    early = lists(tol=1e-5).fit(CLICKS[:5])
    model = early.set_params(warm_start=True).fit(CLICKS)
    cold = lists(tol=1e-5).fit(CLICKS)
    np.testing.assert_allclose(model.cost_, cold.cost_, rtol=1e-6)
    assert model.cost_path_[0] < cold.cost_path_[0]


NEW = ["a", "c"]
NEW_USER = {
    "a frame": pd.DataFrame({"item": NEW}),
    "polars": pl.DataFrame({"item": NEW}),
    "another usual name": pd.DataFrame({"song_id": NEW}),
    "an array": np.array(NEW, object)[:, None],
    "a list of rows": [["a"], ["c"]],
    "numbered": pd.DataFrame({0: NEW}),
    "a time": pd.DataFrame({"item": NEW, "timestamp": [1, 2]}),
    "ratings of one": pd.DataFrame({"item": NEW, "rating": 1}),
}


@pytest.mark.parametrize("new", NEW_USER.values(), ids=NEW_USER)
def test_a_new_user_is_a_list_of_items(fitted, new):
    best = fitted.recommend(ratings=new)
    folded = fitted.fold_in(pd.DataFrame({"user": 9, "item": NEW}))
    expected = folded.recommend(9)
    assert list(best["item"]) == expected["item"].tolist()
    np.testing.assert_array_equal(best["prediction"], expected["prediction"])
    assert list(best.columns) == ["rank", "item", "prediction"]


NEW_USERS = {
    "a frame": pd.DataFrame({"user": [9, 9, 8], "item": ["a", "c", "d"]}),
    "other names": pd.DataFrame({"track": ["a", "c", "d"], "uid": [9, 9, 8]}),
    "an array": np.array([[9, "a"], [9, "c"], [8, "d"]], object),
}


@pytest.mark.parametrize("new", NEW_USERS.values(), ids=NEW_USERS)
def test_new_users_are_pairs(fitted, new):
    best = fitted.recommend(ratings=new, n=1)
    assert best["user"].tolist() == [8, 9]
    alone = fitted.recommend(ratings=[["a"], ["c"]], n=1)
    assert best["prediction"][1] == alone["prediction"][0]


def test_a_third_column_of_new_users_is_the_rating(fitted):
    rows = np.array([[9, "a", 1], [9, "c", 1]], object)
    best = fitted.recommend(ratings=rows, n=1)
    assert best["user"].tolist() == [9]
    rows[0, 2] = 4
    with pytest.raises(ValueError, match="there are new ratings from 1 to 4"):
        fitted.recommend(ratings=rows)


def test_a_new_user_who_clicked_twice_has_a_weight_of_two(fitted):
    best = fitted.recommend(ratings=[["a"], ["a"], ["c"]])
    new = pd.DataFrame({"user": 9, "item": NEW})
    expected = fitted.fold_in(new, sample_weight=[2, 1]).recommend(9)
    np.testing.assert_array_equal(best["prediction"], expected["prediction"])


def test_users_may_not_be_lost(fitted):
    """An unknown name may be that of the users, also if it holds text."""
    with pytest.raises(ValueError, match="'who' may hold .* users.*`user_col`"):
        fitted.recommend(ratings=pd.DataFrame({"who": ["x", "y"], "item": NEW}))


@pytest.mark.parametrize("value", [5, 0, 0.5])
def test_a_model_of_pairs_has_no_use_for_ratings(fitted, value):
    new = pd.DataFrame({"user": 9, "item": NEW, "rating": value})
    message = "fitted to pairs without ratings, .* new ratings from .* Leave them out"
    with pytest.raises(ValueError, match=message):
        fitted.recommend(ratings=new)
    with pytest.raises(ValueError, match=message):
        fitted.fold_in(new)
    with pytest.raises(ValueError, match=message):
        fitted.explain(item="d", ratings=new[["item", "rating"]])


def test_a_model_of_ratings_needs_ratings():
    model = lists().fit(CLICKS, COUNTS)
    with pytest.raises(ValueError, match="X has no ratings, but the model was fitted"):
        model.fold_in(CLICKS)
    with pytest.raises(ValueError, match="the column of rating is not"):
        model.recommend(ratings=CLICKS)


def test_explain_and_similar_of_pairs(fitted):
    why = fitted.explain(item="d", ratings=[["a"], ["c"]])
    assert set(why["rating"].dropna()) == {1.0}
    best = fitted.recommend(ratings=[["a"], ["c"]], candidates=["d"])
    np.testing.assert_allclose(why["contribution"].sum(), best["prediction"][0])
    assert fitted.similar_items("a", 1).shape == (1, 4)


def test_a_refit_to_ratings_needs_them_again():
    model = lists().fit(CLICKS).fit(CLICKS, COUNTS)
    with pytest.raises(ValueError, match="the column of rating is not"):
        model.recommend(ratings=CLICKS)
