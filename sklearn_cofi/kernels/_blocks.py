"""Blocks of rows: the unit of work that is shared among threads."""

import numpy as np

from sklearn_cofi.data._matrix import CSRRows

# 256 blocks keep many threads busy, and starting that many costs next to nothing.
_BLOCKS = 256

# Number of rows of a table of scores, and number of its items. A core reads the factors
# of an item from its second cache once for all these rows, and the table stays in that
# cache. HEIGHT is a multiple of `PANEL_ROWS`, and WIDTH of `GROUPS`.
HEIGHT = 48
WIDTH = 4096


def balanced_blocks(rows: CSRRows) -> np.ndarray:
    """Cut the rows into blocks with about equal numbers of ratings.

    Returns
    -------
    ndarray of int64
        Increasing row numbers from 0 to n_rows: block b is ``[b]:[b + 1]``.
    """
    return blocks_of(rows.indptr)


def blocks_of(indptr: np.ndarray) -> np.ndarray:
    """Cut rows whose entries begin at ``indptr``: see `balanced_blocks`."""
    n_rows = indptr.size - 1
    ends = np.linspace(0, indptr[-1], min(_BLOCKS, n_rows) + 1)
    blocks = np.searchsorted(indptr, ends)
    blocks[0], blocks[-1] = 0, n_rows
    return np.unique(blocks)
