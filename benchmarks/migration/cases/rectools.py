"""Cases of RecTools, with its wrapper of implicit's ALS."""

import numpy as np
from implicit.als import AlternatingLeastSquares
from rectools import Columns
from rectools.dataset import Dataset
from rectools.models import ImplicitALSWrapperModel

from benchmarks.migration.cases.common import ALS_SETTINGS, UNKNOWN

PACKAGES = ("RecTools", "pm-implicit", "numpy", "pandas")
NAMES = {"user": Columns.User, "item": Columns.Item}


def fit(train, seed=0, threads=1):
    frame = train.rename(columns=NAMES).assign(weight=1.0, datetime="2026-01-01")
    dataset = Dataset.construct(frame)
    als = AlternatingLeastSquares(
        **ALS_SETTINGS, random_state=seed, num_threads=threads
    )
    return ImplicitALSWrapperModel(als).fit(dataset), dataset


def scores(model, users, items):
    model, dataset = model
    rows = dataset.user_id_map.convert_to_internal(users)
    columns = dataset.item_id_map.convert_to_internal(items)
    return np.einsum(
        "ek,ek->e", model.model.user_factors[rows], model.model.item_factors[columns]
    )


def factors(model):
    return model[0].model.user_factors


def listed(users):
    """Return a case: what `recommend` does with these users."""

    def run(train):
        model, dataset = fit(train)
        best = model.recommend(users, dataset, k=3, filter_viewed=True)
        return f"{len(best)} rows"

    return run


def unknown_item(train):
    model, dataset = fit(train)
    best = model.recommend_to_items([UNKNOWN], dataset, k=3)
    return f"{len(best)} rows"


def outcome(found):
    best = found["best"].rename(columns={new: old for old, new in NAMES.items()})
    best = best[["user", "rank", "item"]]
    return {"NDCG@10": found["ndcg"], "best": best.to_dict("list")}


OWN = {
    "unknown_user": listed([UNKNOWN]),
    "unknown_item": unknown_item,
    "id_as_text": listed(["7"]),
}
