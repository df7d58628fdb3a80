"""Advice for a search whose best value is at the edge of its grid."""

from collections.abc import Collection
from numbers import Real
from typing import Any

import numpy as np

from sklearn_cofi._typing import Estimator, Floats, Ints

# Fewest values of a grid with an edge: of two values, each is an edge.
_MIN_VALUES = 3
# First parts of the names of counts, whose smallest value is 1.
_COUNTS = ("n_", "num_", "max_")


def edge_advice(name: str, values: Collection[Any], best: int, scores: Floats) -> str:
    """Return what to try if the best value of a parameter is the largest or smallest.

    Parameters
    ----------
    name : str
        Name of the parameter, which may begin with the steps of a pipeline.
    values : collection of shape (n_values,)
        Values of the parameter, without repeats.
    best : int
        Position of the best value.
    scores : float array of shape (n_values,)
        Score or error of each value.

    Returns
    -------
    str
        "larger NAME", "smaller NAME", or "" if the best value is inside of the grid,
        the values are not numbers or fewer than three, another value has the same
        score, or the best value is the smallest possible one: 0, or 1 for a count.
    """
    listed = list(values)
    numeric = all(isinstance(x, Real) and not isinstance(x, bool) for x in listed)
    tied = np.count_nonzero(np.asarray(scores) == scores[best]) > 1
    if len(listed) < _MIN_VALUES or not numeric or tied:
        return ""
    name = name.rpartition("__")[2]
    if best == int(np.argmax(listed)):
        return f"larger {name}"
    smallest = 1 if name.startswith(_COUNTS) else 0
    if best == int(np.argmin(listed)) and listed[best] != smallest:
        return f"smaller {name}"
    return ""


def edge_hint(*advice: str) -> str:
    """Return the text of a figure for the advice of each parameter, or ""."""
    tried = ", ".join(filter(None, advice))
    return tried and f"best at the edge of the grid:\ntry {tried}"


def edge_of_choice(
    model: Estimator, num_features_grid: Ints, chosen: tuple[int, int], scores: Floats
) -> str:
    """Return the text for a `CollaborativeFilterCV`, whose choice may be at an edge.

    Parameters
    ----------
    model : CollaborativeFilterCV
        A fitted filter.
    num_features_grid : int array of shape (n_num_features,)
        Numbers of latent factors to choose from.
    chosen : (int, int)
        Positions of the chosen number of latent factors and of the chosen penalty.
    scores : float array of shape (n_num_features, n_reg_params)
        Mean score or error of each choice.
    """
    line, column = chosen
    penalty = edge_advice("reg_param", model.reg_params_, column, scores[line])
    if model.reg_params is None and not model.unrated_weight_ and column == 0:
        # All factors are zero at the largest penalty of this grid, and at larger ones.
        penalty = ""
    at_penalty = scores[:, column]
    number = edge_advice("num_features", num_features_grid, line, at_penalty)
    return edge_hint(number, penalty)
