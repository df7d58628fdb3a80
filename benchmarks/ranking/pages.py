"""Tables of docs/howto/lists.md: dislikes, the choice by lists, and sums of two models.

    python -m benchmarks.ranking.pages DATA_HOME [TABLE ...]

The tables are dislikes, choice and sums; without names, all of them. A random fifth of
the ratings of each user is tested, for splits 0 and 1. Relevant are ratings of at least
4 (of at least 8 on MovieTweetings, whose ratings end at 10); disliked are ratings of at
most 2 (4).
"""

import sys
import time

import numpy as np
import pandas as pd

from benchmarks.ranking.settings import metrics, parts
from sklearn_cofi import (
    BayesianCollaborativeFilter,
    CollaborativeFilterCV,
    RankingCollaborativeFilter,
)
from sklearn_cofi.metrics import make_ranking_scorer

K = 10
SEEDS = 0, 1
DISLIKES = {
    "ratings as 1": {},
    "ratings": {},
    **{
        f"unrated, {offset}": {
            "mean_normalization": "unrated",
            "unrated_rating": offset,
        }
        for offset in (0.5, 1.0, 1.5, 2.0)
    },
    "unrated_rating=1 alone": {"unrated_rating": 1.0},
}
# The scores that are tried: p is the relevance, r the predicted rating.
SUMS = {
    "p": lambda p, r: p,
    "p + r / 10": lambda p, r: p + r / 10,
    "p * sqrt(r)": lambda p, r: p * np.sqrt(r),
}


def dislikes(home):
    """Print the effect of offsets on disliked items."""
    for seed in SEEDS:
        train, test, top = parts("ml-100k", home, seed)
        for name, parameters in DISLIKES.items():
            model = RankingCollaborativeFilter(64, random_state=0, **parameters)
            as_ones = train.assign(rating=1.0)
            model.fit(as_ones if name == "ratings as 1" else train)
            found = metrics(model.recommend(test["user"].unique(), n=K), test, top)
            print(f"split {seed} {name:24} {found[0]:.3f} {found[1]:.3f}", flush=True)


def choice(home):
    """Print the lists of the defaults, and of settings chosen over folds."""
    chosen = {
        "reg_params": ["1.6*auto", "1.25*auto", "auto", "0.8*auto", "0.64*auto"],
        "num_features": 128,
        "scoring": make_ranking_scorer("ndcg", k=K, relevant_from=4),
        "unrated_weight": ["0.5*auto", "auto", "2*auto"],
        "mean_normalization": None,
        "fit_bias": False,
        "solver": "als",
        "tol": 3e-2,
        "dtype": "float32",
    }
    models = {"defaults": RankingCollaborativeFilter(random_state=0)} | {
        f"cv={cv}": CollaborativeFilterCV(**chosen, cv=cv, random_state=0)
        for cv in (5, 10)
    }
    for seed in SEEDS:
        train, test, top = parts("ml-100k", home, seed)
        for name, model in models.items():
            start = time.perf_counter()
            model.fit(train)
            seconds = time.perf_counter() - start
            found = metrics(model.recommend(test["user"].unique(), n=K), test, top)
            print(f"split {seed} {name:8} {found[0]:.3f} {seconds:.0f} s", flush=True)


def sums(home):
    """Print the lists by relevance, and by relevance and predicted rating."""
    for name in ("ml-100k", "ml-latest-small", "movietweetings"):
        train, test, top = parts(name, home, 0)
        users = test["user"].unique()
        ranker = RankingCollaborativeFilter(random_state=0).fit(train)
        bounds = train["rating"].min(), train["rating"].max()
        rater = BayesianCollaborativeFilter(rating_range=bounds, random_state=0)
        rater.fit(train)
        # The best of a hundred by relevance are ordered again.
        pool = ranker.recommend(users, n=100)
        rating = rater.predict(pool[["user", "item"]])
        for label, score in SUMS.items():
            scored = pool.assign(prediction=score(pool["prediction"], rating))
            found = metrics(_best(scored), test, top)
            print(f"{name:16} {label:12} {found[0]:.4f} {found[1]:.4f}", flush=True)


def _best(scored: pd.DataFrame) -> pd.DataFrame:
    """Return the first K of each user by descending prediction."""
    ordered = scored.sort_values(["user", "prediction"], ascending=[True, False])
    best = ordered.groupby("user", sort=False).head(K)
    return best.assign(rank=best.groupby("user").cumcount() + 1)


TABLES = {"dislikes": dislikes, "choice": choice, "sums": sums}


def main(home, *names):
    for name in names or TABLES:
        print(f"\n{name}")
        TABLES[name](home)


if __name__ == "__main__":
    main(*sys.argv[1:])
