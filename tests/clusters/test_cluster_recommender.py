"""A cluster is predicted, and recommended, what its members are on average."""

import pickle
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
import reference
import skops.io
from fitting import fit
from sklearn.base import clone
from sklearn.cluster import (
    DBSCAN,
    HDBSCAN,
    AgglomerativeClustering,
    KMeans,
    SpectralClustering,
)
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import Ridge
from sklearn.mixture import GaussianMixture
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer
from strategies import random_ratings

from sklearn_cofi import (
    BayesianCollaborativeFilter,
    ClusterRecommender,
    CollaborativeFilter,
    CollaborativeFilterCV,
)
from sklearn_cofi.base._query import read_query

DRAWN = random_ratings(3, (30, 12))
FRAME = DRAWN.frame()
SMALL = {"n_jobs": 1, "random_state": 0}
FILTERS = [
    CollaborativeFilter(3, 0.5, **SMALL),
    CollaborativeFilter(3, 0.5, fit_bias=True, mean_normalization="global", **SMALL),
    CollaborativeFilter(3, 0.5, mean_normalization="user", **SMALL),
    CollaborativeFilter(3, 0.5, mean_normalization=None, **SMALL),
    CollaborativeFilterCV([0.5, 2.0], 3, cv=2, **SMALL),
    BayesianCollaborativeFilter(3, 20, burn_in=5, **SMALL),
]
CLUSTERERS = [
    KMeans(4, random_state=0),
    DBSCAN(0.7, min_samples=3),
    HDBSCAN(min_cluster_size=3, copy=True),
    AgglomerativeClustering(4),
    SpectralClustering(3, random_state=0),
    GaussianMixture(3, random_state=0),
    make_pipeline(Normalizer(), KMeans(4, random_state=0)),
    make_pipeline(Normalizer(), AgglomerativeClustering(4)),
]


def pairs_of(users, items):
    users, items = np.meshgrid(users, items, indexing="ij")
    return pd.DataFrame({"user": users.ravel(), "item": items.ravel()})


def members_of(model):
    """Return the users that the prediction of each user is the mean over."""
    everyone = model.user_ids_
    return [
        everyone if label < 0 else everyone[model.labels_ == label]
        for label in model.labels_
    ]


@pytest.fixture(scope="module", params=FILTERS, ids=lambda x: str(x)[:60])
def fitted(request):
    model = ClusterRecommender(request.param, DBSCAN(0.7, min_samples=3))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*left every user without a cluster")
        return model.fit(FRAME)


def test_predictions_are_means_over_the_cluster(fitted):
    items = [0, 5, 11, 99]  # the last is unknown
    got = fitted.predict(pairs_of(range(30), items)).reshape(30, -1)
    single = fitted.filter_.predict(pairs_of(range(30), items)).reshape(30, -1)
    for user, members in enumerate(members_of(fitted)):
        np.testing.assert_allclose(got[user], single[members].mean(axis=0), rtol=1e-6)
    unknown = fitted.predict(pairs_of([77], items))
    np.testing.assert_allclose(unknown, single.mean(axis=0), rtol=1e-6)


@pytest.mark.parametrize("exclude_rated", [True, False])
def test_recommendations_are_the_sorted_predictions(fitted, exclude_rated):
    asked = [5, 0, 77, 5]
    got = fitted.recommend(asked, n=4, exclude_rated=exclude_rated)
    assert list(got) == ["user", "rank", "item", "prediction"]
    for place, user in enumerate(asked):
        scores = fitted.predict(pairs_of([user], range(12)))
        rated = FRAME.loc[FRAME["user"] == user, "item"] if exclude_rated else []
        best = reference.top(scores, 4, rated)
        if place == 0:
            rows, start = got[: len(best)], len(best)
        else:
            rows, start = got[start : start + len(best)], start + len(best)
        assert rows["user"].tolist() == [user] * len(best)
        assert rows["item"].tolist() == best
        assert rows["rank"].tolist() == list(range(1, len(best) + 1))
        np.testing.assert_array_equal(rows["prediction"], scores[best])
    assert start == len(got)


@pytest.fixture(scope="module", params=CLUSTERERS, ids=lambda x: str(x)[:60])
def clustered(request):
    model = ClusterRecommender(FILTERS[0], request.param)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Graph is not fully connected")
        return model.fit(FRAME)


def test_any_clusterer_will_do(clustered):
    U = clustered.filter_.user_factors_
    labels = clone(clustered.clusterer).fit_predict(U)
    np.testing.assert_array_equal(clustered.labels_, labels)
    assert clustered.clusters_.tolist() == sorted(set(labels) - {-1})
    assert clustered.clusters_.size > 1
    for label, mean in zip(
        clustered.clusters_, clustered.cluster_factors_, strict=True
    ):
        np.testing.assert_allclose(mean, U[labels == label].mean(axis=0), atol=1e-12)
    got = clustered.predict(pairs_of(range(30), [4])).round(12)
    for user in range(1, 30):
        same = labels[user] == labels[0]
        assert (got[user] == got[0]) == same


def test_clusters_are_recommended_what_their_members_are(clustered):
    got = clustered.recommend(clusters=clustered.clusters_[::-1], n=5)
    assert list(got) == ["cluster", "rank", "item", "prediction"]
    for label in clustered.clusters_:
        member = clustered.user_ids_[clustered.labels_ == label][0]
        alone = clustered.recommend(member, n=5, exclude_rated=False)
        rows = got[got["cluster"] == label].reset_index(drop=True)
        pd.testing.assert_frame_equal(rows.iloc[:, 1:], alone.iloc[:, 1:])
    one = clustered.recommend(clusters=clustered.clusters_[0], n=2)
    assert one["rank"].tolist() == [1, 2]


def test_everyone_is_asked_for_and_items_are_chosen_as_by_the_filter(clustered):
    everyone = clustered.recommend(n=3)
    pd.testing.assert_frame_equal(
        everyone, clustered.recommend(clustered.user_ids_, n=3)
    )
    chosen = clustered.recommend(candidates=[2, 3, 5], banned=[3], exclude_rated=False)
    assert set(chosen["item"]) == {2, 5}
    small = clustered.recommend(n=3, memory_budget=16)
    pd.testing.assert_frame_equal(small, everyone)
    of_cluster = clustered.recommend(clusters=0, candidates=[2, 3])
    assert sorted(of_cluster["item"]) == [2, 3]


def test_new_users_join_the_cluster_of_their_features(clustered):
    # Someone who rates as a member does is of the member's cluster, by `predict`; or,
    # where there is none, of that whose mean is nearest.
    new = FRAME[FRAME["user"].isin([3, 20])].assign(user=lambda x: x["user"] + 100)
    features = read_query(clustered.filter_, None, new).model.users.factors
    if hasattr(clustered.clusterer_, "predict"):
        labels = clustered.clusterer_.predict(features)
    else:
        means = clustered.cluster_factors_
        near = [np.argmin(np.linalg.norm(means - x, axis=1)) for x in features]
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


def test_a_new_user_without_known_items_gets_what_all_like(clustered):
    stranger = pd.DataFrame({"item": [500], "rating": [1.0]})
    with pytest.warns(UserWarning, match="1 of the 1 ratings are of items"):
        got = clustered.recommend(ratings=stranger, n=3)
    with pytest.warns(UserWarning, match="None of the 1 users was seen in fit"):
        expected = clustered.recommend(77, n=3)
    pd.testing.assert_frame_equal(got, expected.drop(columns="user"))


def test_without_clusters_all_are_predicted_the_mean_of_all():
    model = ClusterRecommender(FILTERS[0], DBSCAN(1e-9))
    with pytest.warns(UserWarning, match="left every user without a cluster") as caught:
        model.fit(FRAME)
    assert caught[0].filename == __file__
    assert (model.labels_ == -1).all()
    assert model.cluster_factors_.shape == (0, 3)
    single = model.filter_.predict(pairs_of(range(30), [4]))
    np.testing.assert_allclose(model.predict(pairs_of(range(30), [4])), single.mean())
    new = pd.DataFrame({"item": [1], "rating": [1.0]})
    got = model.recommend(ratings=new, n=12, exclude_rated=False)
    assert got["item"].tolist() == (
        model.recommend(3, n=12, exclude_rated=False)["item"].tolist()
    )
    assert len(model.distinctive_items()) == 0
    with pytest.raises(ValueError, match="There are no clusters"):
        model.recommend(clusters=0)


def test_favourites_are_what_members_like_more(clustered):
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


def test_favourites_of_made_up_tastes_are_their_own():
    # Even users like even items and odd users odd ones.
    users, items = np.divmod(np.arange(40 * 10), 10)
    liked = (users % 2) == (items % 2)
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"user": users, "item": items, "rating": np.where(liked, 5, 2)}
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


def test_order_of_rows_and_threads_change_no_bit():
    answers = []
    for frame, n_jobs in ((FRAME, 1), (FRAME.sample(frac=1, random_state=1), 2)):
        base = clone(FILTERS[1]).set_params(n_jobs=n_jobs)
        model = ClusterRecommender(base, KMeans(3), random_state=0).fit(frame)
        answers.append((model.recommend(model.user_ids_), model.distinctive_items()))
    for one, other in zip(*answers, strict=True):
        pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_random_state_seeds_what_has_no_seed_of_its_own():
    base, own = CollaborativeFilter(3, 0.5, n_jobs=1), KMeans(3, random_state=7)
    pipeline = make_pipeline(Normalizer(), KMeans(3))
    model = ClusterRecommender(base, pipeline, random_state=0).fit(FRAME)
    again = ClusterRecommender(base, pipeline, random_state=0).fit(FRAME)
    assert isinstance(model.clusterer_[-1].random_state, int)
    assert isinstance(model.filter_.random_state, int)
    np.testing.assert_array_equal(model.labels_, again.labels_)
    model = ClusterRecommender(base, own, random_state=0).fit(FRAME)
    assert model.clusterer_.random_state == 7
    assert base.random_state is None
    # What is passed is left as it is: not fitted, not seeded.
    assert not hasattr(own, "labels_")
    assert not hasattr(base, "user_factors_")
    assert pipeline[-1].random_state is None
    model = ClusterRecommender(base, KMeans(2)).fit(FRAME)
    assert model.filter_.random_state is None


def test_a_frozen_filter_is_not_fitted_again():
    base = fit(DRAWN, reg_param=0.5)
    model = ClusterRecommender(FrozenEstimator(base), KMeans(3, random_state=0))
    model.fit(FRAME[:5])
    assert model.filter_ is base
    assert model.labels_.size == 30
    frozen = FrozenEstimator(Ridge().fit([[0.0], [1.0]], [0, 1]))
    with pytest.raises(TypeError, match="filter is a frozen Ridge: freeze a fitted"):
        ClusterRecommender(frozen).fit(FRAME)


def test_weights_reach_the_filter_and_favourites():
    weights = np.where(FRAME["item"] == 4, 3.0, 1.0)
    model = ClusterRecommender(FILTERS[0], KMeans(2, random_state=0))
    one = model.fit(FRAME, sample_weight=weights)
    expected = clone(FILTERS[0]).fit(FRAME, sample_weight=weights)
    np.testing.assert_array_equal(one.filter_.item_factors_, expected.item_factors_)
    R, W = reference.merge(*DRAWN[:3], weights, DRAWN.shape)
    scores = reference.group_contrast(R, W, one.labels_, 0, 5.0)[2]
    got = one.distinctive_items(1, clusters=0)
    assert got["score"].item() == pytest.approx(scores.max())


REFUSED = {
    "two": ({"users": 1, "clusters": 1}, ValueError, "Pass one of `users`"),
    "a cluster": ({"clusters": [0, 9]}, ValueError, "clusters holds 9, .* of the 4"),
    "noise": ({"clusters": -1}, ValueError, "clusters holds -1, which is not one"),
    "a name": ({"clusters": "a"}, TypeError, "'clusters' are of kind string"),
    "n": ({"users": 1, "n": 0}, ValueError, "n == 0, must be >= 1"),
    "kind": ({"users": "1"}, TypeError, "'users' are of kind string"),
}


@pytest.mark.parametrize(
    ("arguments", "error", "message"), REFUSED.values(), ids=REFUSED
)
def test_arguments_are_refused(arguments, error, message):
    model = ClusterRecommender(FILTERS[0], KMeans(4, random_state=0)).fit(FRAME)
    with pytest.raises(error, match=message):
        model.recommend(**arguments)


def test_parameters_are_refused():
    with pytest.raises(ValueError, match="'filter' parameter .*RatingsEstimator"):
        ClusterRecommender(Ridge()).fit(FRAME)
    with pytest.raises(ValueError, match="'clusterer' parameter .* 'fit_predict'"):
        ClusterRecommender(clusterer=Ridge()).fit(FRAME)
    model = ClusterRecommender(FILTERS[0], KMeans(4, random_state=0)).fit(FRAME)
    with pytest.raises(ValueError, match="damping == -1, must be >= 0"):
        model.distinctive_items(damping=-1)
    for damping in (np.inf, np.nan):
        with pytest.raises(ValueError, match=f"damping == {damping}, must be finite"):
            model.distinctive_items(damping=damping)
    with pytest.raises(ValueError, match="n == 0, must be >= 1"):
        model.distinctive_items(0)
    for ask in ("predict", "recommend", "score"):
        with pytest.raises(NotFittedError):
            getattr(ClusterRecommender(), ask)(FRAME)
    with pytest.raises(NotFittedError):
        ClusterRecommender().distinctive_items()


def test_unknown_error_holds_for_clusters():
    base = clone(FILTERS[0]).set_params(unknown="error")
    model = ClusterRecommender(base, KMeans(2, random_state=0)).fit(FRAME)
    with pytest.raises(ValueError, match="1 of the users were not seen in fit"):
        model.recommend([1, 77])
    with pytest.raises(ValueError, match="1 pairs have a user"):
        model.predict(pairs_of([77], [1]))


def test_the_number_of_clusters_can_be_searched():
    model = ClusterRecommender(FILTERS[0], KMeans(random_state=0))
    grid = {"clusterer__n_clusters": [1, 3], "filter__reg_param": [0.5, 1.0]}
    search = GridSearchCV(model, grid, cv=2).fit(
        FRAME[["user", "item"]], FRAME["rating"]
    )
    assert set(search.best_params_) == set(grid)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    best = search.best_estimator_
    # With one cluster, and with y or the frame's own column of it.
    assert best.score(FRAME) == best.score(FRAME[["user", "item"]], FRAME["rating"])


def test_default_clusters_are_no_more_than_users():
    assert ClusterRecommender(random_state=0).fit(FRAME).clusters_.size == 8
    few = FRAME[FRAME["user"] < 3]
    base = CollaborativeFilter(2, 0.1)
    assert ClusterRecommender(base, random_state=0).fit(few).clusters_.size == 3


def test_frames_are_of_the_kind_that_was_fitted():
    model = ClusterRecommender(FILTERS[0], KMeans(2, random_state=0))
    model.fit(pl.DataFrame(FRAME))
    new = pl.DataFrame({"item": [1], "rating": [1.0]})
    for answer in (
        model.recommend(1),
        model.recommend(clusters=[0]),
        model.recommend(ratings=new),
        model.distinctive_items(),
    ):
        assert isinstance(answer, pl.DataFrame)


def test_a_refit_without_names_forgets_them():
    model = ClusterRecommender(FILTERS[0], KMeans(2, random_state=0)).fit(FRAME)
    assert model.feature_names_in_.tolist() == ["user", "item"]
    model.fit(FRAME.to_numpy())
    assert not hasattr(model, "feature_names_in_")


@pytest.mark.parametrize(
    "clusterer", [KMeans(2, random_state=0), AgglomerativeClustering(2)], ids=str
)
def test_files_keep_every_answer(clusterer):
    model = ClusterRecommender(FILTERS[-1], clusterer).fit(FRAME)
    file = skops.io.dumps(model)
    trusted = skops.io.get_untrusted_types(data=file)
    for restored in (
        pickle.loads(pickle.dumps(model)),
        skops.io.loads(file, trusted=trusted),
    ):
        np.testing.assert_array_equal(restored.predict(FRAME), model.predict(FRAME))
        for answer in ("recommend", "distinctive_items"):
            one, other = (getattr(x, answer)(n=3) for x in (model, restored))
            pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_rating_range_clips_clusters_too():
    base = clone(FILTERS[0]).set_params(reg_param=0.01, rating_range=(-2, 5))
    model = ClusterRecommender(base, KMeans(29, random_state=0)).fit(FRAME)
    got = model.predict(pairs_of(range(30), range(12)))
    assert got.min() == -2
    assert got.max() == 5


def test_clusters_of_real_users_beat_means(ml_100k):
    train, test = ml_100k[::2], ml_100k[1::2]
    base = CollaborativeFilter(20, 10.0, random_state=0)
    errors = []
    for n_clusters in (1, 32):
        clusterer = KMeans(n_clusters, random_state=0)
        model = ClusterRecommender(base, clusterer).fit(train)
        errors.append(np.sqrt(np.mean((model.predict(test) - test["rating"]) ** 2)))
    # 1.04 and 1.01 when this was written.
    assert errors[1] < errors[0] - 0.02
