"""
Whether intervals keep their promise
====================================

`.BayesianCollaborativeFilter` says how sure it is. `.CalibrationDisplay` counts how
many held-out ratings are within its intervals.
"""

import os

import matplotlib.pyplot as plt
from sklearn.model_selection import train_test_split

from sklearn_cofi import BayesianCollaborativeFilter
from sklearn_cofi.datasets import fetch_movielens, make_ratings
from sklearn_cofi.displays import CalibrationDisplay, ConvergenceDisplay

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
model = BayesianCollaborativeFilter(
    15, n_sweeps=120, rating_range=(1, 5), random_state=0
)
model.fit(train)

# %%
# The chain first: the noise falls while it finds the features, and is level afterwards.
# Draws in the shaded part are forgotten.

display = ConvergenceDisplay.from_estimator(model)

# %%
# The grey band is where 95 of 100 sets of so many ratings would be, were the intervals
# exactly right. Of many ratings it is thin, and differences show more.


# sphinx_gallery_thumbnail_number = 2

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.5), layout="constrained")
CalibrationDisplay.from_estimator(model, test, ax=left)
display = CalibrationDisplay.from_estimator(model, test, kind="difference", ax=right)
