"""Worker: irspack, iALS by Rendle et al. 2021."""

import numpy as np
from irspack import IALSRecommender

from benchmarks.peers.worker import THREADS
from benchmarks.ranking.worker import Lister, matrix, serve


class IALS(Lister):
    """Scores of irspack, for training users and for new ones."""

    def __init__(self, model):
        self.model = model

    def scores(self, users, history):
        if users is None:
            return self.model.get_score_cold_user(history.sign())
        return self.model.get_score(np.asarray(users))


def fit(train, **settings):
    """Fit to a sparse matrix of ones."""
    ones = matrix(train, train.shape, binary=True).astype(np.float64)
    return IALS(IALSRecommender(ones, n_threads=THREADS, **settings).learn())


if __name__ == "__main__":
    serve(("irspack", "numpy", "scipy"), fit)
