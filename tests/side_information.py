"""Random features of rows, and frames of them."""

import numpy as np
import pandas as pd
from scipy import sparse

from sklearn_cofi.data._side_features import FeatureRows
from sklearn_cofi.objective._feature_penalty import RowFeatures


def random_rows(n, m, seed=0):
    """Return features of n rows, the first of which has none."""
    x = np.random.default_rng(seed).standard_normal((n, m))
    present = np.arange(n) > 0
    means = x[present].mean(axis=0) if n > 1 else np.zeros(m)
    x[~present] = 0
    return FeatureRows(sparse.csr_array(x), present, means)


def random_features(shape, sides="both"):
    """Return features of users, of items or of both."""
    users, items = random_rows(shape[0], 2, 1), random_rows(shape[1], 3, 2)
    return RowFeatures(
        None if sides == "items" else users, None if sides == "users" else items
    )


def dense(rows):
    """Return F as an array."""
    return rows.present[:, None] * (rows.matrix.toarray() - rows.means)


def frames(n_users, n_items, seed=0):
    """Return a frame of features of users, and one of items, with ids from 0 on."""
    rng = np.random.default_rng(seed)
    users = pd.DataFrame(
        {"user": np.arange(n_users), "age": rng.integers(10, 60, n_users)}
    )
    items = pd.DataFrame(
        {
            "item": np.arange(n_items),
            "genre": rng.choice(["Comedy", "Drama", "War"], n_items),
            "year": rng.integers(1950, 2000, n_items),
        }
    )
    return users, items
