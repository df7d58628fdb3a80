"""Fitted attributes of the Bayesian model."""

import numpy as np

from sklearn_cofi.bayesian._posterior import Posterior

# Where a fitted Bayesian model holds the fields of `PosteriorDraws`.
DRAW_ATTRIBUTES = (
    "user_draws_",
    "item_draws_",
    "_user_variance_draws",
    "_item_ratio_draws",
    "_noise_draws",
    "_degrees_draws",
    "_user_precision_draws",
    "_item_precision_draws",
    "_link_draws",
)


def posterior_attributes(known: dict, posterior: Posterior) -> dict:
    """Return all fitted attributes of a Bayesian model, in units of the rating.

    Parameters
    ----------
    known : dict
        Those that do not depend on the draws, `mean_attributes` among them.
    posterior : Posterior
        With at least one draw: see `Posterior.snapshot`.
    """
    scale, mean = known["rating_scale_"], known["global_mean_"]
    (U, V), (b, c) = posterior.mean()
    variance, (user_ratios, item_ratios) = posterior.variance()
    b, c = scale * b, scale * c
    root = np.sqrt(scale)
    by_unknown_user = mean + b[-1] + c + scale * V @ U[-1]
    of_unknown_item = mean + b + c[-1] + scale * U @ V[-1]
    return known | {
        "user_factors_": root * U[:-1],
        "item_factors_": root * V[:-1],
        "user_bias_": b[:-1],
        "item_bias_": c[:-1],
        "noise_": float(scale * np.sqrt(variance)),
        "user_noise_": np.sqrt(user_ratios),
        "item_noise_": np.sqrt(item_ratios),
        "unknown_user_predictions_": by_unknown_user[:-1],
        "unknown_item_predictions_": of_unknown_item[:-1],
        "unknown_pair_prediction_": float(by_unknown_user[-1]),
        **dict(zip(DRAW_ATTRIBUTES, posterior.kept(), strict=True)),
        "noise_path_": scale * np.array(posterior.noise_path),
        "n_iter_": len(posterior.noise_path),
    }
