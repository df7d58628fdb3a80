"""Which items each user is not to be recommended."""

import numpy as np


def exclusions(users, rated, banned, n_rows: int):
    """Return starts, stops and numbers of the items that rows are not recommended.

    Parameters
    ----------
    users : int array of shape (n_rows,)
        Rows of ``rated``; -1 has rated nothing.
    rated : (indptr, items) or None
        Which items each user has rated, increasing. None leaves them in.
    banned : (rows, items) or None
        More pairs of an asker and an item.
    """
    starts = stops = np.zeros(n_rows, np.int64)
    items = np.empty(0, np.int32)
    if rated is not None:
        indptr, items = rated
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


def within(choice, starts, stops, excluded, n_items: int):
    """Renumber what is excluded by place among chosen items; leave out the others.

    Parameters
    ----------
    choice : int array
        Increasing item numbers.
    starts, stops, excluded : int arrays
        As `exclusions` returns them.
    n_items : int
    """
    place = np.full(n_items, -1, np.int32)
    place[choice] = np.arange(choice.size)
    lengths = stops - starts
    rows = np.repeat(np.arange(lengths.size), lengths)
    places = place[excluded[ranges(starts, lengths)]]
    chosen = places >= 0
    ends = np.searchsorted(rows[chosen], np.arange(lengths.size + 1))
    return ends[:-1], ends[1:], places[chosen]


def ranges(starts, lengths):
    """Return the numbers from each start on, so many of each, after one another."""
    before = np.cumsum(lengths) - lengths
    return np.arange(lengths.sum()) + np.repeat(starts - before, lengths)
