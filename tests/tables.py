"""Six ratings of three items, for tests in which only the users' ids matter."""

import numpy as np
import pandas as pd

RATINGS = [5.0, 3.0, 4.0, 1.0, 2.0, 4.0]
ITEMS = [10, 11, 11, 12, 10, 12]


def objects(*values):
    """Return an array of objects, whatever they are."""
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def table(users):
    """Return the ratings with these users' ids."""
    return pd.DataFrame({"user": users, "item": ITEMS, "rating": RATINGS})
