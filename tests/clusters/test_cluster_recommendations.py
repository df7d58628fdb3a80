"""Recommendations for users and clusters, and distinctive items of clusters."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
import reference
from clustering import DRAWN, FILTERS, FRAME, pairs_of
from sklearn.base import clone
from sklearn.cluster import KMeans

from sklearn_cofi import ClusterRecommender, CollaborativeFilter
from sklearn_cofi.base._query import read_query


@pytest.mark.parametrize("exclude_rated", [True, False])
def test_recommendations_are_the_sorted_predictions(fitted, exclude_rated):
    users = [5, 0, 77, 5]
    got = fitted.recommend(users, n=4, exclude_rated=exclude_rated)
    assert list(got) == ["user", "rank", "item", "prediction"]
    for position, user in enumerate(users):
        scores = fitted.predict(pairs_of([user], range(12)))
        rated = FRAME.loc[FRAME["user"] == user, "item"] if exclude_rated else []
        best = reference.top(scores, 4, rated)
        if position == 0:
            rows, start = got[: len(best)], len(best)
        else:
            rows, start = got[start : start + len(best)], start + len(best)
        assert rows["user"].tolist() == [user] * len(best)
        assert rows["item"].tolist() == best
        assert rows["rank"].tolist() == list(range(1, len(best) + 1))
        np.testing.assert_array_equal(rows["prediction"], scores[best])
    assert start == len(got)


def test_clusters_get_the_recommendations_of_their_members(clustered):
    got = clustered.recommend(clusters=clustered.clusters_[::-1], n=5)
    assert list(got) == ["cluster", "rank", "item", "prediction"]
    for label in clustered.clusters_:
        member = clustered.user_ids_[clustered.labels_ == label][0]
        alone = clustered.recommend(member, n=5, exclude_rated=False)
        rows = got[got["cluster"] == label].reset_index(drop=True)
        pd.testing.assert_frame_equal(rows.iloc[:, 1:], alone.iloc[:, 1:])
    one = clustered.recommend(clusters=clustered.clusters_[0], n=2)
    assert one["rank"].tolist() == [1, 2]


def test_candidates_and_budget_work_as_in_the_filter(clustered):
    all_users = clustered.recommend(n=3)
    pd.testing.assert_frame_equal(
        all_users, clustered.recommend(clustered.user_ids_, n=3)
    )
    chosen = clustered.recommend(candidates=[2, 3, 5], banned=[3], exclude_rated=False)
    assert set(chosen["item"]) == {2, 5}
    small = clustered.recommend(n=3, memory_budget=16)
    pd.testing.assert_frame_equal(small, all_users)
    of_cluster = clustered.recommend(clusters=0, candidates=[2, 3])
    assert sorted(of_cluster["item"]) == [2, 3]


def test_new_users_are_in_the_cluster_of_their_factors(clustered):
    # The clusterer's `predict` places new users or, without it, the nearest mean does.
    new = FRAME[FRAME["user"].isin([3, 20])].assign(user=lambda x: x["user"] + 100)
    factors = read_query(clustered.filter_, None, new).model.users.factors
    if hasattr(clustered.clusterer_, "predict"):
        labels = clustered.clusterer_.predict(factors)
    else:
        means = clustered.cluster_factors_
        near = [np.argmin(np.linalg.norm(means - x, axis=1)) for x in factors]
        labels = clustered.clusters_[near]
    got = clustered.recommend(ratings=new, n=3)
    for user, old, label in zip((103, 120), (3, 20), labels, strict=True):
        rows = got[got["user"] == user]
        best = clustered.recommend(clusters=label, n=12)
        rated = FRAME.loc[FRAME["user"] == old, "item"]
        left = best[~best["item"].isin(rated)][:3]
        assert rows["item"].tolist() == left["item"].tolist()
        np.testing.assert_array_equal(rows["prediction"], left["prediction"])
    alone = clustered.recommend(
        ratings=new.loc[new["user"] == 103, ["item", "rating"]], n=3
    )
    assert list(alone) == ["rank", "item", "prediction"]
    assert alone["item"].tolist() == got.loc[got["user"] == 103, "item"].tolist()


def test_new_users_of_a_posterior_are_placed_by_their_predictions():
    model = ClusterRecommender(FILTERS[-1], KMeans(3, random_state=0)).fit(FRAME)
    agree = 0
    for user in range(30):
        own = FRAME.loc[FRAME["user"] == user, ["item", "rating"]]
        got = model.recommend(ratings=own, n=12, exclude_rated=False)
        label = model.labels_[user]
        same = model.recommend(clusters=label, n=12)
        agree += got["item"].tolist() == same["item"].tolist()
    assert agree >= 24


def test_a_new_user_without_known_items_is_an_unknown_user(clustered):
    ratings = pd.DataFrame({"item": [500], "rating": [1.0]})
    with pytest.warns(UserWarning, match="1 of the 1 ratings are of items"):
        got = clustered.recommend(ratings=ratings, n=3)
    with pytest.warns(UserWarning, match="None of the 1 users was seen in fit"):
        expected = clustered.recommend(77, n=3)
    pd.testing.assert_frame_equal(got, expected.drop(columns="user"))


def test_distinctive_items_are_the_sorted_contrasts(clustered):
    R, W = reference.merge(*DRAWN)
    labels = clustered.labels_
    got = clustered.distinctive_items(4, damping=2.0)
    assert list(got)[:3] == ["cluster", "rank", "item"]
    for label in clustered.clusters_:
        inside, others, scores = reference.group_contrast(R, W, labels, label, 2.0)
        counts = (W[labels == label] > 0).sum(axis=0)
        worse = np.flatnonzero((scores < 1e-12) | (counts == 0))
        best = reference.top(scores, 4, worse)
        rows = got[got["cluster"] == label]
        assert rows["item"].tolist() == best
        assert rows["rank"].tolist() == list(range(1, len(best) + 1))
        for column, values in (("mean", inside), ("others", others), ("score", scores)):
            np.testing.assert_allclose(rows[column], values[best], rtol=1e-8)
        assert rows["count"].tolist() == counts[best].tolist()
    last = clustered.clusters_[-1]
    alone = clustered.distinctive_items(4, clusters=[last], damping=2.0)
    pd.testing.assert_frame_equal(
        alone, got[got["cluster"] == last].reset_index(drop=True)
    )


def test_distinctive_items_of_known_tastes_are_found():
    # Even users rate even items high, and odd users rate odd items high.
    users, items = np.divmod(np.arange(40 * 10), 10)
    is_high = (users % 2) == (items % 2)
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"user": users, "item": items, "rating": np.where(is_high, 5, 2)}
    )
    frame["rating"] += rng.normal(0, 0.3, len(frame))
    frame = frame.sample(frac=0.6, random_state=0)
    model = ClusterRecommender(
        CollaborativeFilter(2, 1.0), KMeans(2), random_state=0
    ).fit(frame)
    assert set(model.labels_[::2]) != set(model.labels_[1::2])
    even = model.labels_[0]
    distinctive_items = model.distinctive_items()
    for label in (0, 1):
        own = distinctive_items.loc[distinctive_items["cluster"] == label, "item"]
        assert sorted(own) == list(range(int(label != even), 10, 2))


INVALID = {
    "two": ({"users": 1, "clusters": 1}, ValueError, "Pass one of `users`"),
    "a cluster": ({"clusters": [0, 9]}, ValueError, "clusters holds 9, .* of the 4"),
    "noise": ({"clusters": -1}, ValueError, "clusters holds -1, which is not one"),
    "a name": ({"clusters": "a"}, TypeError, "'clusters' are of kind string"),
    "n": ({"users": 1, "n": 0}, ValueError, "n == 0, must be >= 1"),
    "kind": ({"users": "1"}, TypeError, "'users' are of kind string"),
}


@pytest.mark.parametrize(
    ("arguments", "error", "message"), INVALID.values(), ids=INVALID
)
def test_invalid_arguments_raise_an_error(arguments, error, message):
    model = ClusterRecommender(FILTERS[0], KMeans(4, random_state=0)).fit(FRAME)
    with pytest.raises(error, match=message):
        model.recommend(**arguments)


def test_unknown_error_applies_to_clusters():
    base = clone(FILTERS[0]).set_params(unknown="error")
    model = ClusterRecommender(base, KMeans(2, random_state=0)).fit(FRAME)
    with pytest.raises(ValueError, match="1 of the users were not seen in fit"):
        model.recommend([1, 77])
    with pytest.raises(ValueError, match="1 pairs have a user"):
        model.predict(pairs_of([77], [1]))


def test_frames_have_the_kind_of_the_fitted_frame():
    model = ClusterRecommender(FILTERS[0], KMeans(2, random_state=0))
    model.fit(pl.DataFrame(FRAME))
    new = pl.DataFrame({"item": [1], "rating": [1.0]})
    for frame in (
        model.recommend(1),
        model.recommend(clusters=[0]),
        model.recommend(ratings=new),
        model.distinctive_items(),
    ):
        assert isinstance(frame, pl.DataFrame)
