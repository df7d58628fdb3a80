"""
Predictions for each rating
===========================

`.ResidualsDisplay` shows what was predicted of held-out ratings, or what that missed, a
box for each rating. Boxes of high ratings lie below the line and those of low ones
above it, for the best of models too: what is predicted is a mean.
"""

import os

import matplotlib.pyplot as plt
from sklearn.model_selection import train_test_split

from sklearn_cofi import CollaborativeFilter
from sklearn_cofi.datasets import fetch_movielens, make_ratings
from sklearn_cofi.displays import ResidualsDisplay

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
model = CollaborativeFilter(5, reg_param=10.0, random_state=0).fit(train)
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
ResidualsDisplay.from_estimator(model, test, ax=left)
display = ResidualsDisplay.from_estimator(model, test, kind="residuals", ax=right)
