"""What minimum support, the popularity penalty and diversity cost and gain.

    python benchmarks/quality/lists.py DATA_HOME

It prints the tables of docs/howto/lists.md: MovieLens 100K, a random fifth of the
ratings of each user tested, relevant from 4, all items that the user has not rated in
training.
"""

import sys
import time

import numpy as np
import pandas as pd

from sklearn_cofi import CollaborativeFilter, RankingCollaborativeFilter
from sklearn_cofi.datasets import fetch_movielens
from sklearn_cofi.metrics import coverage_at_k, novelty_at_k, ranking_report
from sklearn_cofi.model_selection import UserFractionSplit

K = 10
# The models, each with the options of its lists.
SUPPORT = [{}, {"min_count": 50}]
PENALTIES = [{"popularity_penalty": b} for b in (-1, -0.3, -0.1, 0.1, 0.15, 0.2, 0.3)]
DIVERSITIES = [{"diversity": d} for d in (0.3, 0.5, 0.7, 1)]


def models():
    """Return the models by name."""
    estimators = CollaborativeFilter, RankingCollaborativeFilter
    return {one.__name__: one(random_state=0) for one in estimators}


def genres_of(items, ids):
    """Return a row of zeros and ones for each item."""
    genres = items.set_index("item")["genres"].str.get_dummies("|")
    return genres.reindex(ids).fillna(0).to_numpy(float)


def intra_list_similarity(best, ids, rows):
    """Return the mean cosine of two items of a list, over the users."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    rows = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)
    means = []
    for _, listed in best.groupby("user")["item"]:
        own = rows[np.searchsorted(ids, listed)]
        cosines = own @ own.T
        means.append(cosines[np.triu_indices(len(own), 1)].mean())
    return np.mean(means)


def row(model, train, test, items, options):
    """Return the metrics of the lists with some options."""
    users = test["user"].unique()
    begin = time.perf_counter()
    best = model.recommend(users, n=K, **options)
    seconds = time.perf_counter() - begin
    report = ranking_report(test, best, k=K, relevant_from=4, ratings=train)
    means = report.set_index("metric")["mean"]
    ids = model.item_ids_
    return options | {
        "ndcg": means["ndcg"],
        "coverage": coverage_at_k(best, ids, k=K),
        "novelty": novelty_at_k(best, train, k=K),
        "share_tail": means["share_tail"],
        "factors": intra_list_similarity(best, ids, model.item_factors_.astype(float)),
        "genres": intra_list_similarity(best, ids, genres_of(items, ids)),
        "ms": 1000 * seconds,
    }


def main(home):
    data = fetch_movielens("100k", data_home=home, download_if_missing=False)
    ratings = data.frame
    ((fitted, tested),) = UserFractionSplit(0.2, random_state=0).split(ratings)
    train, test = ratings.iloc[fitted], ratings.iloc[tested]
    for name, model in models().items():
        model.fit(train)
        model.recommend(test["user"].iloc[0], diversity=0.5)  # compiles
        rows = [
            row(model, train, test, data.item_frame, options)
            for options in SUPPORT + PENALTIES + DIVERSITIES
        ]
        print(f"\n{name}\n{pd.DataFrame(rows).round(3).to_string(index=False)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
