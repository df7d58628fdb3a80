"""The Bayesian estimator: every parameter drawn from its posterior, none tuned."""

from numbers import Integral, Real
from typing import Literal, Self, overload

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri
from sklearn.utils import check_random_state, check_scalar

from sklearn_cofi._compat import Interval, StrOptions, _fit_context
from sklearn_cofi._typing import (
    Column,
    DType,
    Floats,
    FrameLike,
    RandomState,
    Range,
    UnknownByPrior,
)
from sklearn_cofi.base._factor_frame import FactorFrameMixin
from sklearn_cofi.base._fit_warnings import warn_of_conflicts
from sklearn_cofi.base._ratings_estimator import RatingsEstimator
from sklearn_cofi.base._ratings_input import RatingsInput
from sklearn_cofi.base._similarity import SimilarityMixin
from sklearn_cofi.bayesian._gibbs import GibbsSampler
from sklearn_cofi.bayesian._likelihood import NormalLikelihood
from sklearn_cofi.bayesian._posterior import Posterior
from sklearn_cofi.bayesian._posterior_fit import PosteriorFit, posterior_fit
from sklearn_cofi.bayesian._uncertain_recommender import (
    UncertainRecommenderMixin,
    standard_deviations,
)
from sklearn_cofi.data._centering import centre, rating_means
from sklearn_cofi.data._encoded import EncodedRatings
from sklearn_cofi.data._matrix import CSRRows, RatingMatrix
from sklearn_cofi.kernels._threads import kernel_threads, single_blas_thread
from sklearn_cofi.training._callbacks import IterationHooks


class BayesianCollaborativeFilter(
    UncertainRecommenderMixin, SimilarityMixin, FactorFrameMixin
):
    """Collaborative filter for explicit ratings, by Bayesian matrix factorisation.

    Ratings are normal around a product of features and two biases, and everything has
    a prior that is learned with it::

        R_ui       ~ Normal(mean + b_u + c_i + U_u . V_i,
                            precision alpha * tau_u * tau_i)
        [U_u, b_u] ~ Normal(mu + F_u @ beta, precision Lambda)
        tau_u      ~ Gamma(nu / 2, rate nu / 2)

    and the same for items as for users. ``F`` is the mask with rows of length one:
    which items a user chose to rate, whatever the ratings, is evidence of the user's
    features, and who rated an item is evidence of the item's (``implicit_features``).
    ``tau_u`` says how predictable a user is, ``tau_i`` how much people agree on an item
    (``heteroscedastic``). Predictions are means
    over draws by Gibbs sampling. There is nothing to tune: more features, and more
    sweeps, cost time and do no harm.

    Time and memory grow with the number of ratings, never with users x items. The
    same data and ``random_state`` give the same bits, whatever the order of the rows
    and the number of threads.

    Parameters
    ----------
    num_features : int, default=31
        Length k of a row of features. With the bias they fill whole vectors of the
        machine: 15 and 31 cost what 10 and 20 do.
    n_sweeps : int, default=400
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
    heteroscedastic : bool, default=True
        Let the ratings of each user, and of each item, have a variance of their own.
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
        With 1 or more, print the noise that each sweep draws.

    Attributes
    ----------
    user_factors_, item_factors_ : ndarray of shape (n_users or n_items, rank)
        Their product is the mean over all draws of the product of the features, which
        is of a higher rank than ``num_features``: up to ``max(64, 4 * num_features)``.
        By falling share in it.
    user_bias_, item_bias_ : ndarray of shape (n_users,), (n_items,)
        Means over all draws.
    noise_ : float
        Standard deviation of ratings around what a draw predicts, in units of the
        rating: the root of the mean variance.
    user_noise_, item_noise_ : ndarray of shape (n_users,), (n_items,)
        What it is multiplied by for each user and each item.
    user_ids_, item_ids_ : ndarray of shape (n_users,), (n_items,)
        Sorted distinct ids; row numbers of all other attributes.
    item_counts_ : ndarray of shape (n_items,)
        Number of users who rated each item.
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
        (``rating_scale_``). The last row is the mean of the prior.
    rating_scale_ : float
        Root mean square of the centred ratings.
    noise_path_ : ndarray of shape (at most n_sweeps,)
        Standard deviation of the noise as each sweep drew it: where it has stopped
        falling, the burn-in is over.
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
        **RatingsEstimator._parameter_constraints,
        "num_features": [Interval(Integral, 1, None, closed="left")],
        "n_sweeps": [Interval(Integral, 1, None, closed="left")],
        "burn_in": [Interval(Integral, 0, None, closed="left")],
        "n_kept_draws": [Interval(Integral, 2, None, closed="left")],
        "implicit_features": ["boolean"],
        "heteroscedastic": ["boolean"],
        "unknown": [StrOptions({"prior", "error"})],
    }

    def __init__(
        self,
        num_features: int = 31,
        n_sweeps: int = 400,
        *,
        burn_in: int = 20,
        n_kept_draws: int = 20,
        implicit_features: bool = True,
        heteroscedastic: bool = True,
        user_col: Column = None,
        item_col: Column = None,
        rating_col: Column = None,
        unknown: UnknownByPrior = "prior",
        rating_range: Range = None,
        dtype: DType = None,
        n_jobs: int | None = None,
        random_state: RandomState = None,
        verbose: int = 0,
    ) -> None:
        self.num_features = num_features
        self.n_sweeps = n_sweeps
        self.burn_in = burn_in
        self.n_kept_draws = n_kept_draws
        self.implicit_features = implicit_features
        self.heteroscedastic = heteroscedastic
        self.user_col = user_col
        self.item_col = item_col
        self.rating_col = rating_col
        self.unknown = unknown
        self.rating_range = rating_range
        self.dtype = dtype
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.verbose = verbose

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(
        self,
        X: FrameLike,
        y: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Draw from the posterior.

        Parameters
        ----------
        X : frame or array-like of shape (n_ratings, n_columns)
            A row for each rating, with columns for user and item. Ids may be
            numbers, strings or any one hashable, sortable type.
        y : array-like of shape (n_ratings,), default=None
            Ratings. None takes the rating column of X.
        sample_weight : float or array-like of shape (n_ratings,), default=None
            How precise each rating is beside the others: one of weight 2 has half the
            variance of one of weight 1, and so has a pair's mean of two ratings. What
            all have in common plays no part. A rating of weight 0 is no rating.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If ids or ratings are missing, infinite or not of their kind, if X is
            empty or its columns cannot be told, or if a parameter is out of range.
        TypeError
            If ids are unhashable or of mixed kinds, or X is sparse or lazy.

        Warns
        -----
        UserWarning
            If a pair has more than one rating (they are averaged).
        """
        if self.burn_in >= self.n_sweeps:
            raise ValueError(
                f"burn_in={self.burn_in} leaves no draw of n_sweeps={self.n_sweeps}. "
                "Lower burn_in, or increase n_sweeps."
            )
        read = self._read_ratings(X, y, sample_weight)
        encoded = read.encode(None)
        ratings = encoded.matrix()
        with (
            kernel_threads(self.n_jobs, ratings.n_ratings * self.num_features),
            single_blas_thread,
        ):
            fit = self._sample(read, encoded, ratings)
        warn_of_conflicts(ratings.n_conflicts)
        self._take_fit(fit)
        return self

    @overload
    def predict(self, X: FrameLike, return_std: Literal[False] = False) -> Floats: ...

    @overload
    def predict(
        self, X: FrameLike, return_std: Literal[True]
    ) -> tuple[Floats, Floats]: ...

    @overload
    def predict(
        self, X: FrameLike, return_std: bool
    ) -> Floats | tuple[Floats, Floats]: ...

    def predict(
        self, X: FrameLike, return_std: bool = False
    ) -> Floats | tuple[Floats, Floats]:
        """Predict ratings of pairs.

        Parameters
        ----------
        X : frame or array-like of shape (n_pairs, n_columns)
            A row for each pair, columns as in `fit`.
        return_std : bool, default=False
            Return the standard deviation of a rating around its prediction too.

        Returns
        -------
        predicted : ndarray of shape (n_pairs,)
            Mean over all draws of ``mean + b_u + c_i + U_u . V_i``, clipped to
            ``rating_range``. An unknown user or item is one that the prior draws.
        std : ndarray of shape (n_pairs,)
            Standard deviation of the posterior predictive: that of the draws that were
            kept, the noise of the user and the item, and the prior's where one of them
            is unknown. Not clipped.

        Raises
        ------
        TypeError
            If ids are of another kind than those seen in fit.
        ValueError
            If ids are missing, the columns look swapped, or something is unknown and
            ``unknown="error"``.
        """
        users, items = self._read_pairs(X)
        predicted = self._clip(self._predict_encoded(users, items))
        if not return_std:
            return predicted
        return predicted, standard_deviations(self, users, items, self._draws())

    def predict_interval(self, X: FrameLike, coverage: float = 0.9) -> Floats:
        """Return intervals that ratings fall into, so many of a hundred.

        ::

            predicted -+ ndtri((1 + coverage) / 2) * std

        Parameters
        ----------
        X : frame or array-like of shape (n_pairs, n_columns)
            A row for each pair, columns as in `fit`.
        coverage : float, default=0.9
            Share of the ratings that are to be in their intervals, above 0, below 1.

        Returns
        -------
        ndarray of shape (n_pairs, 2)
            Lower and upper ends, clipped to ``rating_range``.

        Raises
        ------
        TypeError, ValueError
            As `predict`, and if ``coverage`` is not between 0 and 1.
        """
        check_scalar(coverage, "coverage", Real)
        if not 0 < coverage < 1:
            raise ValueError(
                f"coverage is {coverage}: give a share between 0 and 1, such as 0.9."
            )
        users, items = self._read_pairs(X)
        half_width = ndtri((1 + coverage) / 2) * standard_deviations(
            self, users, items, self._draws()
        )
        middle = self._predict_encoded(users, items)
        return self._clip(np.column_stack([middle - half_width, middle + half_width]))

    def _sample(
        self, read: RatingsInput, encoded: EncodedRatings, ratings: RatingMatrix
    ) -> PosteriorFit:
        """Run the chain; set nothing on the estimator."""
        means = rating_means(ratings)
        centred = centre(ratings, means, "global")
        # Constant ratings have no spread; their own size is then the unit.
        scale = _root_mean_square(centred.by_user) or abs(means.overall) or 1.0
        sampler = self._sampler(centred.over(scale).with_mean_weight_one())
        posterior = Posterior(
            self.n_sweeps - self.burn_in, self.n_kept_draws, self.num_features
        )

        def fit_of_draws() -> PosteriorFit:
            snapshot, features = posterior.snapshot(), read.features
            return posterior_fit(
                encoded, ratings.by_user, features, means, scale, snapshot
            )

        hooks = IterationHooks(
            self,
            lambda *_: self._attributes_of(fit_of_draws()),
            max_iter=self.n_sweeps,
            quantity="standard deviation of the noise",
            **read.callback_arguments,
        )
        draw = sampler.start()
        for sweep in range(self.n_sweeps):
            draw = sampler.sweep(draw)
            posterior.update(draw, enters=sweep >= self.burn_in)
            if hooks(None, scale * posterior.noise_path[-1]):
                break
        hooks.close(None, scale * posterior.noise_path[-1])
        return fit_of_draws()

    def _sampler(self, scaled: RatingMatrix) -> GibbsSampler:
        likelihood = NormalLikelihood(scaled.astype(self.dtype or np.float32))
        seed = check_random_state(self.random_state).randint(np.iinfo(np.int32).max)
        return GibbsSampler(
            likelihood,
            self.num_features,
            np.random.default_rng(seed),
            implicit_features=self.implicit_features,
            heteroscedastic=self.heteroscedastic,
        )


def _root_mean_square(rows: CSRRows) -> float:
    weights = rows.weights if rows.weights.size else None
    return float(np.sqrt(np.average(np.square(rows.ratings), weights=weights)))
