"""Warnings about users and items that were not seen in fit."""

import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sklearn_cofi._warnings import warn_caller

if TYPE_CHECKING:
    import numpy as np

    from sklearn_cofi._typing import Id

# Largest number of ids that a warning lists.
_LISTED = 5


def list_ids(ids: Iterable["Id"]) -> str:
    """Return the first few distinct ids as text, with the number of further ones."""
    distinct = list(dict.fromkeys(ids))
    more = len(distinct) - _LISTED
    shown = ", ".join(map(str, distinct[:_LISTED]))
    return f"{shown} and {more:,} more" if more > 0 else shown


def warn_of_unknown_ids(queried: Iterable["Id"], ids: "np.ndarray", side: str) -> None:
    """Warn with a list of the queried ids that are not among the model's ids."""
    known = set(ids.tolist())
    unknown = dict.fromkeys(one for one in queried if one not in known)
    if len(unknown) == 1:
        warn_caller(
            f"1 {side} was not seen in fit ({list_ids(unknown)}): its results are "
            f"those of any unknown {side}."
        )
    elif unknown:
        warn_caller(
            f"{len(unknown):,} {side}s were not seen in fit ({list_ids(unknown)}): "
            f"their results are those of any unknown {side}."
        )


@contextmanager
def without_unknown_warning() -> Iterator[None]:
    """Mute the model's own warning, because `warn_of_unknown_ids` lists the ids."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="None of the")
        yield
