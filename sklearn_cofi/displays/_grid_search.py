"""`GridSearchDisplay`: mean scores of a search over two parameters."""

from collections.abc import Sequence
from numbers import Real
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from sklearn_cofi._typing import Estimator, Floats
from sklearn_cofi.displays._axes import axes_for, styled
from sklearn_cofi.displays._search_results import (
    axis_of,
    metric_name,
    others_varied,
    parameter_name,
    score_label,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# At this luminance black and white have the same contrast to a colour: where
# (L + 0.05) / 0.05 equals 1.05 / (L + 0.05).
_EQUAL_CONTRAST = np.sqrt(1.05 * 0.05) - 0.05
_CHANNELS = np.array([0.2126, 0.7152, 0.0722])


class GridSearchDisplay:
    """Heat map of a search's mean scores, the best cell framed.

    Create it by `from_search`. Where the search has more parameters than the two,
    a cell shows the best score over all of the others, and the title says so.

    Parameters
    ----------
    x_name, y_name : str
        Names of the two parameters; ``y_name`` may be None.
    x_values, y_values : list
        Their values, a column and a row of cells for each.
    scores : ndarray of shape (n_y_values, n_x_values)
        Mean scores; NaN where nothing was scored.
    best : (row, column)
        The cell that the search chose, or that is best.
    score_name : str, default="score"
        For the colour bar.
    lower_is_better : bool, default=False
        Whether the scores are errors.
    best_over : list of str, default=()
        Other parameters of the search.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    im_ : matplotlib QuadMesh
    texts_ : ndarray of shape (n_y_values, n_x_values)
        matplotlib Texts.
    best_ : matplotlib Rectangle
    colorbar_ : matplotlib Colorbar

    Examples
    --------
    >>> from sklearn.model_selection import GridSearchCV, KFold
    >>> from sklearn_cofi import CollaborativeFilter
    >>> from sklearn_cofi.datasets import make_ratings
    >>> from sklearn_cofi.displays import GridSearchDisplay
    >>> X, y = make_ratings(1000, n_users=50, n_items=30, random_state=0)
    >>> search = GridSearchCV(
    ...     CollaborativeFilter(random_state=0),
    ...     {"num_features": [2, 4], "reg_param": [1.0, 3.0, 10.0]},
    ...     scoring="neg_root_mean_squared_error",
    ...     cv=KFold(3, shuffle=True, random_state=0),
    ... ).fit(X, y)
    >>> GridSearchDisplay.from_search(search).texts_.shape
    (2, 3)
    """

    def __init__(
        self,
        *,
        x_name: str,
        y_name: str | None,
        x_values: Sequence[Any],
        y_values: Sequence[Any],
        scores: Floats,
        best: tuple[int, int],
        score_name: str = "score",
        lower_is_better: bool = False,
        best_over: Sequence[str] = (),
    ) -> None:
        self.x_name = x_name
        self.y_name = y_name
        self.x_values = x_values
        self.y_values = y_values
        self.scores = scores
        self.best = best
        self.score_name = score_name
        self.lower_is_better = lower_is_better
        self.best_over = best_over

    @classmethod
    def from_search(
        cls,
        search: Estimator,
        x: str = "reg_param",
        y: str | None = "num_features",
        *,
        metric: str | None = None,
        ax: "Axes | None" = None,
        **kwargs: Any,
    ) -> Self:
        """Draw the mean test scores of a fitted search.

        Parameters
        ----------
        search : GridSearchCV or RandomizedSearchCV
            Fitted.
        x, y : str, default="reg_param", "num_features"
            Parameters of the two axes, as the search names them, or without the names
            of a pipeline's steps: "reg_param" finds "filter__reg_param". ``y=None``
            makes a map of one row.
        metric : str, default=None
            Which of several scores to draw. None takes the one that the search refits
            by, or the only one.
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
        **kwargs : dict
            Passed to ``ax.pcolormesh``.

        Returns
        -------
        GridSearchDisplay
            Scores that scikit-learn negates ("neg_root_mean_squared_error") are shown
            as the errors that they are.

        Raises
        ------
        TypeError
            If ``search`` is no search, or one by successive halving, whose scores are
            from different numbers of ratings.
        NotFittedError
            If it is not fitted.
        ValueError
            If it has no such parameter or metric, or every fit of it failed.
        """
        if not hasattr(search, "refit") or not hasattr(search, "cv"):
            raise TypeError(
                "GridSearchDisplay is drawn from a GridSearchCV or RandomizedSearchCV, "
                f"not from a {type(search).__name__}."
            )
        check_is_fitted(search, "cv_results_")
        results = search.cv_results_
        if "iter" in results:
            raise TypeError(
                f"Scores of a {type(search).__name__} are from different numbers of "
                "ratings: its cells cannot be compared."
            )
        x = parameter_name(x, results)
        y = None if y is None else parameter_name(y, results)
        metric = metric_name(search, metric)
        means = np.asarray(results[f"mean_test_{metric}"], np.float64)
        if np.isnan(means).all():
            raise ValueError(f"No fit of the search has a {metric!r}: all are NaN.")
        columns, x_values = axis_of(search, x)
        rows, y_values = axis_of(search, y)
        scores = np.full((len(y_values), len(x_values)), np.nan)
        np.fmax.at(scores, (rows, columns), means)
        chosen = getattr(search, "best_index_", None)
        if chosen is None or metric not in (search.refit, "score"):
            chosen = np.nanargmax(means)
        name, lower_is_better = score_label(search, metric)
        display = cls(
            x_name=x,
            y_name=y,
            x_values=x_values,
            y_values=y_values,
            scores=-scores if lower_is_better else scores,
            best=(int(rows[chosen]), int(columns[chosen])),
            score_name=name,
            lower_is_better=lower_is_better,
            best_over=others_varied(search, {x, y}),
        )
        return display.plot(ax, **kwargs)

    def plot(
        self,
        ax: "Axes | None" = None,
        *,
        value_format: str | None = None,
        **kwargs: Any,
    ) -> Self:
        """Draw the cells, their scores and the frame of the best.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
        value_format : str, default=None
            How scores are written, such as ".2%". None gives the largest four digits,
            and the others as many after the point.
        **kwargs : dict
            Passed to ``ax.pcolormesh``.

        Returns
        -------
        self
        """
        ax = axes_for(self, ax)
        from matplotlib.patches import Rectangle

        best_is_bright = "viridis_r" if self.lower_is_better else "viridis"
        style = styled({"cmap": best_is_bright}, kwargs)
        self.im_ = ax.pcolormesh(self.scores, **style)
        self.texts_ = self._written(ax, value_format or _decimals(self.scores))
        row, column = self.best
        self.best_ = ax.add_patch(
            Rectangle(
                (column, row), 1, 1, fill=False, edgecolor="red", linewidth=3, zorder=3
            )
        )
        self.best_.set_clip_on(False)
        self._label(ax)
        self.colorbar_ = ax.figure.colorbar(self.im_, ax=ax)
        better = "lower" if self.lower_is_better else "higher"
        self.colorbar_.set_label(f"{self.score_name} ({better} is better)")
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _label(self, ax):
        columns, rows = [_told(x) for x in self.x_values], [""]
        if self.y_name is not None:
            rows = [_told(y) for y in self.y_values]
        ax.set_xticks(np.arange(len(columns)) + 0.5, columns)
        ax.set_yticks(np.arange(len(rows)) + 0.5, rows)
        ax.tick_params(length=0)
        ax.set(xlabel=self.x_name, ylabel=self.y_name or "")
        if self.best_over:
            ax.set_title(f"best over {', '.join(self.best_over)}", fontsize="medium")

    def _written(self, ax, value_format: str) -> np.ndarray:
        """Write the scores into the cells, in black or in white."""
        texts = np.empty(self.scores.shape, object)
        for (row, column), score in np.ndenumerate(self.scores):
            text = "" if np.isnan(score) else format(score, value_format)
            color = _readable_on(self.im_.cmap(self.im_.norm(score)))
            texts[row, column] = ax.text(
                column + 0.5, row + 0.5, text, ha="center", va="center", color=color
            )
        return texts


def _decimals(scores: np.ndarray) -> str:
    """Return the format that writes the largest score with four digits."""
    largest = np.nanmax(np.abs(scores))
    before = int(np.floor(np.log10(largest))) if largest else 0
    return f".{min(max(3 - before, 0), 6)}f"


def _readable_on(color) -> str:
    """Return the one of black and white with more contrast to a colour.

    ::

        luminance = 0.2126 * R + 0.7152 * G + 0.0722 * B   of linear light
        contrast = (lighter luminance + 0.05) / (darker luminance + 0.05)

    as in WCAG 2.1.
    """
    srgb = np.array(color[:3])
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    return "black" if linear @ _CHANNELS > _EQUAL_CONTRAST else "white"


def _told(value) -> str:
    return f"{value:g}" if isinstance(value, Real) else str(value)
