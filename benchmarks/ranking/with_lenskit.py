"""Worker: LensKit, implicit ALS and item-KNN."""

import numpy as np
import pandas as pd
from lenskit.als import ImplicitMFScorer
from lenskit.config import ParallelSettings
from lenskit.data import ItemList, RecQuery, from_interactions_df
from lenskit.knn import ItemKNNScorer
from lenskit.parallel import init_threading
from lenskit.training import TrainingOptions

from benchmarks.peers.worker import THREADS
from benchmarks.ranking.worker import Lister, serve

MODELS = {"ALS": ImplicitMFScorer, "ItemKNN": ItemKNNScorer}

# LensKit sets its threads once per process.
init_threading(ParallelSettings(num_threads=THREADS, num_backend_threads=1))


class LensKit(Lister):
    """Scores of the scorer, one user at a time, as LensKit's pipelines compute them."""

    def __init__(self, model, n_items):
        self.model, self.n_items = model, n_items
        self.items = ItemList(item_ids=np.arange(n_items))

    def scores(self, users, history):
        found = np.full((history.shape[0], self.n_items), -np.inf)
        for row in range(history.shape[0]):
            own = history[row]
            rated = ItemList(item_ids=own.indices, rating=own.data)
            user = None if users is None else int(users[row])
            query = RecQuery(user_id=user, history_items=rated)
            scored = self.model(query=query, items=self.items).scores()
            # A missing score is nan.
            found[row] = np.where(np.isnan(scored), -np.inf, scored)
        return found


def fit(train, *, model, **settings):
    """Fit to a Dataset from a data frame."""
    found = MODELS[model](**settings)
    frame = pd.DataFrame(train._asdict())
    found.train(from_interactions_df(frame), TrainingOptions(rng=0))
    return LensKit(found, train.shape[1])


if __name__ == "__main__":
    serve(("lenskit", "numpy", "torch"), fit)
