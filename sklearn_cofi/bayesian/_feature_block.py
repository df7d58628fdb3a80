"""Features of users or of items in the prior of their rows."""

from typing import Self

import numpy as np
from scipy import linalg

from sklearn_cofi.bayesian._link import Link
from sklearn_cofi.data._side_features import FeatureRows


class FeatureBlock:
    """The columns F of one block of features, and exact solves with ``F.T @ F``.

    A block has few columns, so ``F.T @ F`` is formed.

    Parameters
    ----------
    rows : FeatureRows
        Features of the block, a row for each user or item with ratings.
    roots : ndarray of shape (n_rows,) or None, default=None
        Factors of the rows of F; None is ones. See `weighted`.

    Attributes
    ----------
    shape : (n_rows, n_columns)
    unit : float
        Mean of the diagonal of ``F.T @ F``, or 1 if F is zero. A strength of this size
        halves the effect of a feature, whatever the number of rows and the unit of the
        feature are. The prior of the strength thus leaves both open: that the block
        matters and that it does not.
    """

    def __init__(self, rows: FeatureRows, roots: np.ndarray | None = None) -> None:
        self._rows, self.shape = rows, rows.shape
        roots = np.ones(rows.shape[0]) if roots is None else roots.astype(np.float64)
        self._roots = roots[:, None]
        self._gram = rows.gram(np.square(roots))
        self.unit = float(self._gram.diagonal().mean()) or 1.0

    def weighted(self, roots: np.ndarray) -> Self:
        """Return ``roots[:, None] * F`` of this F, with the same unit."""
        other = type(self)(self._rows, roots)
        other.unit = self.unit
        return other

    def times(self, X: np.ndarray) -> np.ndarray:
        """Return ``F @ X``, in the dtype of X."""
        product = self._roots * self._rows.times(X.astype(np.float64))
        return product.astype(X.dtype)

    def transposed_times(self, Y: np.ndarray) -> np.ndarray:
        """Return ``F.T @ Y``, in the dtype of Y."""
        return self._rows.transposed_times(self._roots * Y).astype(Y.dtype)

    def solve(self, residual: np.ndarray, link: Link) -> tuple[np.ndarray, np.ndarray]:
        """Return the beta that solves the system, and ``F @ beta``: see `draw_link`."""
        system = self._gram + link.strength * np.eye(len(self._gram))
        step = linalg.cho_solve(linalg.cho_factor(system), residual)
        beta = (link.beta + step).astype(residual.dtype)
        return beta, self.times(beta)
