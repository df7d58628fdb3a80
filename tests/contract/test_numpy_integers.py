"""An integer of any numpy type means the same as Python's integer."""

import warnings

import numpy as np
import pytest

from sklearn_cofi import (
    BayesianCollaborativeFilter,
    ClusterRecommender,
    CollaborativeFilter,
    CollaborativeFilterCV,
    collaborative_filter_path,
    load_npz,
    metrics,
    model_selection,
    save_npz,
)
from sklearn_cofi.datasets import make_ratings

TYPES = (np.int8, np.uint8, np.int16, np.uint64)

# More users than an int8 holds, and more users times latent factors than a uint8 holds.
X, Y = make_ratings(900, 200, 150, rank=2, random_state=0)
FRAME = X.assign(rating=Y, timestamp=np.arange(len(Y)))
PAIRS = X[:50]


def fitted_predictions(estimator):
    return estimator.fit(X, Y).predict(PAIRS)


FITS = {
    "num_features": lambda n: CollaborativeFilter(n, random_state=0),
    "max_iter": lambda n: CollaborativeFilter(max_iter=n, random_state=0),
    "n_iter_no_change": lambda n: CollaborativeFilter(
        n_iter_no_change=n, early_stopping=True, random_state=0
    ),
    "random_state": lambda n: CollaborativeFilter(random_state=n),
    "n_jobs": lambda n: CollaborativeFilter(n_jobs=n, random_state=0),
    "CV num_features": lambda n: CollaborativeFilterCV(
        num_features=n, n_reg_params=3, cv=2, random_state=0
    ),
    "CV grid of num_features": lambda n: CollaborativeFilterCV(
        num_features=np.array([2, n]).astype(type(n)),
        n_reg_params=3,
        cv=2,
        random_state=0,
    ),
    "CV n_reg_params": lambda n: CollaborativeFilterCV(
        num_features=2, n_reg_params=n, cv=2, random_state=0
    ),
    "CV cv": lambda n: CollaborativeFilterCV(
        num_features=2, n_reg_params=3, cv=n, random_state=0
    ),
    "CV patience": lambda n: CollaborativeFilterCV(
        num_features=2, n_reg_params=5, patience=n, cv=2, random_state=0
    ),
    "CV max_iter": lambda n: CollaborativeFilterCV(
        num_features=2, n_reg_params=3, max_iter=n, cv=2, random_state=0
    ),
    "Bayesian num_features": lambda n: BayesianCollaborativeFilter(
        n, 8, burn_in=2, random_state=0
    ),
    "Bayesian n_sweeps": lambda n: BayesianCollaborativeFilter(
        2, n, burn_in=1, random_state=0
    ),
    "Bayesian burn_in": lambda n: BayesianCollaborativeFilter(
        2, 8, burn_in=n, random_state=0
    ),
    "Bayesian n_kept_draws": lambda n: BayesianCollaborativeFilter(
        2, 8, burn_in=2, n_kept_draws=n, random_state=0
    ),
}


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("make", FITS.values(), ids=FITS)
def test_fits_with_integers_of_numpy(make, kind):
    with warnings.catch_warnings(action="ignore"):
        expected = fitted_predictions(make(3))
        np.testing.assert_array_equal(fitted_predictions(make(kind(3))), expected)


MODEL = CollaborativeFilter(3, reg_param=0.5, random_state=0)
QUERIES = {
    "recommend": lambda n: MODEL.recommend(n=n),
    "recommend from candidates": lambda n: MODEL.recommend(n=n, candidates=range(40)),
    "recommend to a new user": lambda n: MODEL.recommend(n=n, ratings=[[3, 5], [4, 1]]),
    "similar_items": lambda n: MODEL.similar_items(n=n),
    "similar_users": lambda n: MODEL.similar_users(n=n),
    "explain": lambda n: MODEL.explain(0, 6, n=n),
    "clusters": lambda n: (
        ClusterRecommender(MODEL, random_state=0).fit(X, Y).recommend(n=n)
    ),
    "precision": lambda n: metrics.precision_at_k(FRAME, MODEL.recommend(), k=n),
    "ndcg": lambda n: metrics.ndcg_at_k(FRAME, MODEL.recommend(), k=n),
    "report": lambda n: metrics.ranking_report(FRAME, MODEL.recommend(), k=[1, n]),
    "coverage": lambda n: metrics.coverage_at_k(MODEL.recommend(), range(150), k=n),
    "novelty": lambda n: metrics.novelty_at_k(MODEL.recommend(), X, k=n),
    "scorer": lambda n: metrics.make_ranking_scorer("recall", k=n)(MODEL, X, Y),
    "path": lambda n: (
        collaborative_filter_path(X, Y, num_features=n, n_reg_params=n).costs
    ),
    "make_ratings": lambda n: make_ratings(n * n, n, n, rank=n, random_state=0)[1],
    "PairKFold": lambda n: list(model_selection.PairKFold(n, random_state=n).split(X)),
    "WarmKFold": lambda n: list(model_selection.WarmKFold(n, random_state=0).split(X)),
    "TemporalSplit": lambda n: list(model_selection.TemporalSplit(n).split(FRAME)),
    "LeaveNOutPerUser": lambda n: list(
        model_selection.LeaveNOutPerUser(n, n_splits=n, by="time").split(FRAME)
    ),
    "UserFractionSplit": lambda n: list(
        model_selection.UserFractionSplit(n_splits=n, random_state=0).split(X)
    ),
}


@pytest.fixture(scope="module", autouse=True)
def fitted_model():
    MODEL.fit(X, Y)


def flat(result):
    if isinstance(result, list):
        return [array.tolist() for pair in result for array in pair]
    return np.asarray(result, dtype=object).tolist()


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_queries_with_integers_of_numpy(query, kind):
    with warnings.catch_warnings(action="ignore"):
        np.testing.assert_equal(flat(query(kind(3))), flat(query(3)))


def test_columns_and_seeds_are_integers_of_numpy():
    rows = FRAME.to_numpy()
    columns = {
        "user_col": np.uint8(1),
        "item_col": np.int8(0),
        "rating_col": np.int16(2),
    }
    swapped = rows[:, [1, 0, 2]]
    expected = MODEL.predict(PAIRS)
    model = CollaborativeFilter(3, reg_param=0.5, random_state=np.uint8(0), **columns)
    got = model.fit(swapped).predict(PAIRS.to_numpy()[:, ::-1])
    np.testing.assert_array_equal(got, expected)


def test_a_model_with_integers_of_numpy_is_saved(tmp_path):
    model = CollaborativeFilter(
        np.int8(3), max_iter=np.int16(900), random_state=np.int16(0)
    )
    save_npz(model.fit(X, Y), tmp_path / "model.npz")
    loaded = load_npz(tmp_path / "model.npz")
    assert loaded.get_params() == model.get_params()


def test_products_of_small_integers_do_not_overflow():
    rows = np.column_stack([np.zeros(160, int), np.arange(160), np.arange(160)])
    expected, splits = (
        list(
            model_selection.LeaveNOutPerUser(
                n, n_splits=3, by="time", time_col=2
            ).split(rows)
        )
        for n in (50, np.int8(50))
    )
    assert flat(splits) == flat(expected)
