"""The transformers of scikit-learn that encode each kind of column, and their names."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import sparse
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, SplineTransformer, StandardScaler

from sklearn_cofi._typing import Estimator
from sklearn_cofi.data._feature_columns import MISSING, FeatureColumn

# What scikit-learn's OneHotEncoder calls the column of rare categories.
_INFREQUENT = "infrequent_sklearn"
INFREQUENT = "(infrequent)"


class FittedStep(NamedTuple):
    """A fitted transformer of one column, and the slice of its output."""

    column: int
    part: str  # "categories", "labels", "number" or "missing"
    transformer: Estimator
    output: slice


def feature_steps(
    columns: Sequence[FeatureColumn], max_categories: int, n_knots: int | None
) -> list[tuple]:
    """Return the transformers of the columns, as ``ColumnTransformer`` takes them.

    The name of each is the position of its column and a `FittedStep.part`, because
    names of columns may contain characters that scikit-learn does not allow there.
    """
    steps: list[tuple] = []
    for k, column in enumerate(columns):
        name = str(k)
        if column.kind == "category":
            steps.append((f"{k} categories", _one_hot(max_categories), [name]))
        elif column.kind == "labels":
            steps.append((f"{k} labels", _bag(max_categories), name))
        elif column.kind in ("number", "date"):
            number = _numeric(_knots(column.values, n_knots))
            steps.append((f"{k} number", number, [name]))
            if np.isnan(column.values).any():
                marks = MissingIndicator(features="all", sparse=True)
                steps.append((f"{k} missing", marks, [name]))
    return steps


def fitted_steps(transformer: ColumnTransformer) -> list[FittedStep]:
    """Return the steps of a fitted transformer."""
    found = []
    for key, step, _ in transformer.transformers_:
        position, _, part = key.partition(" ")
        if position != "remainder":
            output = transformer.output_indices_[key]
            found.append(FittedStep(int(position), part, step, output))
    return found


def names_of(step: FittedStep, column: str) -> list[str]:
    """Return the names of the features that a step makes of the column of this name."""
    if step.part == "missing":
        return [f"{column}: {MISSING}"]
    if step.part == "number":
        scaler_or_hats = step.transformer[-1]
        if isinstance(scaler_or_hats, StandardScaler):
            return [column]
        return [f"{column}: near {knot:.6g}" for (knot,) in scaler_or_hats.knots]
    names = step.transformer.get_feature_names_out()
    return [f"{column}: {name}" for name in names]


def varies(matrix: sparse.csc_array) -> np.ndarray:
    """Return whether each column has two different values."""
    if matrix.shape[1] == 0:
        return np.zeros(0, dtype=bool)
    largest, smallest = matrix.max(axis=0).toarray(), matrix.min(axis=0).toarray()
    return (largest != smallest).ravel()


def category_name(column: str, category: object) -> str:
    """Return the name of a category without its column, for ``OneHotEncoder``."""
    return INFREQUENT if category == _INFREQUENT else str(category)


def _one_hot(max_categories: int) -> OneHotEncoder:
    return OneHotEncoder(
        max_categories=max_categories,
        handle_unknown="ignore",
        feature_name_combiner=category_name,
    )


def _bag(max_labels: int) -> CountVectorizer:
    # The cells are tuples of labels, so there is no text to split.
    return CountVectorizer(
        analyzer=tuple, binary=True, max_features=max_labels, dtype=np.float64
    )


def _knots(numbers: np.ndarray, n_knots: int | None) -> np.ndarray | None:
    """Return the knots of a column of numbers; None if they are used as they are.

    The knots are quantiles of the distinct numbers, because of all numbers they would
    leave long gaps: most of the movies of a data set are of its last ten years.
    """
    distinct = np.unique(numbers[~np.isnan(numbers)])
    if n_knots is None or distinct.size <= 2:
        return None
    if distinct.size <= n_knots:
        return distinct
    return np.quantile(distinct, np.linspace(0, 1, n_knots), method="nearest")


def _numeric(knots: np.ndarray | None) -> Estimator:
    if knots is None:
        return make_pipeline(SimpleImputer(), StandardScaler())
    hats = SplineTransformer(
        degree=1, knots=knots[:, np.newaxis], extrapolation="constant"
    )
    return make_pipeline(SimpleImputer(), hats)
