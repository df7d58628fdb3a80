"""`BayesianCollaborativeFilter`: parameters, and the fit by Gibbs sampling."""

from numbers import Integral
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_random_state

from sklearn_cofi._compat import Interval, StrOptions, _fit_context
from sklearn_cofi._typing import (
    Column,
    DType,
    Estimator,
    Frame,
    FrameLike,
    RandomState,
    Range,
    TimeScales,
    UnknownByPrior,
)
from sklearn_cofi.base._factor_frame import FactorFrameMixin
from sklearn_cofi.base._feature_estimator import FeatureEstimator
from sklearn_cofi.base._fit_warnings import warn_of_conflicts, warn_of_equal_ratings
from sklearn_cofi.base._ratings_input import RatingsInput
from sklearn_cofi.bayesian._chains import simultaneous_sweeps
from sklearn_cofi.bayesian._gibbs import GibbsSampler
from sklearn_cofi.bayesian._likelihood import NormalLikelihood
from sklearn_cofi.bayesian._posterior import Posterior
from sklearn_cofi.bayesian._posterior_explanation import PosteriorExplanationMixin
from sklearn_cofi.bayesian._posterior_fit import PosteriorFit, posterior_fit
from sklearn_cofi.bayesian._posterior_fold_in import PosteriorFoldInMixin
from sklearn_cofi.bayesian._problem import BayesianProblem
from sklearn_cofi.bayesian._time_scales import seconds_of_scales
from sklearn_cofi.bayesian._traces import TraceRecorder, warn_of_mixing
from sklearn_cofi.bayesian._uncertain_predictor import UncertainPredictorMixin
from sklearn_cofi.bayesian._uncertain_recommender import UncertainRecommenderMixin
from sklearn_cofi.bayesian._uncertain_similarity import UncertainSimilarityMixin
from sklearn_cofi.data._matrix import RatingMatrix
from sklearn_cofi.kernels._announce import announcing
from sklearn_cofi.kernels._threads import kernel_threads, single_blas_thread
from sklearn_cofi.training._callbacks import IterationHooks


class BayesianCollaborativeFilter(
    UncertainPredictorMixin,
    UncertainRecommenderMixin,
    PosteriorExplanationMixin,
    PosteriorFoldInMixin,
    UncertainSimilarityMixin,
    FactorFrameMixin,
):
    """Collaborative filter for explicit ratings, by Bayesian matrix factorisation.

    Ratings are normal around a product of latent factors plus two biases. All
    parameters have priors, and the priors are learned with them::

        R_ui       ~ Normal(mean + b_u + c_i + U_u . V_i,
                            precision alpha * tau_u * tau_i)
        [U_u, b_u] ~ Normal(mu + F_u @ beta, precision omega_u * Lambda)
        tau_u      ~ Gamma(nu / 2, rate nu / 2)
        omega_u    ~ Gamma(kappa / 2, rate kappa / 2)

    and the same for items. ``omega_u`` makes the rows of users t distributed: most
    users are like the others, and a few are far from them. ``F`` is the mask of the
    ratings with rows of length one. The items that a user chose to rate say something
    about the user, whatever the ratings are, and the users who rated an item say
    something about the item (``implicit_features``). ``tau_u`` measures how predictable
    a user is, and ``tau_i`` how much users agree on an item (``heteroscedastic``).

    With features of users (and likewise of items), each column of their frame is a
    further block F in the mean of the prior, with coefficients and a strength of its
    own, so that a column that does not help is shrunk towards zero::

        [U_u, b_u] ~ Normal(mu + sum over blocks of F_u @ beta,
                            precision omega_u * Lambda)
        beta       ~ Normal(0, precision strength * Lambda)    each row, in each block
        strength   ~ unit * Gamma(1/2, rate 1/2)

    ``unit`` is the mean of the diagonal of ``F.T @ F``, and 1 for the mask. Users and
    items that have features and no rating are rows of the model: see Notes.

    With the times of the ratings (``time_col``), the biases drift on several time
    scales, on each as an Ornstein-Uhlenbeck process::

        b_u(t) = b_u + sum over scales of f_u(t),    c_i(t) likewise
        cov(f_u(s), f_u(t)) = variance * exp(-abs(s - t) / scale)
        sqrt(variance) ~ half-Cauchy

    Ratings of one minute then have part of their errors in common, and ratings of one
    hour or one day a smaller part. Users and items each have one variance for each
    scale. The paths f are drawn given all other parameters, which do not depend on
    them ("cutting feedback"): far from all ratings, predictions are those of the model
    without times.

    Predictions are means over draws by Gibbs sampling. No parameter needs
    tuning: more latent factors and more sweeps take more time, but do not make
    predictions worse.

    Time and memory grow with the number of ratings, never with users x items. The
    same data and ``random_state`` give the same bits in any order of the rows and with
    any number of threads.

    Parameters
    ----------
    num_features : int, default=31
        Number k of latent factors. A row holds k latent factors and a bias, and is
        padded to whole vector registers: 15 and 31 take no more time than 10 and 20.
    n_sweeps : int, default=400
        Number of sweeps. Each sweep draws all parameters once.
    burn_in : int, default=20
        Number of sweeps at the beginning that are left out of the predictions, less
        than ``n_sweeps``.
    n_kept_draws : int, default=20
        Number of draws that are kept for standard deviations, intervals, and new users
        and items, evenly spread over the sweeps after ``burn_in``. Mean predictions use
        all draws and do not depend on it. Memory grows with it.
    n_chains : int, default=1
        Number of chains. Each chain has its own start, seed and burn-in, and makes
        ``n_sweeps`` sweeps. Predictions are means over the draws of all chains, and the
        kept draws come from all chains in turn. Several chains make ``r_hat_`` more
        reliable. Chains sweep at the same time if ``n_jobs`` has two threads for each.
    implicit_features : bool, default=True
        Whether to learn from the choice of rated items, in addition to the ratings.
    heteroscedastic : bool, default=True
        Whether the ratings of each user, and of each item, have their own variance.
    user_col, item_col, rating_col : str, int or None, default=None
        Names (or positions) of the columns of X, as in `CollaborativeFilter`.
    unknown : {"prior", "error"}, default="prior"
        How to predict for users and items that were not seen in fit. With "prior"
        they are drawn from the population of ratings, in which a user or item with n
        ratings has a frequency of n: see ``unknown_user_predictions_``. With "error"
        unknown ids raise an error.
    rating_range : (low, high) or None, default=None
        Range to which predictions and intervals are clipped. `fit` raises an error for
        ratings outside it.
    dtype : {"float32", "float64"} or None, default=None
        Precision of the draws. None uses float32, whose rounding errors are far below
        the standard deviations of the posterior. Means are summed and stored in
        float64.
    n_jobs : int or None, default=None
        Number of threads, as in `CollaborativeFilter`.
    random_state : int, RandomState instance or None, default=None
        Seed of the draws.
    verbose : int, default=0
        Verbosity. From 1 up, the standard deviation of the noise is printed after each
        sweep.
    user_features, item_features : frame or None, default=None
        Features of users and of items: a frame of pandas, polars or pyarrow with one
        row for each id. The column of ids has the name of the id column of X or a usual
        name such as "item" or "movieId", or is the index. Ids of the frame that are not
        in X become users or items of the model; ids of X that are not in the frame have
        the mean of each feature, with a warning. Searches never split these frames.
    user_encoder, item_encoder : transformer or None, default=None
        Transformer of the frame without its ids, with finite numbers as output. It is
        cloned. None is `FeatureEncoder`.
    time_col : str, int or None, default=None
        Name (or position) of the column of times in X. None is a model without times.
        Times are dates, or numbers of seconds; datetimes with a time zone are converted
        to UTC. `predict` and `predict_interval` then need the column too. Effects of
        time are interpolated between the ratings of a user (or item). Before the first
        and after the last of them they decay to zero, so predictions for later times
        begin at the last known state and end at those of the model without times. A
        missing time in `predict` stands for no particular time: it has the prediction
        of the model without times, as have `recommend`, `explain` and
        `predict_preference`.
    time_scales : sequence of str, timedelta or float, default=("1min", "1h", "1D")
        Time scales of the biases of users: durations as `pandas.Timedelta` reads them,
        or numbers of seconds. A scale is the time after which the correlation of a
        path with itself has fallen to 1/e. Order does not matter, and a scale on which
        biases do not change gets a variance near zero. An empty sequence means that
        user biases are constant.
    item_time_scales : sequence of str, timedelta or float, default=("365D",)
        Time scales of the biases of items, likewise.

    Attributes
    ----------
    user_factors_, item_factors_ : ndarray of shape (n_users or n_items, rank)
        Factors whose product is the mean over all draws of ``U_u . V_i``, sorted by
        falling singular value. Their rank is higher than ``num_features``: up to
        ``max(64, 4 * num_features)``.
    user_bias_, item_bias_ : ndarray of shape (n_users,), (n_items,)
        Means over all draws of the biases b and c.
    noise_ : float
        Standard deviation of ratings of weight 1 around the prediction of one draw, in
        units of the rating: the square root of the mean of ``1 / alpha``.
    user_noise_, item_noise_ : ndarray of shape (n_users,), (n_items,)
        Standard deviations of the ratings of each user and each item, in multiples of
        ``noise_``: square roots of the means of ``1 / tau_u`` and ``1 / tau_i``. That
        of a row without ratings is the root of the mean square over all ratings.
    user_ids_, item_ids_ : ndarray of shape (n_users,), (n_items,)
        Sorted distinct ids. The rows of the other attributes are in the same order.
    item_counts_ : ndarray of shape (n_items,)
        Number of users who rated each item.
    user_means_, item_means_ : ndarray of shape (n_users,), (n_items,)
        Mean ratings.
    global_mean_ : float
        Mean of all ratings, which is subtracted before the fit.
    unknown_user_predictions_ : ndarray of shape (n_items,)
        Predicted rating of each item by an unknown user: the mean prediction for the
        users who rated the item and for 4 users from the population of ratings,
        ``(sum + 4 * P) / (n + 4)``, with P the mean prediction over all ratings.
    unknown_item_predictions_ : ndarray of shape (n_users,)
        Predicted rating of an unknown item by each user: the mean prediction for the
        items that the user rated and for 4 items from the population of ratings.
    unknown_pair_prediction_ : float
        Predicted rating of an unknown item by an unknown user: ``global_mean_``.
    user_draws_, item_draws_ : ndarray of shape (n_kept_draws, n_users + 1 or \
n_items + 1, num_features + 1)
        Kept draws of rows ``[latent factors, bias]``, in units of ``rating_scale_``.
        The last row of each draw stands for unknown users or items: it is the mean of
        the other rows, weighted by their numbers of ratings. Rows of users and items
        that have features and no rating are drawn around what their features predict.
    user_feature_names_, item_feature_names_ : ndarray of shape (m,), str
        Names of the encoded features. This and the next two attributes exist if the fit
        had features of this side.
    user_feature_coef_, item_feature_coef_ : ndarray of shape (m, rank)
        Coefficients of the regression of rows on features: the factors that each
        feature adds.
    user_feature_effects_, item_feature_effects_ : ndarray of shape (m,)
        Effects of each feature on the bias, in units of the rating. See
        `feature_effects` for their standard deviations.
    user_time_stds_, item_time_stds_ : ndarray of shape (n_scales,)
        Standard deviations of the effects of time on each scale, in units of the
        rating: square roots of the mean variances. They exist if the fit had times.
    noise_at_times_ : float
        Standard deviation of ratings of weight 1 around the effects of their times, in
        units of the rating: the part of ``noise_`` that times do not explain. It exists
        if the fit had times.
    rating_scale_ : float
        Root mean square of the centred ratings.
    noise_path_ : ndarray of shape (at most n_sweeps,)
        Standard deviation of the noise in each sweep, in units of the rating: the mean
        over the chains. The burn-in is over when it has stopped falling.
    trace_names_ : ndarray of str of shape (n_traces + 1,)
        Names of the quantities that tell whether the chains have mixed:

        - "noise": standard deviation of the noise;
        - "user_means", "item_means": standard deviation over users of the mean
          prediction over items, and the reverse;
        - "interactions": root mean square over all pairs of what these means leave of
          the predictions;
        - "user_link", "item_link": precision of the effects of the implicit features,
          relative to that of the rows; absent without ``implicit_features``;
        - "predictions": predictions of 100 pairs of users and items with ratings.
    traces_ : ndarray of shape (n_traces, n_chains, at most n_sweeps)
        All but the last of these quantities in each sweep, in units of the rating.
    r_hat_ : ndarray of shape (n_traces + 1,)
        Rank-normalised split R-hat of the quantities after the burn-in, 1 if the chains
        have mixed. That of "predictions" is the median over the pairs. NaN for fewer
        than 8 draws in a chain. `fit` warns if the last one is above 1.1.
    ess_ : ndarray of shape (n_traces + 1,)
        Effective sample sizes of the quantities after the burn-in: the number of
        independent draws that would give means as exact. That of "predictions" is the
        median over the pairs.
    n_iter_ : int
        Number of sweeps.
    n_features_in_, feature_names_in_
        As in `CollaborativeFilter`.

    See Also
    --------
    CollaborativeFilter : Faster, with penalties instead of draws.
    RankingCollaborativeFilter : Learns from the unrated pairs, too.
    recommend_with_ratings : Lists of one model with the predictions of this one.
    sklearn_cofi.displays.CalibrationDisplay : Check the intervals on held-out ratings.
    sklearn.linear_model.BayesianRidge : A Bayesian model of one regression.

    Notes
    -----
    A row without ratings is what its features predict by a ridge regression of the rows
    of each draw, whose penalties are the strengths of the blocks::

        row = intercept + F @ coef + rest,    rest ~ Normal(0, S)

    The prior mean would predict something else: the row of a user with these features
    *and* this choice of items. Factors and biases are stored with their intercepts
    moved, so that ``F @ coef`` and ``F @ effects`` are those of a row without ratings.
    The prediction of a known user u and such an item i is ::

        fallback_u - sum_j f_uj / (n_u + 4) + f_ui,   f_uj = U_u . (F_j @ C) + F_j @ e

    over the j that u rated, with ``fallback = unknown_item_predictions_``: the
    prediction for any unknown item, plus what the features of i add in comparison with
    the items that u rated. The same holds for users without ratings. If neither has a
    rating, the prediction is the mean of all ratings plus biases and product.
    Standard deviations and intervals add the variance of the rest.

    References
    ----------
    Salakhutdinov and Mnih, "Bayesian Probabilistic Matrix Factorization using Markov
    Chain Monte Carlo", ICML 2008, doi:10.1145/1390156.1390267; Simm et al., "Macau:
    Scalable Bayesian Factorization with High-Dimensional Side Information Using MCMC",
    MLSP 2017, arXiv:1509.04610; Lakshminarayanan, Bouchard and Archambeau, "Robust
    Bayesian Matrix Factorisation", AISTATS 2011; Vehtari et al., "Rank-Normalization,
    Folding, and Localization: An Improved R-hat for Assessing Convergence of MCMC",
    Bayesian Analysis 2021, doi:10.1214/20-BA1221.

    Effects of time: Koren, "Collaborative Filtering with Temporal Dynamics", KDD 2009,
    doi:10.1145/1557019.1557072; Rendle, Zhang and Koren, "On the Difficulty of
    Evaluating Baselines", 2019, arXiv:1905.01395; Plummer, "Cuts in Bayesian Graphical
    Models", Statistics and Computing 25, 2015, doi:10.1007/s11222-014-9503-z;
    Rasmussen and Williams, "Gaussian Processes for Machine Learning", MIT Press 2006,
    section 4.2.1 and appendix B (the Ornstein-Uhlenbeck process);
    Fruehwirth-Schnatter, "Data Augmentation and Dynamic
    Linear Models", Journal of Time Series Analysis 15, 1994,
    doi:10.1111/j.1467-9892.1994.tb00184.x (the draws of its paths).

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
        **FeatureEstimator._parameter_constraints,
        "num_features": [Interval(Integral, 1, None, closed="left")],
        "n_sweeps": [Interval(Integral, 1, None, closed="left")],
        "burn_in": [Interval(Integral, 0, None, closed="left")],
        "n_kept_draws": [Interval(Integral, 2, None, closed="left")],
        "n_chains": [Interval(Integral, 1, None, closed="left")],
        "implicit_features": ["boolean"],
        "heteroscedastic": ["boolean"],
        "unknown": [StrOptions({"prior", "error"})],
        "time_col": [str, Interval(Integral, 0, None, closed="left"), None],
        "time_scales": ["array-like"],
        "item_time_scales": ["array-like"],
    }

    def __init__(
        self,
        num_features: int = 31,
        n_sweeps: int = 400,
        *,
        burn_in: int = 20,
        n_kept_draws: int = 20,
        n_chains: int = 1,
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
        user_features: Frame | None = None,
        item_features: Frame | None = None,
        user_encoder: Estimator | None = None,
        item_encoder: Estimator | None = None,
        time_col: Column = None,
        time_scales: TimeScales = ("1min", "1h", "1D"),
        item_time_scales: TimeScales = ("365D",),
    ) -> None:
        self.num_features = num_features
        self.n_sweeps = n_sweeps
        self.burn_in = burn_in
        self.n_kept_draws = n_kept_draws
        self.n_chains = n_chains
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
        self.user_features = user_features
        self.item_features = item_features
        self.user_encoder = user_encoder
        self.item_encoder = item_encoder
        self.time_col = time_col
        self.time_scales = time_scales
        self.item_time_scales = item_time_scales

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(
        self,
        X: FrameLike,
        y: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Draw all parameters from the posterior.

        Parameters
        ----------
        X : frame or array-like of shape (n_ratings, n_columns)
            A row for each rating, with columns for user and item. Ids are numbers,
            strings or values of any one hashable, sortable type. With ``time_col``, X
            has a column of times.
        y : array-like of shape (n_ratings,), default=None
            Ratings. None takes the rating column of X.
        sample_weight : float or array-like of shape (n_ratings,), default=None
            Relative precisions of the ratings, at least 0. A rating of weight 2 has
            half the variance of a rating of weight 1, as does the mean of two ratings
            of a pair. A common factor of all weights changes no prediction. Standard
            deviations are those of a new rating of weight 1. Ratings of weight 0 are
            ignored.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If ids or ratings are missing, infinite or of a wrong type, if X is empty
            or its columns cannot be found, if a parameter is out of range, if times are
            missing or infinite, or if the ids of a frame of features are missing or
            repeated.
        TypeError
            If ids are unhashable or of mixed types, X is sparse or lazy, times are
            neither numbers nor dates, or the ids of a frame of features are of another
            kind than those of X.

        Warns
        -----
        UserWarning
            If a pair has more than one rating (they are averaged), if all ratings are
            equal, or if ids of X are not in a frame of features.
        ConvergenceWarning
            If a chain has at least 100 draws after the burn-in and the median R-hat of
            predictions is above 1.1.
        """
        if self.burn_in >= self.n_sweeps:
            raise ValueError(
                f"burn_in={self.burn_in} must be less than n_sweeps={self.n_sweeps}. "
                "Lower burn_in or increase n_sweeps."
            )
        read = self._read_ratings(X, y, sample_weight)
        encoded = read.encode(None)
        tables = self._read_tables(read, encoded)
        ratings = encoded.matrix()
        times = self._read_training_times(X, read, encoded)
        scales = (
            seconds_of_scales("time_scales", self.time_scales),
            seconds_of_scales("item_time_scales", self.item_time_scales),
        )
        problem = BayesianProblem(encoded.ids, ratings, tables, times, scales)
        with (
            kernel_threads(self.n_jobs, ratings.n_ratings * int(self.num_features)),
            single_blas_thread,
            announcing(self.verbose),
        ):
            fit = self._sample(read, problem)
        warn_of_conflicts(ratings.n_conflicts)
        mean = fit.model.global_mean
        if (ratings.by_user.ratings == mean).all():
            warn_of_equal_ratings(mean)
        warn_of_mixing(fit.traces, int(self.burn_in))
        self._replace_fit(fit)
        return self

    def _sample(self, read: RatingsInput, problem: BayesianProblem) -> PosteriorFit:
        """Return the result of the chains, without changes to the estimator."""
        n_sweeps, burn_in = int(self.n_sweeps), int(self.burn_in)
        generator, *generators = self._generators()
        scaled, matrix = problem.scaled, problem.ratings
        first = self._sampler(problem, scaled, generators[0])
        samplers = [first.with_generator(generator) for generator in generators]
        recorder = TraceRecorder(
            scaled, generator, burn_in, implicit_features=self.implicit_features
        )
        posterior = Posterior(
            n_sweeps - burn_in,
            int(self.n_kept_draws),
            int(self.num_features),
            (matrix.by_user.weight_sums, matrix.by_item.weight_sums),
            problem.features.regressions(),
        )

        def fit_of_draws() -> PosteriorFit:
            snapshot = posterior.snapshot()
            return posterior_fit(
                problem, read.features, snapshot, recorder, first.times
            )

        hooks = IterationHooks(
            self,
            lambda *_: self._attributes_of(fit_of_draws()),
            max_iter=n_sweeps,
            quantity="standard deviation of the noise",
            **read.callback_arguments,
        )
        draws = [sampler.start() for sampler in samplers]
        with simultaneous_sweeps(samplers) as sweep_all:
            for sweep in range(n_sweeps):
                draws = sweep_all(draws)
                posterior.update(draws, enters=sweep >= burn_in)
                recorder.update(draws)
                if hooks(None, problem.scale * posterior.noise_path[-1]):
                    break
        hooks.close(None, problem.scale * posterior.noise_path[-1])
        return fit_of_draws()

    def _sampler(
        self, problem: BayesianProblem, scaled: RatingMatrix, rng: np.random.Generator
    ) -> GibbsSampler:
        return GibbsSampler(
            NormalLikelihood(scaled.astype(self.dtype or np.float32)),
            int(self.num_features),
            rng,
            implicit_features=self.implicit_features,
            heteroscedastic=self.heteroscedastic,
            features=problem.features.blocks(),
            times=problem.time_effects(scaled),
        )

    def _generators(self) -> list[np.random.Generator]:
        """Return a generator for the recorded pairs, and one for each chain.

        The first chains of a fit with more chains are those of a fit with fewer.
        """
        seed = check_random_state(self.random_state).randint(np.iinfo(np.int32).max)
        seeds = np.random.SeedSequence(seed).spawn(1 + int(self.n_chains))
        return [np.random.default_rng(child) for child in seeds]
