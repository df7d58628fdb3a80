"""Worker: RecTools, its wrapper of implicit's ALS."""

import pandas as pd
from implicit.cpu.als import AlternatingLeastSquares
from rectools.dataset import Dataset
from rectools.models import ImplicitALSWrapperModel

from benchmarks.peers.worker import THREADS
from benchmarks.ranking.worker import Lister, padded, serve


class RecTools(Lister):
    """Lists of `recommend`."""

    def __init__(self, model, dataset):
        self.model, self.dataset = model, dataset

    def lists(self, users, history, n):
        found = self.model.recommend(users, self.dataset, k=n, filter_viewed=True)
        found = found.sort_values(["user_id", "rank"])
        return padded(found["user_id"], found["item_id"], users, n)


def fit(train, **settings):
    """Fit to a Dataset of ones, from a data frame."""
    frame = pd.DataFrame(
        {"user_id": train.user, "item_id": train.item, "weight": 1.0, "datetime": 0}
    )
    dataset = Dataset.construct(frame.astype({"datetime": "datetime64[ns]"}))
    als = AlternatingLeastSquares(num_threads=THREADS, random_state=0, **settings)
    return RecTools(ImplicitALSWrapperModel(als).fit(dataset), dataset)


if __name__ == "__main__":
    serve(("RecTools", "pm-implicit", "numpy", "pandas"), fit)
