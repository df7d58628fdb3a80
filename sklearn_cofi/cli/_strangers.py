"""What is said of users and items that a model does not know."""

import warnings
from contextlib import contextmanager

from sklearn_cofi._warnings import warn_caller

# Ids that a warning names.
_NAMED = 5


def named(ids) -> str:
    """Name ids, the first few of many."""
    distinct = list(dict.fromkeys(ids))
    more = len(distinct) - _NAMED
    shown = ", ".join(map(str, distinct[:_NAMED]))
    return f"{shown} and {more:,} more" if more > 0 else shown


def warn_of_unknown(asked, ids, side: str) -> None:
    """Say which ids the model does not know; it answers for a stranger then."""
    known = set(ids.tolist())
    strange = [one for one in asked if one not in known]
    if strange:
        warn_caller(
            f"The model does not know {side} {named(strange)}: what it says holds for "
            f"any {side} of whom nothing is known."
        )


@contextmanager
def strangers_told():
    """Say once that none is known: `warn_of_unknown` has, with the ids."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="None of the")
        yield
