"""`CollaborativeFilterCV`: a filter whose penalty is chosen by cross-validation."""

from functools import partial
from numbers import Integral
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import check_cv
from sklearn.utils.metadata_routing import (
    MetadataRouter,
    MethodMapping,
    process_routing,
)

from sklearn_cofi._collaborative_filter import CollaborativeFilter
from sklearn_cofi._compat import (
    Interval,
    _fit_context,
    _raise_for_params,
    _routing_enabled,
)
from sklearn_cofi._types import Solver
from sklearn_cofi._typing import (
    CV,
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
from sklearn_cofi.base._factor_fit import FactorFit, PenaltyChoice
from sklearn_cofi.base._factor_model import FactorModel
from sklearn_cofi.base._fit_warnings import warn_of_conflicts
from sklearn_cofi.base._ratings_input import RatingsInput
from sklearn_cofi.data._encoded import EncodedRatings
from sklearn_cofi.kernels._announce import announcing
from sklearn_cofi.kernels._threads import kernel_threads, single_blas_thread
from sklearn_cofi.training._cv_folds import (
    errors_increased,
    folds_of_pairs,
    folds_of_rows,
    held_out_errors,
)
from sklearn_cofi.training._penalty_grid import GRID, check_num_features, penalty_grid
from sklearn_cofi.training._solve import solve_along

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

    In each fold and for each number of latent factors, a path of filters is fitted
    over falling penalties; each filter starts from the factors of the one before. The
    penalty and the number of latent factors with the lowest mean held-out error are
    then fitted to all ratings, as in
    ``CollaborativeFilter(num_features_, reg_param_, ...)``.

    The same data and ``random_state`` give the same bits with any number of threads
    and, unless ``cv`` is a splitter, in any order of the rows.

    Parameters
    ----------
    reg_params : array-like of float or str, default=None
        Penalties to choose from: numbers, or multiples of the automatic penalty of
        `CollaborativeFilter` for all ratings, such as "0.5*auto". None is a geometric
        grid that falls from the smallest penalty at which all factors are zero.
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
    patience : int or None, default=3
        Number of penalties without improvement after which the paths of a number of
        latent factors end: the mean errors of all of them are above the lowest one
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
    unrated_weight : float or "auto", default=0.0
    unrated_rating : float, default=0.0
    user_col, item_col, rating_col : str, int or None, default=None
        As in `CollaborativeFilter`.
    unknown : {"mean", "error"}, default="mean"
        How `predict` handles unknown users and items. In the folds their predictions
        are means.
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

    Attributes
    ----------
    reg_param_ : float
        Chosen penalty.
    num_features_ : int
        Chosen number of latent factors.
    cv_rmse_ : float
        Root mean squared error of this choice on held-out ratings, averaged over the
        folds.
    reg_params_ : ndarray of shape (n_reg_params,)
        Penalties to choose from, falling.
    rmse_path_ : ndarray of shape (n_num_features, n_reg_params, n_folds)
        Held-out errors, weighted by ``sample_weight``, for each number of latent
        factors (rising), penalty (falling) and fold. NaN after the end of a path.
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
        "patience": [Interval(Integral, 1, None, closed="left"), None],
    }

    def __init__(
        self,
        reg_params: ArrayLike | None = None,
        num_features: int | ArrayLike = 20,
        *,
        n_reg_params: int = 20,
        eps: float = 1e-2,
        cv: CV = None,
        patience: int | None = 3,
        solver: SolverName | Solver = "als-ncg",
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
        random_state: RandomState = None,
        verbose: int = 0,
    ) -> None:
        self.reg_params = reg_params
        self.num_features = num_features
        self.n_reg_params = n_reg_params
        self.eps = eps
        self.cv = cv
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

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(
        self,
        X: FrameLike,
        y: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
        **params: Any,
    ) -> Self:
        """Choose the penalty and the number of latent factors; then fit all ratings.

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
            As in `CollaborativeFilter.fit`, or if a penalty or a number of latent
            factors is out of range, or if a fold is empty.

        Warns
        -----
        ConvergenceWarning
            If ``tol`` was not reached in a fold or in the last fit.
        """
        _raise_for_params(params, self, "fit")
        read = self._read_ratings(X, y, sample_weight)
        encoded = read.encode(self.dtype)
        ratings = encoded.matrix()
        grid = check_num_features(self.num_features)
        folds = self._folds(encoded, read, sample_weight, params)
        with (
            kernel_threads(self.n_jobs, ratings.n_ratings * grid[-1]),
            single_blas_thread,
            announcing(self.verbose),
        ):
            reg_params = penalty_grid(
                self._problem(ratings), self.reg_params, self.n_reg_params, self.eps
            )
            errors, n_unfinished = self._errors(encoded, folds, reg_params, grid)
        choice = _best_of(errors, reg_params, grid)
        fit = self._fit_factors(
            read,
            encoded,
            ratings,
            num_features=choice.num_features,
            reg_param=choice.reg_param,
            choice=choice,
        )
        warn_of_conflicts(ratings.n_conflicts)
        self._warn_of_unfinished(n_unfinished, errors)
        self._warn_of_fit(fit)
        self._replace_fit(fit)
        return self

    def _set_fitted_attributes(self, fit: FactorFit) -> None:
        super()._set_fitted_attributes(fit)
        if fit.choice is not None:
            self.num_features_ = fit.choice.num_features
            self.cv_rmse_ = fit.choice.rmse
            self.reg_params_ = fit.choice.reg_params
            self.rmse_path_ = fit.choice.rmse_path

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

    def _folds(
        self,
        encoded: EncodedRatings,
        read: RatingsInput,
        sample_weight: ArrayLike | None,
        params: dict[str, Any],
    ) -> list[tuple[np.ndarray, np.ndarray]]:
        """Return the training and test rows of each fold, as rows of ``encoded``."""
        if self.cv is None or isinstance(self.cv, Integral):
            n_folds = None if self.cv is None else int(self.cv)
            return list(folds_of_pairs(encoded, n_folds, self.random_state))
        # Before the routing, which reads `cv`, too: an iterator can be read only once.
        splitter, routed = check_cv(self.cv), {}
        if _routing_enabled():
            routed = process_routing(
                self, "fit", sample_weight=sample_weight, **params
            ).splitter.split
        given = read.callback_arguments
        splits = splitter.split(given["X"], given["y"], **routed)
        folds = list(folds_of_rows(splits, read.positions))
        if not folds:
            raise ValueError("cv holds no splits. Pass at least one (train, test).")
        return folds

    def _errors(
        self,
        encoded: EncodedRatings,
        folds: list[tuple[np.ndarray, np.ndarray]],
        reg_params: np.ndarray,
        grid: list[int],
    ) -> tuple[np.ndarray, int]:
        """Return ``rmse_path_`` and the number of points that missed ``tol``."""
        errors = np.full((len(grid), reg_params.size, len(folds)), np.nan)
        finished: set[int] = set()
        n_unfinished = 0
        path = partial(
            solve_along,
            reg_params=reg_params,
            num_features_grid=grid,
            finished=finished,
            solver=self.solver,
            max_iter=int(self.max_iter),
            tol=self.tol,
        )
        walks = [
            held_out_errors(encoded, *rows, self._problem, self.rating_range, path)
            for rows in folds
        ]
        for point in range(reg_params.size):
            for fold, walk in enumerate(walks):
                for number, (error, converged) in next(walk).items():
                    errors[number, point, fold] = error
                    n_unfinished += not converged
            if self.patience is None:
                continue
            means = errors[:, : point + 1].mean(axis=2)
            finished |= {
                number
                for number in set(range(len(grid))) - finished
                if errors_increased(means[number], int(self.patience))
            }
        return errors, n_unfinished

    def _warn_of_unfinished(self, n_unfinished: int, errors: np.ndarray) -> None:
        if n_unfinished:
            warn_caller(
                f"At {n_unfinished} of {int((~np.isnan(errors)).sum())} points of the "
                f"folds' paths, solver {self.solver!r} stopped before it reached tol="
                f"{self.tol:g}. Increase max_iter, or tol.",
                ConvergenceWarning,
            )


def _best_of(
    errors: np.ndarray, reg_params: np.ndarray, grid: list[int]
) -> PenaltyChoice:
    """Return the penalty and the number of latent factors with the lowest error."""
    means = errors.mean(axis=2)
    means[np.isnan(means)] = np.inf
    best = np.unravel_index(np.argmin(means), means.shape)
    return PenaltyChoice(
        reg_param=float(reg_params[best[1]]),
        num_features=grid[best[0]],
        rmse=float(means[best]),
        reg_params=reg_params,
        rmse_path=errors,
    )
