"""Change one setting of `RankingCollaborativeFilter` at a time, on five data sets.

    python benchmarks/ranking/settings.py DATA_HOME [SET ...]

It prints NDCG@10 and the share of disliked items in the lists, for a random fifth of
the ratings of each user, on one seeded split. Relevant are ratings of at least 4 (of at
least 8 on MovieTweetings, whose ratings end at 10); disliked are ratings of at most 2
(4). The lists of up to 4,000 users are judged.
"""

import sys
import time
import warnings

import numpy as np

from sklearn_cofi import RankingCollaborativeFilter
from sklearn_cofi.datasets import (
    fetch_goodbooks,
    fetch_movielens,
    fetch_movietweetings,
)
from sklearn_cofi.metrics import ranking_report
from sklearn_cofi.model_selection import UserFractionSplit

SETS = {
    "ml-latest-small": lambda **home: fetch_movielens("latest-small", **home),
    "ml-100k": lambda **home: fetch_movielens("100k", **home),
    "ml-1m": lambda **home: fetch_movielens("1m", **home),
    "movietweetings": lambda **home: fetch_movietweetings("100k", **home),
    "goodbooks": lambda **home: fetch_goodbooks(**home),
}
N_USERS = 4000


def settings(top):
    """Return the changed parameters by name. ``top`` is the largest rating."""
    return {
        "defaults": {},
        "num_features=64": {"num_features": 64},
        "num_features=128": {"num_features": 128},
        "unrated_weight=0.5*auto": {"unrated_weight": "0.5*auto"},
        "unrated_weight=2*auto": {"unrated_weight": "2*auto"},
        "reg_param=0.75*auto": {"reg_param": "0.75*auto"},
        "reg_param=1.25*auto": {"reg_param": "1.25*auto"},
        "unrated_rating=0.1*top": {
            "unrated_rating": 0.1 * top,
            "mean_normalization": "unrated",
        },
        "unrated_rating=0.2*top": {
            "unrated_rating": 0.2 * top,
            "mean_normalization": "unrated",
        },
        "fit_bias=True": {"fit_bias": True},
    }


def parts(name, home, seed=0):
    """Return the training and the test ratings of a split, and the largest rating."""
    frame = SETS[name](data_home=home, download_if_missing=False).frame
    frame = frame[["user", "item", "rating"]]
    split = UserFractionSplit(0.2, random_state=seed)
    train, test = next(split.split(frame[["user", "item"]], frame["rating"]))
    top = 10 if name == "movietweetings" else 5
    return frame.iloc[train], frame.iloc[test], top


def metrics(best, test, top):
    """Return the mean NDCG@10 and the share of disliked items of lists."""
    bounds = {"relevant_from": 0.8 * top, "disliked_to": 0.4 * top}
    report = ranking_report(test, best, k=10, **bounds).set_index("metric")["mean"]
    return report["ndcg"], report["disliked_rate"]


def main(home, *names):
    warnings.simplefilter("ignore")
    for name in names or SETS:
        train, test, top = parts(name, home)
        users = np.unique(test["user"])
        chosen = np.random.default_rng(0).permutation(users)[:N_USERS]
        test = test[test["user"].isin(chosen)]
        for setting, parameters in settings(top).items():
            start = time.perf_counter()
            model = RankingCollaborativeFilter(random_state=0, **parameters).fit(train)
            seconds = time.perf_counter() - start
            ndcg, disliked = metrics(model.recommend(chosen, n=10), test, top)
            print(
                f"{name:16} {setting:24} NDCG@10 {ndcg:.4f} "
                f"disliked {disliked:.4f} "
                f"{model.n_iter_:3} sweeps {seconds:.1f} s",
                flush=True,
            )


if __name__ == "__main__":
    main(*sys.argv[1:])
