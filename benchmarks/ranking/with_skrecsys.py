"""Worker: skrecsys, SLIM and EASE."""

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from skrecsys.recommendation import EASE, SLIMElasticNet

from benchmarks.peers.worker import THREADS
from benchmarks.ranking.worker import Lister, history_values, serve

MODELS = {"EASE": EASE, "SLIM": SLIMElasticNet}


class Similarity(Lister):
    """Scores ``history @ similarity_``, which is how skrecsys scores its users."""

    def __init__(self, model, *, binary):
        self.model, self.binary = model, binary

    def scores(self, users, history):
        values = history_values(history, binary=self.binary)
        scores = values @ self.model.similarity_
        return scores.toarray() if hasattr(scores, "toarray") else scores


def fit(train, *, model, binary=True, **settings):
    """Fit by the public interface; without ratings all of them are 1.

    SLIM's alpha is relative to the mean of the squared values, so one grid serves ones
    and ratings.
    """
    if not binary and "alpha" in settings:
        size = np.mean(np.square(train.rating, dtype=float))
        settings["alpha"] *= float(size)
    found = MODELS[model](n_jobs=THREADS, **settings)
    pairs = np.column_stack([train.user, train.item])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        found.fit(pairs, None if binary else train.rating)
    return Similarity(found, binary=binary)


if __name__ == "__main__":
    serve(("skrecsys", "numpy", "scipy"), fit)
