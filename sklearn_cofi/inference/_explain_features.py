"""A prediction as a sum: mean, bias, and a term for each feature of the item."""

from typing import NamedTuple

import numpy as np

from sklearn_cofi.inference._explain import Part, constant_parts
from sklearn_cofi.inference._fitted_factors import FittedFactors


class FeaturePart(NamedTuple):
    """What one feature of an item adds to a prediction."""

    feature: int
    value: float  # of the encoded feature, minus its mean
    contribution: float


def feature_parts(
    model: FittedFactors, user: int, item: int, with_biases: bool
) -> tuple[list[Part], list[FeaturePart], float]:
    """Return the parts of a prediction by the features of its item.

    ::

        predicted = mean + b_u + choice + sum_f F_if * (effect_f + U_u . C_f) + own
        own       = c_i - F_i @ effects + U_u . (V_i - F_i @ C)

    Parameters
    ----------
    model : FittedFactors
        Its items have features.
    user, item : int
        Row numbers; -1 is an unknown user.
    with_biases : bool

    Returns
    -------
    parts : list of Part
        The mean and, with biases, the bias of the user; the choice of a cold pair.
    features : list of FeaturePart
        All features, in their order.
    own : float
        The rest, which no feature explains: 0 for an item without ratings.
    """
    pair = np.array([user]), np.array([item])
    fitted = model.items.features
    parts = constant_parts(model, pair, with_biases)
    parts = [part for part in parts if part.kind != "item bias"]
    if fitted is None or user < 0 or item < 0:
        return parts, [], 0.0
    row = fitted.rows.take(np.array([item]))
    values = row.transposed_times(np.ones((1, 1)))[:, 0]
    u = model.users.factors[user].astype(np.float64)
    effects = values * (fitted.effects + fitted.coef @ u)
    features = [
        FeaturePart(feature, float(value), float(effect))
        for feature, (value, effect) in enumerate(zip(values, effects, strict=True))
    ]
    cold = model.items.cold
    if cold is not None and cold.is_cold[item]:
        return parts, features, 0.0  # not the rounding error of the sum
    known = sum(part.contribution for part in parts) + float(effects.sum())
    return parts, features, float(model.predict(*pair)[0]) - known
