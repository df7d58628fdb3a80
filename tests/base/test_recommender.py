"""Candidates, bans and kinds of frames; recommendations equal sorted predictions."""

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import reference
from fitting import fit
from hypothesis import given
from hypothesis import strategies as st
from strategies import random_ratings

from sklearn_cofi import BayesianCollaborativeFilter, CollaborativeFilter

DRAWN = random_ratings(3, (8, 12))
MODEL = fit(DRAWN, reg_param=0.5)
# Pairs may have users that the query does not have, or items without a rating.
PAIRS = st.sets(st.tuples(st.integers(0, 9), st.integers(0, 14)), min_size=1).filter(
    lambda pairs: any(item < 12 for _, item in pairs)
)
ITEMS = st.sets(st.integers(0, 11), min_size=1)
SCOPES = ("none", "all", "each")


def frame_of(pairs):
    return pd.DataFrame(sorted(pairs), columns=["user", "item"])


def expected(users, n, exclude_rated, candidates, banned):
    """Return sorted (user, item, prediction); the last two map a user to items."""
    rows = []
    for user in users:
        rated = set(DRAWN.items[DRAWN.users == user]) if exclude_rated else set()
        scores = MODEL.predict(pd.DataFrame({"user": user, "item": range(12)}))
        allowed = candidates(user) - rated - banned(user)
        left = reference.top(scores, n, sorted(set(range(12)) - allowed))
        rows += [(user, item, scores[item]) for item in left]
    return rows


def chosen(scope, items, pairs, default):
    """Return an argument of `recommend`, and the set of items it means for a user."""
    if scope == "none":
        return None, lambda user: default
    if scope == "all":
        return sorted(items), lambda user: items
    return frame_of(pairs), lambda user: {i for u, i in pairs if u == user and i < 12}


@given(
    st.lists(st.integers(0, 7), min_size=1, max_size=5),
    st.sampled_from([1, 3, 99]),
    st.booleans(),
    st.tuples(st.sampled_from(SCOPES), ITEMS, PAIRS),
    st.tuples(st.sampled_from(SCOPES), ITEMS, PAIRS),
)
def test_allowed_items_are_sorted(users, n, exclude_rated, candidates, banned):
    among, allowed = chosen(*candidates, set(range(12)))
    without, excluded = chosen(*banned, set())
    with warnings.catch_warnings(action="ignore"):  # pairs with unknown items
        got = MODEL.recommend(
            users,
            n=n,
            exclude_rated=exclude_rated,
            candidates=among,
            banned=without,
        )
    rows = expected(users, n, exclude_rated, allowed, excluded)
    assert list(zip(got["user"], got["item"], got["prediction"], strict=True)) == rows
    ranks = got.groupby(np.cumsum(got["rank"] == 1))["rank"]
    assert ranks.apply(list).map(lambda x: x == list(range(1, len(x) + 1))).all()


def test_none_is_all_users():
    pd.testing.assert_frame_equal(
        MODEL.recommend(n=4), MODEL.recommend(MODEL.user_ids_, n=4)
    )


def test_bans_of_each_new_user():
    new = pd.DataFrame({"user": ["b", "a"], "item": [0, 1], "rating": [5.0, 1.0]})
    free = MODEL.recommend(ratings=new, n=12)
    bans = pd.DataFrame({"user": ["a", "z", "a"], "item": [2, 3, 99]})
    got = MODEL.recommend(ratings=new, n=12, banned=bans)
    kept = free[~((free["user"] == "a") & (free["item"] == 2))]
    assert got["item"].tolist() == kept["item"].tolist()
    with pytest.raises(ValueError, match="the one new user has no id. Pass a list"):
        MODEL.recommend(ratings=new[["item", "rating"]], banned=bans)


def test_unknown_candidates():
    with pytest.warns(UserWarning, match="1 of the 3 candidates were not seen in fit"):
        got = MODEL.recommend(0, candidates=[77, 4, 4], exclude_rated=False)
    assert got["item"].tolist() == [4]
    with pytest.raises(ValueError, match="2 of the 2 .*Compare the ids"):
        MODEL.recommend(0, candidates=[77, 78])
    with pytest.raises(TypeError, match="kind string .* kind number"):
        MODEL.recommend(0, banned=["a"])
    strict = fit(DRAWN, unknown="error")
    with pytest.raises(ValueError, match="1 of the 2 candidates"):
        strict.recommend(0, candidates=[77, 4])


@pytest.mark.parametrize(
    "empty", [[], np.empty(0), pd.DataFrame({"user": [], "item": []})], ids=type
)
def test_an_empty_ban_bans_no_item(empty):
    pd.testing.assert_frame_equal(MODEL.recommend(banned=empty), MODEL.recommend())


@pytest.mark.parametrize("kind", [set, frozenset, iter, tuple, dict.fromkeys])
def test_items_may_be_in_any_container(kind):
    expected = MODEL.recommend(0, candidates=[2, 3, 5, 7])
    items = kind([7, 3, 5, 2])
    items = items.keys() if isinstance(items, dict) else items
    pd.testing.assert_frame_equal(MODEL.recommend(0, candidates=items), expected)


def test_all_items_may_be_banned():
    got = MODEL.recommend([0, 1], banned=range(12))
    assert list(got) == ["user", "rank", "item", "prediction"]
    assert len(got) == 0


def test_memory_budgets():
    whole = MODEL.recommend(n=3)
    for budget in (100, np.inf):
        got = MODEL.recommend(n=3, memory_budget=budget)
        pd.testing.assert_frame_equal(got, whole)
    with pytest.raises(ValueError, match="memory_budget=0.001 MiB is too little"):
        MODEL.recommend(memory_budget=0.001)
    with pytest.raises(TypeError, match="memory_budget must be an instance of"):
        MODEL.recommend(memory_budget="1 GB")


RATINGS = {
    "user": ["u1", "u1", "u2", "u2", "u3", "u3"],
    "item": [10, 11, 11, 12, 10, 12],
    "rating": [5.0, 3.0, 4.0, 1.0, 2.0, 4.0],
}
KINDS = {"pandas": pd.DataFrame, "polars": pl.DataFrame, "pyarrow": pa.table}


@pytest.mark.parametrize("kind", KINDS)
def test_frames_have_the_kind_that_was_passed_in(kind):
    ratings = KINDS[kind](RATINGS)
    model = CollaborativeFilter(2, reg_param=0.5, random_state=0).fit(ratings)
    plain = CollaborativeFilter(2, reg_param=0.5, random_state=0)
    expected = plain.fit(pd.DataFrame(RATINGS)).recommend(["u3", "u1"])
    got = model.recommend(["u3", "u1"])
    assert type(got) is type(ratings)
    got = got if kind == "pandas" else got.to_pandas()
    pd.testing.assert_frame_equal(got, expected, check_dtype=False)
    new = model.recommend(ratings=pd.DataFrame({"item": [10], "rating": [5.0]}))
    assert isinstance(new, pd.DataFrame)
    new = plain.recommend(ratings=KINDS[kind]({"item": [10], "rating": [5.0]}))
    assert type(new) is type(ratings)


@pytest.mark.parametrize("kind", KINDS)
def test_choices_may_be_frames_of_any_kind(kind):
    bans = KINDS[kind]({"user": [0, 1], "item": [3, 4]})
    pd.testing.assert_frame_equal(
        MODEL.recommend([0, 1], banned=bans),
        MODEL.recommend([0, 1], banned=np.array([[0, 3], [1, 4]])),
    )


def test_after_arrays_frames_are_pandas():
    X = np.array([[1, 10], [2, 10], [2, 11]])
    model = CollaborativeFilter(1, reg_param=0.1, random_state=0).fit(X, [5.0, 1, 2])
    assert isinstance(model.recommend(1), pd.DataFrame)


@pytest.fixture(scope="module")
def bayesian():
    frame = random_ratings(5, (20, 15), density=0.4).frame()
    model = BayesianCollaborativeFilter(
        2, 60, burn_in=20, n_kept_draws=40, random_state=0, n_jobs=1
    )
    return model.fit(frame), frame


def test_standard_deviations_equal_those_of_predict(bayesian):
    model, _ = bayesian
    got = model.recommend([3, 0], n=4, return_std=True)
    predicted, std = model.predict(got[["user", "item"]], return_std=True)
    np.testing.assert_array_equal(got["prediction"], predicted)
    np.testing.assert_array_equal(got["std"], std)
    assert "std" not in model.recommend(3)


def test_a_new_user_is_about_as_uncertain_as_a_known_one(bayesian):
    model, frame = bayesian
    own = frame[frame["user"].isin([3, 4])]
    got = model.recommend(ratings=own, n=15, exclude_rated=False, return_std=True)
    known = model.recommend([3, 4], n=15, exclude_rated=False, return_std=True)
    both = got.merge(known, on=["user", "item"])
    assert len(both) == 30
    ratio = both["std_x"].mean() / both["std_y"].mean()
    assert 0.75 < ratio < 1.3
    alone = own[own["user"] == 4]
    alone = model.recommend(ratings=alone, n=15, exclude_rated=False, return_std=True)
    among = got[got["user"] == 4].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, among, rtol=1e-10)


def test_fewer_ratings_leave_more_uncertainty(bayesian):
    model, frame = bayesian
    own = frame[frame["user"] == 3][["item", "rating"]]
    options = {"n": 15, "exclude_rated": False, "return_std": True}
    few = model.recommend(ratings=own[:1], **options)["std"].mean()
    assert model.recommend(ratings=own, **options)["std"].mean() < few


def test_a_matrix_holds_the_predictions_of_all_pairs(bayesian, monkeypatch):
    monkeypatch.setattr("sklearn_cofi.base._recommender._PAIRS", 30)  # several parts
    for model in (MODEL, bayesian[0]):
        users, items = np.r_[model.user_ids_, 99], np.r_[77, model.item_ids_]
        rows, columns = np.meshgrid(users, items, indexing="ij")
        pairs = pd.DataFrame({"user": rows.ravel(), "item": columns.ravel()})
        expected = model.predict(pairs).reshape(rows.shape)
        np.testing.assert_array_equal(model.predict_matrix(users, items), expected)
        np.testing.assert_array_equal(model.predict_matrix(), expected[:-1, 1:])


def test_the_error_for_a_large_matrix_names_its_size():
    message = r"8 users x 12 items would take 0.000732 MiB, and memory_budget=0.0001\."
    with pytest.raises(ValueError, match=message):
        MODEL.predict_matrix(memory_budget=1e-4)
    with pytest.raises(ValueError, match="and memory_budget=nan"):
        MODEL.predict_matrix(memory_budget=np.nan)
    users = np.zeros(2_000_000, int)
    with pytest.raises(ValueError, match="2000000 users x 12 items would take 183 MiB"):
        MODEL.predict_matrix(users, memory_budget=100)
    strict = fit(DRAWN, unknown="error")
    with pytest.raises(ValueError, match="not seen in fit"):
        strict.predict_matrix([99])


IDS = {
    "whole numbers": np.array([1, 2, 3]),
    "floats": np.array([0.5, 1.5, 2.5]),
    "booleans": np.array([False, True, True]),
    "strings": np.array(["a", "b", "c"]),
    "dates": np.array(["2020-01-01", "2020-01-02", "2020-01-03"], "M8[ns]"),
}


@pytest.mark.parametrize("ids", IDS.values(), ids=IDS)
@pytest.mark.parametrize("as_list", [False, True])
def test_ids_keep_their_type(ids, as_list):
    users, items = ids[[0, 0, 1, 1, 2, 2]], ids[[0, 1, 1, 2, 0, 2]]
    frame = pd.DataFrame({"user": users, "item": items})
    frame = frame.assign(rating=[5.0, 3, 4, 1, 2, 4]).drop_duplicates(["user", "item"])
    model = CollaborativeFilter(1, 0.1, random_state=0, n_jobs=1).fit(frame)
    users = frame["user"].unique()
    got = model.recommend(list(users) if as_list else users, exclude_rated=False)
    for column in ("user", "item"):
        assert got[column].dtype == frame[column].dtype
        assert set(got[column]) == set(frame[column])
