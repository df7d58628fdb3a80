"""Ids and titles of items, out of files and commands, in the kind that a model has."""

import re

from sklearn_cofi._warnings import warn_caller
from sklearn_cofi.cli._tables import label_of, open_source, read_table

_WHOLE = re.compile(r"[+-]?[0-9]+")


def read_titles(source, item_ids):
    """Read names of items: a Series of strings, indexed by item.

    Columns named "item" and "title", or one of these two and the first of the others,
    or the first two. Latin-1 where it is no UTF-8, as MovieLens' own are.
    """
    text = is_text(item_ids)
    try:
        frame = read_table(source, text=text)
    except ValueError as error:
        if not isinstance(error.__cause__, UnicodeError):
            raise
        frame = read_table(source, text=text, encoding="latin-1")
    if frame.shape[1] < 2:
        raise ValueError(f"{label_of(source)} needs columns of items and of titles.")
    names = list(frame.columns)
    item = names.index("item") if "item" in names else int(names[0] == "title")
    title = names.index("title") if "title" in names else int(item == 0)
    titles = frame.iloc[:, title].astype(object).set_axis(frame.iloc[:, item])
    titles = titles[~titles.index.duplicated()].dropna()
    if not titles.index.isin(item_ids).any():
        warn_caller(f"None of the items of {label_of(source)} is known to the model.")
    return titles


def read_ids(source, ids, side: str) -> list:
    """Read ids from a file, one a line."""
    with open_source(source) as stream:
        try:
            lines = stream.read().decode("utf-8-sig").splitlines()
        except UnicodeError as error:
            raise ValueError(f"{label_of(source)} is no text: {error}.") from error
    texts = [line.strip() for line in lines if line.strip()]
    if not texts:
        raise ValueError(f"{label_of(source)} holds no {side}.")
    return ids_in_kind(texts, ids, side)


def ids_in_kind(texts, ids, side: str) -> list:
    """Return ids that were given as text, in the kind of a model's ids.

    Raises
    ------
    ValueError
        If a text can be no id of that kind, or the kind is neither numbers nor text.
    """
    if is_text(ids):
        return list(texts)
    kind = ids.dtype.kind
    if kind == "b":
        return [_one(text, side, _truth, "True or False") for text in texts]
    if kind in "iu":
        return [_one(text, side, _integer, "a whole number") for text in texts]
    if kind == "f":
        return [_one(text, side, float, "a number") for text in texts]
    raise ValueError(
        f"The model's {side}s are neither text nor numbers but {ids.dtype}, and cannot "
        "be given on the command line. Ask for all, or pass a file of ratings."
    )


def from_text(column, kind: str):
    """Return a column of text as numbers or, of kind "b", as truth values.

    Raises
    ------
    ValueError, KeyError
        If a text is none.
    """
    import pandas as pd

    return column.map(_truth) if kind == "b" else pd.to_numeric(column)


def _one(text: str, side: str, convert, expected: str):
    try:
        return convert(text)
    except (ValueError, KeyError):
        raise ValueError(
            f"There is no {side} {text}: the model's {side}s are numbered, and an id "
            f"is {expected}."
        ) from None


def _integer(text: str) -> int:
    if not _WHOLE.fullmatch(text) or len(text) > 19:
        raise ValueError
    return int(text)


def _truth(text: str) -> bool:
    return {"True": True, "False": False}[text]


def is_text(ids) -> bool:
    """Tell an array of strings from others."""
    return ids.dtype.kind in "UT" or ids.dtype == object and isinstance(ids[0], str)
