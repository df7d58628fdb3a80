"""`CollaborativeFilterCV`: penalty and number of features by cross-validation."""

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
from sklearn_cofi.kernels._threads import kernel_threads, single_blas_thread
from sklearn_cofi.training._cv_folds import (
    errors_increased,
    folds_of_pairs,
    folds_of_rows,
    held_out_errors,
)
from sklearn_cofi.training._penalty_grid import GRID, check_num_features, penalty_grid
from sklearn_cofi.training._solve import solve_along

# Of one filter, not of a choice among many.
_NOT_SHARED = {
    "reg_param",
    "warm_start",
    "early_stopping",
    "validation_fraction",
    "n_iter_no_change",
}


class CollaborativeFilterCV(FactorModel):
    """Collaborative filter whose penalty is chosen by cross-validation.

    In each fold, a path of filters is fitted over falling penalties, one starting
    from the other, for each number of features. The penalty and the number of
    features with the lowest mean held-out error are then fitted to all ratings, as
    ``CollaborativeFilter(num_features_, reg_param_, ...)`` is.

    The same data and ``random_state`` give the same bits, whatever the order of the
    rows (if ``cv`` is not a splitter) and the number of threads.

    Parameters
    ----------
    reg_params : array-like of float, default=None
        Penalties to choose from. None takes a geometric grid from the smallest at
        which all factors are zero.
    num_features : int or array-like of int, default=10
        Numbers of features to choose from.
    n_reg_params : int, default=20
        Number of penalties of that grid.
    eps : float, default=1e-2
        Smallest penalty of that grid, as a share of the largest.
    cv : int, splitter, iterable of (train, test) or None, default=None
        An int deals the rated pairs into so many folds at random, by
        ``random_state``; unlike elsewhere in scikit-learn it shuffles, for files of
        ratings are sorted by user. None is 5, or as many as there are pairs.
        Splitters and iterables divide the rows of X.
    patience : int or None, default=3
        End the paths of a number of features after so many penalties in a row at which
        the mean error is above the lowest before. None goes to the last penalty.
    solver : {"cg", "lbfgs", "als", "als-ncg"} or callable, default="als-ncg"
        As in `CollaborativeFilter`, where the default is another one: from a good
        start this one needs the fewest iterations.
    max_iter : int, default=1000
        Largest number of iterations at each point.
    tol : float, default=1e-3
        As in `CollaborativeFilter`, at each point.
    mean_normalization : {"item", "user", "global"} or None, default="item"
    mean_damping : float, default=0.0
    fit_bias : bool, default=False
    reg_bias : float, (users, items) or None, default=None
    reg_scaling : {"none", "count"} or float in [0, 1], default="none"
    user_col, item_col, rating_col : str, int or None, default=None
    unknown : {"mean", "error"}, default="mean"
        What `predict` does; in the folds, means are predicted of what is unknown.
    rating_range : (low, high) or None, default=None
        Clips predictions in the folds, too.
    dtype : {"float32", "float64"} or None, default=None
    n_jobs : int or None, default=None
        Number of threads.
    random_state : int, RandomState instance or None, default=None
        Seed of the folds, and of the factors that the last fit starts from. Paths
        draw nothing.
    verbose : int, default=0
        With 1 or more, print the cost after each iteration of the last fit.

    Attributes
    ----------
    reg_param_ : float
        The penalty that was chosen.
    num_features_ : int
        The number of features that was chosen.
    cv_rmse_ : float
        Their root mean squared error on held-out ratings, the mean over the folds.
    reg_params_ : ndarray of shape (n_reg_params,)
        Penalties that were tried, falling.
    rmse_path_ : ndarray of shape (n_num_features, n_reg_params, n_folds)
        Held-out errors, weighted by ``sample_weight``, for each number of features
        (rising), penalty (falling) and fold; NaN where a path had ended.
    **attributes
        All attributes of `CollaborativeFilter`, of the last fit.

    See Also
    --------
    collaborative_filter_path : The path over all ratings, as fitted filters.

    Notes
    -----
    The matrices of all folds are held at once: about as many times 24 bytes a rating
    as there are folds, in float64.

    Examples
    --------
    >>> from sklearn_cofi import CollaborativeFilterCV
    >>> from sklearn_cofi.datasets import make_ratings
    >>> X, y = make_ratings(3000, n_users=100, n_items=60, rank=3, random_state=0)
    >>> model = CollaborativeFilterCV(num_features=[3, 5], random_state=0).fit(X, y)
    >>> model.rmse_path_.shape
    (2, 20, 5)
    """

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
        num_features: int | ArrayLike = 10,
        *,
        n_reg_params: int = 20,
        eps: float = 1e-2,
        cv: CV = None,
        patience: int | None = 3,
        solver: SolverName | Solver = "als-ncg",
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
        """Choose a penalty and a number of features, and fit all ratings with them.

        Parameters
        ----------
        X, y, sample_weight
            As in `CollaborativeFilter.fit`. Weights count in the held-out errors, too.
        **params
            Parameters of the splitter, such as ``groups``; with scikit-learn's
            metadata routing enabled only. Without it, pass ``cv`` as the splits.

        Returns
        -------
        self

        Raises
        ------
        ValueError, TypeError
            As `CollaborativeFilter.fit` does, or if a penalty or a number of features
            is out of range, or if a fold is empty.

        Warns
        -----
        ConvergenceWarning
            If ``tol`` was not reached, in a fold or by the last fit.
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
        self._warn_of_fit(fit, choice.reg_param)
        self._take_fit(fit)
        return self

    def _set_fitted_attributes(self, fit: FactorFit) -> None:
        super()._set_fitted_attributes(fit)
        if fit.choice is not None:
            self.reg_param_ = fit.choice.reg_param
            self.num_features_ = fit.choice.num_features
            self.cv_rmse_ = fit.choice.rmse
            self.reg_params_ = fit.choice.reg_params
            self.rmse_path_ = fit.choice.rmse_path

    def get_metadata_routing(self) -> MetadataRouter:
        """Return what metadata `fit` takes: its own, and that of the splitter."""
        return (
            MetadataRouter(owner=self)
            .add_self_request(self)
            .add(
                splitter=check_cv(self.cv),
                method_mapping=MethodMapping().add(caller="fit", callee="split"),
            )
        )

    @property
    def _fitted_reg_param(self) -> RegParam:
        return self.reg_param_

    def _folds(
        self,
        encoded: EncodedRatings,
        read: RatingsInput,
        sample_weight: ArrayLike | None,
        params: dict[str, Any],
    ) -> list[tuple[np.ndarray, np.ndarray]]:
        """Return the rows of ``encoded`` that each fold trains on and is tested on."""
        if self.cv is None or isinstance(self.cv, Integral):
            return list(folds_of_pairs(encoded, self.cv, self.random_state))
        # First, because an iterator can be read once, and routing reads `cv` too.
        splitter, routed = check_cv(self.cv), {}
        if _routing_enabled():
            routed = process_routing(
                self, "fit", sample_weight=sample_weight, **params
            ).splitter.split
        given = read.callback_arguments
        splits = splitter.split(given["X"], given["y"], **routed)
        folds = list(folds_of_rows(splits, read.positions))
        if not folds:
            raise ValueError("cv holds no splits. Give at least one (train, test).")
        return folds

    def _errors(
        self,
        encoded: EncodedRatings,
        folds: list[tuple[np.ndarray, np.ndarray]],
        reg_params: np.ndarray,
        grid: list[int],
    ) -> tuple[np.ndarray, int]:
        """Return ``rmse_path_``, and at how many points the solver did not finish."""
        errors = np.full((len(grid), reg_params.size, len(folds)), np.nan)
        finished: set[int] = set()
        n_unfinished = 0
        path = partial(
            solve_along,
            reg_params=reg_params,
            num_features_grid=grid,
            finished=finished,
            solver=self.solver,
            max_iter=self.max_iter,
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
                if errors_increased(means[number], self.patience)
            }
        return errors, n_unfinished

    def _warn_of_unfinished(self, n_unfinished: int, errors: np.ndarray):
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
    """Return the penalty and the number of latent factors of the lowest mean error."""
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
