"""`GridSearchDisplay`: mean scores of a search over two parameters."""

from collections.abc import Sequence
from numbers import Real
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike

from sklearn_cofi._typing import Estimator, Floats
from sklearn_cofi.displays._axes import axes_for, four_digits, styled
from sklearn_cofi.displays._edges import edge_advice, edge_hint
from sklearn_cofi.displays._search_results import (
    axis_of,
    best_candidate,
    check_search,
    mean_scores,
    metric_name,
    others_varied,
    parameter_name,
    score_label,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Luminance L of a colour with the same contrast to black and to white, where
# (L + 0.05) / 0.05 equals 1.05 / (L + 0.05).
_EQUAL_CONTRAST = np.sqrt(1.05 * 0.05) - 0.05
# Luminance of linear red, green and blue, as in WCAG 2.1.
_CHANNELS = np.array([0.2126, 0.7152, 0.0722])


class GridSearchDisplay:
    """Heat map of the mean scores of a search, with a frame around the best cell.

    Create it with `from_search`. If the search has further parameters, a cell shows the
    best score over their values, and the title names them. The title also says if the
    best cell is at the edge of an axis with at least three numbers, because the best
    value may then be outside of the grid.

    Parameters
    ----------
    x_name, y_name : str
        Names of the two parameters. ``y_name`` may be None.
    x_values, y_values : list
        Values of the two parameters, one for each column and each row.
    scores : ndarray of shape (n_y_values, n_x_values)
        Mean scores. NaN for combinations without a score.
    best : (int, int)
        Row and column of the best cell.
    score_name : str, default="score"
        Label of the colour bar.
    lower_is_better : bool, default=False
        Whether the scores are errors.
    best_over : list of str, default=()
        Names of further parameters of the search.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    im_ : matplotlib QuadMesh
    texts_ : ndarray of shape (n_y_values, n_x_values)
        matplotlib Texts of the scores.
    best_ : matplotlib Rectangle
        Frame around the best cell.
    colorbar_ : matplotlib Colorbar

    See Also
    --------
    RegPathDisplay : Errors along the penalties of a path.
    sklearn.model_selection.GridSearchCV : The search.

    Examples
    --------
    >>> from sklearn.model_selection import GridSearchCV, KFold
    >>> from sklearn_cofi import CollaborativeFilter
    >>> from sklearn_cofi.datasets import make_ratings
    >>> from sklearn_cofi.displays import GridSearchDisplay
    >>> X, y = make_ratings(1000, n_users=50, n_items=30, random_state=0)
    >>> search = GridSearchCV(
    ...     CollaborativeFilter(random_state=0),
    ...     {"num_features": [2, 4], "reg_param": [0.5, 1.0, 2.0]},
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
            A fitted search.
        x, y : str, default="reg_param", "num_features"
            Names of the parameters on the two axes. The names of pipeline steps may be
            left out: "reg_param" finds "filter__reg_param". ``y=None`` makes a map of
            one row.
        metric : str, default=None
            Name of the metric to draw. None takes the only metric, or the one for
            ``refit``.
        ax : matplotlib Axes, default=None
            Axes to draw on. None makes a new figure.
        **kwargs : dict
            Passed to ``ax.pcolormesh``.

        Returns
        -------
        GridSearchDisplay
            Negated errors, such as "neg_root_mean_squared_error", are drawn as positive
            errors.

        Raises
        ------
        TypeError
            If ``search`` is not a search, or is a search by successive halving, whose
            scores are from different numbers of ratings.
        NotFittedError
            If the search is not fitted.
        ValueError
            If the search has no such parameter or metric, or all its fits failed.
        """
        check_search(cls, search)
        x = parameter_name(x, search.cv_results_)
        y = None if y is None else parameter_name(y, search.cv_results_)
        metric = metric_name(search, metric)
        means = mean_scores(search, metric)
        columns, x_values = axis_of(search, x)
        rows, y_values = axis_of(search, y)
        scores = np.full((len(y_values), len(x_values)), np.nan)
        np.fmax.at(scores, (rows, columns), means)
        best = best_candidate(search, metric, means)
        score_name, lower_is_better = score_label(search, metric)
        return cls(
            x_name=x,
            y_name=y,
            x_values=x_values,
            y_values=y_values,
            scores=-scores if lower_is_better else scores,
            best=(int(rows[best]), int(columns[best])),
            score_name=score_name,
            lower_is_better=lower_is_better,
            best_over=others_varied(search, {x, y}),
        ).plot(ax, **kwargs)

    def plot(
        self,
        ax: "Axes | None" = None,
        *,
        value_format: str | None = None,
        **kwargs: Any,
    ) -> Self:
        """Draw the cells, their scores and the frame around the best cell.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on. None makes a new figure.
        value_format : str, default=None
            Format of the scores, such as ".2%". None shows the largest score with four
            digits, and all scores with the same number of decimals.
        **kwargs : dict
            Passed to ``ax.pcolormesh``.

        Returns
        -------
        self
        """
        ax = axes_for(self, ax)
        from matplotlib.patches import Rectangle

        # The best scores are bright.
        cmap = "viridis_r" if self.lower_is_better else "viridis"
        self.im_ = ax.pcolormesh(self.scores, **styled({"cmap": cmap}, kwargs))
        self.texts_ = self._write_scores(ax, value_format or four_digits(self.scores))
        row, column = self.best
        self.best_ = ax.add_patch(
            Rectangle(
                (column, row), 1, 1, fill=False, edgecolor="red", linewidth=3, zorder=3
            )
        )
        self.best_.set_clip_on(False)
        self._label_axes(ax)
        self.colorbar_ = ax.figure.colorbar(self.im_, ax=ax)
        better = "lower" if self.lower_is_better else "higher"
        self.colorbar_.set_label(f"{self.score_name} ({better} is better)")
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _label_axes(self, ax: "Axes") -> None:
        columns, rows = [_as_text(x) for x in self.x_values], [""]
        if self.y_name is not None:
            rows = [_as_text(y) for y in self.y_values]
        ax.set_xticks(np.arange(len(columns)) + 0.5, columns)
        ax.set_yticks(np.arange(len(rows)) + 0.5, rows)
        ax.tick_params(length=0)
        ax.set(xlabel=self.x_name, ylabel=self.y_name or "")
        ax.set_title("\n".join(filter(None, self._remarks())), fontsize="medium")

    def _remarks(self) -> list[str]:
        """Return the lines of the title, which may be empty."""
        row, column = self.best
        over = f"best over {', '.join(self.best_over)}" if self.best_over else ""
        scores = np.asarray(self.scores)
        advice = [edge_advice(self.x_name, self.x_values, column, scores[row])]
        if self.y_name is not None:
            advice += [edge_advice(self.y_name, self.y_values, row, scores[:, column])]
        return [over, edge_hint(*advice)]

    def _write_scores(self, ax: "Axes", value_format: str) -> np.ndarray:
        """Write the scores into the cells, in black or white, and return the texts."""
        texts = np.empty(self.scores.shape, object)
        for (row, column), score in np.ndenumerate(self.scores):
            text = "" if np.isnan(score) else format(score, value_format)
            color = _text_color(self.im_.cmap(self.im_.norm(np.asarray(score))))
            texts[row, column] = ax.text(
                column + 0.5, row + 0.5, text, ha="center", va="center", color=color
            )
        return texts


def _text_color(background: ArrayLike) -> str:
    """Return "black" or "white", the one with more contrast to the background.

    ::

        luminance = 0.2126 * R + 0.7152 * G + 0.0722 * B  # of linear light
        contrast = (lighter luminance + 0.05) / (darker luminance + 0.05)

    as in WCAG 2.1.
    """
    srgb = np.asarray(background, np.float64)[:3]
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    return "black" if linear @ _CHANNELS > _EQUAL_CONTRAST else "white"


def _as_text(value: object) -> str:
    return f"{value:g}" if isinstance(value, Real) else str(value)
