"""
Comparison of models
====================

`.compare_models` fits models to the same folds, and `.ComparisonDisplay` draws how much
they differ from a baseline. If an interval does not contain 0, the difference is larger
than its variation from fold to fold explains. The intervals are wider than those of an
ordinary t-test, because the training parts of the folds overlap.
"""

import os

from sklearn_cofi import CollaborativeFilter
from sklearn_cofi.datasets import fetch_movielens, make_ratings
from sklearn_cofi.displays import ComparisonDisplay
from sklearn_cofi.model_selection import compare_models

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

fast = {"solver": "als-ncg", "random_state": 0}
models = {
    "1 latent factor": CollaborativeFilter(1, **fast),
    "5 latent factors": CollaborativeFilter(5, **fast),
    "20 latent factors": CollaborativeFilter(20, **fast),
    "half the penalty": CollaborativeFilter(20, "0.5*auto", **fast),
}
X, y = ratings[["user", "item"]], ratings["rating"]
comparison = compare_models(models, X, y, baseline="20 latent factors", random_state=0)
display = ComparisonDisplay.from_comparison(comparison)
