"""`CollaborativeFilterCV`: a filter whose penalty is chosen by cross-validation."""

from collections.abc import Iterator
from numbers import Integral
from typing import Any, Self

from numpy.typing import ArrayLike
from sklearn.model_selection import check_cv
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping

from sklearn_cofi._collaborative_filter import CollaborativeFilter
from sklearn_cofi._compat import (
    Interval,
    StrOptions,
    _fit_context,
    _raise_for_params,
)
from sklearn_cofi._types import Solution, Solver
from sklearn_cofi._typing import (
    CV,
    Column,
    DType,
    Estimator,
    Frame,
    FrameLike,
    Normalization,
    RandomState,
    Range,
    RankingMetric,
    RegParam,
    RegScaling,
    Scorer,
    SolverName,
    Unknown,
)
from sklearn_cofi.base._cv_rows import rows_of_folds
from sklearn_cofi.base._factor_fit import FactorFit
from sklearn_cofi.base._factor_model import FactorModel
from sklearn_cofi.base._fit_warnings import warn_of_conflicts, warn_of_paths
from sklearn_cofi.data._encoded import EncodedRatings
from sklearn_cofi.data._matrix import RatingMatrix
from sklearn_cofi.kernels._announce import announcing
from sklearn_cofi.kernels._threads import kernel_threads, single_blas_thread
from sklearn_cofi.metrics._per_user import METRICS
from sklearn_cofi.training._cv_folds import Fold
from sklearn_cofi.training._cv_paths import PathScores, choose, score_paths
from sklearn_cofi.training._held_out_lists import check_scoring
from sklearn_cofi.training._penalty_grid import GRID, check_num_features, penalty_grid
from sklearn_cofi.training._problem import CenteredProblem
from sklearn_cofi.training._side_tables import SideTables
from sklearn_cofi.training._solve import solve_along
from sklearn_cofi.training._unrated_weight import check_unrated_weights

# Parameters of `CollaborativeFilter` that the cross-validation chooses or cannot use.
_NOT_SHARED = {
    "reg_param",
    "warm_start",
    "early_stopping",
    "validation_fraction",
    "n_iter_no_change",
}


class CollaborativeFilterCV(FactorModel):
    """Collaborative filter whose penalty is chosen by cross-validation.

    In each fold, for each weight of unrated pairs and for each number of latent
    factors, a path of filters is fitted over falling penalties; each filter starts from
    the factors of the one before. The values with the best mean score on held-out
    ratings are then fitted to all ratings, as in ``CollaborativeFilter(num_features_,
    reg_param_, unrated_weight=unrated_weight_, ...)``. The score is the prediction
    error or, with ``scoring``, a ranking metric of the lists.

    The same data and ``random_state`` give the same bits with any number of threads
    and, unless ``cv`` is a splitter, in any order of the rows.

    Parameters
    ----------
    reg_params : array-like of float or str, default=None
        Penalties to choose from: numbers, or multiples of the automatic penalty of
        `CollaborativeFilter` for all ratings, such as "0.5*auto". None is a geometric
        grid that falls from the smallest penalty at which all factors are zero. With an
        ``unrated_weight``, where this penalty is far above the useful ones, the grid
        falls from ``auto / sqrt(eps)`` to ``auto * sqrt(eps)``.
    num_features : int or array-like of int, default=20
        Numbers of latent factors to choose from.
    n_reg_params : int, default=20
        Number of penalties of the grid.
    eps : float, default=1e-2
        Smallest penalty of the grid, divided by the largest.
    cv : int, splitter, iterable of (train, test) or None, default=None
        Folds. An int is the number of folds to which the rated pairs are assigned at
        random, by ``random_state``. Pairs are always shuffled, unlike in scikit-learn,
        because files of ratings are often sorted by user. None is 5 folds, or the
        number of pairs if that is smaller. Splitters and iterables divide the rows
        of X.
    scoring : str, callable or None, default=None
        Score that chooses. None is the root mean squared error of predictions. A
        ranking metric is the name of one ("ndcg", "recall", "precision",
        "average_precision", "reciprocal_rank" or "hit_rate": ten items for each user,
        all test ratings relevant), or a scorer such as ``make_ranking_scorer("ndcg",
        k=10, relevant_from=4)``. The lists are those of `recommend`; their metric does
        not use ``sample_weight``.
    patience : int or None, default=3
        Number of penalties without improvement after which the paths of a number of
        latent factors end: the mean scores of all of them are worse than the best one
        before. None continues to the last penalty.
    solver : {"cg", "lbfgs", "als", "als-ncg"} or callable, default="als-ncg"
        Solver, as in `CollaborativeFilter`. The default is another one because
        "als-ncg" needs the fewest iterations from a good start.
    max_iter : int, default=1000
        Largest number of iterations for each penalty.
    tol : float, default=1e-3
        Tolerance for each penalty, as in `CollaborativeFilter`.
    mean_normalization : {"item", "user", "global", "unrated"} or None, default="global"
    mean_damping : float, default=0.0
    fit_bias : bool, default=True
    reg_bias : float, (users, items) or None, default=2.0
    reg_scaling : {"none", "count", "weight"} or float in [0, 1], default=0.5
    unrated_weight : float, str or array-like of these, default=0.0
        Weights of each unrated pair to choose from: numbers, or multiples of the
        automatic weight of `CollaborativeFilter` for all ratings, such as "0.5*auto".
    unrated_rating : float, default=0.0
    user_col, item_col, rating_col : str, int or None, default=None
        As in `CollaborativeFilter`.
    unknown : {"mean", "error"}, default="mean"
        How `predict` handles unknown users and items. In the folds their predictions
        are means, unless they have features.
    rating_range : (low, high) or None, default=None
        Range to which predictions are clipped, in the folds, too.
    dtype : {"float32", "float64"} or None, default=None
        Precision, as in `CollaborativeFilter`.
    n_jobs : int or None, default=None
        Number of threads, as in `CollaborativeFilter`.
    random_state : int, RandomState instance or None, default=None
        Seed of the folds, and of the start of the last fit. Paths draw no random
        numbers.
    verbose : int, default=0
        Verbosity. From 1 up, the cost is printed after each iteration of the last fit.
    user_features, item_features : frame or None, default=None
    user_encoder, item_encoder : transformer or None, default=None
    reg_features : float, default=1.0
        Features of users and of items, as in `CollaborativeFilter`. They are encoded
        once. In each fold, users and items without a training rating are predicted by
        their features.

    Attributes
    ----------
    reg_param_ : float
        Chosen penalty.
    num_features_ : int
        Chosen number of latent factors.
    unrated_weight_ : float
        Chosen weight of each unrated pair.
    cv_rmse_ : float
        Root mean squared error of this choice on held-out ratings, averaged over the
        folds.
    best_score_ : float
        Score of this choice, averaged over the folds: the ranking metric, or
        ``-cv_rmse_`` if ``scoring`` is None.
    reg_params_ : ndarray of shape (n_reg_params,)
        Penalties to choose from, falling, with the chosen ``unrated_weight_``.
    rmse_path_ : ndarray of shape (n_num_features, n_reg_params, n_folds)
        Held-out errors, weighted by ``sample_weight``, for each number of latent
        factors (rising), penalty (falling) and fold, with the chosen
        ``unrated_weight_``. NaN after the end of a path.
    scores_path_ : ndarray of shape (n_unrated_weights, n_num_features, n_reg_params, \
            n_folds)
        Scores on held-out ratings, higher is better, for each weight of unrated pairs
        (rising), number of latent factors, penalty and fold.
    unrated_weights_ : ndarray of shape (n_unrated_weights,)
        Weights of unrated pairs to choose from, rising.
    reg_params_grid_ : ndarray of shape (n_unrated_weights, n_reg_params)
        Penalties of ``scores_path_``, falling. A row is the penalties of one weight.
    **attributes
        All attributes of `CollaborativeFilter`, from the last fit.

    See Also
    --------
    collaborative_filter_path : The path over all ratings, as fitted filters.

    Notes
    -----
    The training matrices of all folds are in memory at once: about 24 bytes for each
    rating and fold, in float64.

    Examples
    --------
    >>> from sklearn_cofi import CollaborativeFilterCV
    >>> from sklearn_cofi.datasets import make_ratings
    >>> X, y = make_ratings(3000, n_users=100, n_items=60, rank=3, random_state=0)
    >>> model = CollaborativeFilterCV(num_features=[3, 5], random_state=0).fit(X, y)
    >>> model.rmse_path_.shape
    (2, 20, 5)

    Choose for lists, by NDCG@10:

    >>> model = CollaborativeFilterCV(
    ...     num_features=5,
    ...     scoring="ndcg",
    ...     unrated_weight=["0.5*auto", "auto", "2*auto"],
    ...     mean_normalization=None,
    ...     fit_bias=False,
    ...     random_state=0,
    ... ).fit(X, y)
    >>> model.scores_path_.shape
    (3, 1, 20, 5)
    """

    reg_param_: float

    _parameter_constraints: dict = {
        **{
            name: allowed
            for name, allowed in CollaborativeFilter._parameter_constraints.items()
            if name not in _NOT_SHARED
        },
        **GRID,
        "num_features": [Interval(Integral, 1, None, closed="left"), "array-like"],
        "cv": ["cv_object"],
        "scoring": [StrOptions(set(METRICS)), callable, None],
        "patience": [Interval(Integral, 1, None, closed="left"), None],
        "unrated_weight": [
            *CollaborativeFilter._parameter_constraints["unrated_weight"],
            "array-like",
        ],
    }

    def __init__(
        self,
        reg_params: ArrayLike | None = None,
        num_features: int | ArrayLike = 20,
        *,
        n_reg_params: int = 20,
        eps: float = 1e-2,
        cv: CV = None,
        scoring: RankingMetric | Scorer | None = None,
        patience: int | None = 3,
        solver: SolverName | Solver = "als-ncg",
        max_iter: int = 1000,
        tol: float = 1e-3,
        mean_normalization: Normalization = "global",
        mean_damping: float = 0.0,
        fit_bias: bool = True,
        reg_bias: RegParam | None = 2.0,
        reg_scaling: RegScaling = 0.5,
        unrated_weight: ArrayLike = 0.0,
        unrated_rating: float = 0.0,
        user_col: Column = None,
        item_col: Column = None,
        rating_col: Column = None,
        unknown: Unknown = "mean",
        rating_range: Range = None,
        dtype: DType = None,
        n_jobs: int | None = None,
        random_state: RandomState = None,
        verbose: int = 0,
        user_features: Frame | None = None,
        item_features: Frame | None = None,
        user_encoder: Estimator | None = None,
        item_encoder: Estimator | None = None,
        reg_features: float = 1.0,
    ) -> None:
        self.reg_params = reg_params
        self.num_features = num_features
        self.n_reg_params = n_reg_params
        self.eps = eps
        self.cv = cv
        self.scoring = scoring
        self.patience = patience
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
        self.random_state = random_state
        self.verbose = verbose
        self.user_features = user_features
        self.item_features = item_features
        self.user_encoder = user_encoder
        self.item_encoder = item_encoder
        self.reg_features = reg_features

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(
        self,
        X: FrameLike,
        y: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
        **params: Any,
    ) -> Self:
        """Choose by cross-validation; then fit all ratings.

        Parameters
        ----------
        X, y, sample_weight
            As in `CollaborativeFilter.fit`. Held-out errors are weighted, too.
        **params
            Parameters of the splitter, such as ``groups``. They need scikit-learn's
            metadata routing; without it, pass the splits themselves as ``cv``.

        Returns
        -------
        self

        Raises
        ------
        ValueError, TypeError
            As in `CollaborativeFilter.fit`, or if a penalty, a number of latent factors
            or a weight is out of range, if a fold is empty, or if ``scoring`` is not
            one of those above or is undefined in a fold.

        Warns
        -----
        ConvergenceWarning
            If ``tol`` was not reached in a fold or in the last fit.
        """
        _raise_for_params(params, self, "fit")
        scorer = check_scoring(self.scoring)
        read = self._read_ratings(X, y, sample_weight)
        encoded = read.encode(self.dtype)
        ratings = encoded.matrix()
        grid = check_num_features(self.num_features)
        weights = check_unrated_weights(self.unrated_weight, ratings)
        tables = self._read_tables(read, encoded)
        folds = [
            Fold(encoded, *rows, self.rating_range, scorer, tables)
            for rows in rows_of_folds(self, read, encoded, sample_weight, params)
        ]
        with (
            kernel_threads(self.n_jobs, ratings.n_ratings * grid[-1]),
            single_blas_thread,
            announcing(self.verbose),
        ):
            given = ratings, encoded, tables, folds
            paths = [self._paths(*given, weight, grid) for weight in weights]
        choice = choose(paths, grid)
        fit = self._fit_factors(
            read,
            encoded,
            ratings,
            num_features=choice.num_features,
            reg_param=choice.reg_param,
            choice=choice,
            tables=tables,
        )
        warn_of_conflicts(ratings.n_conflicts)
        warn_of_paths(paths, solver=self.solver, tol=self.tol)
        self._warn_of_fit(fit)
        self._replace_fit(fit)
        return self

    def _set_fitted_attributes(self, fit: FactorFit) -> None:
        super()._set_fitted_attributes(fit)
        choice = fit.choice
        if choice is not None:
            self.num_features_ = choice.num_features
            self.cv_rmse_, self.best_score_ = choice.rmse, choice.score
            self.reg_params_, self.rmse_path_ = choice.reg_params, choice.rmse_path
            self.unrated_weights_ = choice.unrated_weights
            self.reg_params_grid_ = choice.reg_params_grid
            self.scores_path_ = choice.scores

    def get_metadata_routing(self) -> MetadataRouter:
        """Return the metadata that `fit` takes: its own and that of the splitter."""
        return (
            MetadataRouter(owner=self)
            .add_self_request(self)
            .add(
                splitter=check_cv(self.cv),
                method_mapping=MethodMapping().add(caller="fit", callee="split"),
            )
        )

    def _paths(
        self,
        ratings: RatingMatrix,
        encoded: EncodedRatings,
        tables: SideTables,
        folds: list[Fold],
        unrated_weight: float,
        grid: list[int],
    ) -> PathScores:
        """Return the scores of the folds along the paths of one weight."""
        reg_params = penalty_grid(
            self._problem(ratings, unrated_weight, encoded.ids, tables),
            self.reg_params,
            self.n_reg_params,
            self.eps,
        )

        def path(
            problem: CenteredProblem, finished: set[int]
        ) -> Iterator[dict[int, Solution]]:
            return solve_along(
                problem,
                reg_params,
                grid,
                finished,
                solver=self.solver,
                max_iter=int(self.max_iter),
                tol=self.tol,
            )

        problems = [
            self._problem(fold.ratings, unrated_weight, fold.ids, tables)
            for fold in folds
        ]
        return score_paths(
            list(zip(folds, problems, strict=True)),
            path,
            unrated_weight,
            reg_params,
            len(grid),
            None if self.patience is None else int(self.patience),
        )
