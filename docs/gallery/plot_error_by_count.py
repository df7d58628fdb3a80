"""
Errors by number of ratings
===========================

`.ErrorByCountDisplay` draws the error of held-out predictions against the number of
training ratings of their user or item. The bars are standard errors. Users and items
with few ratings have larger errors, because their factors are learned from little.
"""

import os

import matplotlib.pyplot as plt
from sklearn.model_selection import train_test_split

from sklearn_cofi import CollaborativeFilter
from sklearn_cofi.datasets import fetch_movielens, make_ratings
from sklearn_cofi.displays import ErrorByCountDisplay

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
    "1 latent factor": CollaborativeFilter(1, random_state=0),
    "20 latent factors": CollaborativeFilter(20, random_state=0),
}
_, axes = plt.subplots(1, 2, figsize=(10, 4.5), sharey=True, layout="constrained")
for name, model in models.items():
    model.fit(train)
    for by, ax in zip(("user", "item"), axes, strict=True):
        display = ErrorByCountDisplay.from_estimator(
            model, test, by=by, n_bins=8, name=name, ax=ax
        )
