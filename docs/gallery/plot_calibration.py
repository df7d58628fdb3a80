"""
Calibration of prediction intervals
===================================

`.BayesianCollaborativeFilter` predicts intervals. `.CalibrationDisplay` compares their
nominal coverage with the share of held-out ratings that lie in them.
"""

import os

import matplotlib.pyplot as plt
from sklearn.model_selection import train_test_split

from sklearn_cofi import BayesianCollaborativeFilter
from sklearn_cofi.datasets import fetch_movielens, make_ratings
from sklearn_cofi.displays import CalibrationDisplay, TraceDisplay

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
model = BayesianCollaborativeFilter(
    15, n_sweeps=120, n_chains=2, rating_range=(1, 5), random_state=0
)
model.fit(train)

# %%
# First, check the two Markov chains. The noise falls while they move towards likely
# factors, and is stationary afterwards. The draws of the shaded burn-in are discarded.
# If the chains have mixed, they cover the same range, and R-hat is near 1.

display = TraceDisplay.from_estimator(model)

# %%
# If the intervals are correct, the line lies in the grey band for 95% of the sets of
# held-out ratings. The difference of observed and nominal coverage, on the left, shows
# the band of thousands of ratings. ``kind="coverage"`` draws the coverage itself.

# sphinx_gallery_thumbnail_number = 2

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.5), layout="constrained")
CalibrationDisplay.from_estimator(model, test, ax=left)
display = CalibrationDisplay.from_estimator(model, test, kind="coverage", ax=right)
