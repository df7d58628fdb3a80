"""Where a solver starts from."""

import numpy as np

from sklearn_cofi._types import Factors, Objective
from sklearn_cofi.data._ids import IdMap, id_kind

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


def carry_over(start: Factors, known: dict, previous: dict, biases=None) -> None:
    """Overwrite the rows of ``start`` whose ids have been learned already.

    New ids keep their drawn rows, and new features their drawn columns. Factors that
    are all zero are not carried over: zero is a saddle, which no gradient leaves.

    Parameters
    ----------
    start : Factors
        Written to.
    known, previous : dict
        Attributes ``user_ids_`` and ``item_ids_`` of this fit; these and the factors
        and biases of the previous one.
    biases : pair of arrays of shape (n_users,) and (n_items,), default=None
        Biases to start from, written to likewise.

    Raises
    ------
    TypeError
        If the ids are of another kind than those of the previous fit.
    """
    learned = previous["item_factors_"].any()
    for number, side in enumerate(("user", "item")):
        ids, old_ids = known[f"{side}_ids_"], previous[f"{side}_ids_"]
        if id_kind(ids) != id_kind(old_ids):
            raise TypeError(
                f"The {side} ids are of kind {id_kind(ids)}, but the previous fit saw "
                f"kind {id_kind(old_ids)}, so there is nothing to start from. Convert "
                "them, or set warm_start=False to forget the previous fit."
            )
        place = IdMap(ids).encode(old_ids, side)
        kept, factors = place >= 0, previous[f"{side}_factors_"]
        k = min(start[number].shape[1], factors.shape[1])
        if learned:
            start[number][place[kept], :k] = factors[kept, :k]
        if biases is not None:
            biases[number][place[kept]] = previous[f"{side}_bias_"][kept]
