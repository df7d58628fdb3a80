"""What every display needs: axes to draw on, styles, and a look at what it is given."""

import numpy as np
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from sklearn_cofi._compat import _validate_style_kwargs
from sklearn_cofi.base._ratings_estimator import RatingsEstimator
from sklearn_cofi.data._frame import numbers, open_table, series_array


def axes_for(display, ax, figsize=None):
    """Return the axes to draw on: those given, or those of a new figure.

    ``figsize`` is that of a new figure, in inches.

    Raises
    ------
    ImportError
        If matplotlib is missing.
    """
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError(
            f"{type(display).__name__}.plot requires matplotlib. You can install it "
            'with `pip install "sklearn-cofi[plot]"`.'
        ) from error
    if ax is None:
        _, ax = plt.subplots(figsize=figsize, layout="constrained")
    return ax


def not_yet(ax, label: str) -> str | None:
    """Return a label, or None where the legend of these axes has it already."""
    return None if label in ax.get_legend_handles_labels()[1] else label


def styled(default: dict, given: dict | None) -> dict:
    """Return a style with what the user gave in place of the defaults.

    Abbreviations count as what they stand for: ``c`` replaces ``color``.
    """
    return _validate_style_kwargs(default, given or {})


def check_choice(name: str, value, choices):
    """Return ``value`` if it is one of ``choices``.

    Raises
    ------
    ValueError
        If it is not.
    """
    if not isinstance(value, str) or value not in choices:
        raise ValueError(
            f"{name} is {value!r}. Give one of {', '.join(map(repr, choices))}."
        )
    return value


def fitted_filter(display: type, estimator, kinds: tuple[type, ...]):
    """Return a fitted estimator, the last step if it is a pipeline.

    Raises
    ------
    TypeError
        If it is of another kind.
    NotFittedError
        If it is not fitted.
    """
    last = estimator[-1] if isinstance(estimator, Pipeline) else estimator
    if not isinstance(last, kinds):
        wanted = " or ".join(f"a {kind.__name__}" for kind in kinds)
        advice = ""
        if hasattr(last, "best_estimator_"):
            advice = " Of a search, pass its `best_estimator_`."
        raise TypeError(
            f"{display.__name__} is drawn from {wanted}, not from a "
            f"{type(last).__name__}.{advice}"
        )
    check_is_fitted(last)
    return last


def before_last_step(estimator, X):
    """Return what the last step of a pipeline is given of ``X``; else ``X``."""
    if isinstance(estimator, Pipeline) and len(estimator) > 1:
        return estimator[:-1].transform(X)
    return X


def true_ratings(display: type, estimator, X, y) -> np.ndarray:
    """Return the ratings of ``X``: those given, or its rating column.

    Raises
    ------
    ValueError
        If there are none, if they are not as many as rows of X, or if the estimator
        cannot tell the rating column.
    """
    if y is not None:
        ratings = numbers(series_array(y), "y")
        if isinstance(estimator, RatingsEstimator):
            # One rating would be compared with the predictions of all pairs.
            check_consistent_length(range(open_table(X).n_rows), ratings)
        return ratings
    if not isinstance(estimator, RatingsEstimator):
        raise ValueError(
            f"{display.__name__} finds the rating column of X with estimators of this "
            f"package, and not with a {type(estimator).__name__}. Pass y."
        )
    return estimator._rating_column(open_table(X))


def paired(**arrays) -> list[np.ndarray]:
    """Return arrays of numbers, of one axis and equal length.

    Raises
    ------
    ValueError
        If they are not, are empty, or hold NaN or infinite values.
    """
    columns = {name: series_array(x, name) for name, x in arrays.items()}
    sizes = {name: len(column) for name, column in columns.items()}
    if len(set(sizes.values())) > 1:
        told = ", ".join(f"{name} {size}" for name, size in sizes.items())
        raise ValueError(f"Lengths differ: {told}. Give one number for each rating.")
    if 0 in sizes.values():
        raise ValueError(f"{next(iter(arrays))} is empty: there is nothing to draw.")
    return [numbers(column, name) for name, column in columns.items()]
