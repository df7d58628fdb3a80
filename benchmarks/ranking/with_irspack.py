"""Worker: irspack, iALS by Rendle et al. 2021."""

import numpy as np
from irspack import IALSRecommender

from benchmarks.peers.worker import THREADS
from benchmarks.ranking.worker import Lister, history_values, matrix, serve


class IALS(Lister):
    """Scores of irspack, for training users and for new ones."""

    def __init__(self, model, *, binary):
        self.model, self.binary = model, binary

    def scores(self, users, history):
        if users is None:
            history = history_values(history, binary=self.binary)
            return self.model.get_score_cold_user(history)
        return self.model.get_score(np.asarray(users))


def fit(train, *, binary=True, **settings):
    """Fit to a sparse matrix of ones, or of the ratings, which are its weights."""
    values = matrix(train, train.shape, binary=binary).astype(np.float64)
    model = IALSRecommender(values, n_threads=THREADS, **settings)
    return IALS(model.learn(), binary=binary)


if __name__ == "__main__":
    serve(("irspack", "numpy", "scipy"), fit)
