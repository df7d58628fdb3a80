"""Where a solver starts from."""

import numpy as np

from sklearn_cofi._types import Factors, Objective

# Predictions at the start spread a tenth as wide as the ratings: near enough to the
# saddle at zero to have no opinion, far enough to leave it at once.
_SPREAD = 0.1


def random_start(objective: Objective, shape, num_features: int, rng) -> Factors:
    """Draw normal factors at a scale set by the ratings.

    The scale makes the whole fit equivariant: with ratings and penalty multiplied by
    c, the start and the solution are multiplied by sqrt(c).

    Parameters
    ----------
    shape : (n_users, n_items)
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


def zero_start(objective: Objective, shape, num_features: int) -> Factors:
    """Return factors of zero: the optimum where the penalty is large enough."""
    return Factors(*(np.zeros((n, num_features), objective.dtype) for n in shape))
