# ruff: noqa: F821
import pickle

import numpy as np
from cmfrec import CMF

names = {"user": "UserId", "item": "ItemId", "rating": "Rating"}
model = CMF(random_state=0)
model.fit(train.rename(columns=names))
predicted = model.predict(test["user"], test["item"]).clip(1, 5)
rmse = np.sqrt(np.mean((predicted - test["rating"]) ** 2))
rated = train.loc[train["user"] == 7, "item"].to_numpy()
best = model.topN(7, n=10, exclude=rated)
with open(folder / "model.pickle", "wb") as file:
    pickle.dump(model, file)
