"""The machine's limits, and the share of them that each kernel reaches.

    python benchmarks/speed/roofline.py DATA_HOME

A kernel cannot be faster than its arithmetic at the rate of a matrix product (GEMM),
its stream of indices and ratings at the memory bandwidth, or its rows of factors at the
rate of the caches. The script measures all three rates, the last by adding up the rows
of factors without further arithmetic. The bound is the largest of the three times.
"""

import argparse

import numpy as np
from numba import get_num_threads, njit, prange
from timing import median_seconds

from sklearn_cofi.data._centering import centre, rating_means
from sklearn_cofi.data._ids import distinct_ids
from sklearn_cofi.data._matrix import rating_matrix
from sklearn_cofi.datasets import fetch_movielens
from sklearn_cofi.kernels._row_products import ROWS, add_rows
from sklearn_cofi.kernels._threads import kernel_threads
from sklearn_cofi.kernels._vectors import padded_columns
from sklearn_cofi.objective._half_step import half_step
from sklearn_cofi.objective._penalty import Penalty
from sklearn_cofi.objective._squared import MaskedSquaredLoss
from sklearn_cofi.solvers._start import random_start

REPEATS = 9


@njit(parallel=True)
def _scale(x, y, n_parts):
    for part in prange(n_parts):
        size = x.size // n_parts
        for p in range(part * size, (part + 1) * size):
            y[p] = 3 * x[p]


@njit(parallel=True, nogil=True)
def _sum_rows(blocks, indptr, indices, V, sums):
    for b in prange(blocks.size - 1):
        ones, total = np.ones(ROWS, V.dtype), np.zeros(V.shape[1], V.dtype)
        for row in range(blocks[b], blocks[b + 1]):
            for p in range(indptr[row], indptr[row + 1] - ROWS + 1, ROWS):
                add_rows(V, indices, p, ones, total)
        sums[b] = total


def gemm_rate(dtype):
    """Return floating-point operations per second of a large matrix product."""
    n = 3072
    A = np.random.default_rng(0).random((n, n)).astype(dtype)
    return 2 * n**3 / median_seconds(lambda: A @ A, REPEATS)


def stream_rate():
    """Return bytes read and written per second, for arrays larger than the caches."""
    x = np.ones(2**26)
    y = np.empty_like(x)
    taken = median_seconds(lambda: _scale(x, y, get_num_threads()), REPEATS)
    return 2 * x.nbytes / taken


def movielens(data_home, dtype):
    """Return the objective of ml-1m, centred by item."""
    bunch = fetch_movielens("1m", data_home=data_home)
    (user_ids, users), (item_ids, items) = (
        distinct_ids(bunch.data[name].to_numpy(), name) for name in ("user", "item")
    )
    values = bunch.target.to_numpy().astype(dtype)
    shape = user_ids.size, item_ids.size
    matrix = rating_matrix(users, items, values, None, shape)
    return MaskedSquaredLoss(
        centre(matrix, rating_means(matrix), "item"), Penalty(10.0)
    )


def fetch_seconds(objective, factors):
    """Return the seconds to read the row of factors of each rating, in both passes."""

    def fetch():
        for side in (0, 1):
            blocks, indptr, indices, *_ = objective.blocked_rows(side)
            V = padded_columns(factors[1 - side])
            sums = np.empty((blocks.size - 1, V.shape[1]), V.dtype)
            _sum_rows(blocks, indptr, indices, V, sums)

    return median_seconds(fetch, REPEATS)


def kernels(objective, factors):
    """Return name -> (function that runs both passes, operations per entry)."""
    k = factors.user.shape[1]
    n_rows = sum(objective.ratings.shape)
    per_row = n_rows / (2 * objective.ratings.n_ratings)
    exact = k * k + 2 * k + per_row * k**3 / 3
    return {
        "half_gradient": (
            lambda: (
                objective.fit_gradient(*factors),
                objective.fit_gradient(*factors[::-1], by_item=True),
            ),
            4 * k,
        ),
        "solve_rows": (
            lambda: [half_step(objective, side, factors) for side in (0, 1)],
            exact,
        ),
        "improve_rows, 3 steps": (
            lambda: [half_step(objective, side, factors, steps=3) for side in (0, 1)],
            4 * 4 * k,
        ),
    }


def report(objective, gemm, stream, k):
    """Print a line for each kernel with k latent factors."""
    dtype = objective.dtype
    factors = random_start(
        objective, objective.ratings.shape, k, np.random.RandomState(0)
    )
    entries = 2 * objective.ratings.n_ratings  # each rating by user and by item
    streamed = 4 + dtype.itemsize
    fetched = fetch_seconds(objective, factors)
    for name, (run, flops) in kernels(objective, factors).items():
        taken = median_seconds(run, REPEATS)
        bounds = {
            "arithmetic": flops * entries / gemm,
            "memory": streamed * entries / stream,
            "rows": fetched,
        }
        limit = max(bounds, key=bounds.get)
        print(
            f"| {name} | {dtype} | {k} | {flops:,.0f} | {streamed} + "
            f"{k * dtype.itemsize} | {taken / entries * 1e9:.2f} | "
            f"{flops * entries / taken / 1e9:.0f} | {limit} "
            f"{bounds[limit] / entries * 1e9:.2f} | {bounds[limit] / taken:.0%} |",
            flush=True,
        )


def main():
    """Print the machine's rates and a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data_home")
    parser.add_argument("--features", type=int, nargs="+", default=[10, 32, 64, 128])
    asked = parser.parse_args()
    with kernel_threads(None):
        stream = stream_rate()
        print(f"memory: {stream / 1e9:.1f} GB/s, {get_num_threads()} threads")
        rates = {dtype: gemm_rate(dtype) for dtype in ("float32", "float64")}
        for dtype, rate in rates.items():
            print(f"GEMM {dtype}: {rate / 1e9:.0f} GFLOP/s")
        print(
            "| kernel | dtype | k | flops a rating | bytes a rating, streamed + rows "
            "| ns a rating | GFLOP/s | bound, ns | share of the bound |\n"
            "|---|---|---|---|---|---|---|---|---|"
        )
        for dtype, rate in rates.items():
            objective = movielens(asked.data_home, dtype)
            for k in asked.features:
                report(objective, rate, stream, k)


if __name__ == "__main__":
    main()
