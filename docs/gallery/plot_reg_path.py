"""
Effect of the penalty
=====================

`.RegPathDisplay` draws a quantity against the penalty: the errors of a fitted
`.CollaborativeFilterCV`, or a quantity of the factors along a path.
"""

import os

import matplotlib.pyplot as plt

from sklearn_cofi import CollaborativeFilterCV, collaborative_filter_path
from sklearn_cofi.datasets import fetch_movielens, make_ratings
from sklearn_cofi.displays import RegPathDisplay

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

# %%
# Each line is the held-out error for a number of latent factors, the mean over folds in
# a band of one standard error. A path ends when its error has been above the lowest one
# for several penalties.

model = CollaborativeFilterCV(num_features=[3, 10, 30], eps=0.1, cv=3, random_state=0)
model.fit(ratings)
display = RegPathDisplay.from_estimator(model)

# %%
# As the penalty falls, latent factors come into use one by one. The figure shows the
# singular values of ``U @ V.T``, like the coefficients of a lasso path.

path = collaborative_filter_path(ratings, num_features=8)
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
RegPathDisplay.from_path(path, ax=left)
display = RegPathDisplay.from_path(path, quantity="rank", ax=right)
