"""The masked rating matrix: the same entries by user and by item."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike
from scipy import sparse

from sklearn_cofi.data._unit import Units, unit_of
from sklearn_cofi.data._unrated import Unrated, UnratedPairs


class CSRRows(NamedTuple):
    """Rows of a masked matrix: an entry for each rating, also for a rating of 0."""

    indptr: np.ndarray  # int64 (n_rows + 1,): there may be 2**31 ratings and more
    indices: np.ndarray  # int32 (n_ratings,), increasing within a row
    ratings: np.ndarray  # float (n_ratings,)
    weights: np.ndarray  # float (n_ratings,), or empty if all weights are one

    @classmethod
    def without_entries(cls, n_rows: int, dtype: DTypeLike) -> "CSRRows":
        """Return rows of which none has a rating."""
        values = np.empty(0, dtype)
        return cls(
            np.zeros(n_rows + 1, np.int64), np.empty(0, np.int32), values, values
        )

    @property
    def row_of_entry(self) -> np.ndarray:
        """Row number of each entry, shape (n_ratings,)."""
        n_rows = self.indptr.size - 1
        return np.repeat(np.arange(n_rows, dtype=np.int32), np.diff(self.indptr))

    @property
    def weight_of_entry(self) -> np.ndarray:
        """Weight of each entry, also if all are one, shape (n_ratings,)."""
        return self.weights if self.weights.size else np.ones_like(self.ratings)

    @property
    def mean_weight(self) -> float:
        """Mean weight of the entries."""
        return float(self.weights.mean(dtype=np.float64)) if self.weights.size else 1.0

    @property
    def weight_sums(self) -> np.ndarray:
        """Number of ratings of each row, by their weights, float64 (n_rows,)."""
        if not self.weights.size:
            return np.diff(self.indptr).astype(np.float64)
        n_rows = self.indptr.size - 1
        return np.bincount(self.row_of_entry, self.weights, minlength=n_rows)

    def pair_weights(self, unrated_weight: float, n_columns: int) -> np.ndarray:
        """Return the weight of all pairs of each row, rated or not."""
        if not unrated_weight:
            return self.weight_sums
        n_unrated = n_columns - np.diff(self.indptr)
        return self.weight_sums + unrated_weight * n_unrated

    def keys(self, n_columns: int) -> np.ndarray:
        """Return `pair_keys` of the entries, which increase in canonical order."""
        return pair_keys(self.row_of_entry, self.indices, n_columns)

    def take(self, rows: np.ndarray) -> "CSRRows":
        """Return the given rows, in the given order."""
        starts, lengths = self.indptr[rows], np.diff(self.indptr)[rows]
        entries = ranges(starts, lengths)
        return CSRRows(
            np.concatenate([[0], np.cumsum(lengths)]),
            self.indices[entries],
            self.ratings[entries],
            self.weights[entries] if self.weights.size else self.weights,
        )

    def minus(self, row_offsets: np.ndarray, column_offsets: np.ndarray) -> "CSRRows":
        """Return the rows with the offsets of row and column subtracted."""
        offsets = np.repeat(row_offsets, np.diff(self.indptr))
        # The offsets are summed first, so both orientations round in the same way.
        offsets += column_offsets[self.indices]
        return self._replace(ratings=self.ratings - offsets)

    def in_units(self, units: Units) -> "CSRRows":
        """Return the rows with ratings and weights divided by their units."""
        if units == Units():
            return self
        return self._replace(
            ratings=self.ratings / units.rating, weights=self.weights / units.weight
        )


@dataclass(frozen=True)
class RatingMatrix:
    """Ratings compressed by user and, with the same entries, by item.

    The mask is the structure: an entry exists for each rating, and a rating of 0 is a
    rating. Entries are in canonical order, so the order of the input rows does not
    matter.
    """

    by_user: CSRRows
    by_item: CSRRows
    n_conflicts: int = 0  # number of pairs that were given more than one rating
    unrated: UnratedPairs | None = None  # None if they do not count

    @property
    def shape(self) -> tuple[int, int]:
        """Number of users and of items."""
        return self.by_user.indptr.size - 1, self.by_item.indptr.size - 1

    @property
    def n_ratings(self) -> int:
        """Number of rated pairs."""
        return self.by_user.indices.size

    def astype(self, dtype: DTypeLike) -> "RatingMatrix":
        """Return the matrix with ratings and weights of the given dtype."""
        return self._with_sides(
            rows._replace(
                ratings=rows.ratings.astype(dtype, copy=False),
                weights=rows.weights.astype(dtype, copy=False),
            )
            for rows in (self.by_user, self.by_item)
        )

    def over(self, scale: float) -> "RatingMatrix":
        """Return the matrix with ratings divided by a scale."""
        return self.in_units(Units(rating=scale))

    @property
    def pair_weights(self) -> tuple[np.ndarray, np.ndarray]:
        """Weight of all pairs of each user and of each item, rated or not.

        ``sum of w + unrated weight * number of unrated pairs``, float64 of shape
        (n_users,) and (n_items,).
        """
        weight = 0.0 if self.unrated is None else self.unrated.weight
        sides = (self.by_user, self.by_item), self.shape[::-1]
        users, items = (
            rows.pair_weights(weight, n) for rows, n in zip(*sides, strict=True)
        )
        return users, items

    @property
    def units(self) -> Units:
        """Units of the ratings and weights: 1 unless they are tiny or huge."""
        ratings, weights = self.by_user.ratings, self.by_user.weights
        if self.unrated is not None:
            ratings = np.append(ratings, self.unrated.largest_rating)
            weights = np.append(weights, self.unrated.weight)
        return Units(unit_of(ratings), unit_of(weights))

    def in_units(self, units: Units) -> "RatingMatrix":
        """Return the matrix with ratings and weights divided by their units."""
        unrated = self.unrated and self.unrated.in_units(units)
        return self._with_sides(
            (rows.in_units(units) for rows in (self.by_user, self.by_item)), unrated
        )

    def with_unrated(self, unrated: Unrated) -> "RatingMatrix":
        """Return the matrix in which pairs without a rating count."""
        if not unrated:
            return self
        return replace(self, unrated=unrated.over(self.shape))

    def with_mean_weight_one(self) -> "RatingMatrix":
        """Return the matrix with weights divided by their mean."""
        if not self.by_user.weights.size:
            return self
        return self.in_units(Units(weight=self.by_user.mean_weight))

    def with_mean_weight_of_users(self, mean: float) -> "RatingMatrix":
        """Return the matrix with the weights of each user scaled to a given mean."""
        rows = self.by_user
        if mean == 1 and not rows.weights.size:
            return self
        lengths = np.diff(rows.indptr)
        factors = mean * lengths / np.maximum(rows.weight_sums, np.finfo(float).tiny)
        weights = rows.weight_of_entry * np.repeat(factors, lengths)
        by_user = rows._replace(weights=weights)
        return self._with_sides((by_user, transposed(by_user, self.shape[1])))

    def minus(
        self, user_offsets: np.ndarray, item_offsets: np.ndarray
    ) -> "RatingMatrix":
        """Return the matrix with ``user_offsets[u] + item_offsets[i]`` subtracted."""
        return self._with_sides(
            (
                self.by_user.minus(user_offsets, item_offsets),
                self.by_item.minus(item_offsets, user_offsets),
            ),
            self.unrated and self.unrated.minus(user_offsets, item_offsets),
        )

    def _with_sides(
        self, sides: Iterable[CSRRows], unrated: UnratedPairs | None = None
    ) -> "RatingMatrix":
        by_user, by_item = sides
        unrated = unrated or self.unrated
        return replace(self, by_user=by_user, by_item=by_item, unrated=unrated)


def rating_matrix(
    users: np.ndarray,
    items: np.ndarray,
    ratings: np.ndarray,
    weights: np.ndarray | None,
    shape: tuple[int, int],
) -> RatingMatrix:
    """Build the matrix from rows of one rating each, and merge repeated pairs.

    A pair that occurs more than once becomes one entry with the sum of the weights and
    the weighted mean of the ratings. This changes the objective only by a constant.

    Parameters
    ----------
    users, items : int arrays of shape (n_rows,)
        Row numbers of the users and of the items.
    ratings : float array of shape (n_rows,)
        Its dtype becomes the dtype of the matrix.
    weights : float array of shape (n_rows,) or None
        Positive weights. None means ones.
    shape : (n_users, n_items)

    Returns
    -------
    RatingMatrix
        Its ``n_conflicts`` is the number of pairs with more than one rating.
    """
    # A pair may be rated 0.0 and -0.0, which are equal: -0.0 + 0.0 is 0.0.
    ratings = np.asarray(ratings) + 0.0
    if weights is None:
        indptr, columns, ratings = _canonical_order(users, items, ratings, shape)
        by_user = CSRRows(indptr, columns, ratings, ratings[:0])
    else:
        position = np.arange(users.size, dtype=_index_dtype(users.size))
        indptr, columns, order = _canonical_order(users, items, position, shape)
        weights = weights[order].astype(ratings.dtype)
        by_user = CSRRows(indptr, columns, ratings[order], weights)
    repeated = _repeats_its_predecessor(by_user)
    n_conflicts = 0
    if repeated.any():
        by_user, n_conflicts = _merge_repeats(by_user, repeated)
    if by_user.weights.size and (by_user.weights == 1).all():
        by_user = by_user._replace(weights=by_user.weights[:0])
    return RatingMatrix(by_user, transposed(by_user, shape[1]), n_conflicts)


def _canonical_order(
    users: np.ndarray, items: np.ndarray, values: np.ndarray, shape: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sort values by user, then item, in linear time.

    Compressing by item first and then by user sorts each row.

    Returns
    -------
    indptr, columns, values : arrays
    """
    entries = sparse.coo_array((values, (users, items)), shape=shape)
    entries.has_canonical_format = True  # otherwise scipy adds up repeated pairs
    rows = entries.tocsc().tocsr()
    indices = rows.indices.astype(np.int32, copy=False)
    return rows.indptr.astype(np.int64), indices, rows.data


def transposed(rows: CSRRows, n_columns: int) -> CSRRows:
    """Return the same ratings by column."""
    shape = (rows.indptr.size - 1, n_columns)
    carried = rows.ratings
    if rows.weights.size:
        carried = np.arange(rows.indices.size, dtype=_index_dtype(rows.indices.size))
    # scipy copies the indices if indptr has another dtype.
    indptr = rows.indptr.astype(_index_dtype(rows.indices.size))
    columns = sparse.csr_array((carried, rows.indices, indptr), shape).tocsc()
    ratings, weights = columns.data, rows.weights
    if weights.size:
        ratings, weights = rows.ratings[columns.data], weights[columns.data]
    indices = columns.indices.astype(np.int32, copy=False)
    return CSRRows(columns.indptr.astype(np.int64), indices, ratings, weights)


def _repeats_its_predecessor(rows: CSRRows) -> np.ndarray:
    """Mark the entries with the same row and column as the entry before them."""
    repeated = np.zeros(rows.indices.size, bool)
    repeated[1:] = rows.indices[1:] == rows.indices[:-1]
    starts = rows.indptr[:-1]
    repeated[starts[starts < repeated.size]] = False
    return repeated


def _merge_repeats(rows: CSRRows, repeated: np.ndarray) -> tuple[CSRRows, int]:
    """Merge the entries of each pair: sum the weights, average the ratings by weight.

    Returns the rows and the number of pairs with more than one rating. Weights of equal
    ratings are summed first, in sorted order, so a weight of 3 and three repeats give
    the same bits, and the order of the input does not matter.
    """
    pair = np.cumsum(~repeated) - 1
    weights = rows.weight_of_entry
    order = np.lexsort((weights, rows.ratings, pair))
    pair, ratings, weights = pair[order], rows.ratings[order], weights[order]

    new_value = np.ones(pair.size, bool)
    new_value[1:] = (pair[1:] != pair[:-1]) | (ratings[1:] != ratings[:-1])
    first = np.flatnonzero(new_value)
    pair, ratings = pair[first], ratings[first]
    weights = np.add.reduceat(weights, first)

    start = np.flatnonzero(np.diff(pair, prepend=-1))
    n_values = np.diff(start, append=pair.size)
    total = np.add.reduceat(weights, start)
    mean = np.add.reduceat(weights * ratings, start) / total
    merged = CSRRows(
        np.searchsorted(np.flatnonzero(~repeated), rows.indptr).astype(np.int64),
        rows.indices[~repeated],
        np.where(n_values == 1, ratings[start], mean).astype(rows.ratings.dtype),
        total.astype(rows.ratings.dtype),
    )
    return merged, int((n_values > 1).sum())


def pair_keys(rows: np.ndarray, columns: np.ndarray, n_columns: int) -> np.ndarray:
    """Return one number for each pair: ``row * n_columns + column``."""
    return rows.astype(np.int64) * n_columns + columns


def ranges(starts: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Concatenate the ranges of the given starts and lengths."""
    before = np.cumsum(lengths) - lengths
    return np.arange(lengths.sum()) + np.repeat(starts - before, lengths)


def _index_dtype(n: int) -> type[np.signedinteger]:
    return np.int32 if n < 2**31 else np.int64
