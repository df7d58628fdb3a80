"""Cases of this package: a model of ratings."""

import pandas as pd

from sklearn_cofi import CollaborativeFilter

PACKAGES = ("sklearn-cofi", "numpy")


def fit(train, seed=0, threads=1):
    model = CollaborativeFilter(rating_range=(1, 5), n_jobs=threads, random_state=seed)
    return model.fit(train)


def scores(model, users, items):
    return model.predict(pd.DataFrame({"user": users, "item": items}))


def factors(model):
    return model.user_factors_


def outcome(found):
    return {"rmse": found["rmse"], "predicted": list(map(float, found["predicted"]))}
