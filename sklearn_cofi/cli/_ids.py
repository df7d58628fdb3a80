"""Ids and titles of items: read from files and arguments, in the dtype of a model."""

import contextlib
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from sklearn_cofi._warnings import warn_caller
from sklearn_cofi.cli._tables import label_of, open_source, read_described_table
from sklearn_cofi.data._column_names import item_and_title

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from sklearn_cofi._typing import Column, Estimator, Id

_WHOLE = re.compile(r"[+-]?[0-9]+")


def read_titles(
    source: str, item_ids: "np.ndarray", item_name: "Column" = None
) -> "pd.Series":
    """Read the titles of items.

    The columns are those with usual names, such as "movieId" and "title". In a file of
    two columns, they may have other names; ids come first. A file that is not UTF-8 is
    read as Latin-1, the encoding of some MovieLens files.

    Parameters
    ----------
    source : str
        A path, or "-" for stdin.
    item_ids : ndarray of shape (n_items,)
        Ids of the model.
    item_name : str or int, default=None
        Name of the column of items in fit, which is that of the ids, too.

    Returns
    -------
    Series of str
        Indexed by item.

    Raises
    ------
    ValueError
        If the file has fewer than two columns, is not a valid table, or the names of
        its columns do not say which of them has ids or titles.

    Warns
    -----
    UserWarning
        If none of the items was seen in fit.
    """
    text = is_text(item_ids)
    frame = read_described_table(source, text=text)
    if frame.shape[1] < 2:
        raise ValueError(f"{label_of(source)} needs columns of items and of titles.")
    found = item_and_title(frame.columns, item_name)
    if found is None:
        raise ValueError(
            f"The columns of {label_of(source)} are {list(frame.columns)}, and their "
            "names do not say which has the ids and which the titles. Rename them to "
            "item and title."
        )
    item, title = found
    items = frame.iloc[:, item]
    if not text and is_text(items.to_numpy()):
        # A text that is not a number stays: it is not an item of the model.
        with contextlib.suppress(ValueError, KeyError):
            items = parse_column(items, item_ids.dtype.kind)
    titles = frame.iloc[:, title].astype(object).set_axis(items)
    titles = titles[~titles.index.duplicated()].dropna()
    if not titles.index.isin(item_ids).any():
        warn_caller(f"None of the items in {label_of(source)} was seen in fit.")
    return titles


def with_titles(
    frame: "pd.DataFrame",
    column: str,
    titles: str | None,
    model: "Estimator",
    of_model: "Sequence[Column]",
) -> "pd.DataFrame":
    """Insert a column of titles after the column of items, if there are titles.

    ``of_model`` has the columns of the fit, as `load_model_and_columns` returns them.
    """
    if titles is None:
        return frame
    title_of = read_titles(titles, model.item_ids_, of_model[1])
    position = list(frame.columns).index(column) + 1
    frame.insert(
        position, "title", [title_of.get(one) for one in frame[column].tolist()]
    )
    return frame


def read_ids(source: str, ids: "np.ndarray", side: str) -> "list[Id]":
    """Read ids from a file with one id per line; see `parse_ids`."""
    with open_source(source) as stream:
        try:
            text = stream.read().decode("utf-8-sig")
        except UnicodeError as error:
            raise ValueError(
                f"{label_of(source)} is not UTF-8 text: {error}."
            ) from error
    lines = re.split(r"\r\n|\r|\n", text)
    texts = [line for line in lines if line.strip()]
    if not texts:
        raise ValueError(f"{label_of(source)} contains no {side}.")
    return parse_ids(texts, ids, side)


def parse_ids(texts: Sequence[str], ids: "np.ndarray", side: str) -> "list[Id]":
    """Convert ids given as text to the type of a model's ids.

    Blanks around an id are removed, unless the model has the id with its blanks.

    Parameters
    ----------
    texts : sequence of str
    ids : ndarray of shape (n_ids,)
        Ids of the model.
    side : {"user", "item"}
        For messages.

    Raises
    ------
    ValueError
        If a text cannot be converted, or the model's ids are neither text, numbers nor
        booleans.
    """
    import pandas as pd

    if is_text(ids):
        return match_blanks(pd.Series(texts, dtype=object), ids).tolist()
    texts = [text.strip() for text in texts]
    kind = ids.dtype.kind
    if kind == "b":
        return [_parse_id(text, side, _boolean, "True or False") for text in texts]
    if kind in "iu":
        return [_parse_id(text, side, _integer, "an integer") for text in texts]
    if kind == "f":
        return [_parse_id(text, side, float, "a number") for text in texts]
    raise ValueError(
        f"The model's {side}s have dtype {ids.dtype}, which cannot be given on the "
        "command line. Use --all or a file of ratings."
    )


def match_blanks(texts: "pd.Series", ids: "np.ndarray") -> "pd.Series":
    """Remove the blanks around texts that are not ids of a model with their blanks."""
    stripped = texts.str.strip()
    has_blanks = stripped != texts
    if not has_blanks.any():
        return texts
    return texts.where(~has_blanks | texts.isin(ids), stripped)


def parse_column(column: "pd.Series", kind: str) -> "pd.Series":
    """Convert a column of text to booleans for kind "b", else to numbers.

    Raises
    ------
    ValueError, KeyError
        If a text cannot be converted.
    """
    import pandas as pd

    return column.map(_boolean) if kind == "b" else pd.to_numeric(column)


def _parse_id(
    text: str, side: str, convert: "Callable[[str], Id]", expected: str
) -> "Id":
    try:
        return convert(text)
    except (ValueError, KeyError):
        raise ValueError(
            f"There is no {side} {text}: an id of the model's {side}s is {expected}."
        ) from None


def _integer(text: str) -> int:
    if not _WHOLE.fullmatch(text) or not -(2**63) <= (number := int(text)) < 2**64:
        raise ValueError
    return number


def _boolean(text: str) -> bool:
    return {"True": True, "False": False}[text]


def is_text(ids: "np.ndarray") -> bool:
    """Return whether an array holds strings."""
    return ids.dtype.kind in "UT" or ids.dtype == object and isinstance(ids[0], str)
