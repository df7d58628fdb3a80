"""Worker: implicit, ALS and BPR."""

import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from implicit.cpu.bpr import BayesianPersonalizedRanking
from threadpoolctl import threadpool_limits

from benchmarks.peers.worker import THREADS
from benchmarks.ranking.worker import Lister, history_values, matrix, serve

MODELS = {"ALS": AlternatingLeastSquares, "BPR": BayesianPersonalizedRanking}


class Implicit(Lister):
    """Lists of `recommend`; new users' factors are solved from their history."""

    def __init__(self, model, *, binary):
        self.model, self.binary = model, binary

    def lists(self, users, history, n):
        new = users is None
        asked = np.arange(history.shape[0]) if new else users
        history = history_values(history, binary=self.binary)
        return self.model.recommend(asked, history, N=n, recalculate_user=new)[0]

    def scores(self, users, history):
        return self.model.user_factors[users] @ self.model.item_factors.T


def fit(train, *, model, binary=True, **settings):
    """Fit to a sparse matrix of ones, or of the ratings.

    ALS weights an entry by alpha times its value. BPR has no use for values.
    """
    found = MODELS[model](num_threads=THREADS, random_state=0, **settings)
    # implicit recommends a single BLAS thread.
    with threadpool_limits(1, "blas"):
        found.fit(matrix(train, train.shape, binary=binary), show_progress=False)
    return Implicit(found, binary=binary)


if __name__ == "__main__":
    serve(("implicit", "numpy", "scipy"), fit)
