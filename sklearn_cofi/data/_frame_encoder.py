"""A fitted transformer, and its output as a sparse matrix with names and blocks."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from sklearn import config_context
from sklearn.base import clone

from sklearn_cofi._typing import Estimator, Frame
from sklearn_cofi.data._feature_encoder import FeatureEncoder
from sklearn_cofi.data._frame import is_table, open_table


@dataclass(frozen=True)
class FrameEncoder:
    """A fitted transformer and the columns of the frames that it transforms."""

    transformer: Estimator
    columns: tuple[str, ...]  # without the column of ids
    id_name: str  # column or index of the ids

    def encode(self, frame: Frame, name: str) -> sparse.csr_array:
        """Return the features of the rows of a frame with these columns alone."""
        with config_context(transform_output="default"):
            output = self.transformer.transform(frame)
        return self.checked(output, open_table(frame).n_rows, name)

    def checked(self, output: object, n_rows: int, name: str) -> sparse.csr_array:
        """Return the output of the transformer as a matrix of finite numbers."""
        matrix = _as_matrix(output, name)
        if matrix.shape[0] != n_rows:
            raise ValueError(
                f"The encoder made {matrix.shape[0]} rows of the {n_rows} rows of "
                f"{name}. Choose a transformer that keeps all rows."
            )
        unusable = ~np.isfinite(matrix.data)
        if unusable.any():
            feature = feature_names(self.transformer, output, matrix.shape[1])[
                matrix.indices[np.argmax(unusable)]
            ]
            raise ValueError(
                f"The encoder of {name} left missing or infinite values in the feature "
                f"{str(feature)!r}. Add a `SimpleImputer` to it, or use the default "
                "encoder, which imputes missing values."
            )
        return matrix


def fit_encoder(
    encoder: Estimator | None, frame: Frame, name: str
) -> tuple[Estimator, object]:
    """Fit a clone of an encoder, and return it with its output.

    Parameters
    ----------
    encoder : transformer or None
        None is `FeatureEncoder`.
    frame : frame
        The columns to encode, without the ids.
    name : str
        Name of the frame, for messages.
    """
    if encoder is None:
        encoder = FeatureEncoder()
    if isinstance(encoder, type) or not hasattr(encoder, "transform"):
        raise TypeError(
            f"The encoder of {name} must be a transformer of scikit-learn, such as a "
            f"ColumnTransformer, got {encoder!r}."
        )
    transformer = clone(encoder)
    with config_context(transform_output="default"):
        if hasattr(transformer, "fit_transform"):
            return transformer, transformer.fit_transform(frame)
        return transformer, transformer.fit(frame).transform(frame)


def feature_names(
    transformer: Estimator, output: object, n_features: int
) -> np.ndarray:
    """Return names by the output or the transformer, or else "feature 0", ..."""
    names: Iterable[object] = ()
    if hasattr(output, "columns"):
        names = open_table(output, may_be_empty=True).names or ()
    elif hasattr(transformer, "get_feature_names_out"):
        try:
            names = transformer.get_feature_names_out()
        except (AttributeError, NotImplementedError):  # of a step of a pipeline
            names = ()
    texts = [str(name) for name in names]
    if len(texts) != n_features:
        texts = [f"feature {k}" for k in range(n_features)]
    return np.array(texts)


def feature_blocks(
    transformer: Estimator, names: np.ndarray, name: str
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return the block of each feature, and the names of the blocks.

    The features of one column of the frame are a block. In a ``ColumnTransformer``,
    those of one transformer are, by their names ``"genres__Comedy"``.
    """
    if isinstance(transformer, FeatureEncoder):
        return transformer.feature_blocks_, transformer.block_names_
    prefixes = [str(text).partition("__")[0] for text in names]
    if not all("__" in text for text in names):
        return np.zeros(names.size, dtype=np.int64), (name,)
    blocks = {prefix: k for k, prefix in enumerate(dict.fromkeys(prefixes))}
    return np.array([blocks[prefix] for prefix in prefixes]), tuple(blocks)


def _as_matrix(output: object, name: str) -> sparse.csr_array:
    """Return the output of a transformer as a sparse matrix; zeros are not stored."""
    if not sparse.issparse(output) and not is_table(output):
        raise TypeError(
            f"The encoder of {name} must return a matrix or a frame with a row for "
            f"each row of {name}, got a {type(output).__name__}."
        )
    try:
        dense_or_sparse = output if sparse.issparse(output) else _as_array(output)
        matrix = sparse.csr_array(dense_or_sparse, dtype=np.float64)
    except (TypeError, ValueError):
        raise TypeError(
            f"The encoder of {name} returned values that are not numbers. Encode each "
            "column, strings for example by a `OneHotEncoder`, or drop it."
        ) from None
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    return matrix


def _as_array(output: object) -> np.ndarray:
    if isinstance(output, np.ndarray):
        return output.astype(np.float64)
    table = open_table(output, may_be_empty=True)
    matrix = np.empty((table.n_rows, table.n_columns))
    for k in range(table.n_columns):
        column = table.take(k)
        if not isinstance(column, np.ndarray):
            column = column.to_numpy(dtype=np.float64, na_value=np.nan)
        matrix[:, k] = column
    return matrix
