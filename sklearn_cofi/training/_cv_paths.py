"""Paths over the folds of a cross-validation, their scores and the choice."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from sklearn_cofi._types import Solution
from sklearn_cofi.training._cv_folds import Fold, FoldScore
from sklearn_cofi.training._problem import CenteredProblem


@dataclass(frozen=True)
class PathScores:
    """Held-out scores along the paths of one weight of unrated pairs.

    The arrays of scores have the shape (n_num_features, n_reg_params, n_folds). They
    are NaN after the end of a path.
    """

    unrated_weight: float
    reg_params: np.ndarray  # (n_reg_params,), falling
    rmse: np.ndarray
    scores: np.ndarray  # higher is better
    n_unfinished: int  # points at which the solver stopped before `tol`


@dataclass(frozen=True)
class PenaltyChoice:
    """The choice of a cross-validation, and the scores that decided it."""

    reg_param: float
    num_features: int
    unrated_weight: float
    rmse: float
    score: float
    rmse_path: (
        np.ndarray
    )  # of the chosen weight, (n_num_features, n_reg_params, n_folds)
    reg_params: np.ndarray  # of the chosen weight, (n_reg_params,), falling
    unrated_weights: np.ndarray  # (n_weights,), rising
    reg_params_grid: np.ndarray  # (n_weights, n_reg_params)
    scores: np.ndarray  # (n_weights, n_num_features, n_reg_params, n_folds)


# Solves a problem along the penalties, except for the numbers of latent factors at the
# positions in the set, which grows.
Path = Callable[[CenteredProblem, set[int]], Iterator[dict[int, Solution]]]


def score_paths(
    folds: Sequence[tuple[Fold, CenteredProblem]],
    path: Path,
    unrated_weight: float,
    reg_params: np.ndarray,
    n_num_features: int,
    patience: int | None,
) -> PathScores:
    """Walk the paths of all folds together, until the mean scores have declined.

    Parameters
    ----------
    folds : sequence of (Fold, CenteredProblem)
    path : callable
    unrated_weight : float
        The weight of unrated pairs in the problems.
    reg_params : ndarray of shape (n_reg_params,)
    n_num_features : int
        Number of the numbers of latent factors.
    patience : int or None
        See `has_declined`. None walks to the last penalty.
    """
    shape = n_num_features, reg_params.size, len(folds)
    rmse, scores = np.full(shape, np.nan), np.full(shape, np.nan)
    finished: set[int] = set()
    n_unfinished = 0
    walks = [_walk(fold, problem, path, finished) for fold, problem in folds]
    for point in range(reg_params.size):
        if len(finished) == n_num_features:
            break
        for fold, walk in enumerate(walks):
            for number, (found, converged) in next(walk).items():
                rmse[number, point, fold] = found.rmse
                scores[number, point, fold] = found.score
                n_unfinished += not converged
        if patience is not None:
            means = scores[:, : point + 1].mean(axis=2)
            finished |= {
                number
                for number in set(range(n_num_features)) - finished
                if has_declined(means[number], patience)
            }
    return PathScores(unrated_weight, reg_params, rmse, scores, n_unfinished)


def _walk(
    fold: Fold, problem: CenteredProblem, path: Path, finished: set[int]
) -> Iterator[dict[int, tuple[FoldScore, bool]]]:
    """Yield scores along a path, each with whether the solver finished."""
    for found in path(problem, finished):
        yield {
            number: (fold.evaluate(problem, solution.factors), not solution.gave_up)
            for number, solution in found.items()
        }


def has_declined(scores: np.ndarray, patience: int) -> bool:
    """Return whether the last ``patience`` scores are all below the highest before."""
    earlier, last = scores[:-patience], scores[-patience:]
    return bool(earlier.size and (last < earlier.max()).all())


def choose(paths: Sequence[PathScores], num_features_grid: list[int]) -> PenaltyChoice:
    """Return the point with the highest mean score.

    Of equal scores, the first: the lowest weight, the fewest latent factors, the
    largest penalty.
    """
    scores = _stacked([path.scores.transpose(1, 0, 2) for path in paths])
    scores = scores.transpose(0, 2, 1, 3)
    means = scores.mean(axis=3)
    means[np.isnan(means)] = -np.inf
    best = tuple(map(int, np.unravel_index(np.argmax(means), means.shape)))
    path = paths[best[0]]
    return PenaltyChoice(
        reg_param=float(path.reg_params[best[2]]),
        num_features=num_features_grid[best[1]],
        unrated_weight=path.unrated_weight,
        rmse=float(path.rmse[best[1:]].mean()),
        score=float(means[best]),
        rmse_path=path.rmse,
        reg_params=path.reg_params,
        unrated_weights=np.array([path.unrated_weight for path in paths]),
        reg_params_grid=_stacked([path.reg_params for path in paths]),
        scores=scores,
    )


def _stacked(arrays: list[np.ndarray]) -> np.ndarray:
    """Stack arrays whose first axis may differ in length, with NaN at the end.

    Penalties such as 1 and "auto" may be equal with one weight and not with another.
    """
    longest = max(map(len, arrays))
    stacked = np.full((len(arrays), longest, *arrays[0].shape[1:]), np.nan)
    for row, array in zip(stacked, arrays, strict=True):
        row[: len(array)] = array
    return stacked
