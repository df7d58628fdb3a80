"""Cases of Surprise's SVD, which uses one thread."""

import numpy as np
from surprise import SVD, Dataset, Reader

PACKAGES = ("scikit-surprise", "numpy", "pandas")


def fit(train, seed=0):
    reader = Reader(rating_scale=(1, 5))
    data = Dataset.load_from_df(train[["user", "item", "rating"]], reader)
    return SVD(random_state=seed).fit(data.build_full_trainset())


def scores(model, users, items):
    pairs = zip(users.tolist(), items.tolist(), strict=True)
    return np.array([model.predict(user, item).est for user, item in pairs])


def factors(model):
    return model.pu


def outcome(found):
    predicted = [pair.est for pair in found["predicted"]]
    return {"rmse": found["rmse"], "predicted": predicted}


OWN = {"other_threads": lambda train: "not run: SVD uses one thread"}
