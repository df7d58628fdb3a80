"""Folds of cross-validation, and the held-out errors of a path in each."""

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from sklearn_cofi._types import Solution
from sklearn_cofi._typing import Ints, RandomState, Range
from sklearn_cofi.data._encoded import EncodedRatings
from sklearn_cofi.data._matrix import RatingMatrix
from sklearn_cofi.model_selection._folds_of_pairs import split_pairs
from sklearn_cofi.model_selection._pairs import number_pairs
from sklearn_cofi.training._problem import CenteredProblem
from sklearn_cofi.training._validation import ValidationSet

# The number of folds for cv=None, as elsewhere in scikit-learn.
_FOLDS = 5


def folds_of_pairs(
    encoded: EncodedRatings, n_folds: int | None, random_state: RandomState
) -> Iterator[tuple[Ints, Ints]]:
    """Yield the training and test rows of the folds of `PairKFold`.

    Parameters
    ----------
    encoded : EncodedRatings
    n_folds : int or None
        None is five folds, or one for each pair where there are fewer pairs.
    random_state : int, RandomState instance or None
    """
    pairs = number_pairs(encoded.users, encoded.items, encoded.item_ids.size)
    if n_folds is None:
        n_folds = max(2, min(_FOLDS, pairs.n_pairs))
    return split_pairs(pairs, n_folds, random_state)


def folds_of_rows(
    splits: Iterable[tuple[np.ndarray, np.ndarray]], positions: Ints | None
) -> Iterator[tuple[Ints, Ints]]:
    """Yield the training and test rows of a splitter's indices or masks.

    Parameters
    ----------
    splits : iterable of (train, test)
    positions : int array of shape (n_rows,) or None
        For each row of X its position among the ratings, or -1 for a row of weight
        zero. None where all rows are ratings.
    """
    for fold, (train, test) in enumerate(splits):
        yield (
            _rated_rows(train, positions, f"Fold {fold} of cv", "train"),
            _rated_rows(test, positions, f"Fold {fold} of cv", "test"),
        )


def _rated_rows(part: np.ndarray, positions: Ints | None, fold: str, name: str) -> Ints:
    """Return the positions of the rows of one part that are ratings."""
    rows = np.asarray(part)
    rows = np.flatnonzero(rows) if rows.dtype == bool else rows
    if positions is not None:
        rows = positions[rows]
        rows = rows[rows >= 0]
    if not rows.size:
        raise ValueError(
            f"{fold} has no rating in its {name} set: it is empty, or all its weights "
            "are zero. Use fewer folds, or other splits."
        )
    return rows


def held_out_errors(
    encoded: EncodedRatings,
    train: Ints,
    test: Ints,
    make_problem: Callable[[RatingMatrix], CenteredProblem],
    rating_range: Range,
    path: Callable[[CenteredProblem], Iterator[dict[int, Solution]]],
) -> Iterator[dict[int, tuple[float, bool]]]:
    """Yield held-out errors along a path, each with whether the solver finished.

    The problem of a fold is made of its training rows only, so users and items without
    a training row are unknown.
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
    """Return whether the last ``patience`` errors all exceed the lowest one before."""
    earlier, last = errors[:-patience], errors[-patience:]
    return bool(earlier.size and (last > earlier.min()).all())
