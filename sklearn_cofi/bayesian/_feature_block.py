"""Features of users or of items in the prior of their rows."""

import numpy as np

from sklearn_cofi.bayesian._link import Link
from sklearn_cofi.data._side_features import FeatureRows


class FeatureBlock:
    """The columns F of one block of features, and exact solves with ``F.T @ F``.

    A block has few columns, so ``F.T @ F`` is formed and its eigenvectors are computed
    once. Each system ``F.T @ F + strength * I`` then takes two products.

    Parameters
    ----------
    rows : FeatureRows
        Features of the block, a row for each user or item with ratings.

    Attributes
    ----------
    shape : (n_rows, n_columns)
    unit : float
        Mean of the diagonal of ``F.T @ F``, or 1 if F is zero. A strength of this size
        halves the effect of a feature, whatever the number of rows and the unit of the
        feature are. The prior of the strength thus leaves both open: that the block
        matters and that it does not.
    """

    def __init__(self, rows: FeatureRows) -> None:
        self._rows, self.shape = rows, rows.shape
        squares, self._vectors = np.linalg.eigh(rows.gram(np.ones(rows.shape[0])))
        self._squares = np.maximum(squares, 0)  # rounding makes small ones negative
        self.unit = float(self._squares.mean()) or 1.0

    def times(self, X: np.ndarray) -> np.ndarray:
        """Return ``F @ X``, in the dtype of X."""
        return self._rows.times(X.astype(np.float64)).astype(X.dtype)

    def transposed_times(self, Y: np.ndarray) -> np.ndarray:
        """Return ``F.T @ Y``, in the dtype of Y."""
        return self._rows.transposed_times(Y.astype(np.float64)).astype(Y.dtype)

    def solve(self, residual: np.ndarray, link: Link) -> tuple[np.ndarray, np.ndarray]:
        """Return the beta that solves the system, and ``F @ beta``: see `draw_link`."""
        projected = self._vectors.T @ residual
        inverse = 1 / (self._squares + link.strength)
        step = self._vectors @ (inverse[:, None] * projected)
        beta = (link.beta + step).astype(residual.dtype)
        return beta, self.times(beta)
