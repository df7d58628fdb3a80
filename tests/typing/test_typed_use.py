"""How a typed project uses this package; run by pytest and checked by mypy.

``assert_type`` checks the types of results. A ``type: ignore`` marks a mistake that
mypy must find, because it reports ignores that are not needed.
"""

from pathlib import Path
from typing import assert_type

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from sklearn_cofi import (
    BayesianCollaborativeFilter,
    ClusterRecommender,
    CollaborativeFilter,
    CollaborativeFilterCV,
    FeatureEncoder,
    OptimalityGap,
    RankingCollaborativeFilter,
    collaborative_filter_path,
    optimality_gap,
    reg_param_max,
)
from sklearn_cofi.datasets import (
    fetch_movielens,
    load_tutorial,
    make_ratings,
    ratings_from_matrix,
)
from sklearn_cofi.displays import ConvergenceDisplay, RegPathDisplay
from sklearn_cofi.metrics import (
    make_ranking_scorer,
    ndcg_at_k,
    ranking_report,
    ranking_scorers,
)
from sklearn_cofi.model_selection import LeaveNOutPerUser, PairKFold, compare_models
from sklearn_cofi.solvers import Factors, Objective, Solution

Floats = NDArray[np.floating]


@pytest.fixture
def ratings() -> pd.DataFrame:
    return load_tutorial().frame


def test_feature_encoder() -> None:
    frame = pd.DataFrame({"genres": ["Comedy|War", "Drama"], "year": [1990, 2000]})
    encoder = FeatureEncoder(max_categories=10, separator="|", n_knots=None).fit(frame)
    assert_type(encoder, FeatureEncoder)
    assert encoder.transform(frame).shape == (2, 4)
    assert_type(encoder.block_names_, tuple[str, ...])
    assert_type(encoder.dropped_columns_, list[str])


def test_collaborative_filter(ratings: pd.DataFrame) -> None:
    model = CollaborativeFilter(
        2,
        reg_param=(1.0, 2.0),
        solver="als",
        mean_normalization=None,
        reg_scaling=0.5,
        rating_range=(0, 10),
        dtype=np.float32,
        random_state=0,
    )
    assert_type(model.fit(ratings), CollaborativeFilter)
    assert_type(model.predict(ratings), Floats)
    assert_type(model.predict_matrix(0, items=[1, 2]), Floats)
    assert_type(model.score(ratings, ratings["rating"], sample_weight=None), float)
    assert_type(model.fold_in(ratings[:2], side="user"), CollaborativeFilter)
    model.recommend(0, n=3, banned=[1])
    model.recommend(ratings=ratings[:2], memory_budget=8)
    model.similar_items([0, 1], metric="dot")
    model.explain(0, 1, n=None)
    model.as_frame("user")


def test_custom_solver(ratings: pd.DataFrame) -> None:
    def stay(
        objective: Objective,
        init: Factors,
        *,
        max_iter: int,
        tol: float,
        callback: object = None,
    ) -> Solution:
        cost, gradient = objective.value_and_gradient(init)
        assert_type(gradient, Factors)
        slope = objective.stationarity(init, gradient)
        path = np.array([cost])
        return Solution(init, cost, slope, path, 0, True, "tolerance")

    model = CollaborativeFilter(2, reg_param=1.0, solver=stay, random_state=0)
    assert model.fit(ratings).n_iter_ == 1


def test_ids_of_any_kind() -> None:
    rows = [["ann", "up", 4.0], ["bob", "up", 2.0], ["bob", "alien", 5.0]]
    model = CollaborativeFilter(1, reg_param=0.1, random_state=0).fit(rows)
    model.recommend("ann")
    model.recommend(["ann", "bob"], candidates=["alien"])
    model.predict(np.array([["ann", "alien"]], dtype=object))


def test_fit_takes_arrays_and_weights(ratings: pd.DataFrame) -> None:
    X = ratings[["user", "item"]].to_numpy()
    y = [float(rating) for rating in ratings["rating"]]
    CollaborativeFilter(1, 1.0, random_state=0).fit(X, y, sample_weight=np.ones(len(y)))


def test_bayesian(ratings: pd.DataFrame) -> None:
    model = BayesianCollaborativeFilter(2, 5, burn_in=1, n_kept_draws=2, random_state=0)
    assert_type(model.fit(ratings), BayesianCollaborativeFilter)
    assert_type(model.predict(ratings), Floats)
    mean, std = model.predict(ratings, return_std=True)
    assert_type(std, Floats)
    assert_type(model.predict_interval(ratings, coverage=0.5), Floats)
    assert_type(model.predict_preference(ratings, 1), Floats)
    model.recommend(0, return_std=True)
    assert mean.shape == std.shape


def test_cross_validated(ratings: pd.DataFrame) -> None:
    model = CollaborativeFilterCV(
        [1.0, 3.0], num_features=[1, 2], cv=PairKFold(2, random_state=0), random_state=0
    )
    assert_type(model.fit(ratings), CollaborativeFilterCV)


def test_lists(ratings: pd.DataFrame) -> None:
    model = RankingCollaborativeFilter(2, unrated_weight="0.5*auto", random_state=0)
    assert_type(model.fit(ratings), RankingCollaborativeFilter)
    assert_type(model.fold_in(ratings[:3]), RankingCollaborativeFilter)
    model.recommend(0, n=2)
    RankingCollaborativeFilter(unrated_weight=0.1, mean_normalization="unrated")


def test_clusters(ratings: pd.DataFrame) -> None:
    inner = CollaborativeFilter(2, reg_param=1.0)
    model = ClusterRecommender(inner, random_state=0).fit(ratings)
    assert_type(model, ClusterRecommender)
    assert_type(model.predict(ratings), Floats)
    model.recommend(clusters=model.clusters_)
    model.distinctive_items(2, damping=1.0)


def test_optimality(ratings: pd.DataFrame) -> None:
    assert_type(reg_param_max(ratings, reg_scaling="count"), float)
    path = collaborative_filter_path(ratings, reg_params=[3.0, 1.0], num_features=2)
    assert_type(path.models, list[CollaborativeFilter])
    model = CollaborativeFilter(3, reg_param=3.0, random_state=0).fit(ratings)
    gap = optimality_gap(model, ratings)
    assert_type(gap, OptimalityGap)
    assert_type(gap.relative_gap, float)


def test_evaluation(ratings: pd.DataFrame) -> None:
    model = CollaborativeFilter(2, reg_param=1.0, random_state=0).fit(ratings)
    best = model.recommend(n=3, exclude_rated=False)
    assert_type(ndcg_at_k(ratings, best, k=2, gains="rating"), float)
    ranking_report(ratings, best, k=(1, 2))
    assert_type(make_ranking_scorer("recall", k=2)(model, ratings), float)
    several = ranking_scorers(["recall", "coverage"], k=2)
    assert_type(several(model, ratings), dict[str, float])
    splitter = LeaveNOutPerUser(1, by="random", random_state=0)
    for train, test in splitter.split(ratings):
        assert_type(train, np.ndarray)
        assert train.size > test.size
    models = {
        "one": CollaborativeFilter(1, reg_param=1.0, user_col="user", item_col=1),
        "two": CollaborativeFilter(2, reg_param=1.0),
    }
    X, y = make_ratings(400, n_users=20, n_items=30, random_state=0)
    compare_models(models, X, y, cv=2, random_state=0)


def test_datasets(tmp_path: Path) -> None:
    ratings_from_matrix([[5, np.nan], [np.nan, 0]], item_ids=["Ted", "Frozen"])
    with pytest.raises(FileNotFoundError):
        fetch_movielens("1m", data_home=tmp_path, download_if_missing=False)


def test_displays(ratings: pd.DataFrame) -> None:
    model = CollaborativeFilter(2, reg_param=1.0, random_state=0).fit(ratings)
    display = ConvergenceDisplay.from_estimator(model, quantity="gradient_norm")
    assert_type(display, ConvergenceDisplay)
    path = collaborative_filter_path(ratings, num_features=2)
    assert_type(RegPathDisplay.from_path(path, quantity="rank"), RegPathDisplay)


def test_type_errors_are_found(ratings: pd.DataFrame) -> None:
    for wrong in (
        CollaborativeFilter(num_features="ten"),  # type: ignore[arg-type]
        FeatureEncoder(n_knots="five"),  # type: ignore[arg-type]
        CollaborativeFilter(solver="sgd"),  # type: ignore[arg-type]
    ):
        with pytest.raises(ValueError, match="must be"):
            wrong.fit(ratings)
    model = CollaborativeFilter(2, reg_param=1.0, random_state=0).fit(ratings)
    with pytest.raises(ValueError, match="metric"):
        model.similar_items(metric="euclidean")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="side"):
        model.as_frame("users")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="factors"):
        CollaborativeFilter(factors=3)  # type: ignore[call-arg]
    with pytest.raises(ValueError, match="metric"):
        make_ranking_scorer("auc")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="name"):
        fetch_movielens("2m")  # type: ignore[arg-type]
