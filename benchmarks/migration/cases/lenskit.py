"""Cases of LensKit's BiasedMF, in a pipeline that falls back on biases."""

import numpy as np
from lenskit import predict
from lenskit.als import BiasedMFScorer
from lenskit.config import ParallelSettings
from lenskit.data import ItemList, from_interactions_df
from lenskit.parallel import init_threading
from lenskit.pipeline import topn_pipeline
from lenskit.training import TrainingOptions

PACKAGES = ("lenskit", "numpy")


def fit(train, seed=0):
    pipeline = topn_pipeline(BiasedMFScorer(), predicts_ratings=True)
    pipeline.train(from_interactions_df(train.copy()), TrainingOptions(rng=seed))
    return pipeline


def scores(model, users, items):
    found = []
    for user, item in zip(users.tolist(), items.tolist(), strict=True):
        found.append(predict(model, user, ItemList(item_ids=[item])).scores()[0])
    return np.array(found)


def factors(model):
    return model.component("scorer").user_embeddings


def outcome(found):
    """Return the predictions in the order of the test rows."""
    keys = ["user_id", "item_id"]
    scored = found["predicted"].to_df().set_index(keys)["score"]
    test = found["test"]
    predicted = scored.loc[list(zip(test["user"], test["item"], strict=True))]
    summary = found["scores"].list_summary()
    own = {"mean RMSE of a user": float(summary.loc["RMSE", "mean"])}
    return own | {"predicted": predicted.clip(1, 5).tolist()}


OWN = {"other_threads": lambda train: "not run: a process sets its threads once"}

init_threading(ParallelSettings(num_threads=1, num_backend_threads=1))
