"""
Effects of features
===================

A model that is fitted with features of items learns what each feature adds to a rating.
`.FeatureEffectsDisplay` draws these effects, for `.BayesianCollaborativeFilter` with
their standard deviations.
"""

import os

import numpy as np
import pandas as pd

from sklearn_cofi import BayesianCollaborativeFilter
from sklearn_cofi.datasets import fetch_movielens, make_ratings
from sklearn_cofi.displays import FeatureEffectsDisplay

# MovieLens 100K if it has been downloaded, else simulated ratings on the same scale.
try:
    data = fetch_movielens(
        "100k",
        data_home=os.environ.get("SKLEARN_COFI_DATA"),
        download_if_missing=False,
    )
    ratings, items = data.frame, data.item_frame[["item", "genres"]]
except OSError:
    pairs, y = make_ratings(rating_range=(1, 5), step=1, random_state=0)
    ratings = pairs.assign(rating=y)
    ids = np.unique(ratings["item"])
    genres = np.random.default_rng(0).choice(["Comedy", "Drama", "Horror"], ids.size)
    items = pd.DataFrame({"item": ids, "genres": genres})

model = BayesianCollaborativeFilter(
    15, n_sweeps=100, item_features=items, random_state=0
)
model.fit(ratings)

# %%
# An effect is the change of a rating by a typical user if an item has the genre, with
# all other genres unchanged. The lines cover two standard deviations on each side, so
# genres with few films have long lines.

display = FeatureEffectsDisplay.from_estimator(model)
