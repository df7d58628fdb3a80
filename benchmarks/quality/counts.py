"""Compare counts as weights, their logarithms, and no weights, on plays of Last.fm.

    python -m benchmarks.quality.counts DATA_HOME

Run it in the root of the checkout. It prints the table of NDCG@10 in
``docs/howto/implicit.md``: a random fifth of the artists of each user is tested, mean
and standard error of three splits.
"""

import sys

import numpy as np

from benchmarks.quality.report import with_error
from sklearn_cofi import RankingCollaborativeFilter
from sklearn_cofi.datasets import fetch_lastfm
from sklearn_cofi.metrics import ndcg_at_k
from sklearn_cofi.model_selection import UserFractionSplit

WEIGHTS = {
    "`1 + np.log1p(plays)`": lambda plays: 1 + np.log1p(plays),
    "none": lambda plays: None,
    "`plays`": lambda plays: plays,
}
N_SPLITS = 3
# A correction that orders items by their number of listeners, whatever the prediction.
BY_POPULARITY = -1e6


def scores(frame, seed):
    """Return NDCG@10 of each weighting, and of the most popular artists."""
    ((train, test),) = UserFractionSplit(0.2, random_state=seed).split(frame)
    train, truth = frame.iloc[train], frame.iloc[test][["user", "item"]]
    users, found = truth["user"].unique(), {}
    for name, weight in WEIGHTS.items():
        model = RankingCollaborativeFilter(random_state=0)
        model.fit(train[["user", "item"]], sample_weight=weight(train["plays"]))
        found[name] = ndcg_at_k(truth, model.recommend(users), k=10)
    popular = model.recommend(users, popularity_penalty=BY_POPULARITY)
    return found | {"most listeners": ndcg_at_k(truth, popular, k=10)}


def main(data_home):
    frame = fetch_lastfm(data_home=data_home).frame
    splits = [scores(frame, seed) for seed in range(N_SPLITS)]
    print("| `sample_weight` | NDCG@10 |\n|---|---|")
    for name in splits[0]:
        print(f"| {name} | {with_error([one[name] for one in splits])} |")


if __name__ == "__main__":
    main(*sys.argv[1:])
