"""Axes, styles and checks of input, for all displays."""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.pipeline import Pipeline
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from sklearn_cofi._compat import _validate_style_kwargs
from sklearn_cofi._typing import Estimator, Floats, FrameLike
from sklearn_cofi.base._ratings_estimator import RatingsEstimator
from sklearn_cofi.data._frame import numbers, open_table, series_array

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.patches import Rectangle

# Multiples of powers of ten with a tick, because values often span less than a decade.
_LOG_TICKS = (1, 2, 5)


def axes_for(
    display: object, ax: "Axes | None", figsize: tuple[float, float] | None = None
) -> "Axes":
    """Return the axes to draw on: ``ax``, or the axes of a new figure.

    Parameters
    ----------
    display : object
        Display to name in the error.
    ax : matplotlib Axes or None
        Existing axes.
    figsize : (float, float), default=None
        Width and height of a new figure, in inches.

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


def integer_ticks(axis: "Axis") -> None:
    """Put the ticks of an axis at integers, if matplotlib places them automatically."""
    from matplotlib.ticker import MaxNLocator

    locator = axis.get_major_locator()
    if isinstance(locator, MaxNLocator):
        locator.set_params(integer=True)


def log_scale(ax: "Axes", values: Floats) -> None:
    """Make the x axis logarithmic; if a value is 0, linear near it."""
    from matplotlib import ticker

    positive = values[values > 0]
    if not positive.size:
        return
    locator: ticker.Locator
    if positive.size < np.size(values):
        linear_up_to = positive.min()
        ax.set_xscale("symlog", linthresh=linear_up_to)
        locator = ticker.SymmetricalLogLocator(
            base=10, linthresh=linear_up_to, subs=_LOG_TICKS
        )
    else:
        ax.set_xscale("log")
        locator = ticker.LogLocator(subs=_LOG_TICKS)
    ax.xaxis.set_major_locator(locator)
    ax.xaxis.set_major_formatter(ticker.StrMethodFormatter("{x:g}"))
    ax.xaxis.set_minor_formatter(ticker.NullFormatter())


def four_digits(scores: Floats) -> str:
    """Return the format that writes the largest score with four digits."""
    largest = np.nanmax(np.abs(scores))
    exponent = int(np.floor(np.log10(largest))) if largest else 0
    return f".{min(max(3 - exponent, 0), 6)}f"


def show_names(ax: "Axes", *, ncols: int = 1) -> None:
    """Draw the legend, if anything on the axes has a label."""
    if ax.get_legend_handles_labels()[1]:
        ax.legend(frameon=False, ncols=ncols)


def label_once(ax: "Axes", label: str) -> str | None:
    """Return the label, or None if the legend of the axes has it already."""
    return None if label in ax.get_legend_handles_labels()[1] else label


def shade_burn_in(ax: "Axes", burn_in: int) -> "Rectangle | None":
    """Shade the sweeps that a Bayesian model discards, if there are any."""
    if not burn_in:
        return None
    return ax.axvspan(
        0.5,
        burn_in + 0.5,
        color="0.5",
        alpha=0.35,
        linewidth=0,
        label=label_once(ax, "burn-in (discarded)"),
    )


def named(name: str | None) -> dict[str, Any]:
    """Return the style that shows a name in the legend, empty without a name."""
    return {"label": name} if name else {}


def styled(default: dict[str, Any], style: dict[str, Any] | None) -> dict[str, Any]:
    """Return the default style, updated with the user's style.

    Aliases of matplotlib count as the full name: ``c`` replaces ``color``.
    """
    return _validate_style_kwargs(default, style or {})


def check_choice(name: str, value: str, choices: Collection[str]) -> None:
    """Check that a parameter is one of ``choices``.

    Raises
    ------
    ValueError
        If it is not.
    """
    if not isinstance(value, str) or value not in choices:
        raise ValueError(
            f"{name} is {value!r}. Give one of {', '.join(map(repr, choices))}."
        )


def check_fitted_filter(
    display: type, estimator: Estimator, kinds: tuple[type, ...]
) -> Estimator:
    """Return the estimator, or the last step of a pipeline, if it can be drawn.

    Raises
    ------
    TypeError
        If the estimator is of another kind.
    NotFittedError
        If the estimator is not fitted.
    """
    last = estimator[-1] if isinstance(estimator, Pipeline) else estimator
    if not isinstance(last, kinds):
        expected = " or ".join(f"a {kind.__name__}" for kind in kinds)
        advice = ""
        if hasattr(last, "best_estimator_"):
            advice = " For a search, pass its `best_estimator_`."
        raise TypeError(
            f"{display.__name__} is drawn from {expected}, not from a "
            f"{type(last).__name__}.{advice}"
        )
    check_is_fitted(last)
    return last


def transform_before_last_step(estimator: Estimator, X: FrameLike) -> FrameLike:
    """Return ``X`` as the last step of a pipeline receives it."""
    if isinstance(estimator, Pipeline) and len(estimator) > 1:
        return estimator[:-1].transform(X)
    return X


def true_ratings(
    display: type, estimator: Estimator, X: FrameLike, y: ArrayLike | None
) -> Floats:
    """Return the ratings of ``X``: ``y``, or the rating column of ``X``.

    Raises
    ------
    ValueError
        If there are no ratings, if their number differs from that of the rows, or if
        the estimator is of another package and y is None.
    """
    if y is not None:
        ratings = numbers(series_array(y), "y")
        if isinstance(estimator, RatingsEstimator):
            # numpy would broadcast a single rating to the predictions of all pairs.
            check_consistent_length(range(open_table(X).n_rows), ratings)
        return ratings
    if not isinstance(estimator, RatingsEstimator):
        raise ValueError(
            f"{display.__name__} finds the rating column of X only for estimators of "
            f"this package, not for a {type(estimator).__name__}. Pass y."
        )
    return estimator._rating_column(open_table(X))


def check_paired(**arrays: ArrayLike) -> list[Floats]:
    """Return arrays of numbers, each one-dimensional and of the same length.

    Raises
    ------
    ValueError
        If an array has more dimensions, lengths differ, an array is empty, or a value
        is NaN or infinite.
    """
    columns = {name: series_array(x, name) for name, x in arrays.items()}
    sizes = {name: len(column) for name, column in columns.items()}
    if len(set(sizes.values())) > 1:
        listed = ", ".join(f"{name} {size}" for name, size in sizes.items())
        raise ValueError(f"Lengths differ: {listed}. Give one number for each rating.")
    if 0 in sizes.values():
        raise ValueError(f"{next(iter(arrays))} is empty, so it cannot be drawn.")
    return [numbers(column, name) for name, column in columns.items()]
