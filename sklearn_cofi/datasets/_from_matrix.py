"""A matrix of ratings, sparse or dense, as a frame with one row for each rating."""

from numbers import Real

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from pandas.api.types import is_numeric_dtype
from scipy import sparse
from sklearn.utils import check_array

from sklearn_cofi.data._column_names import usual_positions
from sklearn_cofi.datasets._validation import validate_params


@validate_params(
    {
        "matrix": ["array-like", "sparse matrix"],
        "user_ids": ["array-like", None],
        "item_ids": ["array-like", None],
        "missing": [Real, None],
    },
    prefer_skip_nested_validation=True,
)
def ratings_from_matrix(
    matrix: ArrayLike | sparse.spmatrix | sparse.sparray,
    *,
    user_ids: ArrayLike | None = None,
    item_ids: ArrayLike | None = None,
    missing: float | None = np.nan,
) -> pd.DataFrame:
    """Convert a matrix of ratings, users by items, into one row for each rating.

    Parameters
    ----------
    matrix : array-like, DataFrame, sparse matrix or array of shape (n_users, n_items)
        A wide table has the users as index and the items as columns. In a sparse
        matrix, each stored entry is a rating: a stored zero is a rating of 0, and an
        entry that is stored twice gives two rows (they are not summed). In a dense
        matrix, each entry other than `missing` is a rating.
    user_ids : array-like of shape (n_users,), default=None
        User of each row of the matrix. None is the index of a DataFrame, else the
        numbers from 0 to n_users - 1.
    item_ids : array-like of shape (n_items,), default=None
        Item of each column of the matrix. None is the columns of a DataFrame, else the
        numbers from 0 to n_items - 1.
    missing : float or None, default=nan
        Value that means "not rated". For a dense matrix with 0 in these entries, pass
        ``missing=0``. None means that every entry is a rating. The default raises for a
        dense matrix without any NaN, because zeros that are read as ratings would
        silently spoil a model.

    Returns
    -------
    ratings : DataFrame of shape (n_ratings, 3)
        Columns user and item (int32 positions, or the given ids with their dtype) and
        rating (float64), in the order of the matrix: by user, then by item.

    Raises
    ------
    ValueError
        If the matrix is not two-dimensional and numeric; if the number of ids does not
        fit the matrix; if `missing` is NaN and a dense matrix has none; if a rating is
        not finite; if the sparse format stores zeros that are not ratings (BSR, DIA);
        if a column of a DataFrame seems to hold the users, who belong in its index.

    See Also
    --------
    sklearn_cofi.CollaborativeFilter : Is fitted on the result.
    scipy.sparse.coo_array : The same rows as arrays.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_cofi.datasets import ratings_from_matrix
    >>> ratings_from_matrix([[5, np.nan], [np.nan, 0]], item_ids=["Ted", "Frozen"])
       user    item  rating
    0     0     Ted     5.0
    1     1  Frozen     0.0
    >>> ratings_from_matrix([[5, 0], [0, 4]], missing=0)
       user  item  rating
    0     0     0     5.0
    1     1     1     4.0

    A wide table, with a row for each user and a column for each item:

    >>> import pandas as pd
    >>> wide = pd.DataFrame({"name": ["Ann", "Bob"]})
    >>> wide["Ted"], wide["Frozen"] = [5, None], [4, 1]
    >>> ratings_from_matrix(wide.set_index("name"))
      user    item  rating
    0  Ann     Ted     5.0
    1  Ann  Frozen     4.0
    2  Bob  Frozen     1.0
    """
    if isinstance(matrix, pd.DataFrame):
        if user_ids is None:
            _check_no_column_of_users(matrix)
            user_ids = matrix.index
        item_ids = matrix.columns if item_ids is None else item_ids
        matrix = matrix.to_numpy()
    users, items, ratings, shape = _entries(matrix, missing)
    if not np.isfinite(ratings).all():
        raise ValueError(
            f"matrix holds NaN or infinite ratings other than missing={missing}."
        )
    return pd.DataFrame(
        {
            "user": _ids(user_ids, shape[0], "user_ids")[users],
            "item": _ids(item_ids, shape[1], "item_ids")[items],
            "rating": ratings,
        }
    )


# Below this number of rows, ratings of one item may all differ by chance.
_FEWEST_USERS = 10


def _check_no_column_of_users(wide: pd.DataFrame) -> None:
    """Check that the users are the index and not a column, which would be an item."""
    names = list(wide.columns)
    found = usual_positions(names, "user")
    found += [k for k in range(len(names)) if not is_numeric_dtype(wide.dtypes.iloc[k])]
    if wide.index.name is None and len(wide) >= _FEWEST_USERS:
        found += [k for k in range(len(names)) if _are_numbers_of_rows(wide.iloc[:, k])]
    if found:
        name = names[found[0]]
        raise ValueError(
            f"Column {name!r} seems to hold users or texts, and each column is read as "
            "the ratings of an item. If it holds the users, make it the index: "
            f"`matrix.set_index({name!r})`. Else drop it, or pass `user_ids`."
        )


def _are_numbers_of_rows(column: pd.Series) -> bool:
    """Return whether all values are whole numbers and all of them differ."""
    values = column.to_numpy(float, na_value=np.nan)
    return bool(np.all(values == np.round(values)) and column.is_unique)


def _entries(
    matrix: ArrayLike | sparse.spmatrix | sparse.sparray, missing: float | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray, tuple[int, ...]]:
    """Return rows, columns and values of the rated entries, and the matrix's shape."""
    if sparse.issparse(matrix):
        rows, columns, values, shape = _stored(matrix)
        rated = _is_rated(values, missing)
        return rows[rated], columns[rated], values[rated], shape
    dense = _check_matrix(matrix)
    rated = _is_rated(dense, missing)
    if missing is not None and np.isnan(missing) and dense.size and rated.all():
        raise ValueError(
            "matrix is dense and has no NaN, which means not rated. If 0 means not "
            "rated, pass missing=0; if every entry is a rating, pass missing=None."
        )
    rows, columns = np.nonzero(rated)
    return rows, columns, dense[rated], dense.shape


def _stored(
    matrix: sparse.spmatrix | sparse.sparray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, tuple[int, ...]]:
    if matrix.format in ("bsr", "dia"):
        raise ValueError(
            f"A {matrix.format.upper()} matrix pads with zeros that are not ratings. "
            "Build a COO, CSR or CSC matrix of the ratings only."
        )
    entries = sparse.coo_array(_check_matrix(matrix))
    by_row = np.lexsort((entries.col, entries.row))
    return entries.row[by_row], entries.col[by_row], entries.data[by_row], matrix.shape


def _check_matrix(
    matrix: ArrayLike | sparse.spmatrix | sparse.sparray,
) -> np.ndarray | sparse.spmatrix | sparse.sparray:
    return check_array(
        matrix,
        accept_sparse=True,
        accept_large_sparse=True,
        dtype=np.float64,
        ensure_all_finite=False,
        ensure_min_samples=0,
        ensure_min_features=0,
        input_name="matrix",
    )


def _is_rated(values: np.ndarray, missing: float | None) -> np.ndarray:
    if missing is None:
        return np.ones(values.shape, dtype=bool)
    return ~np.isnan(values) if np.isnan(missing) else values != missing


def _ids(ids: ArrayLike | None, n: int, name: str) -> np.ndarray:
    if ids is None:
        return np.arange(n, dtype=np.int32 if n <= 2**31 else np.int64)
    ids = np.asarray(ids)
    if ids.shape != (n,):
        raise ValueError(f"{name} has shape {ids.shape}, but the matrix needs ({n},).")
    return ids
