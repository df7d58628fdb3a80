"""Worker: popularity and EASE, in numpy."""

import numpy as np
from scipy.linalg import lapack

from benchmarks.ranking.worker import Lister, history_values, matrix, serve


class Popularity(Lister):
    """Recommends the items with the most ratings."""

    def __init__(self, train):
        self.counts = np.bincount(train.item, minlength=train.shape[1])

    def scores(self, users, history):
        return np.tile(self.counts.astype(float), (history.shape[0], 1))


class EASE(Lister):
    """Scores are ``X @ B``, where B minimises the penalised error without diagonal.

    Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", WWW 2019,
    doi:10.1145/3308558.3313710. The penalty is relative to the mean of the squared
    values, so one grid serves ones and ratings. B is dense and float32.
    """

    def __init__(self, train, *, binary, penalty):
        self.binary = binary
        X = matrix(train, train.shape, binary=binary)
        G = (X.T @ X).toarray(order="F")
        G[np.diag_indices_from(G)] += penalty * np.mean(X.data**2)
        _check(*lapack.spotrf(G, lower=1, overwrite_a=1)[1:])
        inverse, status = lapack.spotri(G, lower=1, overwrite_c=1)
        _check(status)
        # Only the lower triangle is computed.
        upper = np.triu_indices_from(inverse, 1)
        inverse[upper] = inverse.T[upper]
        self.B = inverse / -inverse.diagonal()
        self.B[np.diag_indices_from(self.B)] = 0

    def scores(self, users, history):
        return history_values(history, binary=self.binary) @ self.B


def _check(status):
    if status:
        raise RuntimeError(f"the factorisation failed: status {status}")


def fit(train, *, model, **settings):
    return {"popularity": Popularity, "EASE": EASE}[model](train, **settings)


if __name__ == "__main__":
    serve(("numpy", "scipy"), fit)
