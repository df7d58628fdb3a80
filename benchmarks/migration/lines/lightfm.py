# ruff: noqa: F821
import pickle

import numpy as np
from lightfm import LightFM
from lightfm.data import Dataset
from lightfm.evaluation import precision_at_k

dataset = Dataset()
dataset.fit(train["user"], train["item"])
test = test[test["item"].isin(train["item"])]
clicks, _ = dataset.build_interactions(train[["user", "item"]].to_numpy())
test_clicks, _ = dataset.build_interactions(test[["user", "item"]].to_numpy())
model = LightFM(loss="warp", random_state=0)
model.fit(clicks, epochs=30)
precision = precision_at_k(model, test_clicks, clicks, k=10).mean()
users, _, items, _ = dataset.mapping()
scores = model.predict(users[7], np.arange(len(items)))
with open(folder / "model.pickle", "wb") as file:
    pickle.dump((model, dataset), file)
