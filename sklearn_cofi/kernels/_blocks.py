"""Rows cut into blocks: the unit of work that threads share out."""

import numpy as np

from sklearn_cofi.data._matrix import CSRRows

# Enough blocks to keep many threads busy, few enough to cost nothing.
_BLOCKS = 256


def balanced_blocks(rows: CSRRows) -> np.ndarray:
    """Cut the rows into blocks of about equally many ratings.

    Returns
    -------
    ndarray of int64
        Increasing row numbers from 0 to n_rows: block b is ``[b]:[b + 1]``.
    """
    n_rows = rows.indptr.size - 1
    shares = np.linspace(0, rows.indptr[-1], min(_BLOCKS, n_rows) + 1)
    blocks = np.searchsorted(rows.indptr, shares)
    blocks[0], blocks[-1] = 0, n_rows
    return np.unique(blocks)
