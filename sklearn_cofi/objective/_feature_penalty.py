"""The penalty of rows that have features: their distance from what features predict."""

from functools import cached_property
from typing import NamedTuple

import numpy as np
from scipy.linalg import cho_factor, cho_solve

from sklearn_cofi.data._side_features import FeatureRows
from sklearn_cofi.objective._penalty import Penalty

# Columns of biases in the factors of users and of items: see `MaskedSquaredLoss`.
BIASES = (-2, -1)


class RowFeatures(NamedTuple):
    """The features of the rows of both sides; None for a side without features."""

    user: FeatureRows | None = None
    item: FeatureRows | None = None

    @property
    def present(self) -> bool:
        """Whether a side has features."""
        return self.user is not None or self.item is not None


NO_FEATURES = RowFeatures()


class FeaturePenalty:
    """Penalty of rows X with features F, minimised over the coefficients B.

    ::

        penalty(X) = min over B of 1/2 * sum_u p_u * ||X_u - F_u @ B||**2
                                 + 1/2 * sum_f g_f * ||B_f||**2
                   = 1/2 * tr(X.T @ M @ X)

        B    = (F.T @ P @ F + G)^-1 @ F.T @ P @ X
        M    = P - P @ F @ (F.T @ P @ F + G)^-1 @ F.T @ P
        M^-1 = P^-1 + F @ G^-1 @ F.T = L @ L.T,    L = [P^(-1/2), F @ G^(-1/2)]

    with ``P = diag(p)`` and ``G = diag(g)``. The gradient is ``M @ X``, which is
    ``p_u * (X_u - F_u @ B)`` for row u: at the best B, a change of B changes nothing
    to first order.

    Parameters
    ----------
    rows : FeatureRows
        The n rows of m features.
    p : float array of shape (n,)
        Positive penalties of the rows.
    g : float array of shape (m,)
        Positive penalties of the coefficients.

    References
    ----------
    Agarwal and Chen, "Regression-based Latent Factor Models", KDD 2009,
    doi:10.1145/1557019.1557029; Golub and Pereyra, "The Differentiation of
    Pseudo-Inverses and Nonlinear Least Squares Problems Whose Variables Separate",
    SIAM J. Numer. Anal. 10 (1973), doi:10.1137/0710036.
    """

    def __init__(self, rows: FeatureRows, p: np.ndarray, g: np.ndarray) -> None:
        self.rows = rows
        self.p, self._g = p.astype(np.float64), g.astype(np.float64)

    @cached_property
    def _cholesky(self) -> tuple[np.ndarray, bool]:
        system = self.rows.gram(self.p)
        system[np.diag_indices_from(system)] += self._g
        return cho_factor(system, overwrite_a=True)

    def coefficients(self, X: np.ndarray) -> np.ndarray:
        """Return the best B, float64 of shape (m, k)."""
        slope = self.rows.transposed_times(self.p[:, None] * X)
        return cho_solve(self._cholesky, slope)

    def means(self, X: np.ndarray) -> np.ndarray:
        """Return ``F @ B`` with the best B, float64 of the shape of X."""
        return self.rows.times(self.coefficients(X))

    def root_times(self, X: np.ndarray) -> np.ndarray:
        """Return the Y of smallest norm with ``L @ Y = X``, of shape (n + m, k).

        ``Y.T @ Y`` is ``X.T @ M @ X``.
        """
        B = self.coefficients(X)
        own = np.sqrt(self.p)[:, None] * (X - self.rows.times(B))
        return np.vstack([own, np.sqrt(self._g)[:, None] * B])

    def inverse_root_times(self, Y: np.ndarray) -> np.ndarray:
        """Return ``L @ Y``, for Y of shape (n + m, k)."""
        own, B = Y[: self.p.size], Y[self.p.size :]
        own = own / np.sqrt(self.p)[:, None]
        return own + self.rows.times(B / np.sqrt(self._g)[:, None])

    def inverse_root_transposed_times(self, E: np.ndarray) -> np.ndarray:
        """Return ``L.T @ E``, for E of shape (n, k)."""
        own = E / np.sqrt(self.p)[:, None]
        return np.vstack(
            [own, self.rows.transposed_times(E) / np.sqrt(self._g)[:, None]]
        )


class FeatureTerm:
    """The penalties of both sides, of their latent factors and of their biases.

    Without features, every method returns its argument or zeros.

    Parameters
    ----------
    features : RowFeatures
    penalty : Penalty
    counts : (array of shape (n_users,), array of shape (n_items,))
        The number of ratings of each row, counted by weights.
    """

    def __init__(
        self,
        features: RowFeatures,
        penalty: Penalty,
        counts: tuple[np.ndarray, np.ndarray],
    ) -> None:
        self.features, self._fit_bias = features, penalty.fit_bias
        self._sides = [
            None if rows is None else _side_penalties(rows, penalty, n)
            for rows, n in zip(features, counts, strict=True)
        ]

    def __bool__(self) -> bool:
        """Whether a side has features."""
        return self.features.present

    def latent(self, side: int) -> FeaturePenalty | None:
        """Return the penalty of the latent factors of a side."""
        penalties = self._sides[side]
        return None if penalties is None else penalties[0]

    def bias(self, side: int) -> FeaturePenalty | None:
        """Return the penalty of the biases of a side."""
        penalties = self._sides[side]
        return None if penalties is None else penalties[1]

    def n_roots(self, side: int) -> int:
        """Return the number of coefficients of a side, for each latent factor."""
        latent = self.latent(side)
        return 0 if latent is None else latent.rows.shape[1]

    def own(self, side: int, X: np.ndarray) -> np.ndarray:
        """Return the part of the factors that features do not predict.

        ::

            X - F @ B    with the best B

        Parameters
        ----------
        side : {0, 1}
        X : array of shape (n_rows, k)
            Factors as a solver has them. The column of ones is returned as it is.
        """
        penalties = self._sides[side]
        if penalties is None:
            return X
        own, (latent, bias) = X.copy(), penalties
        k = X.shape[1] - 2 * self._fit_bias
        own[:, :k] -= latent.means(X[:, :k]).astype(X.dtype)
        if self._fit_bias:
            column = [BIASES[side]]
            own[:, column] -= bias.means(X[:, column]).astype(X.dtype)
        return own

    def means(self, side: int, X: np.ndarray, n_free: int) -> np.ndarray:
        """Return ``F @ B`` of the first ``n_free`` columns, the last of them the bias.

        Without features, returns an array of shape (0, 0).
        """
        penalties = self._sides[side]
        if penalties is None:
            return np.empty((0, 0), X.dtype)
        latent, bias = penalties
        if not self._fit_bias:
            return latent.means(X[:, :n_free]).astype(X.dtype)
        columns = (
            latent.means(X[:, : n_free - 1]),
            bias.means(X[:, n_free - 1 : n_free]),
        )
        return np.hstack(columns).astype(X.dtype)


# Features of the rows of an objective, or their penalties if they are known already.
Features = RowFeatures | FeatureTerm


def _side_penalties(
    rows: FeatureRows, penalty: Penalty, counts: np.ndarray
) -> tuple[FeaturePenalty, FeaturePenalty]:
    """Return the penalties of the latent factors and of the biases of one side.

    A coefficient ``B_f`` moves row u by ``F_uf * B_f``. For latent factors, its penalty
    is ``reg_features`` times that of the rows that it moves::

        g_f = reg_features * sum_u p_u * F_uf**2

    It does not depend on the unit of the feature, and a direction of the features has
    ``reg_features / (1 + reg_features)`` of the penalty that it has without features.
    For biases, it is ``reg_features`` times that of one row: the effect of a feature is
    then as large as a bias. (On ml-100k, held-out errors of known users and items are
    lowest near these penalties, and errors of new items are lower with a weaker penalty
    of the effects.) All penalties are divided by ``reg_param``, or by ``reg_bias``,
    because the best coefficients depend on their ratios only.
    """
    multiple, p = penalty.reg_features, penalty.scales(counts)
    moved = rows.gram(p).diagonal()
    # A feature that is the same for all rows has a coefficient of 0 with any penalty.
    latent = FeaturePenalty(rows, p, multiple * np.where(moved > 0, moved, 1.0))
    if penalty.reg_bias is None or not penalty.fit_bias:
        return latent, latent
    bias = FeaturePenalty(rows, np.ones_like(p), np.full(rows.shape[1], multiple))
    return latent, bias
