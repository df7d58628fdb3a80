"""Worker: this checkout's sklearn_cofi."""

import time

import numpy as np
from worker import between, serve

import sklearn_cofi
from sklearn_cofi._types import Factors
from sklearn_cofi.data._centering import centre, rating_means
from sklearn_cofi.data._matrix import rating_matrix
from sklearn_cofi.data._unrated import Unrated
from sklearn_cofi.kernels._threads import kernel_threads, single_blas_thread
from sklearn_cofi.objective._half_step import half_step
from sklearn_cofi.objective._penalty import Penalty
from sklearn_cofi.objective._squared import MaskedSquaredLoss
from sklearn_cofi.solvers._start import random_start

STEPS = {"exact": None, "cg3": 3}
# Weight of unrated pairs, near the default for ml-1m.
UNRATED_WEIGHT = 0.2


def fit(train, n_iterations, *, estimator="CollaborativeFilter", **settings):
    """Fit by the public interface, to an array of pairs and float32 ratings.

    If the number of iterations is given, `tol` is 0, so the fit runs all of them.
    """
    if n_iterations is not None:
        settings = {"max_iter": n_iterations, "tol": 0} | settings
    pairs = np.column_stack([train.user, train.item])
    model = getattr(sklearn_cofi, estimator)(**{"random_state": 0} | settings)
    return model.fit(pairs, train.rating)


def predict(model, users, items):
    return model.predict(np.column_stack([users, items]))


def factors(model):
    return {"user": model.user_factors_, "item": model.item_factors_}


def sweep(train, k, method, reg, iterations):
    """Time only the half steps, with the threads that the estimator uses."""
    few, many = iterations
    ratings = rating_matrix(*train, None, train.shape)
    steps, ticks = STEPS[method.removeprefix("unrated-")], []
    with kernel_threads(None), single_blas_thread:
        if method.startswith("unrated-"):
            ratings = ratings.with_unrated(Unrated(UNRATED_WEIGHT))
        else:
            ratings = centre(ratings, rating_means(ratings), "global")
        objective = MaskedSquaredLoss(ratings, Penalty(reg))
        start = random_start(objective, train.shape, k, np.random.RandomState(0))
        user, item = start
        for _ in range(many + 1):
            ticks.append(time.perf_counter())
            user = half_step(objective, 0, Factors(user, item), steps=steps)
            item = half_step(objective, 1, Factors(user, item), steps=steps)
    return between(ticks[few:])


if __name__ == "__main__":
    serve(
        ("sklearn-cofi", "numba", "numpy"),
        fit=fit,
        predict=predict,
        factors=factors,
        sweep=sweep,
    )
