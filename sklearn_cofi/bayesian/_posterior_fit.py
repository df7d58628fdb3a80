"""The result of a fit of the Bayesian model, in units of the rating, as a value."""

from dataclasses import dataclass

import numpy as np

from sklearn_cofi._types import Factors
from sklearn_cofi.base._ratings_input import InputFeatures
from sklearn_cofi.bayesian._draws import PosteriorDraws
from sklearn_cofi.bayesian._noise_distribution import noise_distribution
from sklearn_cofi.bayesian._posterior import Posterior
from sklearn_cofi.data._centering import FALLBACK_DAMPING, Means, centre, row_means
from sklearn_cofi.data._encoded import EncodedRatings
from sklearn_cofi.data._matrix import CSRRows, RatingMatrix
from sklearn_cofi.inference._predict import predict_pairs


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
    noise: float
    row_noise: tuple[np.ndarray, np.ndarray]  # multiples of noise, by user and item
    draws: PosteriorDraws
    noise_distribution: np.ndarray  # of errors in standard deviations
    noise_path: np.ndarray


def posterior_fit(
    encoded: EncodedRatings,
    ratings: RatingMatrix,
    features: InputFeatures,
    means: Means,
    rating_scale: float,
    posterior: Posterior,
) -> PosteriorFit:
    """Return a posterior of scaled ratings in units of the rating.

    Parameters
    ----------
    encoded : EncodedRatings
    ratings : RatingMatrix
        Not centred.
    features : InputFeatures
    means : Means
    rating_scale : float
        The number by which the centred ratings were divided.
    posterior : Posterior
        A posterior of at least one draw: see `Posterior.snapshot`.
    """
    scale, root = rating_scale, np.sqrt(rating_scale)
    (U, V), (b, c) = posterior.mean()
    factors, biases = Factors(root * U, root * V), (scale * b, scale * c)
    of_unknown_item, by_unknown_user = population_predictions(
        ratings.with_mean_weight_one(), means.overall, factors, biases
    )
    variance, ratios = posterior.variance()
    # The noise was drawn for weights with a mean of one.
    unit = ratings.by_user.mean_weight
    noise_scale = scale * np.sqrt(unit)
    draws = posterior.kept()
    scaled = centre(ratings, means, "global").over(scale).with_mean_weight_one()
    return PosteriorFit(
        encoded=encoded,
        rated=ratings.by_user,
        features=features,
        means=means,
        rating_scale=scale,
        factors=factors,
        biases=biases,
        by_unknown_user=by_unknown_user,
        of_unknown_item=of_unknown_item,
        noise=float(noise_scale * np.sqrt(variance)),
        row_noise=(np.sqrt(ratios[0]), np.sqrt(ratios[1])),
        draws=draws._replace(
            user_variances=unit * draws.user_variances, noise=unit * draws.noise
        ),
        noise_distribution=noise_distribution(draws, scaled.by_user),
        noise_path=noise_scale * np.array(posterior.noise_path),
    )


def population_predictions(
    ratings: RatingMatrix,
    overall: float,
    factors: Factors,
    biases: tuple[np.ndarray, np.ndarray],
) -> tuple[np.ndarray, np.ndarray]:
    """Return the predictions of each user and each item with an unknown other side.

    ::

        p_ui = overall + b_u + c_i + U_u . V_i
        P_i  = sum over all ratings (v, j) of w_vj * p_vi / sum of w_vj
        prediction of item i by an unknown user
             = (sum over raters u of i of w_ui * p_ui + d * P_i)
               / (sum over raters u of i of w_ui + d)

    and the same for an unknown item by user u. An unknown user who rates i is thus like
    the users who rated i, and like d users from the population of ratings, in which a
    user has a frequency of n ratings. The prior mean of a user without ratings would
    predict for the users who rate least.

    Parameters
    ----------
    ratings : RatingMatrix
        Its ratings are not used, only which pairs are rated and their weights.
    overall : float
        Mean of all ratings.
    factors : Factors
    biases : (ndarray of shape (n_users,), ndarray of shape (n_items,))

    Returns
    -------
    of_users, of_items : ndarrays of shape (n_users,) and (n_items,)
    """
    sides, results = (ratings.by_user, ratings.by_item), []
    for side, rows in enumerate(sides):
        own, other = factors[side], factors[1 - side]
        shares = sides[1 - side].weight_sums / sides[1 - side].weight_sums.sum()
        constant = overall + biases[side]
        typical = constant + shares @ biases[1 - side] + own @ (shares @ other)
        pairs = rows.row_of_entry, rows.indices
        baseline = constant[pairs[0]] + biases[1 - side][pairs[1]]
        predicted = predict_pairs(Factors(own, other), baseline, *pairs)
        rows = rows._replace(ratings=predicted)
        results.append(row_means(rows, typical, FALLBACK_DAMPING))
    of_users, of_items = results
    return of_users, of_items
