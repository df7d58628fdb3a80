"""What queries need of a fitted model and do not change: made once, kept next to it."""

from collections.abc import Callable
from threading import Lock
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

T = TypeVar("T")

_prepared: WeakKeyDictionary[object, dict[str, tuple[tuple, Any]]] = WeakKeyDictionary()
_lock = Lock()


def prepared(
    estimator: object,
    name: str,
    made_from: tuple[object, ...],
    make: Callable[[], T],
) -> T:
    """Return ``make()``, which is called once for each fitted model.

    The value is kept next to the estimator, not in it: it is not pickled, not copied
    and not part of ``vars(estimator)``, and it goes when the estimator goes. It is
    made again when one of the objects that it was made from is another object, as
    after a refit. Threads that query at the same time may make it twice; both values
    are the same.

    Parameters
    ----------
    estimator : object
        Fitted.
    name : str
        Of the value, among those of the estimator.
    made_from : tuple
        The arrays and numbers that the value depends on, compared by identity.
    make : callable
        Without arguments.
    """
    with _lock:
        kept = _prepared.get(estimator, {}).get(name)
    if kept is not None and _is_same(kept[0], made_from):
        return kept[1]
    value = make()
    with _lock:
        _prepared.setdefault(estimator, {})[name] = made_from, value
    return value


def forget_prepared(estimator: object) -> None:
    """Drop what was prepared for an estimator, whose attributes are set again."""
    with _lock:
        _prepared.pop(estimator, None)


def _is_same(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    return len(one) == len(other) and all(
        a is b for a, b in zip(one, other, strict=True)
    )
