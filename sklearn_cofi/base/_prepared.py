"""Values that queries derive from a fitted model, computed once and cached."""

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

    The value is cached outside the estimator: it is not pickled, not copied, not part
    of ``vars(estimator)``, and it is freed with the estimator. It is made again when
    one of the objects it was made from is replaced, such as by a refit. Threads that
    query at the same time may make it twice, with equal results.

    Parameters
    ----------
    estimator : object
        Fitted estimator.
    name : str
        Name of the value; the estimator has one value of each name.
    made_from : tuple
        Arrays and numbers that the value depends on, compared by identity.
    make : callable
        Function without arguments that computes the value.
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
    """Remove the cached values of an estimator whose attributes are replaced."""
    with _lock:
        _prepared.pop(estimator, None)


def _is_same(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    return len(one) == len(other) and all(
        a is b for a, b in zip(one, other, strict=True)
    )
