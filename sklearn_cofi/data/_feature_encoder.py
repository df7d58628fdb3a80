"""A matrix of features from a frame of numbers, categories, labels and dates."""

from collections.abc import Sequence
from numbers import Integral
from typing import Self

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn import config_context
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.compose import ColumnTransformer
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted, validate_data

from sklearn_cofi._compat import (
    DocLinkMixin,
    Interval,
    _check_feature_names_in,
    _fit_context,
)
from sklearn_cofi._typing import FrameLike
from sklearn_cofi.data._feature_columns import FeatureColumn, read_again, read_column
from sklearn_cofi.data._feature_steps import (
    feature_steps,
    fitted_steps,
    names_of,
    varies,
)
from sklearn_cofi.data._frame import Table, open_table

_DROPPED = ("text", "constant", "missing")


class FeatureEncoder(DocLinkMixin, TransformerMixin, BaseEstimator):
    """Encode a frame of numbers, categories, labels and dates as a sparse matrix.

    Each column is encoded by its type, with transformers of scikit-learn:

    ===============================  =================================================
    numbers                          a column for each of a few numbers, the knots: 1
                                     at the knot, and falling to 0 at the next ones
    two numbers, or without knots    a standardised column
    dates                            as numbers, in years
    strings, booleans, categoricals  a column of 0 and 1 for each category
    "Action|Comedy", or lists        a column of 0 and 1 for each label
    text, ids                        no column
    a constant, no value at all      no column
    ===============================  =================================================

    A string column is text if more than `max_categories` of its values differ, and if
    these are more than half of its values. A missing number is the mean, and a further
    column marks it. Missing values of categories and labels, and empty strings, are a
    category of their own. In later rows, a category that was not seen in fit is encoded
    as zeros.

    Parameters
    ----------
    max_categories : int, default=100
        Maximum number of columns that the categories or labels of one column become.
        Of more categories, the most frequent are kept and the others share the column
        "(infrequent)"; of more labels, the most frequent are kept.
    separator : str or None, default="|"
        Text between the labels of a cell. A string column with the separator in one of
        its cells holds labels. If None, only lists are labels.
    n_knots : int or None, default=5
        Number of knots of each number and date, so that an effect can be any function
        that is linear between them. Knots are quantiles of the distinct numbers. Beyond
        the first and the last knot, the effect is constant. If None, numbers are
        standardised, and effects are linear.

    Attributes
    ----------
    column_kinds_ : ndarray of shape (n_columns,), str
        Kind of each column: "number", "date", "category" or "labels"; or "text",
        "constant" or "missing", which have no columns in the output.
    dropped_columns_ : list of str
        Names of the columns of these last three kinds; "x0", "x1", ... of an array.
    block_names_ : tuple of str
        Names of the columns that are encoded, one for each block.
    feature_blocks_ : ndarray of shape (n_features_out,), int64
        Position in `block_names_` for each column of the output.
    transformer_ : ColumnTransformer
        The fitted transformers. Columns of its output that are constant in fit are
        left out of the output of this encoder.
    n_features_in_ : int
        Number of columns seen in fit.
    feature_names_in_ : ndarray of shape (n_columns,)
        Names of the columns seen in fit, if they are all strings.

    See Also
    --------
    CollaborativeFilter : Encodes `user_features` and `item_features` by this class.
    sklearn.compose.ColumnTransformer : Encodes columns that are chosen by hand.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn_cofi import FeatureEncoder
    >>> movies = pd.DataFrame(
    ...     {"genres": ["Comedy|War", "Drama", "Comedy"], "year": [1990, 2000, 2010]}
    ... )
    >>> encoder = FeatureEncoder().fit(movies)
    >>> encoder.get_feature_names_out()
    array(['genres: Comedy', 'genres: Drama', 'genres: War', 'year: near 1990',
           'year: near 2000', 'year: near 2010'], dtype=object)
    >>> later = pd.DataFrame({"genres": ["War|Western"], "year": [2008]})
    >>> encoder.transform(later).toarray()
    array([[0. , 0. , 1. , 0. , 0.2, 0.8]])
    >>> encoder.block_names_, encoder.feature_blocks_
    (('genres', 'year'), array([0, 0, 0, 1, 1, 1]))
    """

    _parameter_constraints: dict = {
        "max_categories": [Interval(Integral, 1, None, closed="left")],
        "separator": [str, None],
        "n_knots": [Interval(Integral, 2, None, closed="left"), None],
    }

    column_kinds_: np.ndarray
    dropped_columns_: list[str]
    block_names_: tuple[str, ...]
    feature_blocks_: np.ndarray
    transformer_: ColumnTransformer
    n_features_in_: int
    feature_names_in_: np.ndarray

    def __init__(
        self,
        *,
        max_categories: int = 100,
        separator: str | None = "|",
        n_knots: int | None = 5,
    ) -> None:
        self.max_categories = max_categories
        self.separator = separator
        self.n_knots = n_knots

    def fit(self, X: FrameLike, y: object = None) -> Self:
        """Find the kind of each column, its categories, labels, mean and scale.

        Parameters
        ----------
        X : frame or array of shape (n_rows, n_columns)
            Frame of pandas, polars or pyarrow.
        y : None
            Ignored.

        Returns
        -------
        FeatureEncoder
            This encoder, fitted.

        Raises
        ------
        TypeError
            If a column holds values of several types, or of a type without encoding.
        ValueError
            If a number is infinite, above 1e100 or complex.
        """
        self.fit_transform(X)
        return self

    @_fit_context(prefer_skip_nested_validation=True)
    def fit_transform(self, X: FrameLike, y: object = None) -> sparse.csr_array:
        """Fit to a frame and return its features.

        Parameters
        ----------
        X : frame or array of shape (n_rows, n_columns)
            Frame of pandas, polars or pyarrow.
        y : None
            Ignored.

        Returns
        -------
        csr_array of shape (n_rows, n_features_out), float64
        """
        table = _open(X)
        validate_data(self, X, skip_check_array=True)
        columns = [
            read_column(
                table.take(k),
                table.label(k),
                separator=self.separator,
                max_categories=self.max_categories,
            )
            for k in range(table.n_columns)
        ]
        transformer = ColumnTransformer(
            feature_steps(columns, self.max_categories, self.n_knots),
            sparse_threshold=1,
        )
        frame = _as_frame([column.values for column in columns])
        with config_context(transform_output="default"):  # frames cannot be sparse
            matrix = transformer.fit_transform(frame)
        matrix = sparse.csc_array(matrix, dtype=np.float64)
        self._set_fitted_attributes(columns, transformer, varies(matrix))
        return sparse.csr_array(matrix[:, self._kept])

    def transform(self, X: FrameLike) -> sparse.csr_array:
        """Return the features of rows with the columns of the fit.

        Parameters
        ----------
        X : frame or array of shape (n_rows, n_columns)
            Frame of pandas, polars or pyarrow.

        Returns
        -------
        csr_array of shape (n_rows, n_features_out), float64

        Raises
        ------
        TypeError
            If a column holds values of another type than in fit.
        ValueError
            If the columns are not those of the fit, or a number is infinite.
        """
        check_is_fitted(self)
        table = _open(X)
        validate_data(self, X, reset=False, skip_check_array=True)
        values = [np.zeros(table.n_rows)] * table.n_columns
        for k, kind in enumerate(self.column_kinds_):
            if kind not in _DROPPED:
                separator = self.separator if kind == "labels" else None
                values[k] = read_again(
                    table.take(k), table.label(k), self._types[k], separator=separator
                )
        with config_context(transform_output="default"):
            matrix = self.transformer_.transform(_as_frame(values))
        matrix = sparse.csc_array(matrix, dtype=np.float64)
        return sparse.csr_array(matrix[:, self._kept])

    def get_feature_names_out(
        self, input_features: Sequence[str] | None = None
    ) -> np.ndarray:
        """Return names as "genres: Comedy", "age: near 30" and "age: (missing)".

        Parameters
        ----------
        input_features : sequence of str or None, default=None
            Names of the columns seen in fit, if these had no names.

        Returns
        -------
        ndarray of shape (n_features_out,), object
        """
        check_is_fitted(self)
        columns = _check_feature_names_in(self, input_features)
        names = np.empty(self._kept.size, dtype=object)
        for step in fitted_steps(self.transformer_):
            names[step.output] = names_of(step, str(columns[step.column]))
        return names[self._kept]

    def _set_fitted_attributes(
        self,
        columns: Sequence[FeatureColumn],
        transformer: ColumnTransformer,
        kept: np.ndarray,
    ) -> None:
        self.transformer_ = transformer
        self._types = [column.type for column in columns]
        self._kept = kept
        kinds = [column.kind for column in columns]
        origin = np.empty(kept.size, dtype=np.int64)
        for step in fitted_steps(self.transformer_):
            origin[step.output] = step.column
        used, self.feature_blocks_ = np.unique(origin[kept], return_inverse=True)
        labels = _check_feature_names_in(self).tolist()
        self.column_kinds_ = np.array(kinds)
        self.block_names_ = tuple(labels[k] for k in used)
        self.dropped_columns_ = [
            label for label, kind in zip(labels, kinds, strict=True) if kind in _DROPPED
        ]

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        return tags


def _open(X: FrameLike) -> Table:
    if sparse.issparse(X):
        raise TypeError(
            "Sparse data was passed, but FeatureEncoder reads a frame or a dense "
            "array. Sparse features need no encoder: pass a transformer of your own."
        )
    return open_table(X, row="sample")


def _as_frame(values: Sequence[np.ndarray]) -> pd.DataFrame:
    """Return columns named "0", "1", ..., because names of columns may be of any kind.

    ``ColumnTransformer`` needs distinct strings.
    """
    return pd.DataFrame({str(k): column for k, column in enumerate(values)}, copy=False)
