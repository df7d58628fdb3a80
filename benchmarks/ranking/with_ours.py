"""Worker: this checkout's sklearn_cofi."""

import numpy as np
import pandas as pd

from benchmarks.ranking.worker import Lister, padded, serve
from sklearn_cofi import RankingCollaborativeFilter


class Ours(Lister):
    """Lists of `recommend`, and of `predict` for given candidates."""

    def __init__(self, model, *, binary):
        self.model, self.binary = model, binary

    def lists(self, users, history, n):
        if users is not None:
            found = self.model.recommend(users, n=n)
            return padded(found["user"], found["item"], users, n)
        rows, items = history.nonzero()
        values = np.ones(rows.size) if self.binary else history.data
        given = pd.DataFrame({"user": rows, "item": items, "rating": values})
        found = self.model.recommend(ratings=given, n=n)
        queries = np.arange(history.shape[0])
        return padded(found["user"], found["item"], queries, n)

    def scores(self, users, history):
        return self.model.predict_matrix(users)


def fit(train, *, binary=False, weight=None, penalty=None, **settings):
    """Fit; ``weight`` and ``penalty`` are multiples of the automatic values.

    ``weight * sqrt(density)``, and ``penalty`` times the root mean square of ratings.
    """
    rating = np.ones_like(train.rating) if binary else train.rating
    if weight is not None:
        density = rating.size / (train.shape[0] * train.shape[1])
        settings["unrated_weight"] = weight * np.sqrt(density)
    if penalty is not None:
        size = np.sqrt(np.mean(np.square(rating, dtype=float)))
        settings["reg_param"] = penalty * size
    model = RankingCollaborativeFilter(random_state=0, **settings)
    pairs = np.column_stack([train.user, train.item])
    return Ours(model.fit(pairs, rating), binary=binary)


if __name__ == "__main__":
    serve(("sklearn-cofi", "numba", "numpy", "scipy"), fit)
