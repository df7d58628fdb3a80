"""Folds of cross-validation, and scores of solutions on the ratings held out."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from sklearn_cofi._types import Factors
from sklearn_cofi._typing import Ints, RandomState, Range
from sklearn_cofi.data._encoded import EncodedRatings
from sklearn_cofi.metrics._scoring import RankingScorer
from sklearn_cofi.model_selection._folds_of_pairs import split_pairs
from sklearn_cofi.model_selection._pairs import number_pairs
from sklearn_cofi.training._held_out_lists import HeldOutLists
from sklearn_cofi.training._problem import CenteredProblem
from sklearn_cofi.training._side_tables import NO_TABLES, SideTables
from sklearn_cofi.training._validation import ValidationSet

# The number of folds for cv=None, as elsewhere in scikit-learn.
_FOLDS = 5


class FoldScore(NamedTuple):
    """How well factors predict the test ratings of a fold."""

    rmse: float
    score: float  # higher is better


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


class Fold:
    """The training ratings of a fold, and scores of solutions on its test ratings.

    Users and items without a training row are unknown, unless they have features.

    Parameters
    ----------
    encoded : EncodedRatings
        All ratings.
    train, test : int arrays
        Rows of ``encoded``.
    rating_range : (low, high) or None
    scorer : RankingScorer or None
        The metric of lists. None takes the negative error as the score.
    tables : SideTables, default=NO_TABLES
        Features, which predict for users and items without a training row.
    """

    def __init__(
        self,
        encoded: EncodedRatings,
        train: Ints,
        test: Ints,
        rating_range: Range,
        scorer: RankingScorer | None = None,
        tables: SideTables = NO_TABLES,
    ) -> None:
        rows, held_out = encoded.rows(train).compact(), encoded.rows(test)
        self.ratings, self.ids = rows.matrix(), rows.ids
        self._errors = ValidationSet(held_out, rows.ids, rating_range, tables)
        self._lists = None
        if scorer is not None:
            own = self.ratings, scorer, tables
            self._lists = HeldOutLists(held_out, rows.ids, *own)

    def evaluate(self, problem: CenteredProblem, factors: Factors) -> FoldScore:
        """Return the error and the score of factors on the test ratings."""
        rmse = self._errors.rmse(problem, factors)
        if self._lists is None:
            return FoldScore(rmse, -rmse)
        return FoldScore(rmse, self._lists.score(problem, factors))
