"""Cases of cmfrec's CMF."""

import numpy as np
from cmfrec import CMF

PACKAGES = ("cmfrec", "numpy", "pandas")
NAMES = {"user": "UserId", "item": "ItemId", "rating": "Rating"}


def fit(train, seed=0, threads=1):
    model = CMF(random_state=seed, nthreads=threads)
    return model.fit(train.rename(columns=NAMES))


def scores(model, users, items):
    # A prediction of one pair is a scalar.
    return np.atleast_1d(model.predict(users, items))


def factors(model):
    return model.A_


def outcome(found):
    return {"rmse": float(found["rmse"]), "predicted": found["predicted"].tolist()}
