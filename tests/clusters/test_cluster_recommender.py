"""The prediction for a user is the mean prediction over the user's cluster."""

import pickle

import numpy as np
import pandas as pd
import pytest
import reference
import skops.io
from clustering import DRAWN, FILTERS, FRAME, pairs_of
from fitting import PLAIN, fit
from sklearn.base import clone
from sklearn.cluster import DBSCAN, AgglomerativeClustering, KMeans
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer

from sklearn_cofi import ClusterRecommender, CollaborativeFilter


def members_of(model):
    """Return the members of the cluster of each user; all users for no cluster."""
    all_users = model.user_ids_
    return [
        all_users if label < 0 else all_users[model.labels_ == label]
        for label in model.labels_
    ]


def test_predictions_are_means_over_the_cluster(fitted):
    items = [0, 5, 11, 99]  # the last is unknown
    got = fitted.predict(pairs_of(range(30), items)).reshape(30, -1)
    single = fitted.filter_.predict(pairs_of(range(30), items)).reshape(30, -1)
    for user, members in enumerate(members_of(fitted)):
        np.testing.assert_allclose(got[user], single[members].mean(axis=0), rtol=1e-6)
    unknown = fitted.predict(pairs_of([77], items))
    np.testing.assert_allclose(unknown, single.mean(axis=0), rtol=1e-6)


def test_clusters_are_those_of_the_clusterer(clustered):
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


def test_without_clusters_predictions_are_means_over_all_users():
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


def test_order_of_rows_and_threads_change_no_bit():
    frames = []
    for frame, n_jobs in ((FRAME, 1), (FRAME.sample(frac=1, random_state=1), 2)):
        base = clone(FILTERS[1]).set_params(n_jobs=n_jobs)
        model = ClusterRecommender(base, KMeans(3), random_state=0).fit(frame)
        frames.append((model.recommend(model.user_ids_), model.distinctive_items()))
    for one, other in zip(*frames, strict=True):
        pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_random_state_seeds_estimators_without_a_seed():
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
    # The passed estimators are cloned: they are neither fitted nor seeded.
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


def test_weights_reach_the_filter_and_distinctive_items():
    weights = np.where(FRAME["item"] == 4, 3.0, 1.0)
    model = ClusterRecommender(FILTERS[0], KMeans(2, random_state=0))
    one = model.fit(FRAME, sample_weight=weights)
    expected = clone(FILTERS[0]).fit(FRAME, sample_weight=weights)
    np.testing.assert_array_equal(one.filter_.item_factors_, expected.item_factors_)
    R, W = reference.merge(*DRAWN[:3], weights, DRAWN.shape)
    scores = reference.group_contrast(R, W, one.labels_, 0, 5.0)[2]
    got = one.distinctive_items(1, clusters=0)
    assert got["score"].item() == pytest.approx(scores.max())


def test_invalid_parameters_raise_an_error():
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
    for method in ("predict", "recommend", "score"):
        with pytest.raises(NotFittedError):
            getattr(ClusterRecommender(), method)(FRAME)
    with pytest.raises(NotFittedError):
        ClusterRecommender().distinctive_items()


def test_the_number_of_clusters_can_be_searched():
    model = ClusterRecommender(FILTERS[0], KMeans(random_state=0))
    grid = {"clusterer__n_clusters": [1, 3], "filter__reg_param": [0.5, 1.0]}
    search = GridSearchCV(model, grid, cv=2).fit(
        FRAME[["user", "item"]], FRAME["rating"]
    )
    assert set(search.best_params_) == set(grid)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    best = search.best_estimator_
    # The score is the same with y and with the rating column of the frame.
    assert best.score(FRAME) == best.score(FRAME[["user", "item"]], FRAME["rating"])


def test_default_clusters_are_no_more_than_users():
    assert ClusterRecommender(random_state=0).fit(FRAME).clusters_.size == 8
    few = FRAME[FRAME["user"] < 3]
    base = CollaborativeFilter(2, 0.1)
    assert ClusterRecommender(base, random_state=0).fit(few).clusters_.size == 3


def test_a_refit_without_column_names_removes_them():
    model = ClusterRecommender(FILTERS[0], KMeans(2, random_state=0)).fit(FRAME)
    assert model.feature_names_in_.tolist() == ["user", "item"]
    model.fit(FRAME.to_numpy())
    assert not hasattr(model, "feature_names_in_")


@pytest.mark.parametrize(
    "clusterer", [KMeans(2, random_state=0), AgglomerativeClustering(2)], ids=str
)
def test_saved_models_return_the_same_results(clusterer):
    model = ClusterRecommender(FILTERS[-1], clusterer).fit(FRAME)
    file = skops.io.dumps(model)
    trusted = skops.io.get_untrusted_types(data=file)
    for restored in (
        pickle.loads(pickle.dumps(model)),
        skops.io.loads(file, trusted=trusted),
    ):
        np.testing.assert_array_equal(restored.predict(FRAME), model.predict(FRAME))
        for method in ("recommend", "distinctive_items"):
            one, other = (getattr(x, method)(n=3) for x in (model, restored))
            pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_rating_range_clips_clusters_too():
    base = clone(FILTERS[0]).set_params(reg_param=0.01, rating_range=(-2, 5))
    model = ClusterRecommender(base, KMeans(29, random_state=0)).fit(FRAME)
    got = model.predict(pairs_of(range(30), range(12)))
    assert got.min() == -2
    assert got.max() == 5


def test_clusters_of_real_users_have_lower_errors_than_means(ml_100k):
    train, test = ml_100k[::2], ml_100k[1::2]
    base = CollaborativeFilter(20, 10.0, random_state=0, **PLAIN)
    errors = []
    for n_clusters in (1, 32):
        clusterer = KMeans(n_clusters, random_state=0)
        model = ClusterRecommender(base, clusterer).fit(train)
        errors.append(np.sqrt(np.mean((model.predict(test) - test["rating"]) ** 2)))
    # The errors were 1.04 and 1.01 when this test was written.
    assert errors[1] < errors[0] - 0.02
