"""
A map of items
==============

Items that the same users like have similar factors. `.FactorMapDisplay` draws the items
with the most ratings. Their coordinates are the first two principal components of the
factors of all items. Titles are left out if there is no room for them.
"""

import os

import matplotlib.pyplot as plt

from sklearn_cofi import CollaborativeFilter
from sklearn_cofi.datasets import fetch_movielens, make_ratings
from sklearn_cofi.displays import FactorMapDisplay

# MovieLens 100K if it has been downloaded, else simulated ratings on the same scale.
try:
    movies = fetch_movielens(
        "100k",
        data_home=os.environ.get("SKLEARN_COFI_DATA"),
        download_if_missing=False,
    )
except OSError:
    pairs, y = make_ratings(rating_range=(1, 5), step=1, random_state=0)
    movies = {"frame": pairs.assign(rating=y), "item_frame": None}

model = CollaborativeFilter(solver="als-ncg", random_state=0)
model.fit(movies["frame"])
display = FactorMapDisplay.from_estimator(model, titles=movies["item_frame"])

# %%
# These titles are left out:

print(display.left_out_)
plt.show()
