"""
A map of items
==============

Items that the same people like have similar factors. `.FactorMapDisplay` draws the
items with the most ratings by the first two principal components of all items' factors,
and writes titles where there is room for them.
"""

import os

import matplotlib.pyplot as plt

from sklearn_cofi import CollaborativeFilter
from sklearn_cofi.datasets import fetch_movielens, make_ratings
from sklearn_cofi.displays import FactorMapDisplay

# MovieLens 100K where it is at hand, else ratings made to look like it.
try:
    movies = fetch_movielens(
        "100k",
        data_home=os.environ.get("SKLEARN_COFI_DATA"),
        download_if_missing=False,
    )
except OSError:
    pairs, y = make_ratings(rating_range=(1, 5), step=1, random_state=0)
    movies = {"frame": pairs.assign(rating=y), "item_frame": None}

model = CollaborativeFilter(
    20,
    reg_param=1.3,
    reg_scaling=0.5,
    fit_bias=True,
    reg_bias=4,
    mean_normalization="global",
    solver="als-ncg",
    random_state=0,
)
model.fit(movies["frame"])
display = FactorMapDisplay.from_estimator(model, titles=movies["item_frame"])

# %%
# Titles for which there was no room:

print(display.left_out_)
plt.show()
