"""Items that are left out of each user's recommendations."""

import numpy as np

from sklearn_cofi.data._matrix import CSRRows, ranges

# starts, stops, items: row r leaves out items[starts[r]:stops[r]].
Exclusions = tuple[np.ndarray, np.ndarray, np.ndarray]


def exclusions(
    users: np.ndarray,
    rated: CSRRows | None,
    banned: tuple[np.ndarray, np.ndarray] | None,
    n_rows: int,
) -> Exclusions:
    """Return the items that each row of a query leaves out.

    Parameters
    ----------
    users : int array of shape (n_rows,)
        Rows of ``rated``; -1 has no ratings.
    rated : CSRRows or None
        Ratings whose items are left out. None leaves out no rated item.
    banned : (rows, items) or None
        Further pairs of a row and an item to leave out.
    n_rows : int
        Number of rows of the query.

    Returns
    -------
    starts, stops : int64 arrays of shape (n_rows,)
    items : int32 array
        Row r leaves out ``items[starts[r]:stops[r]]``, which increase.
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


def restrict_to(
    choice: np.ndarray,
    starts: np.ndarray,
    stops: np.ndarray,
    excluded: np.ndarray,
    n_items: int,
) -> Exclusions:
    """Renumber excluded items by their positions in a choice; drop all other items.

    Parameters
    ----------
    choice : int array of shape (n_chosen,)
        Increasing item numbers.
    starts, stops, excluded : int arrays
        As `exclusions` returns them.
    n_items : int
        Number of items that the choice is made from.

    Returns
    -------
    starts, stops, excluded : int arrays
        As `exclusions` returns them; excluded items are positions in ``choice``.
    """
    position = np.full(n_items, -1, np.int32)
    position[choice] = np.arange(choice.size)
    lengths = stops - starts
    rows = np.repeat(np.arange(lengths.size), lengths)
    positions = position[excluded[ranges(starts, lengths)]]
    chosen = positions >= 0
    ends = np.searchsorted(rows[chosen], np.arange(lengths.size + 1))
    return ends[:-1], ends[1:], positions[chosen]
