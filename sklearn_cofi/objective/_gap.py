"""How far a pair of factors is from the best that there can be: a duality gap."""

from typing import NamedTuple

import numpy as np

from sklearn_cofi._types import Factors
from sklearn_cofi.objective._bias import split_biases
from sklearn_cofi.objective._certificate import reg_param_max
from sklearn_cofi.objective._squared import MaskedSquaredLoss

# A gap that is no more than this of the cost is not worth a larger model.
_NEGLIGIBLE = 1e-5

# Of the largest singular vector of the residuals; its value has twice the digits.
_TOL = 1e-6

# Features that the penalty removes shrink from one iteration to the next and never
# vanish. On MovieLens 100K (``reg_param`` 30, ``tol`` 1e-6) their singular values are
# 1e-9 of the largest, and the smallest that stays is 1e-3 of it.
_VANISHED = 1e-4


class OptimalityGap(NamedTuple):
    """What is proved about a fit: ``dual <= global minimum <= primal <= cost``.

    Attributes
    ----------
    cost : float
        Cost of the factors.
    primal : float
        Cost of their productmeasured by its nuclear norm: that of the factors if they
        were balanced.
    dual : float
        No factors cost less, of any number of features.
    relative_gap : float
        ``(cost - dual) / cost``: the share of the cost that the best factors, of any
        number, might save.
    sigma_ratio : float
        Largest singular value of the (scaled) residuals, divided by ``reg_param``; at
        most 1 at the global optimum. Above, one more feature lowers the cost.
    rank : int
        Number of features in use: the rank of ``U @ V.T``, without singular values
        below 1e-4 of the largest.
    rank_limited : bool
        Whether the gap is there because too few features were allowed.
    """

    cost: float
    primal: float
    dual: float
    relative_gap: float
    sigma_ratio: float
    rank: int
    rank_limited: bool

    def __str__(self):
        if self.relative_gap <= _NEGLIGIBLE:
            return f"global optimum to {self.relative_gap:.0e} (rank {self.rank})"
        share = f"at most {100 * self.relative_gap:.2g}%"
        if self.rank_limited:
            return (
                f"rank-limited: a larger num_features would lower the cost by {share}"
            )
        return (
            f"not converged: a smaller tol would lower the cost by {share} (features "
            f"in use: {self.rank})"
        )


def duality_gap(objective: MaskedSquaredLoss, factors: Factors) -> OptimalityGap:
    """Bound how much the best factors, of any number of features, would cost less.

    With ``reg`` the penalty as one and S the scales of its rows, the cost is least
    where that of Z is, a convex problem; and any D on the rated pairs bounds it::

        primal(Z, b, c) = 1/2 * sum(W * (Z + b + c - R)**2)
                        + reg * ||S_user**(1/2) @ Z @ S_item**(1/2)||_*
                        + 1/2 * sum(p * b**2) + 1/2 * sum(q * c**2)

        dual(D) = sum(D * R) - 1/2 * sum(D**2 / W)
                - 1/2 * sum(D.sum(1)**2 / p) - 1/2 * sum(D.sum(0)**2 / q)
            if sigma_max(S_user**(-1/2) @ D @ S_item**(-1/2)) <= reg, else -infinity

    (without biases, without their terms). At the optimum ``D = W * (R - Z - b - c)``;
    elsewhere this residual times that ``t`` is taken at which the dual is largest.
    The derivation is in ``docs/explanation/nuclear-norm.md``.

    Costs some tens of passes over the ratings, and O(n * k**2) for the factors.

    Parameters
    ----------
    objective : MaskedSquaredLoss
        In float64: a gap is what is left of two costs that nearly cancel.
    factors : Factors

    Raises
    ------
    ValueError
        If there are biases without a penalty: then the dual is finite only where all
        residuals of each row sum to zero exactly.

    References
    ----------
    Srebro, Rennie and Jaakkola, "Maximum-Margin Matrix Factorization", NIPS 2004;
    Mazumder, Hastie and Tibshirani, "Spectral Regularization Algorithms for Learning
    Large Incomplete Matrices", JMLR 11 (2010).
    """
    if objective.fit_bias and not all(p[:, 1].all() for p in objective.penalties):
        raise ValueError(
            "Biases without a penalty leave nothing to prove optimality with. Fit with "
            "a positive reg_bias, however small."
        )
    cost, _ = objective.value_and_gradient(factors)
    linear, square, loss = _dual_terms(objective, factors)
    # At the optimum as many singular values are the largest as features are in use:
    # Lanczos wants room for them all, and a tolerance that such a cluster can meet.
    n_vectors = 2 * factors.user.shape[1] + 10
    sigma = reg_param_max(objective, factors, tol=_TOL, n_vectors=n_vectors)
    sigma *= 1 + _TOL**2  # from its estimate to a bound: the dual must be feasible
    free = linear / square if square else 0.0
    step = max(0.0, min(free, objective.reg_param / sigma if sigma else np.inf))
    dual = step * linear - step**2 / 2 * square
    sizes, bias_penalty = _singular_values(objective, factors)
    primal = loss + objective.reg_param * float(sizes.sum()) + bias_penalty
    # Of the gap, what would remain if no singular value were above reg_param.
    unfinished = cost - primal + abs(primal - (linear - square / 2))
    gap = max(0.0, cost - dual)
    rank = int((sizes > _VANISHED * sizes[0]).sum())
    relative = gap / cost if cost else 0.0
    full = rank == sizes.size < min(objective.ratings.shape)
    ratio = 0.0
    if sigma:
        ratio = sigma / objective.reg_param if objective.reg_param else np.inf
    return OptimalityGap(
        cost=cost,
        primal=primal,
        dual=dual,
        relative_gap=relative,
        sigma_ratio=ratio,
        rank=rank,
        rank_limited=bool(full and unfinished < gap / 2 and relative > _NEGLIGIBLE),
    )


def _dual_terms(objective, factors: Factors) -> tuple[float, float, float]:
    """Return a, b and c: ``dual(t * D) = t * a - t**2/2 * b`` and ``sum(D**2/W) / 2``.

    D are the weighted errors.
    """
    D = objective.weighted_errors(0, factors)
    rows = objective.ratings.by_user
    linear = float(D @ rows.ratings)
    fit = float(D @ (D / rows.weights if rows.weights.size else D))
    square = fit
    if objective.fit_bias:
        sums = (
            np.bincount(rows.row_of_entry, D, minlength=objective.ratings.shape[0]),
            np.bincount(rows.indices, D, minlength=objective.ratings.shape[1]),
        )
        for penalties, total in zip(objective.penalties, sums, strict=True):
            square += float((total**2 / penalties[:, 1]).sum())
    return linear, square, fit / 2


def _singular_values(objective, factors: Factors) -> tuple[np.ndarray, float]:
    """Return those of ``S_user**(1/2) @ U @ V.T @ S_item**(1/2)``; the biases' penalty.

    By the triangles of two thin QR factorisations, O(n_rows * k**2).
    """
    penalty = 0.0
    if objective.fit_bias:
        factors, *biases = split_biases(factors)
        for penalties, bias in zip(objective.penalties, biases, strict=True):
            penalty += float(penalties[:, 1] @ bias**2) / 2
    triangles = (
        np.linalg.qr(np.sqrt(scales)[:, None] * X, mode="r")
        for scales, X in zip(objective.scales, factors, strict=True)
    )
    left, right = triangles
    return np.linalg.svd(left @ right.T, compute_uv=False), penalty
