"""Cases of this package: a model of ratings."""

from benchmarks.migration.cases import ours_lists
from sklearn_cofi import CollaborativeFilter

PACKAGES = ours_lists.PACKAGES
scores, factors = ours_lists.scores, ours_lists.factors


def fit(train, seed=0, threads=1):
    model = CollaborativeFilter(rating_range=(1, 5), n_jobs=threads, random_state=seed)
    return model.fit(train)


def outcome(found):
    return {"rmse": found["rmse"], "predicted": list(map(float, found["predicted"]))}
