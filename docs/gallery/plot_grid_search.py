"""
Scores of a grid search
=======================

`.GridSearchDisplay` draws the mean scores of a search over two parameters. If there are
further parameters, a cell shows the best score over their values, and the title names
them.
"""

import os

import matplotlib.pyplot as plt
from sklearn.model_selection import GridSearchCV, KFold

from sklearn_cofi import CollaborativeFilter
from sklearn_cofi.datasets import fetch_movielens, make_ratings
from sklearn_cofi.displays import GridSearchDisplay

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

search = GridSearchCV(
    CollaborativeFilter(solver="als-ncg", random_state=0),
    {
        "num_features": [3, 6, 12],
        "reg_param": ["0.6*auto", "0.8*auto", "auto", "1.2*auto", "1.5*auto"],
        "reg_bias": [1.0, 3.0],
    },
    scoring="neg_root_mean_squared_error",
    cv=KFold(3, shuffle=True, random_state=0),
)
search.fit(ratings[["user", "item"]], ratings["rating"])
figure, ax = plt.subplots(figsize=(7, 4), layout="constrained")
display = GridSearchDisplay.from_search(search, ax=ax)
