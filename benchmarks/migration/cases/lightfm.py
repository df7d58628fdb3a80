"""Cases of LightFM: ids become positions by its Dataset."""

import numpy as np
import pandas as pd
from lightfm import LightFM
from lightfm.data import Dataset

PACKAGES = ("lightfm", "numpy")
EPOCHS, K = 30, 10


def fit(train, seed=0, threads=1):
    dataset = Dataset()
    dataset.fit(train["user"], train["item"])
    clicks, _ = dataset.build_interactions(train[["user", "item"]].to_numpy())
    model = LightFM(loss="warp", random_state=seed)
    return model.fit(clicks, epochs=EPOCHS, num_threads=threads), dataset


def scores(model, users, items):
    model, dataset = model
    user_rows, _, item_rows, _ = dataset.mapping()
    rows = np.array([user_rows[user] for user in users])
    columns = np.array([item_rows[item] for item in items])
    return model.predict(rows, columns)


def factors(model):
    return model[0].user_embeddings


def lists(found):
    """Return the best items of each user that are not in training, as a frame."""
    users, _, items, _ = found["dataset"].mapping()
    model, ids = found["model"], np.array(list(items))
    clicked = found["train"].groupby("user")["item"].agg(set)
    frames = []
    for user, row in users.items():
        order = np.argsort(-model.predict(row, np.arange(len(items))), kind="stable")
        best = [item for item in ids[order] if item not in clicked[user]][:K]
        frames.append(pd.DataFrame({"user": user, "item": best}))
    best = pd.concat(frames, ignore_index=True)
    return best.assign(rank=best.groupby("user").cumcount() + 1)


def outcome(found):
    best = lists(found).to_dict("list")
    return {"precision@10": float(found["precision"]), "best": best}
