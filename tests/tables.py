"""Six ratings of three items, for tests of the ids of users."""

import numpy as np
import pandas as pd

RATINGS = [5.0, 3.0, 4.0, 1.0, 2.0, 4.0]
ITEMS = [10, 11, 11, 12, 10, 12]


def objects(*values):
    """Return an array of dtype object that holds the values."""
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def table(users):
    """Return the six ratings with the given ids of users."""
    return pd.DataFrame({"user": users, "item": ITEMS, "rating": RATINGS})
