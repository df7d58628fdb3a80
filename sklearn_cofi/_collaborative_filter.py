"""`CollaborativeFilter`: the fit of factors to a frame of ratings."""

from numbers import Integral, Real
from typing import Self

from numpy.typing import ArrayLike
from sklearn.utils import check_random_state

from sklearn_cofi._compat import Interval, StrOptions, _fit_context
from sklearn_cofi._types import Solver
from sklearn_cofi._typing import (
    Column,
    DType,
    Estimator,
    Frame,
    FrameLike,
    Normalization,
    RandomState,
    Range,
    RegParam,
    RegParamOrAuto,
    RegScaling,
    SolverName,
    Unknown,
)
from sklearn_cofi._warnings import warn_caller
from sklearn_cofi.base._factor_model import FactorModel
from sklearn_cofi.base._fit_warnings import warn_of_conflicts
from sklearn_cofi.data._encoded import EncodedRatings
from sklearn_cofi.data._matrix import RatingMatrix
from sklearn_cofi.solvers import SOLVERS
from sklearn_cofi.training._previous_fit import PreviousFit
from sklearn_cofi.training._side_tables import SideTables
from sklearn_cofi.training._validation import ValidationSplit, validation_split

_PENALTY = [Interval(Real, 0, None, closed="left"), tuple, list]


class CollaborativeFilter(FactorModel):
    """Collaborative filter for explicit ratings, by regularised matrix factorisation.

    Ratings are stored in a masked matrix (users x items, an entry for each rating).
    Means are subtracted, and user factors U, item factors V and biases b and c
    minimise::

        cost = 1/2 * sum over rated (u, i) of w_ui * (U_u . V_i + b_u + c_i - R_ui)**2
             + 1/2 * sum_u (p_u * ||U_u||**2 + q_u * b_u**2)
             + 1/2 * sum_i (p_i * ||V_i||**2 + q_i * c_i**2)
             + unrated_weight/2 * sum over unrated (u, i) of
                   (mean + b_u + c_i + U_u . V_i - unrated_rating)**2

        p = reg_param * n**reg_scaling,  q = reg_bias

        predicted rating of (u, i) = mean + b_u + c_i + U_u . V_i

    where n is the number of ratings of the user or item. Without ``fit_bias``, b and c
    are zero.

    With features F of users (and likewise G of items), factors and biases are what the
    features predict plus an own part, and the penalty is that of the own part::

        1/2 * sum_u (p_u * ||U_u - F_u @ B||**2 + q_u * (b_u - F_u @ e)**2)
            + reg_features/2 * sum over features f of
                  (sum_u p_u * F_uf**2) * ||B_f||**2 + reg_bias * e_f**2

    minimised over the coefficients B and effects e, too. Users and items that have
    features and no rating are rows of the model, whose factors are ``F_u @ B``.

    Time and memory grow with the number of ratings, never with users x items. The
    same data and ``random_state`` give the same bits in any order of the rows and with
    any number of threads.

    Parameters
    ----------
    num_features : int, default=20
        Number k of latent factors: the length of a row of U and of V. Values above the
        number of users or items do not change the optimum.
    reg_param : "auto", float or (users, items), default="auto"
        Penalty on the squared factors, in units of the rating. "auto" computes it from
        the size of the residuals that biases leave, so that factors do not learn noise;
        the value is ``reg_param_``. A multiple of it is written "0.5*auto", which suits
        the grid of a search. A number is used for both sides; a pair is one number for
        users and one for items. For the factors, ``(a, b)`` is equivalent to the single
        value ``sqrt(a * b)``; the two values differ only in how they penalise biases
        with ``reg_bias=None``. Solvers need more iterations when the two values differ
        a lot. From ``reg_param_max_`` up, the model predicts means and biases only.
    solver : {"cg", "lbfgs", "als", "als-ncg"} or callable, default="cg"
        Method that minimises the cost. "cg" is nonlinear conjugate gradients
        (``scipy.optimize.fmin_cg``), "lbfgs" is limited-memory BFGS, "als" is
        alternating least squares (ALS) and "als-ncg" is conjugate gradients
        preconditioned by a sweep of ALS, which needs the fewest iterations. A callable
        is called as
        ``solver(objective, start, max_iter=..., tol=..., callback=...)``: see
        `sklearn_cofi.solvers.Solver`.
    max_iter : int, default=1000
        Largest number of iterations.
    tol : float, default=1e-3
        Tolerance. The solver stops when
        ``norm(gradient) * norm(factors) <= tol * cost of zero factors`` and the cost
        is not above that of zero factors. At the default value, held-out errors have
        stopped changing; `optimality_gap` needs a smaller value.
    mean_normalization : {"item", "user", "global", "unrated"} or None, default="global"
        Means that are subtracted from ratings before the fit, and added to
        predictions. "unrated" subtracts ``unrated_rating``.
    mean_damping : float, default=0.0
        Number of further ratings, equal to the global mean, with which the means of
        users and items are damped:
        ``(sum + mean_damping * global_mean_) / (n + mean_damping)``. It also damps
        the predictions for unknown users and items.
    fit_bias : bool, default=True
        Whether to learn a bias of each user and each item together with the factors.
    reg_bias : float, (users, items) or None, default=2.0
        Penalty on the squared biases, as a number of ratings: a bias alone is
        ``sum / (n + reg_bias)``. It is the same for all rows and ignores
        ``reg_scaling``. None uses the penalty of the row's factors, also as a number of
        ratings. Not used with ``fit_bias=False``.
    reg_scaling : {"none", "count", "weight"} or float in [0, 1], default=0.5
        Exponent p: the penalty of each row of factors is multiplied by ``n**p``, where
        n is the number of ratings of the row (the sum of their weights). "none" is 0,
        "count" is 1, as in ALS-WR; 0.5 is the weighted trace norm. With "weight", p is
        1 and n is the weight of all pairs of the row, rated and unrated.
    unrated_weight : float or "auto", default=0.0
        Weight of each pair of user and item without a rating. Above 0, unrated pairs
        are weak evidence of the rating ``unrated_rating``, and predictions are a
        relevance, not a rating: lists become better and ratings worse.
        `RankingCollaborativeFilter` has defaults for lists. The pairs also count in
        means, by their weight. "auto" is the mean weight of a rating times
        ``sqrt(density)``, with ``density = n_ratings / (n_users * n_items)``; a
        multiple is written "0.5*auto". The value is ``unrated_weight_``.
    unrated_rating : float, default=0.0
        Rating of the unrated pairs. Not used with ``unrated_weight=0``.
    user_col, item_col, rating_col : str, int or None, default=None
        Names (or positions) of the columns of X. None finds them by usual names such
        as "user", "userId", "movieId" or "stars". Without any usual name of an id,
        they are the first, second and third column, with a warning if the columns have
        names. Further columns are ignored.
    unknown : {"mean", "error"}, default="mean"
        How to predict for users and items that were not seen in fit. With "mean"
        the prediction is a mean: see ``unknown_user_predictions_`` and
        ``unknown_item_predictions_``. It is the mean of all ratings if both are
        unknown. With "error" unknown ids raise an error.
    rating_range : (low, high) or None, default=None
        Range to which predictions are clipped. `fit` raises an error for ratings
        outside it.
    dtype : {"float32", "float64"} or None, default=None
        Precision of factors and kernels, as a name or a numpy type. None uses float32
        for float32 ratings and float64 for all other ratings. Costs are always summed
        in float64.
    n_jobs : int or None, default=None
        Number of threads. None uses all threads that numba may use in this process,
        like estimators that compute with OpenMP; -1 uses every core. Processes that
        are forked after a fit can use them, too.
    warm_start : bool, default=False
        Whether to start from the factors of the previous fit, for the users, items and
        latent factors that it had. With ``early_stopping``, ratings that the previous
        fit held out are held out again, and ``validation_fraction`` of the ratings of
        new pairs; ratings that the previous fit has learned are never held out.
    early_stopping : bool, default=False
        Whether to hold out ratings for validation, learn from the other ratings (means,
        too), and stop when the validation error no longer falls. The factors with the
        lowest validation error are kept. With ``unrated_weight``, held-out pairs
        count as unrated pairs during the fit.
    validation_fraction : float, default=0.1
        Fraction of ratings held out for validation when ``early_stopping=True``. Every
        user and item keeps at least one training rating, so the actual fraction can be
        smaller. Repeats of a pair stay together.
    n_iter_no_change : int, default=10
        Number of iterations for early stopping: the fit stops when this many iterations
        together have not lowered the validation error by more than ``tol`` times the
        error.
    random_state : int, RandomState instance or None, default=None
        Seed of the start of the factors and of the held-out ratings.
    verbose : int, default=0
        Verbosity. From 1 up, the cost is printed after each iteration.
    user_features, item_features : frame or None, default=None
        Features of users and of items: a frame of pandas, polars or pyarrow with one
        row for each id. The column of ids has the name of the id column of X or a usual
        name such as "item" or "movieId", or is the index. Ids of the frame that are not
        in X become users or items of the model; ids of X that are not in the frame have
        the mean of each feature, with a warning. Searches never split these frames.
    user_encoder, item_encoder : transformer or None, default=None
        Transformer of the frame without its ids, with finite numbers as output. It is
        cloned. None is `FeatureEncoder`.
    reg_features : float, default=1.0
        Penalty of the coefficients of the features, as a multiple of the penalty of the
        rows that they move; for their effects on biases, a multiple of ``reg_bias``.
        The larger it is, the less features predict.

    Attributes
    ----------
    user_factors_, item_factors_ : ndarray of shape (n_users or n_items, num_features)
        Factors U and V of dtype ``dtype``. The product of two rows has the unit of the
        rating.
    user_bias_, item_bias_ : ndarray of shape (n_users,), (n_items,)
        Biases b and c; zero without ``fit_bias``.
    user_ids_, item_ids_ : ndarray of shape (n_users,), (n_items,)
        Sorted distinct ids. The rows of the other attributes are in the same order.
    item_counts_ : ndarray of shape (n_items,)
        Number of users who rated each item.
    user_means_, item_means_ : ndarray of shape (n_users,), (n_items,)
        Damped mean ratings.
    global_mean_ : float
        Mean of all ratings.
    unknown_user_predictions_ : ndarray of shape (n_items,)
        Predicted rating of each item by an unknown user: ``item_means_`` or, with
        ``fit_bias``, ``(sum + d * global_mean_) / (n + d)`` with ``d`` the larger of
        ``mean_damping`` and ``reg_bias`` (4 if it is None).
    unknown_item_predictions_ : ndarray of shape (n_users,)
        Predicted rating of an unknown item by each user. With ``fit_bias`` it is the
        user's mean, damped by the same formula. Without biases it is ``global_mean_``
        or, with ``mean_normalization="user"``, ``user_means_``. For a user without a
        rating it is the mean plus the bias that the features predict.
    user_feature_names_, item_feature_names_ : ndarray of shape (m,), str
        Names of the encoded features. This and the next two attributes exist if the fit
        had features of this side.
    user_feature_coef_, item_feature_coef_ : ndarray of shape (m, num_features)
        Coefficients B: the factors that each feature adds.
    user_feature_effects_, item_feature_effects_ : ndarray of shape (m,)
        Effects e of each feature on the bias, in units of the rating.
    reg_param_ : float or (users, items)
        Penalty of the fit: the value of ``reg_param``, computed if that is "auto".
    unrated_weight_ : float
        Weight of unrated pairs: the value of ``unrated_weight``, computed if that is
        "auto".
    reg_param_max_ : float
        Smallest ``reg_param`` at which all factors are zero: the largest singular
        value of the centred (and weighted) ratings. With ``fit_bias``, biases are
        fitted with this ``reg_param`` and subtracted first.
    cost_ : float
        Cost of the factors on the training ratings.
    cost_path_ : ndarray of shape (at most max_iter + 1,)
        Cost at the start and after each iteration. A single cost if the start is the
        optimum.
    gradient_norm_ : float
        Euclidean norm of the gradient at the factors.
    gradient_norm_path_ : ndarray of the shape of ``cost_path_``, or None
        Norms of the gradient at the start and after each iteration. None if a callable
        ``solver`` does not return them.
    n_iter_ : int
        Number of iterations, at least 1.
    converged_ : bool
        Whether ``tol`` was reached.
    stop_reason_ : {"tolerance", "max_iter", "callback", "line_search", \
            "early_stopping"}
        Reason why the solver stopped.
    validation_scores_ : ndarray of shape (at most max_iter,) or None
        Root mean squared error of predictions (clipped, as in `predict`) on the
        held-out ratings, after each iteration. None without ``early_stopping``.
    n_features_in_ : int
        Number of columns of X: 2 if the id columns were found by name or the ratings
        were taken from X, else the number of all columns.
    feature_names_in_ : ndarray of str
        Names of these columns, if all names of X are strings.

    See Also
    --------
    CollaborativeFilterCV : Chooses the penalty along paths.
    RankingCollaborativeFilter : Learns from the unrated pairs, too.
    BayesianCollaborativeFilter : Lower errors, and standard deviations.
    sklearn_cofi.spark.SparkCollaborativeFilter : The same model on a cluster.
    sklearn.decomposition.NMF : Factorises a matrix in which every entry is known.

    Notes
    -----
    The prediction of a known user u and an item i that has features and no rating is ::

        fallback_u - sum_j f_uj / (n_u + d) + f_ui,   f_uj = U_u . (G_j @ C) + G_j @ e

    over the j that u rated, with ``fallback = unknown_item_predictions_``: the
    prediction for any unknown item, plus what the features of i add in comparison with
    the items that u rated. (Users choose items that they like, so biases and factors
    alone would predict too little or too much.) Without features it is the fallback.
    The same holds for new users and known items. If neither has a rating, the
    prediction is the mean of all ratings plus biases and product.

    The penalty "auto" is ``1.5 * s`` with the default ``reg_scaling``, where s is the
    standard deviation of the residuals of biases alone. ``docs/howto/penalties.md`` has
    the derivation, and held-out errors of the defaults on several data sets.

    The model of the tutorial in ``docs/tutorials/nine-steps.md`` has means of items and
    a penalty of 10 on each row, without biases::

        CollaborativeFilter(10, 10.0, mean_normalization="item", fit_bias=False,
                            reg_scaling="none")

    References
    ----------
    Salakhutdinov and Mnih, "Probabilistic Matrix Factorization", NIPS 2007; Srebro and
    Salakhutdinov, "Collaborative Filtering in a Non-Uniform World: Learning with the
    Weighted Trace Norm", NIPS 2010, arXiv:1002.2780; for features, Agarwal and Chen,
    "Regression-based Latent Factor Models", KDD 2009, doi:10.1145/1557019.1557029.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn_cofi import CollaborativeFilter
    >>> from sklearn_cofi.datasets import load_tutorial
    >>> ratings = load_tutorial().frame
    >>> model = CollaborativeFilter(3, "0.5*auto", random_state=0)
    >>> model.fit(ratings[["user", "item"]], ratings["rating"])
    CollaborativeFilter(num_features=3, random_state=0, reg_param='0.5*auto')
    >>> round(model.reg_param_, 3)
    1.337
    >>> model.predict(pd.DataFrame({"user": [0, 5], "item": [3, 0]})).round(2)
    array([8.46, 5.12])

    An item that nobody has rated is predicted by its features:

    >>> items = pd.DataFrame({"item": range(11), "genre": list("aabbabbaabb")})
    >>> model.set_params(item_features=items).fit(ratings).item_counts_[-1]
    np.int64(0)
    >>> model.predict(pd.DataFrame({"user": [0, 5], "item": [10, 10]})).round(2)
    array([6.75, 7.13])
    """

    _parameter_constraints: dict = {
        **FactorModel._parameter_constraints,
        "num_features": [Interval(Integral, 1, None, closed="left")],
        "reg_param": [*_PENALTY, str],
        "solver": [StrOptions(set(SOLVERS)), callable],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="left")],
        "mean_normalization": [StrOptions({"item", "user", "global", "unrated"}), None],
        "mean_damping": [Interval(Real, 0, None, closed="left")],
        "fit_bias": ["boolean"],
        "reg_bias": [*_PENALTY, None],
        "reg_scaling": [
            StrOptions({"none", "count", "weight"}),
            Interval(Real, 0, 1, closed="both"),
        ],
        "unrated_weight": [Interval(Real, 0, None, closed="left"), str],
        "unrated_rating": [Interval(Real, None, None, closed="neither")],
        "reg_features": [Interval(Real, 0, None, closed="neither")],
        "unknown": [StrOptions({"mean", "error"})],
        "warm_start": ["boolean"],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        num_features: int = 20,
        reg_param: RegParamOrAuto = "auto",
        *,
        solver: SolverName | Solver = "cg",
        max_iter: int = 1000,
        tol: float = 1e-3,
        mean_normalization: Normalization = "global",
        mean_damping: float = 0.0,
        fit_bias: bool = True,
        reg_bias: RegParam | None = 2.0,
        reg_scaling: RegScaling = 0.5,
        unrated_weight: float | str = 0.0,
        unrated_rating: float = 0.0,
        user_col: Column = None,
        item_col: Column = None,
        rating_col: Column = None,
        unknown: Unknown = "mean",
        rating_range: Range = None,
        dtype: DType = None,
        n_jobs: int | None = None,
        warm_start: bool = False,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        random_state: RandomState = None,
        verbose: int = 0,
        user_features: Frame | None = None,
        item_features: Frame | None = None,
        user_encoder: Estimator | None = None,
        item_encoder: Estimator | None = None,
        reg_features: float = 1.0,
    ) -> None:
        self.num_features = num_features
        self.reg_param = reg_param
        self.solver = solver
        self.max_iter = max_iter
        self.tol = tol
        self.mean_normalization = mean_normalization
        self.mean_damping = mean_damping
        self.fit_bias = fit_bias
        self.reg_bias = reg_bias
        self.reg_scaling = reg_scaling
        self.unrated_weight = unrated_weight
        self.unrated_rating = unrated_rating
        self.user_col = user_col
        self.item_col = item_col
        self.rating_col = rating_col
        self.unknown = unknown
        self.rating_range = rating_range
        self.dtype = dtype
        self.n_jobs = n_jobs
        self.warm_start = warm_start
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.random_state = random_state
        self.verbose = verbose
        self.user_features = user_features
        self.item_features = item_features
        self.user_encoder = user_encoder
        self.item_encoder = item_encoder
        self.reg_features = reg_features

    @property
    def _ratings_optional(self) -> bool:
        # Without unrated pairs, ratings that are all 1 have no optimum worth finding.
        return isinstance(self.unrated_weight, str) or self.unrated_weight > 0

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(
        self,
        X: FrameLike,
        y: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Learn the factors.

        Parameters
        ----------
        X : frame or array-like of shape (n_ratings, n_columns)
            A row for each rating, with columns for user and item. Ids are numbers,
            strings or values of any one hashable, sortable type.
        y : array-like of shape (n_ratings,), default=None
            Ratings. None takes the rating column of X. If ``unrated_weight`` is not 0,
            X may be without ratings, which are then all 1.
        sample_weight : float or array-like of shape (n_ratings,), default=None
            Weights of the ratings, at least 0, such as counts. Ratings of weight 0 are
            ignored.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If ids or ratings are missing, infinite or of a wrong type, if X is empty
            or its columns cannot be found, if a parameter is out of range, or if the
            ids of a frame of features are missing or repeated.
        TypeError
            If ids are unhashable or of mixed types, X is sparse or lazy, or the ids of
            a frame of features are of another kind than those of X.

        Warns
        -----
        ConvergenceWarning
            If ``tol`` was not reached.
        UserWarning
            If a pair has more than one rating (they are averaged), if ``reg_param`` is
            so large that the model predicts means only, if early stopping cannot hold
            out a rating, or if ids of X have no row in a frame of features.
        """
        read = self._read_ratings(X, y, sample_weight)
        encoded = read.encode(self.dtype)
        ratings = encoded.matrix()
        tables = self._read_tables(read, encoded)
        split, previous = self._validation_split(ratings, encoded, tables)
        fit = self._fit_factors(
            read,
            encoded,
            ratings,
            num_features=int(self.num_features),
            reg_param=self.reg_param,
            split=split,
            n_iter_no_change=int(self.n_iter_no_change),
            previous=previous,
            tables=tables,
        )
        warn_of_conflicts(ratings.n_conflicts)
        self._warn_of_fit(fit)
        self._replace_fit(fit)
        return self

    def _validation_split(
        self, ratings: RatingMatrix, encoded: EncodedRatings, tables: SideTables
    ) -> tuple[ValidationSplit | None, PreviousFit | None]:
        """Return the split of early stopping, and the fit that a warm start continues.

        Both are None if the parameters do not ask for them.
        """
        previous = None
        if self.warm_start and hasattr(self, "item_factors_"):
            previous = PreviousFit(self._model(), self._rated_validation)
        if not self.early_stopping:
            return None, previous

        def split_after(previous: PreviousFit | None) -> ValidationSplit | None:
            return validation_split(
                ratings,
                encoded.ids,
                self.validation_fraction,
                self.rating_range,
                check_random_state(self.random_state),
                previous,
                tables,
            )

        split = split_after(previous)
        if split is None and previous is not None:
            split = split_after(None)
            if split is not None:
                warn_caller(
                    "The previous fit has learned all ratings that early_stopping can "
                    "validate on, so this fit starts without it. Keep "
                    "early_stopping=True in both fits, or set warm_start=False."
                )
                return split, None
        if split is None:
            warn_caller(
                "early_stopping has no rating to validate on, because each rating is "
                "the only one of its user or item. The fit uses all ratings and stops "
                "at `tol`."
            )
        return split, previous
