"""The estimator: the road from a frame of ratings to factors, and back to answers."""

from numbers import Integral, Real
from typing import Self

from numpy.typing import ArrayLike
from sklearn.utils import check_random_state

from sklearn_cofi._compat import Interval, StrOptions, _fit_context
from sklearn_cofi._types import Solver
from sklearn_cofi._typing import (
    Column,
    DType,
    FrameLike,
    Normalization,
    RandomState,
    Range,
    RegParam,
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
from sklearn_cofi.training._validation import ValidationSplit, validation_split

_PENALTY = [Interval(Real, 0, None, closed="left"), tuple, list]


class CollaborativeFilter(FactorModel):
    """Collaborative filter for explicit ratings, by regularised matrix factorisation.

    Ratings become a masked matrix (users x items, an entry for each rating), means
    are subtracted, and user factors U and item factors V are learned together::

        cost = 1/2 * sum over rated (u, i) of w_ui * (U_u . V_i - R_ui)**2
             + reg_user/2 * ||U||**2 + reg_item/2 * ||V||**2

        predicted rating of (u, i) = mean + U_u . V_i

    With ``fit_bias``, ``b_u + c_i`` is added to each ``U_u . V_i``, and the squares of
    b and c to those of U and V. With ``reg_scaling``, each row's square counts
    ``n**reg_scaling`` times, n being the row's number of ratings.

    Time and memory grow with the number of ratings, never with users x items. The
    same data and ``random_state`` give the same bits, whatever the order of the rows
    and the number of threads.

    Parameters
    ----------
    num_features : int, default=10
        Length k of a row of factors. More than the number of users or items does no
        harm and no good.
    reg_param : float or (users, items), default=10.0
        Penalty on the squared factors, in units of the rating: of both sides, or a
        pair of their own. From ``reg_param_max_`` on the model predicts means (and
        biases) only. Factors know a pair by its product alone, ``(a, b)`` being
        ``sqrt(a * b)``: what it sets apart are the biases. A pair whose numbers are
        far apart takes the solvers longer.
    solver : {"cg", "lbfgs", "als", "als-ncg"} or callable, default="cg"
        All minimise the same cost. "cg" is nonlinear conjugate gradients
        (``scipy.optimize.fmin_cg``), "lbfgs" limited-memory BFGS, "als" alternating
        least squares, "als-ncg" conjugate gradients that a sweep of ALS preconditions.
        With biases or many features the last two are much faster. A callable is
        called as ``solver(objective, start, max_iter=..., tol=..., callback=...)``:
        see `sklearn_cofi.solvers.Solver`.
    max_iter : int, default=1000
        Largest number of iterations.
    tol : float, default=1e-3
        Stop when ``norm(gradient) * norm(factors) <= tol * cost of zero factors``, and
        the cost is not above that of zero factors. The default is where held-out
        errors stop changing; proofs need less.
    mean_normalization : {"item", "user", "global"} or None, default="item"
        Which means are subtracted before factors are learned, and added back to
        predictions.
    mean_damping : float, default=0.0
        Means of items and users are taken as if each had so many more ratings, all of
        the global mean: ``(sum + mean_damping * global_mean_) / (n + mean_damping)``.
    fit_bias : bool, default=False
        Learn a bias of each user and each item together with the factors. On biases
        ``reg_param`` has no unit: it counts ratings, as in ``sum / (n + reg_param)``.
    reg_bias : float, (users, items) or None, default=None
        Penalty on the squared biases, in ratings. None takes that of the row's
        factors; a number is the same for all rows, whatever ``reg_scaling`` is.
    reg_scaling : {"none", "count"} or float in [0, 1], default="none"
        A number p multiplies the penalty of each row of factors by ``n**p``, n being
        its number of ratings (the sum of their weights). "none" is 0, "count" is 1,
        as in ALS-WR; 0.5 is the weighted trace norm.
    user_col, item_col, rating_col : str, int or None, default=None
        Names (or positions) of the columns of X. None takes the columns that are
        named "user", "item" and "rating" or, where there are no such names, the
        first, second and third. Further columns are ignored.
    unknown : {"mean", "error"}, default="mean"
        What to do with users and items that fit has not seen: an unknown user gets
        the item's mean, an unknown item the mean of all ratings (plus the user's bias;
        the user's mean with ``mean_normalization="user"``); or raise an error.
    rating_range : (low, high) or None, default=None
        Clip predictions to this range. Ratings outside it are refused by `fit`.
    dtype : {"float32", "float64"} or None, default=None
        Precision of factors and kernels (or these types of numpy). None keeps float32
        ratings in float32 and uses float64 for all else. Costs are summed in float64
        either way.
    n_jobs : int or None, default=None
        Number of threads. None takes all that numba may use in this process (as
        estimators that compute with OpenMP do), -1 takes every core. Processes that
        are forked after a fit cannot use more threads: spawn them instead.
    warm_start : bool, default=False
        Start from the factors of the previous fit, for the users, items and features
        that it had.
    early_stopping : bool, default=False
        Set ratings apart, learn from the others (means too), and stop when the error
        on those set apart falls no more. The factors with the lowest error are kept.
    validation_fraction : float, default=0.1
        Share of the ratings that `early_stopping` sets apart, drawn by
        ``random_state``. Less where it must be: of every user and every item a rating
        is left to learn from. Repeats of a pair stay together.
    n_iter_no_change : int, default=10
        With `early_stopping`, stop when so many iterations together have not lowered
        the error by more than ``tol`` times itself.
    random_state : int, RandomState instance or None, default=None
        Seed of the factors to start from, and of the ratings set apart.
    verbose : int, default=0
        With 1 or more, print the cost after each iteration.

    Attributes
    ----------
    user_factors_, item_factors_ : ndarray of shape (n_users or n_items, num_features)
        U and V, in roots of the rating's unit, of ``dtype``.
    user_bias_, item_bias_ : ndarray of shape (n_users,), (n_items,)
        Zero without ``fit_bias``.
    user_ids_, item_ids_ : ndarray of shape (n_users,), (n_items,)
        Sorted distinct ids; row numbers of all other attributes.
    item_counts_ : ndarray of shape (n_items,)
        Number of users who rated each item.
    user_means_, item_means_ : ndarray of shape (n_users,), (n_items,)
        Mean ratings, damped.
    global_mean_ : float
        Mean of all ratings.
    reg_param_max_ : float
        Smallest ``reg_param`` at which all factors are zero: the largest singular
        value of the centred (and weighted) ratings. With ``fit_bias``, of what the
        biases alone, fitted with this ``reg_param``, leave of them.
    cost_ : float
        The cost of the factors, on what they were learned from.
    cost_path_ : ndarray of shape (at most max_iter + 1,)
        Cost at the start and after each iteration; the start alone where that was
        the optimum.
    gradient_norm_ : float
        Euclidean norm of the gradient at the factors.
    gradient_norm_path_ : ndarray of the shape of ``cost_path_``, or None
        That norm at the start and after each iteration. None after a ``solver`` of
        your own that does not tell it.
    n_iter_ : int
        Number of iterations, at least 1.
    converged_ : bool
        Whether ``tol`` was reached.
    stop_reason_ : {"tolerance", "max_iter", "callback", "line_search", \
            "early_stopping"}
        Why the solver stopped.
    validation_scores_ : ndarray of shape (at most max_iter,) or None
        Root mean squared error on the ratings set apart, of predictions as `predict`
        makes them, after each iteration. None without `early_stopping`.
    n_features_in_ : int
        Number of columns of X: 2 where the id columns were found by their names or
        the ratings were taken from X, else all.
    feature_names_in_ : ndarray of str
        Names of these columns, where X has names that are all strings.

    Notes
    -----
    A setting that does better than the defaults, which are the tutorial's, on
    MovieLens (ratings from 1 to 5; see ``docs/howto/penalties.md``)::

        CollaborativeFilter(num_features=20, reg_param=1.3, reg_scaling=0.5,
                            fit_bias=True, reg_bias=4, mean_normalization="global",
                            solver="als-ncg", rating_range=(1, 5))

    References
    ----------
    Salakhutdinov and Mnih, "Probabilistic Matrix Factorization", NIPS 2007; Srebro and
    Salakhutdinov, "Collaborative Filtering in a Non-Uniform World: Learning with the
    Weighted Trace Norm", NIPS 2010, arXiv:1002.2780.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn_cofi import CollaborativeFilter
    >>> from sklearn_cofi.datasets import load_tutorial
    >>> ratings = load_tutorial().frame
    >>> model = CollaborativeFilter(num_features=3, reg_param=1.0, random_state=0)
    >>> model.fit(ratings[["user", "item"]], ratings["rating"])
    CollaborativeFilter(num_features=3, random_state=0, reg_param=1.0)
    >>> round(model.cost_, 3)
    16.242
    >>> model.predict(pd.DataFrame({"user": [0, 5], "item": [3, 0]})).round(2)
    array([10.08,  4.34])
    """

    _parameter_constraints: dict = {
        **FactorModel._parameter_constraints,
        "num_features": [Interval(Integral, 1, None, closed="left")],
        "reg_param": _PENALTY,
        "solver": [StrOptions(set(SOLVERS)), callable],
        "max_iter": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="left")],
        "mean_normalization": [StrOptions({"item", "user", "global"}), None],
        "mean_damping": [Interval(Real, 0, None, closed="left")],
        "fit_bias": ["boolean"],
        "reg_bias": [*_PENALTY, None],
        "reg_scaling": [
            StrOptions({"none", "count"}),
            Interval(Real, 0, 1, closed="both"),
        ],
        "unknown": [StrOptions({"mean", "error"})],
        "warm_start": ["boolean"],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        num_features: int = 10,
        reg_param: RegParam = 10.0,
        *,
        solver: SolverName | Solver = "cg",
        max_iter: int = 1000,
        tol: float = 1e-3,
        mean_normalization: Normalization = "item",
        mean_damping: float = 0.0,
        fit_bias: bool = False,
        reg_bias: RegParam | None = None,
        reg_scaling: RegScaling = "none",
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
            A row for each rating, with columns for user and item. Ids may be
            numbers, strings or any one hashable, sortable type.
        y : array-like of shape (n_ratings,), default=None
            Ratings. None takes the rating column of X.
        sample_weight : float or array-like of shape (n_ratings,), default=None
            Weights of the ratings, at least 0. A rating of weight 0 is no rating.

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
        ConvergenceWarning
            If ``tol`` was not reached.
        UserWarning
            If a pair has more than one rating (they are averaged), or ``reg_param``
            is so large that the model predicts means only.
        """
        read = self._read_ratings(X, y, sample_weight)
        encoded = read.encode(self.dtype)
        ratings = encoded.matrix()
        is_warm = self.warm_start and hasattr(self, "item_factors_")
        fit = self._fit_factors(
            read,
            encoded,
            ratings,
            num_features=self.num_features,
            reg_param=self.reg_param,
            split=self._validation_split(ratings, encoded),
            n_iter_no_change=self.n_iter_no_change,
            previous=self._model() if is_warm else None,
        )
        warn_of_conflicts(ratings.n_conflicts)
        self._warn_of_fit(fit, self.reg_param)
        self._take_fit(fit)
        return self

    def _validation_split(
        self, ratings: RatingMatrix, encoded: EncodedRatings
    ) -> ValidationSplit | None:
        """Return what early stopping learns from and validates on; None without it."""
        if not self.early_stopping:
            return None
        split = validation_split(
            ratings,
            encoded.ids,
            self.validation_fraction,
            self.rating_range,
            check_random_state(self.random_state),
        )
        if split is None:
            warn_caller(
                "early_stopping has no rating to validate on, because each rating is "
                "the only one of its user or its item. All ratings are fitted, up to "
                "`tol`."
            )
        return split

    @property
    def _fitted_reg_param(self) -> RegParam:
        return self.reg_param
