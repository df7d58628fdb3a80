"""Cases of implicit: ids are positions in an index, made by the caller."""

import numpy as np
import pandas as pd
from implicit.als import AlternatingLeastSquares
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from benchmarks.migration.cases.common import ALS_SETTINGS

PACKAGES = ("implicit", "numpy")


def fit(train, seed=0, threads=1):
    users, items = (pd.Index(train[side].unique()) for side in ("user", "item"))
    pairs = users.get_indexer(train["user"]), items.get_indexer(train["item"])
    clicks = csr_matrix((np.ones(len(train)), pairs), (len(users), len(items)))
    model = AlternatingLeastSquares(
        **ALS_SETTINGS, random_state=seed, num_threads=threads
    )
    with threadpool_limits(1, "blas"):
        model.fit(clicks, show_progress=False)
    return model, users, items


def scores(model, users, items):
    model, known_users, known_items = model
    rows, columns = known_users.get_indexer(users), known_items.get_indexer(items)
    return np.einsum("ek,ek->e", model.user_factors[rows], model.item_factors[columns])


def factors(model):
    return model[0].user_factors


def list_of(position):
    """Return a case: the list of a user at this position, which has no clicks."""

    def run(train):
        model, users, items = fit(train)
        empty = csr_matrix((1, len(items)))
        best, _ = model.recommend(position(len(users)), empty, N=3)
        return f"items {', '.join(str(i) for i in items[best])}"

    return run


def unknown_item(train):
    model, _, items = fit(train)
    best, _ = model.similar_items(len(items))
    return f"items {best[:3]}"


def list_of_text(train):
    model, users, _ = fit(train)
    return f"position {users.get_indexer([str(users[0])])[0]} in the index of users"


def outcome(found):
    best = pd.DataFrame(found["best"], found["users"])
    best = best.stack().rename_axis(["user", "rank"]).rename("item").reset_index()
    best["rank"] += 1
    return {"NDCG@10": found["ndcg"], "best": best.to_dict("list")}


OWN = {
    "unknown_user": list_of(lambda n_users: n_users),
    "unknown_item": unknown_item,
    "id_as_text": list_of_text,
}
