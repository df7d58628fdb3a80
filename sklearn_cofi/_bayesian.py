"""The Bayesian estimator: every parameter drawn from its posterior, none tuned."""

from numbers import Integral

import numpy as np
from scipy.special import ndtri
from sklearn.utils import check_random_state, check_scalar

from sklearn_cofi._base import COLUMN, DTYPE, N_JOBS, RatingsEstimator
from sklearn_cofi._callbacks import IterationHooks
from sklearn_cofi._compat import Interval, StrOptions, _fit_context
from sklearn_cofi._outcome import warn_of_conflicts
from sklearn_cofi._recommender import LearnedUsers, RecommenderMixin
from sklearn_cofi._types import Factors
from sklearn_cofi.data._centering import Means, centre, rating_means
from sklearn_cofi.data._ids import distinct_ids
from sklearn_cofi.data._matrix import RatingMatrix, rating_matrix
from sklearn_cofi.inference._predict import predict_pairs
from sklearn_cofi.inference._predictive import (
    PosteriorDraws,
    fold_in_draws,
    predictive_variance,
)
from sklearn_cofi.objective._likelihood import NormalLikelihood
from sklearn_cofi.objective._threads import kernel_threads, single_blas_thread
from sklearn_cofi.sampling._gibbs import GibbsSampler
from sklearn_cofi.sampling._posterior import PosteriorMean, kept, with_unknown


class BayesianCollaborativeFilter(RecommenderMixin, RatingsEstimator):
    """Collaborative filter for explicit ratings, by Bayesian matrix factorisation.

    Ratings are normal around a product of features and two biases, and everything has
    a prior that is learned with it::

        R_ui      ~ Normal(mean + b_u + c_i + U_u . V_i, precision alpha * tau_u)
        [U_u, b_u] ~ Normal(mu + F_u @ beta, precision Lambda)
        tau_u     ~ Gamma(nu / 2, rate nu / 2)

    and the same for items as for users. ``F`` is the mask with rows of length one:
    which items a user chose to rate, whatever the ratings, is evidence of the user's
    features, and who rated an item is evidence of the item's (``implicit_features``).
    ``tau_u`` says how predictable a user is (``user_noise``). Predictions are means
    over draws by Gibbs sampling. There is nothing to tune: more features, and more
    sweeps, cost time and do no harm.

    Time and memory grow with the number of ratings, never with users x items. The
    same data and ``random_state`` give the same bits, whatever the order of the rows
    and the number of threads.

    Parameters
    ----------
    num_features : int, default=20
        Length k of a row of features.
    n_sweeps : int, default=200
        Sweeps over all parameters; each draw after the first ``burn_in`` enters the
        predictions.
    burn_in : int, default=20
        Sweeps at the beginning that are forgotten. Less than ``n_sweeps``.
    n_kept_draws : int, default=20
        The mean prediction is a running moment of all draws, in factors of few
        columns. So many draws, evenly spread, are kept as they are beside it: for
        standard deviations, intervals and new users. Memory grows with them.
    implicit_features : bool, default=True
        Learn from which items a user rated, and not only from how.
    user_noise : bool, default=True
        Let each user's ratings have a variance of their own.
    user_col, item_col, rating_col : str, int or None, default=None
        Names (or positions) of the columns of X, as in `CollaborativeFilter`.
    unknown : {"prior", "error"}, default="prior"
        What to do with users and items that fit has not seen: predict what the prior
        says of one that nothing is known of, or raise an error.
    rating_range : (low, high) or None, default=None
        Clip predictions and intervals to this range. Ratings outside it are refused by
        `fit`.
    dtype : {"float32", "float64"} or None, default=None
        Precision of the draws. None is float32, whose rounding is far below the
        spread of any posterior; means are summed and kept in float64.
    n_jobs : int or None, default=None
        Number of threads, as in `CollaborativeFilter`.
    random_state : int, RandomState instance or None, default=None
        Seed of the draws.
    verbose : int, default=0
        With 1 or more, print the error on the training ratings after each sweep.

    Attributes
    ----------
    user_factors_, item_factors_ : ndarray of shape (n_users or n_items, rank)
        Their product is the mean over all draws of the product of the features, which
        is of a higher rank than ``num_features``: up to ``max(64, 4 * num_features)``.
        By falling share in it.
    user_bias_, item_bias_ : ndarray of shape (n_users,), (n_items,)
        Means over all draws.
    user_noise_ : ndarray of shape (n_users,)
        Standard deviation of each user's ratings around their predictions, in units
        of the rating.
    user_ids_, item_ids_ : ndarray of shape (n_users,), (n_items,)
        Sorted distinct ids; row numbers of all other attributes.
    user_means_, item_means_ : ndarray of shape (n_users,), (n_items,)
        Mean ratings.
    global_mean_ : float
        Mean of all ratings, which is subtracted first.
    unknown_user_predictions_, unknown_item_predictions_ : ndarray of shape (n_items,),\
 (n_users,)
        Predicted rating of each item by a user, and by each user of an item, that
        nothing is known of.
    unknown_pair_prediction_ : float
        Predicted rating of such an item by such a user.
    user_draws_, item_draws_ : ndarray of shape (n_kept_draws, n_users + 1 or \
n_items + 1, num_features + 1)
        Kept draws of rows ``[features, bias]``, in units of the spread of the ratings
        (``rating_scale_``). The last row is a draw from the prior.
    rating_scale_ : float
        Root mean square of the centred ratings.
    rmse_path_ : ndarray of shape (n_iter_,)
        Root mean squared error of each sweep's draw on the training ratings.
    n_iter_ : int
        Number of sweeps.
    n_features_in_, feature_names_in_
        As in `CollaborativeFilter`.

    References
    ----------
    Salakhutdinov and Mnih, "Bayesian Probabilistic Matrix Factorization using Markov
    Chain Monte Carlo", ICML 2008, doi:10.1145/1390156.1390267; Simm et al., "Macau:
    Scalable Bayesian Factorization with High-Dimensional Side Information Using MCMC",
    MLSP 2017, arXiv:1509.04610; Lakshminarayanan, Bouchard and Archambeau, "Robust
    Bayesian Matrix Factorisation", AISTATS 2011.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn_cofi import BayesianCollaborativeFilter
    >>> from sklearn_cofi.datasets import load_tutorial
    >>> ratings = load_tutorial().frame
    >>> model = BayesianCollaborativeFilter(3, random_state=0)
    >>> model.fit(ratings[["user", "item"]], ratings["rating"])
    BayesianCollaborativeFilter(num_features=3, random_state=0)
    >>> pairs = pd.DataFrame({"user": [0, 5], "item": [3, 0]})
    >>> predicted, std = model.predict(pairs, return_std=True)
    """

    _parameter_constraints: dict = {
        "num_features": [Interval(Integral, 1, None, closed="left")],
        "n_sweeps": [Interval(Integral, 1, None, closed="left")],
        "burn_in": [Interval(Integral, 0, None, closed="left")],
        "n_kept_draws": [Interval(Integral, 2, None, closed="left")],
        "implicit_features": ["boolean"],
        "user_noise": ["boolean"],
        "user_col": COLUMN,
        "item_col": COLUMN,
        "rating_col": COLUMN,
        "unknown": [StrOptions({"prior", "error"})],
        "rating_range": [tuple, list, None],
        "dtype": DTYPE,
        "n_jobs": N_JOBS,
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    # Means of users and items are part of the biases.
    _normalization = "global"

    def __init__(
        self,
        num_features=20,
        n_sweeps=200,
        *,
        burn_in=20,
        n_kept_draws=20,
        implicit_features=True,
        user_noise=True,
        user_col=None,
        item_col=None,
        rating_col=None,
        unknown="prior",
        rating_range=None,
        dtype=None,
        n_jobs=None,
        random_state=None,
        verbose=0,
    ):
        self.num_features = num_features
        self.n_sweeps = n_sweeps
        self.burn_in = burn_in
        self.n_kept_draws = n_kept_draws
        self.implicit_features = implicit_features
        self.user_noise = user_noise
        self.user_col = user_col
        self.item_col = item_col
        self.rating_col = rating_col
        self.unknown = unknown
        self.rating_range = rating_range
        self.dtype = dtype
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose
