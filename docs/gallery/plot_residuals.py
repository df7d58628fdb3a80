"""
Predictions for each rating
===========================

`.ResidualsDisplay` draws a box of predictions or residuals for each held-out rating. A
prediction is a mean over possible ratings. Boxes of high ratings therefore lie below
the line and boxes of low ratings above it, even for the best possible model.
"""

import os

import matplotlib.pyplot as plt
from sklearn.model_selection import train_test_split

from sklearn_cofi import CollaborativeFilter
from sklearn_cofi.datasets import fetch_movielens, make_ratings
from sklearn_cofi.displays import ResidualsDisplay

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
model = CollaborativeFilter(random_state=0).fit(train)
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
ResidualsDisplay.from_estimator(model, test, ax=left)
display = ResidualsDisplay.from_estimator(model, test, kind="residuals", ax=right)
