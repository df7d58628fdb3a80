"""Worker: this checkout's sklearn_cofi."""

import io
import time

import numpy as np
import pandas as pd
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
TIME = "timestamp"  # seconds


def fit(
    train, n_iterations, *, known=None, estimator="CollaborativeFilter", **settings
):
    """Fit by the public interface, to an array of pairs and float32 ratings.

    If the number of iterations is given, `tol` is 0, so the fit runs all of them. What
    else is known becomes the parameters ``user_features``, ``item_features`` (frames of
    raw columns) and ``time_col`` (a third column of X).
    """
    if n_iterations is not None:
        settings = {"max_iter": n_iterations, "tol": 0} | settings
    X = np.column_stack([train.user, train.item])
    if known is not None:
        settings |= _side_information(known)
        X = _frame(train.user, train.item, known.times)
    model = getattr(sklearn_cofi, estimator)(**{"random_state": 0} | settings)
    return model.fit(X, train.rating), known is not None


def predict(model, users, items, times=None):
    model, is_frame = model
    if is_frame:
        return model.predict(_frame(users, items, times))
    return model.predict(np.column_stack([users, items]))


def _side_information(known):
    """Return the parameters for what is known."""
    found = {} if known.times is None else {"time_col": TIME}
    for side in ("user", "item"):
        text = getattr(known, f"{side}_frame")
        if text is not None:
            found[f"{side}_features"] = pd.read_csv(io.StringIO(str(text)))
    return found


def _frame(users, items, times):
    columns = {"user": users, "item": items}
    return pd.DataFrame(columns if times is None else columns | {TIME: times})


def factors(model):
    model, _ = model
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
