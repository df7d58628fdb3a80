"""Features of users or of items as a matrix, and products with it."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from sklearn_cofi.data._frame_encoder import FrameEncoder
from sklearn_cofi.data._ids import IdMap


@dataclass(frozen=True)
class FeatureTable:
    """Encoded features of users or of items, one row for each id.

    The columns of the matrix that come from one column of the user's frame are a
    block: "genres" is a block of one column for each genre.
    """

    ids: np.ndarray  # (n,), sorted and distinct
    matrix: sparse.csr_array  # float64 (n, m)
    names: np.ndarray  # str (m,): "genres: Comedy"
    blocks: np.ndarray  # int (m,): the block of each column, from 0 on
    block_names: tuple[str, ...]
    encoder: FrameEncoder | None = None  # made the matrix; encodes further rows

    @property
    def means(self) -> np.ndarray:
        """Mean of each column, of shape (m,)."""
        return np.asarray(self.matrix.mean(axis=0)).ravel()

    def rows_of(self, ids: np.ndarray) -> "FeatureRows":
        """Return the features of these ids, in their order.

        Parameters
        ----------
        ids : ndarray of shape (n_rows,)
            Ids of the kind of ``self.ids``. An id without features has the mean of each
            feature.
        """
        position = IdMap(self.ids).encode_distinct(ids, "ids")
        return self.rows_at(position)

    def rows_at(self, position: np.ndarray) -> "FeatureRows":
        """Return the features at these positions; -1 has the mean of each feature."""
        present = position >= 0
        matrix = self.matrix[position]
        matrix = sparse.csr_array(sparse.diags_array(present.astype(float)) @ matrix)
        matrix.eliminate_zeros()
        return FeatureRows(matrix, present, self.means)


@dataclass(frozen=True)
class FeatureRows:
    """The features F of the users or items of a model, minus their means.

    ::

        F_u = x_u - means    or 0 where u has no features

    F is not formed, because it is dense.
    """

    matrix: sparse.csr_array  # float64 (n_rows, m): the x; zero without features
    present: np.ndarray  # bool (n_rows,): whether a row has features
    means: np.ndarray  # (m,)

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows and of features."""
        n_rows, m = self.matrix.shape
        return n_rows, m

    def take(self, rows: np.ndarray) -> "FeatureRows":
        """Return the given rows, in the given order; -1 is a row without features."""
        present = (rows >= 0) & self.present[rows]
        matrix = sparse.csr_array(
            sparse.diags_array(present.astype(float)) @ self.matrix[rows]
        )
        matrix.eliminate_zeros()
        return FeatureRows(matrix, present, self.means)

    def around(self, means: np.ndarray) -> "FeatureRows":
        """Return the features with other means subtracted."""
        return FeatureRows(self.matrix, self.present, means)

    def centred(self) -> "FeatureRows":
        """Return the features minus the means of the rows that have features."""
        n = max(int(self.present.sum()), 1)
        return self.around(np.asarray(self.matrix.sum(axis=0)).ravel() / n)

    def replaced(self, positions: np.ndarray, rows: "FeatureRows") -> "FeatureRows":
        """Return the features with those at some positions replaced."""
        source = np.arange(self.present.size)
        source[positions] = source.size + np.arange(positions.size)
        matrix = sparse.csr_array(sparse.vstack([self.matrix, rows.matrix]))
        present = np.concatenate([self.present, rows.present])
        return FeatureRows(matrix[source], present[source], self.means)

    def columns(self, chosen: np.ndarray) -> "FeatureRows":
        """Return the features of a bool array of shape (m,)."""
        return FeatureRows(self.matrix[:, chosen], self.present, self.means[chosen])

    def times(self, B: np.ndarray) -> np.ndarray:
        """Return ``F @ B``, for B of shape (m, k)."""
        return self.matrix @ B - np.outer(self.present, self.means @ B)

    def transposed_times(self, Y: np.ndarray) -> np.ndarray:
        """Return ``F.T @ Y``, for Y of shape (n_rows, k)."""
        return self.matrix.T @ Y - np.outer(self.means, self.present @ Y)

    def gram(self, weights: np.ndarray) -> np.ndarray:
        """Return ``F.T @ diag(weights) @ F``, of shape (m, m)."""
        weights = weights * self.present
        weighted = sparse.diags_array(weights) @ self.matrix
        sums = np.asarray(weighted.sum(axis=0)).ravel()
        across = np.outer(self.means, sums)
        total = weights.sum() * np.outer(self.means, self.means)
        return (self.matrix.T @ weighted).toarray() - across - across.T + total
