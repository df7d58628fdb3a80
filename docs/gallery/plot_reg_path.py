"""
What a penalty does
===================

`.RegPathDisplay` draws errors, or factors, against the penalty: from a fitted
`.CollaborativeFilterCV`, or from a path of filters.
"""

import os

import matplotlib.pyplot as plt

from sklearn_cofi import CollaborativeFilterCV, collaborative_filter_path
from sklearn_cofi.datasets import fetch_movielens, make_ratings
from sklearn_cofi.displays import RegPathDisplay

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

# %%
# The error on held-out ratings, a line for each number of features, in a band of a
# standard error of the mean over folds. Paths end where errors have risen for a while.

model = CollaborativeFilterCV(num_features=[3, 10, 30], cv=3, random_state=0)
model.fit(ratings)
display = RegPathDisplay.from_estimator(model)

# %%
# Along a path, features come into use one by one as the penalty falls: these are the
# singular values of ``U @ V.T``, as a lasso path shows coefficients.

path = collaborative_filter_path(ratings, num_features=8)
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
RegPathDisplay.from_path(path, ax=left)
display = RegPathDisplay.from_path(path, quantity="rank", ax=right)
