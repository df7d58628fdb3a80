"""Worker: implicit, ALS for implicit feedback.

Its objective sums over all pairs, rated or not. A sweep solves the same number of
systems of the same size from the same entries, plus one small product `V.T @ V` for
users and for items. Its predictions are not ratings: they are near 1 for pairs of the
training set. The ratings of the training set are its confidences.
"""

import time

import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits
from worker import THREADS, between, rows, serve


def fit(train, n_iterations, *, factors, regularization):
    """Fit in float64, with exact row solves and one thread."""
    matrix = csr_matrix((train.rating, (train.user, train.item)), train.shape)
    model = AlternatingLeastSquares(
        factors=factors,
        regularization=regularization,
        iterations=n_iterations,
        dtype=np.float64,
        use_cg=False,
        num_threads=1,
        random_state=0,
    )
    with threadpool_limits(1, "blas"):
        model.fit(matrix, show_progress=False)
    return model


def predict(model, users, items):
    return np.einsum(
        "ek,ek->e", rows(model.user_factors, users), rows(model.item_factors, items)
    )


def factors(model):
    return {"user": model.user_factors, "item": model.item_factors}


def sweep(train, k, method, reg, iterations, threads=THREADS):
    """Time the iterations between two calls of its callback."""
    few, many = iterations
    matrix = csr_matrix((train.rating, (train.user, train.item)), train.shape)
    model = AlternatingLeastSquares(
        factors=k,
        regularization=reg,
        use_cg=method.endswith("cg3"),
        iterations=many,
        num_threads=threads,
        random_state=0,
    )
    ticks = []
    # implicit recommends a single BLAS thread.
    with threadpool_limits(1, "blas"):
        model.fit(
            matrix,
            show_progress=False,
            callback=lambda *_: ticks.append(time.perf_counter()),
        )
    return between(ticks[few - 1 :])


def recommend(train, U, V, n):
    """Rank items for all users by given factors, with the fastest settings."""
    entries = train.rating, (train.user, train.item)
    matrix = csr_matrix(entries, (len(U), len(V)))
    model = AlternatingLeastSquares(factors=U.shape[1], num_threads=THREADS)
    model.user_factors, model.item_factors = U, V
    users = np.arange(len(U))
    start = time.perf_counter()
    items, _ = model.recommend(users, matrix, N=n)
    return time.perf_counter() - start, items


if __name__ == "__main__":
    serve(
        ("implicit", "numpy"),
        fit=fit,
        predict=predict,
        factors=factors,
        sweep=sweep,
        recommend=recommend,
    )
