"""`ComparisonDisplay`: differences between models, with their intervals."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd

from sklearn_cofi._typing import Floats
from sklearn_cofi.displays._axes import axes_for, check_choice, four_digits, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Height of a row, and of the space above and below the rows, in inches.
_ROW, _MARGIN = 0.4, 1.3
_COLUMNS = (
    *("metric", "model", "baseline", "score", "baseline_score", "difference"),
    *("lower", "upper", "confidence"),
)


class ComparisonDisplay:
    """Differences of models from a baseline, with their intervals, best model first.

    Create it with `from_comparison` from the result of
    `sklearn_cofi.model_selection.compare_models`. A model whose interval does not
    contain 0 differs from the baseline at the confidence level of the comparison. The
    intervals are not corrected for the number of models.

    Parameters
    ----------
    models : list of str
        Names of the models, best first.
    scores : ndarray of shape (n_models,)
        Mean scores, or errors, of the models over the folds.
    differences, lower, upper : ndarray of shape (n_models,)
        Differences of the scores from that of the baseline, and the bounds of their
        intervals.
    baseline : str
        Name of the baseline.
    baseline_score : float
        Mean score, or error, of the baseline.
    score_name : str, default="score"
        Name of the score.
    lower_is_better : bool, default=False
        Whether the scores are errors.
    confidence : float, default=0.95
        Confidence level of the intervals.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    errorbar_ : matplotlib ErrorbarContainer
        The differences and their intervals.
    line_ : matplotlib Line2D
        Line of no difference.

    See Also
    --------
    sklearn_cofi.model_selection.compare_models : The numbers.

    Examples
    --------
    >>> from sklearn_cofi import CollaborativeFilter
    >>> from sklearn_cofi.datasets import make_ratings
    >>> from sklearn_cofi.displays import ComparisonDisplay
    >>> from sklearn_cofi.model_selection import compare_models
    >>> X, y = make_ratings(1000, n_users=50, n_items=30, random_state=0)
    >>> models = {
    ...     f"{k} factors": CollaborativeFilter(k, random_state=0) for k in (2, 5, 9)
    ... }
    >>> comparison = compare_models(models, X, y, random_state=0)
    >>> display = ComparisonDisplay.from_comparison(comparison, baseline="2 factors")
    >>> sorted(display.models)
    ['5 factors', '9 factors']
    """

    def __init__(
        self,
        *,
        models: Sequence[str],
        scores: Floats,
        differences: Floats,
        lower: Floats,
        upper: Floats,
        baseline: str,
        baseline_score: float,
        score_name: str = "score",
        lower_is_better: bool = False,
        confidence: float = 0.95,
    ) -> None:
        self.models = models
        self.scores = scores
        self.differences = differences
        self.lower = lower
        self.upper = upper
        self.baseline = baseline
        self.baseline_score = baseline_score
        self.score_name = score_name
        self.lower_is_better = lower_is_better
        self.confidence = confidence

    @classmethod
    def from_comparison(
        cls,
        comparison: pd.DataFrame,
        *,
        metric: str | None = None,
        baseline: str | None = None,
        ax: "Axes | None" = None,
        **kwargs: Any,
    ) -> Self:
        """Draw the result of `sklearn_cofi.model_selection.compare_models`.

        Parameters
        ----------
        comparison : DataFrame
            Result of `compare_models`, or rows of it.
        metric : str, default=None
            Name of the metric to draw. None takes the only metric.
        baseline : str, default=None
            Model that the others are compared with. None takes the baseline of
            `compare_models` or, if all pairs were compared, the best model.
        ax : matplotlib Axes, default=None
            Axes to draw on. None makes a new figure.
        **kwargs : dict
            Style of points and intervals, passed to ``ax.errorbar``.

        Returns
        -------
        ComparisonDisplay
            Negated errors, such as "neg_root_mean_squared_error", are drawn as positive
            errors.

        Raises
        ------
        TypeError
            If ``comparison`` is not a DataFrame with the columns of `compare_models`.
        ValueError
            If it has no rows of the metric or of the baseline.
        """
        _check_comparison(comparison)
        metric = _only_metric(comparison, metric)
        rows = comparison[comparison["metric"] == metric]
        scores = dict(zip(rows["model"], rows["score"], strict=True))
        scores |= dict(zip(rows["baseline"], rows["baseline_score"], strict=True))
        if baseline is None:
            names = rows["baseline"].unique()
            baseline = (
                names[0] if len(names) == 1 else max(scores, key=scores.__getitem__)
            )
        check_choice("baseline", baseline, scores)
        table = _from_baseline(rows, baseline)
        # Scores are higher for better models. Errors are negated back.
        sign = -1 if metric.startswith("neg_") else 1
        bounds = sign * table[["lower", "upper"]].to_numpy()
        return cls(
            models=table.index.tolist(),
            scores=sign * table["score"].to_numpy(),
            differences=sign * table["difference"].to_numpy(),
            lower=bounds.min(axis=1),
            upper=bounds.max(axis=1),
            baseline=baseline,
            baseline_score=float(sign * scores[baseline]),
            score_name=metric.removeprefix("neg_").replace("_", " "),
            lower_is_better=sign < 0,
            confidence=float(rows["confidence"].iloc[0]),
        ).plot(ax, **kwargs)

    def plot(self, ax: "Axes | None" = None, **kwargs: Any) -> Self:
        """Draw a point and an interval for each model, and the line of no difference.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on. None makes a new figure.
        **kwargs : dict
            Style of points and intervals, passed to ``ax.errorbar``.

        Returns
        -------
        self
        """
        n_models = len(self.models)
        ax = axes_for(self, ax, (6.4, _MARGIN + _ROW * n_models))
        positions = np.arange(n_models)
        differences = np.asarray(self.differences)
        lengths = np.stack([differences - self.lower, self.upper - differences])
        default = {"fmt": "o", "capsize": 3}
        self.errorbar_ = ax.errorbar(
            differences, positions, xerr=lengths, **styled(default, kwargs)
        )
        self.line_ = ax.axvline(0, color="0.5", linewidth=1, linestyle="--", zorder=0)
        form = four_digits(np.append(self.scores, self.baseline_score))
        names = zip(self.models, self.scores, strict=True)
        ax.set_yticks(positions, [f"{name} ({score:{form}})" for name, score in names])
        ax.set_ylim(n_models - 0.4, -0.6)
        better = "lower" if self.lower_is_better else "higher"
        ax.set_title(
            f"{self.score_name}, {100 * self.confidence:.4g}% confidence intervals",
            fontsize="medium",
        )
        ax.set_xlabel(
            f"difference from {self.baseline} ({self.baseline_score:{form}}); "
            f"{better} is better"
        )
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _check_comparison(comparison: object) -> None:
    """Check that an object is a result of `compare_models`."""
    columns = comparison.columns if isinstance(comparison, pd.DataFrame) else ()
    if missing := [name for name in _COLUMNS if name not in columns]:
        raise TypeError(
            "ComparisonDisplay is drawn from the result of `compare_models`, not from "
            f"a {type(comparison).__name__} without the columns {', '.join(missing)}."
        )


def _only_metric(comparison: pd.DataFrame, metric: str | None) -> str:
    """Return the metric to draw; None takes the only one."""
    names = comparison["metric"].unique().tolist()
    if metric is None and len(names) == 1:
        return names[0]
    if metric is None or metric not in names:
        raise ValueError(
            f"metric is {metric!r}. Give one of {', '.join(map(repr, names))}."
        )
    return metric


def _from_baseline(rows: pd.DataFrame, baseline: str) -> pd.DataFrame:
    """Return a row for each other model, best first, with differences from a baseline.

    A row whose model is the baseline is turned around.
    """
    turned = rows[rows["model"] == baseline]
    turned = turned.assign(
        model=turned["baseline"],
        score=turned["baseline_score"],
        difference=-turned["difference"],
        lower=-turned["upper"],
        upper=-turned["lower"],
    )
    table = pd.concat([rows[rows["baseline"] == baseline], turned])
    return table.set_index("model").sort_values(
        "difference", ascending=False, kind="stable"
    )
