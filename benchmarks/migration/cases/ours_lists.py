"""Cases of this package: a model of lists, fitted to pairs without ratings."""

import pandas as pd

from sklearn_cofi import RankingCollaborativeFilter

PACKAGES = ("sklearn-cofi", "numpy")


def fit(train, seed=0, threads=1):
    model = RankingCollaborativeFilter(random_state=seed, n_jobs=threads)
    return model.fit(train)


def scores(model, users, items):
    return model.predict(pd.DataFrame({"user": users, "item": items}))


def factors(model):
    return model.user_factors_


def outcome(found):
    best = found["best"][["user", "rank", "item"]]
    return {"NDCG@10": found["ndcg"], "best": best.to_dict("list")}
