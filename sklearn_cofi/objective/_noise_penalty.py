"""The penalty that the noise of the ratings implies, without tuning."""

from dataclasses import replace

import numpy as np

from sklearn_cofi.data._matrix import RatingMatrix
from sklearn_cofi.objective._bias import biases_alone
from sklearn_cofi.objective._penalty import Penalty
from sklearn_cofi.objective._squared import MaskedSquaredLoss

# Noise ends at 2 standard deviations of the noise. The standard deviation of residuals
# is larger, because they contain the signal. This multiple of it has low held-out
# errors on all data sets that were tried: see docs/howto/penalties.md.
_NOISE_EDGE = 1.5
# The same where unrated pairs count. From 0.6 to 0.9, NDCG@10 is within 2% of the best
# on five data sets: see docs/howto/unrated-pairs.md.
_EDGE_WITH_UNRATED = 0.8
# The reg_param with which biases are fitted whose penalty is that of the factors, which
# is not known yet.
_REG_BIAS = 1.0


def noise_penalty(ratings: RatingMatrix, penalty: Penalty) -> float:
    """Return the ``reg_param`` that removes noise from the factors.

    ::

        noise_penalty = 1.5 * s * m**(1/2 - reg_scaling)
        s**2 = mean over rated (u, i) of W_ui * E_ui**2
        log(m) = mean over rated (u, i) of log(n_u * n_i) / 2

    E are the residuals of the model without latent factors: the centred ratings minus
    biases. ``n_u`` and ``n_i`` are the numbers of ratings of the user and the item,
    counted by their weights.

    The derivation: the fit subtracts ``reg_param`` from the singular values of the
    errors ``W_ui * E_ui / (S_u * S_i)**(1/2)``, with S the scales of the penalty (see
    `reg_param_max`). Let the errors be independent with variance ``s**2 / W_ui`` and
    let ``reg_scaling`` be 0.5. The expected squares in the row of user u then sum to
    ``s**2 * (n_u / n)**(1/2)``, where n is the number of ratings of each item. If users
    and items have equally many ratings, every row and column sums to ``s**2`` for
    any number of ratings, and the largest singular value of the noise is near
    ``2 * s``. Smaller singular values cannot be told from noise, and estimators whose
    penalty is of the order of the norm of the noise have the optimal rate (Negahban and
    Wainwright, theorem 2). With another exponent, rows of m ratings have the penalty
    that they have with 0.5.

    If unrated pairs count, the factor is 0.8 instead of 1.5: unrated pairs shrink the
    factors, too. s stays the root mean square of the rated residuals.

    The result has the unit of the ratings: the penalty of ratings times c is c times
    the penalty. If all weights are multiplied by c, the penalty of each row is
    multiplied by c, like the cost of its errors.

    Parameters
    ----------
    ratings : RatingMatrix
        Centred ratings, in the units of the penalty. The result is not in units.
    penalty : Penalty
        Its ``reg_param`` is not used. If its ``reg_bias`` is None, biases are fitted
        with a ``reg_param`` of 1.

    References
    ----------
    Negahban and Wainwright, "Restricted Strong Convexity and Weighted Matrix
    Completion", JMLR 13 (2012), arXiv:1009.2118; Gavish and Donoho, "The Optimal Hard
    Threshold for Singular Values is 4/sqrt(3)", IEEE Trans. Inf. Theory 60 (2014),
    doi:10.1109/TIT.2014.2323359; Srebro and Salakhutdinov, "Collaborative Filtering in
    a Non-Uniform World", NIPS 2010, arXiv:1002.2780.
    """
    objective = MaskedSquaredLoss(ratings, penalty.with_reg_param(_REG_BIAS))
    base = biases_alone(objective) if penalty.fit_bias else None
    edge = _NOISE_EDGE
    if objective.unrated:
        edge, ratings = _EDGE_WITH_UNRATED, replace(ratings, unrated=None)
        objective = MaskedSquaredLoss(ratings, penalty.with_reg_param(_REG_BIAS))
    errors = objective.weighted_errors(0, base).astype(np.float64)
    variance = np.mean(errors**2 / ratings.by_user.weight_of_entry)
    found = float(edge * np.sqrt(variance) * _scale(ratings, penalty))
    return found * penalty.reg_unit


def _scale(ratings: RatingMatrix, penalty: Penalty) -> float:
    """Return ``m**(1/2 - reg_scaling)``."""
    exponent = 0.5 - penalty.exponent
    if exponent == 0:
        return 1.0
    log_count = 0.0
    sides = ratings.by_user, ratings.by_item
    for rows, counts in zip(sides, penalty.counts(ratings), strict=True):
        lengths = np.diff(rows.indptr)
        rated = lengths > 0
        log_count += np.average(np.log(counts[rated]), weights=lengths[rated])
    return float(np.exp(exponent * log_count / 2))
