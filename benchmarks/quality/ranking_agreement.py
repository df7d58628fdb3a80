"""Compare the ranking metrics with ranx and with trec_eval on MovieLens 100K.

    pip install ranx pytrec-eval-terrier
    python benchmarks/quality/ranking_agreement.py DATA_HOME

It prints the largest difference over users of each metric, for lists of popular items
and of random items, with ratings of 4 or more relevant. It fits no model.
"""

import sys

import numpy as np
import pandas as pd
import pytrec_eval
import ranx

from sklearn_cofi.datasets import fetch_movielens
from sklearn_cofi.metrics import ranking_report
from sklearn_cofi.model_selection import UserFractionSplit

K = 10
RELEVANT_FROM = 4
RANX = {
    "precision": f"precision@{K}",
    "recall": f"recall@{K}",
    "hit_rate": f"hit_rate@{K}",
    "reciprocal_rank": f"mrr@{K}",
    "ndcg": f"ndcg@{K}",
    "average_precision": f"map@{K}",
}
TREC = {
    "precision": f"P_{K}",
    "recall": f"recall_{K}",
    "hit_rate": f"success_{K}",
    "reciprocal_rank": "recip_rank",
    "ndcg": f"ndcg_cut_{K}",
    "average_precision": f"map_cut_{K}",
}


def lists(train, users, rng):
    """Yield the name and the frame of ten popular, and ten random items per user."""
    counts = train["item"].value_counts()
    rated = train.groupby("user")["item"].agg(set)
    for name in ("popular", "at random"):
        rows = []
        for user in users:
            ordered = counts.index
            if name == "at random":
                ordered = rng.permutation(ordered)
            fresh = [item for item in ordered[:1200] if item not in rated[user]][:K]
            rows += [(user, rank, item) for rank, item in enumerate(fresh, start=1)]
        yield name, pd.DataFrame(rows, columns=["user", "rank", "item"])


def as_dicts(truth, best):
    """Return relevance and scores by user and item, in the format of both libraries."""
    relevant, scores = {}, {}
    for user, item in truth[["user", "item"]].itertuples(index=False):
        relevant.setdefault(str(user), {})[str(item)] = 1
    for user, rank, item in best.itertuples(index=False):
        if str(user) in relevant:
            scores.setdefault(str(user), {})[str(item)] = 1.0 / rank
    return relevant, scores


def with_average_over_k(values, relevant):
    """Rescale average precision from 1 / n_relevant to 1 / min(k, n_relevant)."""
    return {
        user: value * len(relevant[user]) / min(K, len(relevant[user]))
        for user, value in values.items()
    }


def of_ranx(relevant, scores):
    """Return each user's metrics by ranx."""
    run, qrels = ranx.Run(scores), ranx.Qrels(relevant)
    ranx.evaluate(qrels, run, list(RANX.values()))
    return {name: run.scores[metric] for name, metric in RANX.items()}


def of_trec(relevant, scores):
    """Return each user's metrics by trec_eval."""
    asked = {"P", "recall", "success", "recip_rank", "ndcg_cut", "map_cut"}
    found = pytrec_eval.RelevanceEvaluator(
        relevant, {name if name == "recip_rank" else f"{name}.{K}" for name in asked}
    ).evaluate(scores)
    return {
        name: {user: values[metric] for user, values in found.items()}
        for name, metric in TREC.items()
    }


def main(home):
    ratings = fetch_movielens("100k", data_home=home, download_if_missing=False).frame
    ((train, test),) = UserFractionSplit(0.2, random_state=0).split(ratings)
    train, truth = ratings.iloc[train], ratings.iloc[test]
    truth = truth[truth["rating"] >= RELEVANT_FROM]
    rng = np.random.default_rng(0)
    print("lists,library,metric,mean,largest difference")
    for kind, best in lists(train, truth["user"].unique(), rng):
        ours = ranking_report(truth, best, k=K, per_user=True)
        ours = ours.assign(user=ours["user"].astype(str)).set_index(["metric", "user"])
        relevant, scores = as_dicts(truth, best)
        for library, evaluate in (("ranx", of_ranx), ("trec_eval", of_trec)):
            for metric, theirs in evaluate(relevant, scores).items():
                if metric == "average_precision":
                    theirs = with_average_over_k(theirs, relevant)
                mine = ours.loc[metric]["value"]
                gap = (mine - pd.Series(theirs)).abs()
                assert gap.notna().all()
                line = f"{kind},{library},{metric},{mine.mean():.4f},{gap.max():.1e}"
                print(line)


if __name__ == "__main__":
    main(*sys.argv[1:])
