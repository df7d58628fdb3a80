"""`reg_param_max` and `optimality_gap`: the largest penalty, and proofs of optima."""

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from sklearn_cofi._collaborative_filter import CollaborativeFilter
from sklearn_cofi._types import Factors
from sklearn_cofi._typing import (
    Column,
    DType,
    Estimator,
    Frame,
    FrameLike,
    Normalization,
    RegParam,
    RegScaling,
)
from sklearn_cofi.base._factor_model import FactorModel
from sklearn_cofi.base._fit_warnings import warn_of_conflicts
from sklearn_cofi.data._encoded import EncodedRatings
from sklearn_cofi.data._matrix import RatingMatrix
from sklearn_cofi.inference._cold_rows import without_cold_rows
from sklearn_cofi.kernels._threads import kernel_threads, single_blas_thread
from sklearn_cofi.objective._bias import with_biases
from sklearn_cofi.objective._certificate import penalty_without_factors
from sklearn_cofi.objective._gap import OptimalityGap, duality_gap
from sklearn_cofi.objective._squared import MaskedSquaredLoss
from sklearn_cofi.training._problem import CenteredProblem

# Largest difference of two costs that rounding explains, relative to the cost of zero
# factors, by the dtype of the fit.
_ROUNDING = {np.dtype(np.float32): 1e-4, np.dtype(np.float64): 1e-9}


def reg_param_max(
    X: FrameLike,
    y: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    *,
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
    dtype: DType = None,
    n_jobs: int | None = None,
    user_features: Frame | None = None,
    item_features: Frame | None = None,
    user_encoder: Estimator | None = None,
    item_encoder: Estimator | None = None,
    reg_features: float = 1.0,
) -> float:
    """Return the smallest penalty at which all factors are zero.

    ::

        reg_param_max = sigma_max(S_user**(-1/2) @ (W * R) @ S_item**(-1/2))

    is the largest singular value of the weighted, centred, masked ratings, where the
    diagonal matrices S hold ``n**reg_scaling`` of each row. From this penalty up, every
    prediction is a mean, or with ``fit_bias`` a mean plus biases. Useful penalties are
    smaller; a logarithmic grid below this value suits ratings of any number and unit.

    Parameters and defaults are those of `CollaborativeFilter`: pass the parameters of
    the estimator.

    Parameters
    ----------
    X : frame or array-like of shape (n_ratings, n_columns)
        A row for each rating, as in `CollaborativeFilter.fit`.
    y : array-like of shape (n_ratings,), default=None
        Ratings. None takes the rating column of X.
    sample_weight : float or array-like of shape (n_ratings,), default=None
        Weights of the ratings, at least 0.
    mean_normalization : {"item", "user", "global", "unrated"} or None, default="global"
    mean_damping : float, default=0.0
    fit_bias : bool, default=True
        Whether to fit biases and subtract them first. If they are penalised by
        ``reg_param``, too (``reg_bias=None``), the result is the largest fixed point: a
        penalty that equals the largest singular value of the ratings minus the biases
        that are fitted with this penalty.
    reg_bias : float, (users, items) or None, default=2.0
    reg_scaling : {"none", "count", "weight"} or float in [0, 1], default=0.5
    unrated_weight : float or "auto", default=0.0
    unrated_rating : float, default=0.0
    user_col, item_col, rating_col : str, int or None, default=None
    dtype : {"float32", "float64"} or None, default=None
    n_jobs : int or None, default=None
    user_features, item_features : frame or None, default=None
    user_encoder, item_encoder : transformer or None, default=None
    reg_features : float, default=1.0

    Returns
    -------
    float
        Largest useful ``reg_param``; 0 if every rating equals its mean. Compare a pair
        of penalties by the square root of its product.

    See Also
    --------
    CollaborativeFilter : Its attribute ``reg_param_max_`` is this value, with biases
        whose penalty is that of the fit.
    sklearn.svm.l1_min_c : A similar bound for linear models.

    References
    ----------
    Mazumder, Hastie and Tibshirani, "Spectral Regularization Algorithms for Learning
    Large Incomplete Matrices", JMLR 11 (2010), section 3.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_cofi import CollaborativeFilter, reg_param_max
    >>> from sklearn_cofi.datasets import load_tutorial
    >>> ratings = load_tutorial().frame
    >>> largest = reg_param_max(ratings)
    >>> round(largest, 5)
    3.18989

    Ten penalties for a grid search, from weak to strong:

    >>> (largest * np.geomspace(0.05, 0.9, 10)).round(2)
    array([0.16, 0.22, 0.3 , 0.42, 0.58, 0.79, 1.1 , 1.51, 2.08, 2.87])
    """
    model = CollaborativeFilter(
        mean_normalization=mean_normalization,
        mean_damping=mean_damping,
        fit_bias=fit_bias,
        reg_bias=reg_bias,
        reg_scaling=reg_scaling,
        unrated_weight=unrated_weight,
        unrated_rating=unrated_rating,
        user_col=user_col,
        item_col=item_col,
        rating_col=rating_col,
        dtype=dtype,
        n_jobs=n_jobs,
        user_features=user_features,
        item_features=item_features,
        user_encoder=user_encoder,
        item_encoder=item_encoder,
        reg_features=reg_features,
    )
    model._validate_params()
    _, problem = _problem_of(model, X, y, sample_weight)
    warn_of_conflicts(problem.ratings.n_conflicts)
    with kernel_threads(n_jobs, problem.ratings.n_ratings), single_blas_thread:
        return penalty_without_factors(
            problem.ratings, problem.penalty, problem.feature_term
        )


def optimality_gap(
    estimator: Estimator,
    X: FrameLike,
    y: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
) -> OptimalityGap:
    """Bound the distance of the cost of a fit from the global optimum.

    The cost of a `CollaborativeFilter` is not convex, so a gradient of zero does not
    prove an optimum. But the minimum over any number of latent factors equals that of
    a convex problem, and the dual of this problem gives a lower bound. If the cost
    reaches the bound, no other factors have a lower cost, with any number of latent
    factors.

    Parameters
    ----------
    estimator : CollaborativeFilter or CollaborativeFilterCV
        Fitted estimator with the parameters of its fit.
    X, y, sample_weight
        Training data, as they were passed to `fit`.

    Returns
    -------
    OptimalityGap
        Named tuple of ``cost``, ``primal``, ``dual``, ``relative_gap``,
        ``sigma_ratio``, ``rank`` and ``rank_limited``. ``print`` shows a verdict.

    Raises
    ------
    TypeError
        If the estimator is of another class.
    ValueError
        If ratings, weights or parameters are not those of the fit, if biases have no
        penalty, or if the fit used early stopping.

    See Also
    --------
    OptimalityGap : The result.
    reg_param_max : The penalty at which all factors are zero.

    Notes
    -----
    The computation takes some tens of passes over the ratings, in float64 for any
    ``dtype`` of the model. The gap of a fit in float32, or with the default ``tol``, is
    proved to few digits; float64 and a ``tol`` of 1e-6 give about eight digits.

    References
    ----------
    Srebro, Rennie and Jaakkola, "Maximum-Margin Matrix Factorization", NIPS 2004;
    Hastie, Mazumder, Lee and Zadeh, "Matrix Completion and Low-Rank SVD via Fast
    Alternating Least Squares", JMLR 16 (2015).

    Examples
    --------
    >>> from sklearn_cofi import CollaborativeFilter, optimality_gap
    >>> from sklearn_cofi.datasets import load_tutorial
    >>> ratings = load_tutorial().frame
    >>> model = CollaborativeFilter(6, 1, solver="als-ncg", tol=1e-7, random_state=0)
    >>> proof = optimality_gap(model.fit(ratings), ratings)
    >>> proof.rank, proof.relative_gap < 1e-5
    (4, True)
    >>> print(optimality_gap(model.set_params(num_features=1).fit(ratings), ratings))
    rank-limited: a larger num_features would lower the cost by at most 34%
    """
    if not isinstance(estimator, FactorModel):
        raise TypeError(
            f"The estimator is a {type(estimator).__name__}, but must be a "
            "CollaborativeFilter or CollaborativeFilterCV. For a search or a pipeline, "
            "pass its fitted filter, such as `search.best_estimator_`."
        )
    check_is_fitted(estimator)
    if getattr(estimator, "early_stopping", False):
        raise ValueError(
            "With early_stopping, factors are fitted to a part of the ratings and the "
            "fit stops before the optimum. Fit with early_stopping=False."
        )
    encoded, problem = _problem_of(estimator, X, y, sample_weight)
    _check_ratings(estimator, encoded, problem.ratings)
    model = problem.in_solver_units(without_cold_rows(estimator._model()))
    users, items = model.users, model.items
    factors = Factors(
        users.factors.astype(np.float64), items.factors.astype(np.float64)
    )
    if estimator.fit_bias:
        factors = with_biases(factors, users.bias, items.bias)
    centred = problem.ratings.astype(np.float64)
    work = centred.n_ratings * factors.item.shape[1]
    with kernel_threads(estimator.n_jobs, work), single_blas_thread:
        penalty = estimator._penalty().in_units(problem.units)
        objective = MaskedSquaredLoss(centred, penalty, problem.feature_term)
        gap = duality_gap(objective, factors).times(problem.units.cost)
    at_zero = objective.cost_at_zero * problem.units.cost
    _check_cost(estimator, gap.cost, at_zero)
    return gap


def _problem_of(
    model: FactorModel,
    X: FrameLike,
    y: ArrayLike | None,
    sample_weight: ArrayLike | None,
) -> tuple[EncodedRatings, CenteredProblem]:
    """Return the encoded ratings and the problem of their matrix, as `fit` does."""
    read = model._read_ratings(X, y, sample_weight)
    encoded = read.encode(model.dtype)
    tables = model._read_tables(read, encoded)
    given = encoded.matrix(), model.unrated_weight, encoded.ids, tables
    return encoded, model._problem(*given)


def _check_ratings(
    estimator: FactorModel, encoded: EncodedRatings, centred: RatingMatrix
) -> None:
    rows, model = centred.by_user, without_cold_rows(estimator._model())
    same = (
        np.array_equal(encoded.user_ids, model.users.ids)
        and np.array_equal(encoded.item_ids, model.items.ids)
        and np.array_equal(rows.indptr, model.rated.indptr)
        and np.array_equal(rows.indices, model.rated.indices)
    )
    if not same:
        raise ValueError(
            "The estimator was fitted on other pairs of users and items. Pass the same "
            "X, y and sample_weight as to `fit`."
        )


def _check_cost(estimator: FactorModel, cost: float, cost_at_zero: float) -> None:
    rounding = _ROUNDING[estimator.user_factors_.dtype] * max(cost_at_zero, cost)
    if not abs(cost - estimator.cost_) <= rounding:
        raise ValueError(
            f"On these ratings the cost is {cost:g}, but the fit ended with a cost of "
            f"{estimator.cost_:g}. Pass the same ratings and weights as to `fit`, and "
            "fit again after changing parameters."
        )
