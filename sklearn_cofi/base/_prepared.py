"""Values that queries of a model share: made once, and kept next to the model."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar
from weakref import ref

T = TypeVar("T")


class _Kept(NamedTuple):
    """The values of one estimator."""

    estimator: ref
    values: dict[str, tuple[tuple[object, ...], Any]]  # what each was made from, value


# By the id of the estimator, because estimators of users need not be hashable. An entry
# goes with its estimator. Single operations of a dictionary are atomic, so there is no
# lock, which a process that is forked could find locked.
_kept: dict[int, _Kept] = {}


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
    values = _values_of(estimator)
    made = values.get(name)
    if made is not None and _is_same(made[0], made_from):
        return made[1]
    value = make()
    values[name] = made_from, value
    return value


def replace_attributes(estimator: object, fitted: Mapping[str, Any]) -> None:
    """Replace the fitted attributes of an estimator, and drop its prepared values.

    The attributes change in one assignment: an interrupt leaves those of the previous
    fit, or has those of the new one. Attributes of features and of times are dropped if
    the new fit has none.
    """
    _kept.pop(id(estimator), None)
    others = {
        name: value for name, value in vars(estimator).items() if not _is_optional(name)
    }
    estimator.__dict__ = {**others, **fitted}


def _is_optional(name: str) -> bool:
    """Return whether only some fits have the attribute: by features or times."""
    if name == "feature_names_in_":
        return True
    is_fitted = name.startswith("_") or name.endswith("_")  # not a parameter
    parts = "_feature_", "_cold", "_regression_draws", "_rest_draws", "_time"
    return is_fitted and any(part in name for part in parts)


def _values_of(estimator: object) -> dict[str, tuple[tuple[object, ...], Any]]:
    key = id(estimator)
    kept = _kept.get(key)
    if kept is None or kept.estimator() is not estimator:
        kept = _Kept(ref(estimator, lambda _: _kept.pop(key, None)), {})
        _kept[key] = kept
    return kept.values


def _is_same(one: tuple[object, ...], other: tuple[object, ...]) -> bool:
    return len(one) == len(other) and all(
        a is b for a, b in zip(one, other, strict=True)
    )
