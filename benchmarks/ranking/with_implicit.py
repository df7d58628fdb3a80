"""Worker: implicit, ALS and BPR."""

import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from implicit.cpu.bpr import BayesianPersonalizedRanking
from threadpoolctl import threadpool_limits

from benchmarks.peers.worker import THREADS
from benchmarks.ranking.worker import Lister, matrix, serve

MODELS = {"ALS": AlternatingLeastSquares, "BPR": BayesianPersonalizedRanking}


class Implicit(Lister):
    """Lists of `recommend`; new users' factors are solved from their history."""

    def __init__(self, model):
        self.model = model

    def lists(self, users, history, n):
        new = users is None
        asked = np.arange(history.shape[0]) if new else users
        # The model is fitted to ones.
        history = history.sign()
        return self.model.recommend(asked, history, N=n, recalculate_user=new)[0]

    def scores(self, users, history):
        return self.model.user_factors[users] @ self.model.item_factors.T


def fit(train, *, model, **settings):
    """Fit to a sparse matrix of ones."""
    found = MODELS[model](num_threads=THREADS, random_state=0, **settings)
    # implicit recommends a single BLAS thread.
    with threadpool_limits(1, "blas"):
        found.fit(matrix(train, train.shape, binary=True), show_progress=False)
    return Implicit(found)


if __name__ == "__main__":
    serve(("implicit", "numpy", "scipy"), fit)
