"""Diversity, popularity and minimum support of recommendations, as laws."""

import tracemalloc
import warnings

import numpy as np
import pandas as pd
import pytest
import reference
from fitting import fit
from hypothesis import given
from hypothesis import strategies as st
from sklearn import config_context
from sklearn.cluster import KMeans
from strategies import random_ratings

from sklearn_cofi import BayesianCollaborativeFilter, ClusterRecommender
from sklearn_cofi.base._prepared import prepared
from sklearn_cofi.inference._diversity import POOL

DRAWN = random_ratings(3, (9, 40), density=0.4)
MODELS = {
    dtype: fit(DRAWN, reg_param=0.5, fit_bias=True, dtype=dtype)
    for dtype in ("float64", "float32")
}
MODEL = MODELS["float64"]
COUNTS = dict(zip(MODEL.item_ids_, MODEL.item_counts_, strict=True))
USERS = st.lists(st.integers(0, 12), min_size=1, max_size=4).filter(
    lambda users: min(users) < 9
)
SHARES = st.floats(0, 1, allow_subnormal=False)
PENALTIES = st.floats(-3, 3).map(lambda x: round(x, 2))


def items_of(frame):
    """Return the list of items of each user, in the order of the query."""
    starts = np.cumsum(frame["rank"] == 1)
    return frame.groupby(starts)["item"].apply(list).tolist()


def scores_of(model, user, penalty=0.0, exclude_rated=True):
    """Return the lowered predictions of the items left for a user, best first."""
    pairs = pd.DataFrame({"user": user, "item": model.item_ids_})
    scores = model.predict(pairs) - penalty * np.log(model.item_counts_)
    scores = pd.Series(scores, model.item_ids_)
    if exclude_rated:
        scores = scores.drop(DRAWN.items[DRAWN.users == user])
    return scores.sort_values(ascending=False, kind="stable")


@pytest.mark.parametrize("users", [None, [3, 0, 77]])
def test_zeros_are_the_items_with_the_highest_predictions(users):
    got = MODEL.recommend(users, min_count=0, popularity_penalty=0, diversity=0)
    pd.testing.assert_frame_equal(got, MODEL.recommend(users), check_exact=True)


@given(
    USERS,
    st.sampled_from([1, 2, 3, 50]),  # with 1 and 2, items are left out of the pool
    SHARES,
    PENALTIES,
    st.sampled_from(sorted(MODELS)),
)
def test_each_choice_has_the_largest_marginal_relevance(users, n, d, penalty, dtype):
    model = MODELS[dtype]
    got = model.recommend(users, n=n, diversity=d, popularity_penalty=penalty)
    tol = {"float64": 1e-9, "float32": 2e-4}[dtype]
    for user, items in zip(users, items_of(got), strict=True):
        scores = scores_of(model, user, penalty)
        pool = scores.iloc[: POOL * n]
        assert len(items) == min(n, len(scores)) == len(set(items))
        V = model.item_factors_[model.item_ids_.searchsorted(pool.index)]
        with warnings.catch_warnings(action="ignore"):  # an unknown user
            lists = model.recommend(user, n=POOL * n, popularity_penalty=penalty)
        lists = lists["item"].tolist()
        assert set(items) <= set(lists)
        assert items[0] == lists[0]
        # The twin goes on from the items chosen so far, so that rounding of one choice
        # does not change the next.
        positions = pool.index.get_indexer(items)
        for k in range(1, len(items)) if d > 0 else ():
            values = reference.marginal_relevance(pool, V, positions[:k], d)
            assert values[positions[k]] >= values.max() - tol


@given(USERS, st.integers(1, 50), PENALTIES, st.booleans())
def test_a_popularity_penalty_is_a_sort_of_lowered_predictions(users, n, b, exclude):
    got = MODEL.recommend(users, n=n, popularity_penalty=b, exclude_rated=exclude)
    for user, items in zip(users, items_of(got), strict=True):
        scores = scores_of(MODEL, user, b, exclude)
        assert len(items) == min(n, len(scores))
        listed = scores[items].to_numpy()
        np.testing.assert_allclose(listed, scores.to_numpy()[: len(items)], rtol=1e-12)
    predicted = MODEL.predict(got[["user", "item"]])
    np.testing.assert_array_equal(got["prediction"], predicted)


@pytest.mark.parametrize("dtype", MODELS)
@pytest.mark.parametrize("penalty", [-3.0, -0.4, 0.3])
def test_the_search_among_many_items_is_exact(dtype, penalty):
    drawn = random_ratings(7, (150, 3000), density=0.02)
    model = fit(drawn, 8, 0.3, fit_bias=True, dtype=dtype, tol=0.1)
    users = [3, 149, 0]
    got = model.recommend(users, n=12, popularity_penalty=penalty, exclude_rated=False)
    scores = model.predict_matrix(users) - penalty * np.log(model.item_counts_)
    tol = 50 * np.finfo(dtype).eps
    for items, own in zip(items_of(got), scores, strict=True):
        listed = own[model.item_ids_.searchsorted(items)]
        np.testing.assert_allclose(listed, np.sort(own)[::-1][:12], tol)


def test_a_negative_penalty_prefers_items_with_many_ratings():
    def mean_count(penalty):
        best = MODEL.recommend(n=5, popularity_penalty=penalty)
        return best["item"].map(COUNTS).mean()

    means = [mean_count(b) for b in (-100, -1, 0, 1, 100)]
    assert means == sorted(means, reverse=True)
    assert means[0] > means[2] > means[4]


@given(USERS, st.integers(1, 45), st.integers(0, 6), SHARES, PENALTIES)
def test_minimum_support_is_a_choice_of_candidates(users, n, min_count, d, penalty):
    options = {"n": n, "diversity": d, "popularity_penalty": penalty}
    got = MODEL.recommend(users, min_count=min_count, **options)
    frequent = [item for item, count in COUNTS.items() if count >= min_count]
    among = MODEL.recommend(users, candidates=frequent, **options)
    pd.testing.assert_frame_equal(got, among, check_exact=True)


def test_options_apply_to_candidates_and_bans():
    options = {"min_count": 4, "popularity_penalty": 0.5, "diversity": 0.4, "n": 3}
    allowed = [i for i in range(0, 40, 2) if COUNTS[i] >= 4 and i not in (2, 8)]
    expected = MODEL.recommend(
        [5, 1], candidates=allowed, **(options | {"min_count": 0})
    )
    pairs = pd.DataFrame(
        [(user, item) for user in (1, 5) for item in range(0, 40, 2)],
        columns=["user", "item"],
    )
    for candidates in (range(0, 40, 2), pairs):
        got = MODEL.recommend([5, 1], candidates=candidates, banned=[2, 8], **options)
        pd.testing.assert_frame_equal(got, expected, check_exact=True)
    each = pd.DataFrame({"user": [5, 5, 1, 1], "item": [2, 8, 2, 8]})
    got = MODEL.recommend([5, 1], candidates=pairs, banned=each, **options)
    pd.testing.assert_frame_equal(got, expected, check_exact=True)


@pytest.mark.parametrize(
    "options",
    [
        {"diversity": 0.3},
        {"popularity_penalty": 0.7, "diversity": 1},
        {"popularity_penalty": -0.7, "min_count": 3},
    ],
    ids=str,
)
def test_a_user_gets_the_same_list_alone_and_among_others(options, monkeypatch):
    whole = MODEL.recommend(n=4, **options)
    monkeypatch.setattr("sklearn_cofi.inference._diversity._HELD", 80 * 85)  # two users
    pd.testing.assert_frame_equal(MODEL.recommend(n=4, **options), whole)
    pairs = pd.DataFrame({"user": np.repeat(MODEL.user_ids_, 40)})
    pairs["item"] = np.tile(MODEL.item_ids_, 9)
    got = MODEL.recommend(n=4, candidates=pairs, **options)
    pd.testing.assert_frame_equal(got, whole)
    for user, own in whole.groupby("user"):
        alone = MODEL.recommend(user, n=4, **options)
        pd.testing.assert_frame_equal(alone, own.reset_index(drop=True))


def test_pools_stay_within_the_memory_budget():
    drawn = random_ratings(5, (4000, 300), density=0.01)
    model = fit(drawn, 2, tol=0.1, max_iter=20000)
    whole = model.recommend(diversity=0.5)
    peaks = []
    for budget, working in ((10, 1024), (None, 10)):
        tracemalloc.start()
        with config_context(working_memory=working):
            got = model.recommend(diversity=0.5, memory_budget=budget)
        peaks.append(tracemalloc.get_traced_memory()[1] / 2**20)
        tracemalloc.stop()
        pd.testing.assert_frame_equal(got, whole)
    result = sum(got[name].nbytes for name in got) / 2**20
    assert max(peaks) < 10 + result


def test_lists_do_not_depend_on_the_number_of_threads():
    drawn = random_ratings(5, (300, 40), density=0.2)
    options = {"diversity": 0.5, "popularity_penalty": 0.2}
    one = fit(drawn, n_jobs=1).recommend(**options)
    pd.testing.assert_frame_equal(fit(drawn, n_jobs=3).recommend(**options), one)


def test_equal_values_are_ordered_by_score_then_by_id():
    model = fit(DRAWN, reg_param=0.5)
    model.item_factors_ = np.zeros_like(model.item_factors_)
    best = model.recommend(0, n=12, exclude_rated=False)
    for d in (0.5, 1):
        got = model.recommend(0, n=12, exclude_rated=False, diversity=d)
        pd.testing.assert_frame_equal(got, best)
    model.item_means_ = np.full_like(model.item_means_, 2.0)
    got = model.recommend(0, n=5, exclude_rated=False, diversity=0.5)
    assert got["item"].tolist() == [0, 1, 2, 3, 4]


def test_new_users_and_unknown_users():
    own = DRAWN.frame().query("user == 4")
    options = {"popularity_penalty": 0.5, "diversity": 0.3, "n": 5}
    new = MODEL.recommend(ratings=own[["item", "rating"]], **options)
    assert not set(new["item"]) & set(own["item"])
    got = MODEL.recommend([4, 99], popularity_penalty=0.5, n=40)
    unknown = got[got["user"] == 99]
    lowered = MODEL.unknown_user_predictions_ - 0.5 * np.log(MODEL.item_counts_)
    assert unknown["item"].tolist() == reference.top(lowered, 40)
    np.testing.assert_array_equal(
        unknown["prediction"], MODEL.unknown_user_predictions_[unknown["item"]]
    )


def test_clusters_have_the_options():
    clusters = ClusterRecommender(MODEL, KMeans(3, random_state=0))
    clusters.fit(DRAWN.frame())
    model = clusters.filter_
    got = clusters.recommend(clusters=[0, 1], n=40, popularity_penalty=2.0)
    plain = clusters.recommend(clusters=[0, 1], n=40)
    counts = dict(zip(model.item_ids_, model.item_counts_, strict=True))
    for label, own in plain.groupby("cluster"):
        lowered = own["prediction"] - 2.0 * np.log(own["item"].map(counts))
        expected = own["item"].iloc[np.argsort(-lowered.to_numpy(), kind="stable")]
        assert got[got["cluster"] == label]["item"].tolist() == expected.tolist()
    diverse = clusters.recommend(clusters=[0], n=4, diversity=0.5)
    assert diverse["item"].iloc[0] == plain["item"].iloc[0]
    few = clusters.recommend([0], n=40, min_count=5)
    assert few["item"].map(counts).min() >= 5


def test_a_posterior_has_the_options():
    model = BayesianCollaborativeFilter(
        2, 30, burn_in=10, n_kept_draws=20, random_state=0, n_jobs=1
    ).fit(DRAWN.frame())
    options = {"min_count": 3, "popularity_penalty": 0.4, "diversity": 0.3, "n": 4}
    got = model.recommend([3, 0], return_std=True, **options)
    predicted, std = model.predict(got[["user", "item"]], return_std=True)
    np.testing.assert_array_equal(got["prediction"], predicted)
    np.testing.assert_array_equal(got["std"], std)
    new = DRAWN.frame().query("user == 4")[["item", "rating"]]
    for _ in range(2):  # known users and new ones in turn: each has prepared items
        few = model.recommend(ratings=new, **options)
        assert len(few) == 4
        assert few["item"].map(COUNTS).min() >= 3
        again = model.recommend([3, 0], return_std=True, **options)
        pd.testing.assert_frame_equal(again, got)


def test_prepared_items_are_those_of_the_latest_options():
    model = fit(DRAWN, reg_param=0.5)
    options = [
        {"popularity_penalty": 0.5},
        {"popularity_penalty": 0.7},
        {"popularity_penalty": 0.5, "min_count": 4},
        {},
    ]
    apart = [fit(DRAWN, reg_param=0.5).recommend(**one) for one in options]
    for _ in range(2):
        for one, expected in zip(options, apart, strict=True):
            pd.testing.assert_frame_equal(model.recommend(**one), expected)
    model.recommend(**options[0])
    model.item_counts_ = model.item_counts_[::-1].copy()
    assert not model.recommend(**options[0]).equals(apart[0])


def test_repeated_queries_prepare_the_items_once(monkeypatch):
    made = []

    def counted(estimator, name, made_from, make):
        def count():
            made.append(name)
            return make()

        return prepared(estimator, name, made_from, count)

    model = fit(DRAWN, reg_param=0.5)
    for module in ("_best_items", "_listed_items", "_similarity"):
        monkeypatch.setattr(f"sklearn_cofi.base.{module}.prepared", counted)
    for _ in range(3):
        model.recommend(0, n=1, min_count=3, popularity_penalty=0.5, diversity=0.5)
    assert sorted(made) == sorted(set(made))
    assert len(made) == 3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"diversity": 1.1}, "diversity == 1.1, must be from 0 .* to 1"),
        ({"diversity": -0.1}, "diversity == -0.1, must be"),
        ({"diversity": np.nan}, "diversity == nan, must be"),
        ({"popularity_penalty": np.nan}, "popularity_penalty == nan, must be finite"),
        ({"popularity_penalty": np.inf}, "popularity_penalty == inf, must be finite"),
        (
            {"popularity_penalty": 1.7e308},
            r"penalty=1.7e\+308 times .* too large for float",
        ),
        ({"min_count": -1}, "min_count == -1, must be >= 0"),
        ({"min_count": 999}, "min_count=999, but no item has more than 6 ratings"),
    ],
    ids=str,
)
@pytest.mark.parametrize("dtype", MODELS)
def test_options_out_of_range_are_errors(options, message, dtype):
    with pytest.raises(ValueError, match=message):
        MODELS[dtype].recommend(0, **options)


@pytest.mark.parametrize("name", ["diversity", "popularity_penalty", "min_count"])
def test_options_are_numbers(name):
    with pytest.raises(TypeError, match=f"{name} must be an instance of"):
        MODEL.recommend(0, **{name: "0.5"})


@pytest.mark.parametrize("scale", [2.0**-200, 2.0**200])
def test_the_unit_of_ratings_does_not_change_diverse_lists(scale):
    plain = fit(DRAWN, reg_param=0.5).recommend(diversity=0.4)
    with warnings.catch_warnings(action="error"):
        scaled = DRAWN._replace(ratings=DRAWN.ratings * scale)
        model = fit(scaled, reg_param=0.5 * scale)
        got = model.recommend(diversity=0.4)
    assert got["item"].tolist() == plain["item"].tolist()
