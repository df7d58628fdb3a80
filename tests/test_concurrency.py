"""Queries of one fitted model from many threads give the results of one thread."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
from fitting import PLAIN

from sklearn_cofi import BayesianCollaborativeFilter, CollaborativeFilter
from sklearn_cofi.datasets import make_ratings

N_THREADS = 8


@pytest.fixture(scope="module")
def ratings():
    X, y = make_ratings(8000, n_users=300, n_items=200, rank=3, random_state=0)
    return X.assign(rating=y)


@pytest.fixture(
    scope="module",
    params=[
        CollaborativeFilter(4, 2.0, random_state=0, n_jobs=2, **PLAIN),
        BayesianCollaborativeFilter(
            4, 12, burn_in=2, n_kept_draws=3, random_state=0, n_jobs=2
        ),
    ],
    ids=["point", "Bayesian"],
)
def model(request, ratings):
    return request.param.fit(ratings)


def results(model, ratings, number):
    """Return the results of all queries for some of the ratings."""
    part = ratings.iloc[number::N_THREADS]
    new = ratings[ratings["user"] % N_THREADS == number][["user", "item", "rating"]]
    found = [
        model.predict(part),
        model.recommend(part["user"].unique(), n=7).to_numpy(),
        model.recommend(ratings=new, n=5).to_numpy(),
        model.similar_items(part["item"].unique()[:20]).to_numpy(),
        model.predict_matrix(part["user"].unique()[:5]),
    ]
    if hasattr(model, "fold_in"):
        found.append(model.fold_in(new).user_factors_)
        found.append(model.explain(*part.iloc[0][["user", "item"]].astype(int)))
    return [
        x.drop(columns=["kind", "item"]).to_numpy()
        if isinstance(x, pd.DataFrame)
        else x
        for x in found
    ]


def test_eight_threads_get_the_results_of_one(model, ratings):
    alone = [results(model, ratings, number) for number in range(N_THREADS)]
    with ThreadPoolExecutor(N_THREADS) as pool:
        rounds = [
            list(pool.map(lambda number: results(model, ratings, number), range(8)))
            for _ in range(3)
        ]
    for together in rounds:
        for one, other in zip(alone, together, strict=True):
            for expected, found in zip(one, other, strict=True):
                np.testing.assert_array_equal(found, expected)


def test_fits_and_queries_run_at_the_same_time(model, ratings):
    expected = model.predict(ratings)
    other = CollaborativeFilter(3, 2.0, random_state=1, n_jobs=2, **PLAIN)
    factors = other.fit(ratings).item_factors_
    with ThreadPoolExecutor(4) as pool:
        fits = [
            pool.submit(
                lambda: CollaborativeFilter(
                    3, 2.0, random_state=1, n_jobs=2, **PLAIN
                ).fit(ratings)
            )
            for _ in range(2)
        ]
        predictions = [pool.submit(model.predict, ratings) for _ in range(20)]
    for fit in fits:
        np.testing.assert_array_equal(fit.result().item_factors_, factors)
    for prediction in predictions:
        np.testing.assert_array_equal(prediction.result(), expected)
