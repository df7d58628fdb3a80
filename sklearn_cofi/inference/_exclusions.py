"""Which items each user is not to be recommended."""

import numpy as np

from sklearn_cofi.data._matrix import ranges


def exclusions(users, rated, banned, n_rows: int):
    """Return starts, stops and numbers of the items that rows are not recommended.

    Parameters
    ----------
    users : int array of shape (n_rows,)
        Rows of ``rated``; -1 has rated nothing.
    rated : CSRRows or None
        The items that each user has rated. None leaves them in.
    banned : (rows, items) or None
        Further pairs of a row and an item.
    """
    starts = stops = np.zeros(n_rows, np.int64)
    items = np.empty(0, np.int32)
    if rated is not None:
        indptr, items = rated.indptr, rated.indices
        starts = np.where(users >= 0, indptr[users], 0)
        stops = np.where(users >= 0, indptr[users + 1], 0)
    if banned is None:
        return starts, stops, items
    lengths = stops - starts
    rows = np.concatenate([np.repeat(np.arange(n_rows), lengths), banned[0]])
    items = np.concatenate([items[ranges(starts, lengths)], banned[1]])
    order = np.lexsort((items, rows))
    ends = np.searchsorted(rows[order], np.arange(n_rows + 1))
    return ends[:-1], ends[1:], items[order].astype(np.int32)


def restrict_to(choice, starts, stops, excluded, n_items: int):
    """Renumber excluded items by their position among chosen items; drop the others.

    Parameters
    ----------
    choice : int array
        Increasing item numbers.
    starts, stops, excluded : int arrays
        As `exclusions` returns them.
    n_items : int
    """
    position = np.full(n_items, -1, np.int32)
    position[choice] = np.arange(choice.size)
    lengths = stops - starts
    rows = np.repeat(np.arange(lengths.size), lengths)
    positions = position[excluded[ranges(starts, lengths)]]
    chosen = positions >= 0
    ends = np.searchsorted(rows[chosen], np.arange(lengths.size + 1))
    return ends[:-1], ends[1:], positions[chosen]
