"""Held-out errors along paths: each fold's ratings, ready to be learned from."""

from collections.abc import Callable, Iterator

import numpy as np
from sklearn.model_selection import KFold

from sklearn_cofi._types import Solution
from sklearn_cofi._typing import Range
from sklearn_cofi.data._encoded import EncodedRatings, pair_numbers
from sklearn_cofi.data._matrix import RatingMatrix
from sklearn_cofi.training._problem import CenteredProblem
from sklearn_cofi.training._validation import ValidationSet

Rows = np.ndarray


# What cv=None stands for, as elsewhere in scikit-learn.
_FOLDS = 5


def folds_of_pairs(
    coded: EncodedRatings, n_folds: int | None, random_state
) -> Iterator[tuple[Rows, Rows]]:
    """Deal the rated pairs into folds at random; yield rows to learn and to test.

    The pairs are dealt in the order of their ids: the order of the rows does not
    matter. Repeats of a pair stay together. None makes five folds, or as many as there
    are pairs.
    """
    pairs = pair_numbers(coded)
    if n_folds is None:
        n_folds = max(2, min(_FOLDS, pairs.max() + 1))
    splitter = KFold(n_folds, shuffle=True, random_state=random_state)
    tested = np.empty(pairs.max() + 1, bool)
    for _, test in splitter.split(tested):
        tested[:] = False
        tested[test] = True
        yield np.flatnonzero(~tested[pairs]), np.flatnonzero(tested[pairs])


def folds_of_rows(splits, place: Rows | None) -> Iterator[tuple[Rows, Rows]]:
    """Yield the rows that a splitter's indices or masks stand for.

    Parameters
    ----------
    splits : iterable of (train, test)
    place : int array of shape (n_rows,) or None
        For each row as given, its number among those that count, or -1. None where
        all count.
    """
    for fold, split in enumerate(splits):
        rows = []
        for name, part in zip(("train", "test"), split, strict=True):
            part = np.asarray(part)
            part = np.flatnonzero(part) if part.dtype == bool else part
            if place is not None:
                part = place[part]
                part = part[part >= 0]
            if not part.size:
                raise ValueError(
                    f"Fold {fold} of cv has no rating in its {name} set: it is empty, "
                    "or all its weights are zero. Use fewer folds, or other splits."
                )
            rows.append(part)
        yield tuple(rows)


def held_out_errors(
    encoded: EncodedRatings,
    train: Rows,
    test: Rows,
    make_problem: Callable[[RatingMatrix], CenteredProblem],
    rating_range: Range,
    path: Callable[[CenteredProblem], Iterator[dict[int, Solution]]],
) -> Iterator[dict[int, tuple[float, bool]]]:
    """Yield held-out errors along a path, and whether the solver has finished.

    The problem of a fold is that of its training rows alone: users and items without
    a training row are unknown to it.
    """
    rows = encoded.rows(train).compact()
    problem = make_problem(rows.matrix())
    validation = ValidationSet(encoded.rows(test), rows.ids, rating_range)
    for found in path(problem):
        yield {
            number: (
                validation.rmse(problem, solution.factors),
                not solution.gave_up,
            )
            for number, solution in found.items()
        }


def errors_increased(errors: np.ndarray, patience: int) -> bool:
    """Tell whether the last ``patience`` errors all lie above the lowest before."""
    earlier, last = errors[:-patience], errors[-patience:]
    return bool(earlier.size and (last > earlier.min()).all())
