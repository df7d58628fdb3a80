"""Compare models by ranking metrics on MovieLens 100K.

    python benchmarks/quality/ranking.py DATA_HOME [N_SWEEPS]

It prints the tables of README.md: mean ranking metrics of each model over folds, and
`compare_models` for the errors and NDCG. The Bayesian filter draws N_SWEEPS sweeps
(100 by default).
"""

import sys
import warnings
from copy import copy

import pandas as pd
from sklearn.exceptions import ConvergenceWarning

from sklearn_cofi import BayesianCollaborativeFilter, CollaborativeFilter
from sklearn_cofi.datasets import fetch_movielens
from sklearn_cofi.metrics import ranking_scorers
from sklearn_cofi.model_selection import UserFractionSplit, WarmKFold, compare_models

METRICS = ["ndcg", "precision", "recall", "average_precision", "coverage", "novelty"]
SETTINGS = {"k": 10, "relevant_from": 4}
SPLITS = {
    "WarmKFold(5)": WarmKFold(5, random_state=0),
    "UserFractionSplit(0.2, n_splits=5)": UserFractionSplit(
        0.2, n_splits=5, random_state=0
    ),
}


class MostRated(CollaborativeFilter):
    """Recommends the items with the most ratings, and predicts item means."""

    def recommend(self, users, *, n, exclude_rated=True):
        by_count = copy(self)
        by_count.item_means_ = self.item_counts_.astype(float)
        by_count.unknown_user_predictions_ = by_count.item_means_
        of_filter = super(MostRated, by_count).recommend
        return of_filter(users, n=n, exclude_rated=exclude_rated)


def models(n_sweeps):
    """Return the models by name; "recommended" is from docs/howto/penalties.md."""
    return {
        "most rated": MostRated(1, reg_param=1e6),
        "defaults": CollaborativeFilter(random_state=0),
        "recommended": CollaborativeFilter(
            20,
            1.3,
            reg_scaling=0.5,
            fit_bias=True,
            reg_bias=4,
            mean_normalization="global",
            solver="als-ncg",
            random_state=0,
        ),
        "Bayesian": BayesianCollaborativeFilter(n_sweeps=n_sweeps, random_state=0),
    }


class Everything:
    """RMSE, and ranking metrics with both kinds of candidates, from one fit."""

    def __init__(self):
        self.of_all = ranking_scorers(METRICS, **SETTINGS)
        self.of_test = ranking_scorers(["ndcg"], candidates="test", **SETTINGS)

    def __call__(self, model, X, y):
        rmse = ((model.predict(X) - y) ** 2).mean() ** 0.5
        flattering = {"ndcg of test items": self.of_test(model, X, y)["ndcg"]}
        return {"RMSE, negative": -rmse} | self.of_all(model, X, y) | flattering


def main(home, n_sweeps=100):
    warnings.simplefilter("ignore", ConvergenceWarning)
    # MostRated needs no factors, so its penalty is above reg_param_max_.
    warnings.filterwarnings("ignore", message="reg_param=1e.06 is not below")
    ratings = fetch_movielens("100k", data_home=home, download_if_missing=False).frame
    X, y = ratings[["user", "item"]], ratings["rating"]
    for name, cv in SPLITS.items():
        found = compare_models(
            models(int(n_sweeps)),
            X,
            y,
            cv=cv,
            scoring=Everything(),
            baseline="defaults",
        )
        print(f"### {name}\n\n{score_table(found)}\n\n{difference_table(found)}\n")


def score_table(found: pd.DataFrame) -> str:
    """Return a table with a row for each model and its mean scores."""
    scores = found.pivot_table(
        index="model", columns="metric", values="score", sort=False
    )
    base = found.groupby("metric", sort=False)["baseline_score"].first()
    scores = pd.concat([base.to_frame("defaults").T, scores]).loc[list(models(1))]
    return markdown(scores.map("{:.4f}".format), "model")


def difference_table(found: pd.DataFrame) -> str:
    """Return a table of differences from the defaults, with their intervals."""
    chosen = found[found["metric"].isin(["RMSE, negative", "ndcg"])]
    rows = pd.DataFrame(
        {
            "metric": chosen["metric"],
            "difference": chosen["difference"].map("{:+.4f}".format),
            "95% interval": [
                f"{low:+.4f} to {high:+.4f}"
                for low, high in zip(chosen["lower"], chosen["upper"], strict=True)
            ],
            "p": chosen["p_value"].map("{:.1g}".format),
        }
    )
    return markdown(rows.set_index(chosen["model"] + " - defaults"), "models")


def markdown(frame: pd.DataFrame, corner: str) -> str:
    """Return a table of strings in Markdown."""
    lines = [[corner, *frame.columns], ["---"] * (len(frame.columns) + 1)]
    lines += [[name, *cells] for name, *cells in frame.itertuples()]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    main(*sys.argv[1:])
