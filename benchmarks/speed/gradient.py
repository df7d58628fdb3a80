"""Time cost and gradient in one pass, compared with vectorised numpy and scipy.

    python benchmarks/speed/gradient.py DATA_HOME

All ratings of ml-1m; medians of runs in turn. The vectorised code multiplies the
factors of all rated pairs, and puts the errors into a sparse matrix for two products.
"""

import argparse
from statistics import median
from time import perf_counter

import numpy as np
from roofline import movielens
from scipy import sparse

from sklearn_cofi._types import Factors
from sklearn_cofi.kernels._threads import kernel_threads
from sklearn_cofi.solvers._start import random_start

ROUNDS = 9


def vectorised(objective):
    """Return a function of factors that computes cost and gradient with numpy."""
    rows = objective.ratings.by_user
    users, reg = rows.row_of_entry, objective.reg_param
    indptr = rows.indptr.astype(np.int32)

    def value_and_gradient(factors):
        U, V = factors
        errors = np.einsum("nk,nk->n", U[users], V[rows.indices]) - rows.ratings
        E = sparse.csr_array((errors, rows.indices, indptr), objective.ratings.shape)
        cost = np.sum(errors**2) / 2 + reg / 2 * (np.sum(U**2) + np.sum(V**2))
        return cost, Factors(E @ V + reg * U, E.T @ U + reg * V)

    return value_and_gradient


def main():
    """Print a line for each number of latent factors and precision."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data_home")
    asked = parser.parse_args()
    print(
        "| dtype | k | ours, ms | numpy and scipy, ms | ratio |\n|---|---|---|---|---|"
    )
    for dtype in ("float64", "float32"):
        objective = movielens(asked.data_home, dtype)
        for k in (10, 32):
            report(objective, k)


def report(objective, k):
    """Time both functions in turn, and check that their costs agree."""
    shape = objective.ratings.shape
    factors = random_start(objective, shape, k, np.random.RandomState(0))
    ways = (objective.value_and_gradient, vectorised(objective))
    times = [], []
    with kernel_threads(None):
        costs = [way(factors)[0] for way in ways]
        np.testing.assert_allclose(*costs, rtol=1e-4)
        for _ in range(ROUNDS):
            for way, taken in zip(ways, times, strict=True):
                start = perf_counter()
                way(factors)
                taken.append(perf_counter() - start)
    ours, theirs = map(median, times)
    print(
        f"| {objective.dtype} | {k} | {ours * 1e3:.1f} | {theirs * 1e3:.1f} | "
        f"{theirs / ours:.1f} |",
        flush=True,
    )


if __name__ == "__main__":
    main()
