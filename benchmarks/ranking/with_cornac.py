"""Worker: cornac, BPR and EASE."""

import numpy as np
from cornac.data import Dataset
from cornac.models import BPR, EASE

from benchmarks.peers.worker import THREADS
from benchmarks.ranking.worker import Lister, serve


class Factors(Lister):
    """Scores of `BPR.score`, for many users at once."""

    def __init__(self, model):
        self.model = model

    def scores(self, users, history):
        model = self.model
        return model.u_factors[users] @ model.i_factors.T + model.i_biases


class Items(Lister):
    """Scores of `EASE.score`, for many users at once."""

    def __init__(self, model, values):
        self.model, self.values = model, values

    def scores(self, users, history):
        return np.asarray(self.values(history) @ self.model.B)


def fit(train, *, model, binary=True, **settings):
    """Fit to a Dataset of encoded arrays.

    The model has a single thread, so its seed has an effect.
    """
    rating = np.ones_like(train.rating) if binary else train.rating
    codes = [{n: n for n in range(size)} for size in train.shape]
    columns = tuple(column.astype(np.int64) for column in train[:2])
    dataset = Dataset(*train.shape, *codes, (*columns, rating))
    if model == "BPR":
        fixed = {"num_threads": THREADS, "seed": 0, "verbose": False}
        return Factors(BPR(**fixed, **settings).fit(dataset))
    found = EASE(posB=False, verbose=False, seed=0, **settings).fit(dataset)
    return Items(found, abs if not binary else (lambda history: history.sign()))


if __name__ == "__main__":
    serve(("cornac", "numpy", "scipy"), fit)
