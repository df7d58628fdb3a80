"""The duality gap: how far a pair of factors is from the global optimum."""

from typing import NamedTuple

import numpy as np

from sklearn_cofi._types import Factors
from sklearn_cofi.objective._bias import split_biases
from sklearn_cofi.objective._certificate import reg_param_max
from sklearn_cofi.objective._feature_penalty import BIASES
from sklearn_cofi.objective._roots import (
    root_times,
)
from sklearn_cofi.objective._squared import MaskedSquaredLoss
from sklearn_cofi.objective._unrated import gram

# A gap of at most this fraction of the cost is not worth a larger model.
_NEGLIGIBLE = 1e-5

# Relative tolerance of the largest singular vector of the residuals. Its singular value
# has twice as many digits.
_TOL = 1e-6

# Latent factors that the penalty removes shrink with each iteration and never become
# exactly zero. On MovieLens 100K (``reg_param`` 30, ``tol`` 1e-6) their singular values
# are 1e-9 of the largest, and the smallest of the others is 1e-3 of it.
_VANISHED = 1e-4


class OptimalityGap(NamedTuple):
    """Bounds on the cost of a fit: ``dual <= global minimum <= primal <= cost``.

    Attributes
    ----------
    cost : float
        Cost of the factors.
    primal : float
        Cost of the product of the factors with its nuclear norm as penalty: the cost
        of balanced factors with the same product.
    dual : float
        Lower bound on the cost of any factors, with any number of latent factors.
    relative_gap : float
        ``(cost - dual) / cost``: the largest fraction by which other factors, of any
        number, can lower the cost.
    sigma_ratio : float
        Largest singular value of the (scaled) residuals, divided by ``reg_param``. It
        is at most 1 at the global optimum; above 1, one more latent factor lowers the
        cost.
    rank : int
        Number of latent factors in use: the rank of ``U @ V.T``, without singular
        values below 1e-4 of the largest.
    rank_limited : bool
        Whether the gap is due to too few latent factors.

    See Also
    --------
    optimality_gap : Compute it for a fitted model.
    """

    cost: float
    primal: float
    dual: float
    relative_gap: float
    sigma_ratio: float
    rank: int
    rank_limited: bool

    def times(self, unit: float) -> "OptimalityGap":
        """Return the bounds with all costs multiplied by a unit."""
        return self._replace(
            cost=self.cost * unit, primal=self.primal * unit, dual=self.dual * unit
        )

    def __str__(self) -> str:
        if self.relative_gap <= _NEGLIGIBLE:
            return f"global optimum to {self.relative_gap:.0e} (rank {self.rank})"
        reduction = f"at most {100 * self.relative_gap:.2g}%"
        if self.rank_limited:
            return (
                "rank-limited: a larger num_features would lower the cost by "
                f"{reduction}"
            )
        return (
            f"not converged: a smaller tol would lower the cost by {reduction} "
            f"(latent factors in use: {self.rank})"
        )


def duality_gap(objective: MaskedSquaredLoss, factors: Factors) -> OptimalityGap:
    """Bound the difference between the cost and the global minimum.

    The minimum is over factors with any number of latent factors. With ``reg`` the two
    penalties as one and S the scales of its rows, it equals the minimum of the primal
    over Z, a convex problem, and any D on the rated pairs gives a lower bound::

        primal(Z, b, c) = 1/2 * sum(W * (Z + b + c - R)**2)
                        + reg * ||S_user**(1/2) @ Z @ S_item**(1/2)||_*
                        + 1/2 * sum(p * b**2) + 1/2 * sum(q * c**2)

        dual(D) = sum(D * R) - 1/2 * sum(D**2 / W)
                - 1/2 * sum(D.sum(1)**2 / p) - 1/2 * sum(D.sum(0)**2 / q)
            if sigma_max(S_user**(-1/2) @ D @ S_item**(-1/2)) <= reg, else -infinity

    With features, the roots of S and the penalties of b and c are those of
    `FeaturePenalty`: ``1/p`` becomes ``M^-1``. The terms of b and c are left out if
    there are no biases. At the optimum ``D = W * (R - Z - b - c)``; elsewhere D is this
    residual times the number t at which the dual is largest. The derivation is in
    ``docs/explanation/nuclear-norm.md``.

    Takes some tens of passes over the ratings, and O(n * k**2) for the factors.

    Parameters
    ----------
    objective : MaskedSquaredLoss
        Must be in float64, because the gap is a difference of nearly equal costs.
    factors : Factors

    Raises
    ------
    ValueError
        If there are biases without a penalty. The dual is then finite only if the
        residuals of each row sum to exactly zero.

    References
    ----------
    Srebro, Rennie and Jaakkola, "Maximum-Margin Matrix Factorization", NIPS 2004;
    Mazumder, Hastie and Tibshirani, "Spectral Regularization Algorithms for Learning
    Large Incomplete Matrices", JMLR 11 (2010).
    """
    if objective.fit_bias and not all(p[:, 1].all() for p in objective.penalties):
        raise ValueError(
            "Biases without a penalty have no finite duality gap. Fit with a positive "
            "reg_bias, however small."
        )
    cost, _ = objective.value_and_gradient(factors)
    linear, square, loss = _dual_terms(objective, factors)
    # At the optimum, the largest singular value is repeated once for each latent factor
    # in use. Lanczos needs vectors for all of them, and a tolerance that it can reach.
    n_vectors = 2 * factors.user.shape[1] + 10
    sigma = reg_param_max(objective, factors, tol=_TOL, n_vectors=n_vectors)
    sigma *= 1 + _TOL**2  # an upper bound, because the dual must be feasible
    free = linear / square if square else 0.0
    step = max(0.0, min(free, objective.reg_param / sigma if sigma else np.inf))
    dual = step * linear - step**2 / 2 * square
    sizes, bias_penalty = _singular_values(objective, factors)
    primal = loss + objective.reg_param * float(sizes.sum()) + bias_penalty
    # The gap that would remain if no singular value were above reg_param.
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


def _dual_terms(
    objective: MaskedSquaredLoss, factors: Factors
) -> tuple[float, float, float]:
    """Return a, b and c: ``dual(t * D) = t * a - t**2/2 * b``, ``c = sum(D**2/W) / 2``.

    D are the weighted errors of all pairs whose W is not zero.
    """
    rows = objective.ratings.by_user
    D, unrated = objective.weighted_errors(0, factors), objective.unrated
    if unrated:
        linear, fit = _terms_with_unrated(objective, factors, D)
    else:
        linear = float(D @ rows.ratings)
        fit = float(D @ (D / rows.weights if rows.weights.size else D))
    square = fit
    if objective.fit_bias:
        n_users, n_items = objective.ratings.shape
        sums = [
            np.bincount(rows.row_of_entry, D, minlength=n_users),
            np.bincount(rows.indices, D, minlength=n_items),
        ]
        if unrated:
            A, B = unrated.low_rank(factors)
            sums[0] += A @ B.sum(axis=0)
            sums[1] += B @ A.sum(axis=0)
        for side, (penalties, total) in enumerate(
            zip(objective.penalties, sums, strict=True)
        ):
            bias = objective.features.bias(side)
            if bias is None:
                square += float((total**2 / penalties[:, 1]).sum())
            else:
                root = bias.inverse_root_transposed_times(total[:, None])
                unit = float(penalties[0, 1]) / bias.p[0]
                square += float((root**2).sum()) / unit
    return linear, square, fit / 2


def _terms_with_unrated(
    objective: MaskedSquaredLoss, factors: Factors, D: np.ndarray
) -> tuple[float, float]:
    """Return ``sum(D * T)`` and ``sum(D**2 / W)`` over all pairs.

    T are ratings, and the targets t of unrated pairs. D has the weighted errors of
    ratings, minus those of the same pairs as unrated pairs, ``w0 * (t - p)``.
    """
    rows, unrated = objective.ratings.by_user, objective.unrated
    w0, weights = unrated.weight, rows.weight_of_entry
    A, B = unrated.low_rank(factors)
    as_unrated = np.einsum("nk,nk->n", A[rows.row_of_entry], B[rows.indices])
    of_ratings = D + as_unrated
    of_targets = unrated.low_rank(None)
    # A @ B.T = w0 * (t - p), and the same without factors is w0 * t.
    inner = (gram(A, of_targets[0]) * gram(B, of_targets[1])).sum()
    all_linear = float(inner) / w0
    all_square = float((gram(A) * gram(B)).sum()) / w0
    rated = of_ratings @ rows.ratings - as_unrated @ unrated.targets_of(rows)
    linear = all_linear + float(rated)
    fit = all_square + float((of_ratings**2 / weights).sum())
    return linear, fit - float((as_unrated**2).sum()) / w0


def _singular_values(
    objective: MaskedSquaredLoss, factors: Factors
) -> tuple[np.ndarray, float]:
    """Return singular values of the scaled product, and the penalty of the biases.

    The matrix is ``S_user**(1/2) @ U @ V.T @ S_item**(1/2)``. The triangles of two thin
    QR factorisations, O(n_rows * k**2), have the same singular values.
    """
    penalty = 0.0
    if objective.fit_bias:
        wide = factors
        factors, *biases = split_biases(factors)
        for side, bias in enumerate(biases):
            own = objective.features.own(side, wide[side])[:, BIASES[side]]
            penalty += float(objective.penalties[side][:, 1] @ (bias * own)) / 2
    left, right = (
        _triangle(root_times(objective, side, X)) for side, X in enumerate(factors)
    )
    return np.linalg.svd(left @ right.T, compute_uv=False), penalty


def _triangle(X: np.ndarray) -> np.ndarray:
    # numpy declares a pair for each mode, but "r" returns one array.
    return np.asarray(np.linalg.qr(X, mode="r"))
