"""Factors that a solver starts from."""

import numpy as np

from sklearn_cofi._types import Factors, Objective

# Standard deviation of the first predictions, as a fraction of that of the ratings. It
# is so small that no minimum is preferred, and large enough to leave zero at once.
_SPREAD = 0.1


def random_start(
    objective: Objective,
    shape: tuple[int, int],
    num_features: int,
    rng: np.random.RandomState,
) -> Factors:
    """Draw normal factors, with a scale that depends on the ratings.

    The scale makes the whole fit equivariant: if ratings and penalty are multiplied by
    c, the start and the solution are multiplied by sqrt(c).

    Parameters
    ----------
    objective : Objective
    shape : (n_users, n_items)
    num_features : int
    rng : numpy.random.RandomState
    """
    scale = np.sqrt(_SPREAD * objective.rating_scale / np.sqrt(num_features))
    return Factors(
        *(
            (scale * rng.standard_normal((n_rows, num_features))).astype(
                objective.dtype
            )
            for n_rows in shape
        )
    )


def zero_start(
    objective: Objective, shape: tuple[int, int], num_features: int
) -> Factors:
    """Return factors of zero, which are the optimum if the penalty is large enough."""
    return Factors(*(np.zeros((n, num_features), objective.dtype) for n in shape))
