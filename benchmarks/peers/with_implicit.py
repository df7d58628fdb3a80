"""Worker: implicit, ALS for implicit feedback: for its sweeps alone.

Its objective is over all pairs, rated or not. A sweep solves the same number of
systems of the same size from the same entries, plus one product of the factors with
themselves a side, which is small. Its predictions are no ratings.
"""

import time

from implicit.cpu.als import AlternatingLeastSquares
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits
from worker import THREADS, between, serve


def sweep(train, k, method, reg, iterations, threads=THREADS):
    """Time the iterations between two calls of its callback."""
    few, many = iterations
    matrix = csr_matrix((train.rating, (train.user, train.item)), train.shape)
    model = AlternatingLeastSquares(
        factors=k,
        regularization=reg,
        use_cg=method == "cg3",
        iterations=many,
        num_threads=threads,
        random_state=0,
    )
    ticks = []
    # One thread of BLAS is what implicit itself asks for.
    with threadpool_limits(1, "blas"):
        model.fit(
            matrix,
            show_progress=False,
            callback=lambda *_: ticks.append(time.perf_counter()),
        )
    return between(ticks[few - 1 :])


if __name__ == "__main__":
    serve(("implicit", "numpy"), fit=None, predict=None, sweep=sweep)
