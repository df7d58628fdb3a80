"""The rows of the folds of an estimator with a parameter `cv`."""

from numbers import Integral
from typing import Any

from numpy.typing import ArrayLike
from sklearn.model_selection import check_cv
from sklearn.utils.metadata_routing import process_routing

from sklearn_cofi._compat import _routing_enabled
from sklearn_cofi._typing import Estimator, Ints
from sklearn_cofi.base._ratings_input import RatingsInput
from sklearn_cofi.data._encoded import EncodedRatings
from sklearn_cofi.training._cv_folds import folds_of_pairs, folds_of_rows


def rows_of_folds(
    estimator: Estimator,
    read: RatingsInput,
    encoded: EncodedRatings,
    sample_weight: ArrayLike | None,
    params: dict[str, Any],
) -> list[tuple[Ints, Ints]]:
    """Return the training and test rows of each fold, as rows of ``encoded``.

    Parameters
    ----------
    estimator : estimator
        It has the parameters ``cv`` and ``random_state``.
    read : RatingsInput
        Training data as they were read.
    encoded : EncodedRatings
        The same ratings.
    sample_weight : array-like or None
        As it was passed to `fit`.
    params : dict
        Parameters of the splitter.
    """
    if estimator.cv is None or isinstance(estimator.cv, Integral):
        n_folds = None if estimator.cv is None else int(estimator.cv)
        return list(folds_of_pairs(encoded, n_folds, estimator.random_state))
    # Before the routing, which reads `cv`, too: an iterator can be read only once.
    splitter, routed = check_cv(estimator.cv), {}
    if _routing_enabled():
        routed = process_routing(
            estimator, "fit", sample_weight=sample_weight, **params
        ).splitter.split
    given = read.callback_arguments
    splits = splitter.split(given["X"], given["y"], **routed)
    folds = list(folds_of_rows(splits, read.positions))
    if not folds:
        raise ValueError("cv holds no splits. Pass at least one (train, test).")
    return folds
