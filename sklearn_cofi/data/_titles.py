"""Titles of items, for the frames that queries return."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from sklearn_cofi._typing import Titles
from sklearn_cofi._warnings import warn_caller
from sklearn_cofi.data._column_names import item_and_title
from sklearn_cofi.data._frame import ColumnArray, id_array, is_table, open_table
from sklearn_cofi.data._ids import IdMap


def titles_of_items(
    titles: Titles, item_ids: np.ndarray, item_name: str | None = None
) -> np.ndarray:
    """Return the title of each item, None for an item without a title.

    Parameters
    ----------
    titles : mapping, Series or frame
        A mapping of ids to titles, a pandas Series of titles whose index has the ids,
        or a frame with columns of ids and titles. The columns are found by their names,
        as "movieId" and "title". In a frame of two columns, one of them or both may
        have other names; ids come first.
    item_ids : ndarray of shape (n_items,)
        Sorted ids of the fit. Titles of other ids are ignored.
    item_name : str, default=None
        Name of the column of items in fit, which is that of the ids, too.

    Returns
    -------
    object array of shape (n_items,)

    Raises
    ------
    TypeError
        If ``titles`` is of another type, a title is not a string, or the ids are of
        another kind than the ids of the fit.
    ValueError
        If an id is missing or has two different titles, or if the names of the columns
        do not say which of them has ids or titles.

    Warns
    -----
    UserWarning
        If no item has a title.
    """
    ids, values, label = _ids_and_titles(titles, item_name)
    texts = np.asarray(values, dtype=object)
    if pd.api.types.infer_dtype(texts, skipna=True) not in ("string", "empty"):
        types = sorted({type(text).__name__ for text in texts[~pd.isna(texts)]})
        raise TypeError(
            f"titles must be strings, but {label[1]} holds {', '.join(types)}. If this "
            "is another column, pass a frame with the columns 'item' and 'title'."
        )
    found = np.full(item_ids.size, None, object)
    if len(ids):
        items = IdMap(item_ids).encode(ids, label[0])
        named = (items >= 0) & ~pd.isna(texts)
        items, texts = items[named], texts[named]
        found[items] = texts
        _check_repeats(items, texts, found, item_ids)
    if pd.isna(found).all():
        warn_caller(
            f"None of the items has a title: no id in {label[0]!r} is one of "
            "`item_ids_`, or its title is missing. Compare them."
        )
    return found


def _ids_and_titles(
    titles: Titles, item_name: str | None
) -> tuple[ColumnArray, ColumnArray, tuple[str, str]]:
    """Return ids, their titles, and the names of both for messages."""
    labels = "the ids of titles", "titles"
    if isinstance(titles, pd.Series):
        return np.asarray(titles.index), np.asarray(titles, object), labels
    if isinstance(titles, Mapping):
        texts = np.empty(len(titles), object)
        texts[:] = list(titles.values())
        return id_array(list(titles)) if titles else texts, texts, labels
    if isinstance(titles, np.ndarray) or not is_table(titles):
        raise TypeError(
            "titles must be a mapping of ids to titles, a pandas Series of titles with "
            "the ids as index, or a frame with columns of ids and titles, got a "
            f"{type(titles).__name__}."
        )
    table = open_table(titles, "titles", may_be_empty=True)
    if table.names is None or table.n_columns < 2:
        raise ValueError(
            f"titles needs columns of ids and of titles, but it has {table.names}."
        )
    found = item_and_title(table.names, item_name)
    if found is None:
        raise ValueError(
            f"The columns of titles are {table.listed()}, and their names do not say "
            "which has the ids and which the titles. Rename them to 'item' and "
            "'title', or pass only these two columns, the ids first."
        )
    item, title = found
    labels = f"{table.label(item)} of titles", f"column {table.label(title)!r}"
    return table.take(item), table.take(title), labels


def _check_repeats(
    items: np.ndarray, texts: np.ndarray, found: np.ndarray, item_ids: np.ndarray
) -> None:
    """Check that no item has a title that differs from the one that was found."""
    differs = found[items] != texts
    if differs.any():
        item, text = items[differs][0], texts[differs][0]
        raise ValueError(
            f"titles has two titles for item {item_ids[item]!s}: {text!r} and "
            f"{found[item]!r}. Keep one row for each item."
        )
