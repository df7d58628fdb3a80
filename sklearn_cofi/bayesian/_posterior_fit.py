"""The result of a fit of the Bayesian model, in units of the rating, as a value."""

from dataclasses import dataclass

import numpy as np

from sklearn_cofi._types import Factors
from sklearn_cofi.base._ratings_input import InputFeatures
from sklearn_cofi.bayesian._draws import PosteriorDraws
from sklearn_cofi.bayesian._posterior import Posterior
from sklearn_cofi.data._centering import Means
from sklearn_cofi.data._encoded import EncodedRatings
from sklearn_cofi.data._matrix import CSRRows
from sklearn_cofi.inference._fitted_factors import FittedFactors


@dataclass(frozen=True)
class PosteriorFit:
    """The fitted values of the Bayesian model."""

    encoded: EncodedRatings
    rated: CSRRows  # ratings by user, not centred
    features: InputFeatures
    means: Means
    rating_scale: float
    factors: Factors  # their product is the mean over the draws
    biases: tuple[np.ndarray, np.ndarray]  # means over the draws
    by_unknown_user: np.ndarray  # (n_items,): predictions for an unknown user
    of_unknown_item: np.ndarray  # (n_users,): predictions for an unknown item
    of_unknown_pair: float
    noise: float
    row_noise: tuple[np.ndarray, np.ndarray]  # multiples of noise, by user and item
    draws: PosteriorDraws
    noise_path: np.ndarray


def posterior_fit(
    encoded: EncodedRatings,
    rated: CSRRows,
    features: InputFeatures,
    means: Means,
    rating_scale: float,
    posterior: Posterior,
) -> PosteriorFit:
    """Return a posterior of scaled ratings in units of the rating.

    Parameters
    ----------
    encoded : EncodedRatings
    rated : CSRRows
        Ratings by user, not centred.
    features : InputFeatures
    means : Means
    rating_scale : float
        The number by which the centred ratings were divided.
    posterior : Posterior
        A posterior of at least one draw: see `Posterior.snapshot`.
    """
    scale, mean = rating_scale, means.overall
    (U, V), (b, c) = posterior.mean()
    variance, ratios = posterior.variance()
    b, c = scale * b, scale * c
    by_unknown_user = mean + b[-1] + c + scale * V @ U[-1]
    of_unknown_item = mean + b + c[-1] + scale * U @ V[-1]
    root = np.sqrt(scale)
    return PosteriorFit(
        encoded=encoded,
        rated=rated,
        features=features,
        means=means,
        rating_scale=scale,
        factors=Factors(root * U[:-1], root * V[:-1]),
        biases=(b[:-1], c[:-1]),
        by_unknown_user=by_unknown_user[:-1],
        of_unknown_item=of_unknown_item[:-1],
        of_unknown_pair=float(by_unknown_user[-1]),
        noise=float(scale * np.sqrt(variance)),
        row_noise=(np.sqrt(ratios[0]), np.sqrt(ratios[1])),
        draws=posterior.kept(),
        noise_path=scale * np.array(posterior.noise_path),
    )


@dataclass(frozen=True)
class PosteriorFactors(FittedFactors):
    """The mean over the draws. Unknown users and items have the mean of the prior."""

    of_unknown_pair: float

    def baseline(self, users: np.ndarray, items: np.ndarray) -> np.ndarray:
        """Return the predictions of encoded pairs, without the product of factors."""
        baseline = super().baseline(users, items)
        item_unknown = (users >= 0) & (items < 0)
        baseline[item_unknown] = self.users.means[users[item_unknown]]
        baseline[(users < 0) & (items < 0)] = self.of_unknown_pair
        return baseline
