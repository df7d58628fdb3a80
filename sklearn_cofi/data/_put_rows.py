"""Arrays made of the rows of other arrays."""

import numpy as np
from numpy.typing import ArrayLike

Part = tuple[np.ndarray, np.ndarray]


def put_rows(n: int, *parts: Part, axis: int = 0, fill: ArrayLike = 0) -> np.ndarray:
    """Return an array of n rows, with the rows of other arrays at given positions.

    Parameters
    ----------
    n : int
        Number of rows.
    *parts : (int array of shape (n_rows,), ndarray)
        Positions, and an array whose axis has n_rows rows. A later part overwrites an
        earlier one. The result has the dtype of the first array.
    axis : int, default=0
        The axis of the rows.
    fill : scalar or array, default=0
        Value of the rows at no position, broadcast to the result.
    """
    like = parts[0][1]
    shape = *like.shape[:axis], n, *like.shape[axis + 1 :]
    found = np.empty(shape, like.dtype)
    found[...] = fill
    along = np.moveaxis(found, axis, 0)  # a view
    for positions, rows in parts:
        along[positions] = np.moveaxis(rows, axis, 0)
    return found
