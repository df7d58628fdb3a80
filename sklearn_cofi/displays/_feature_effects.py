"""`FeatureEffectsDisplay`: what each feature adds to the ratings."""

from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.utils import check_scalar

from sklearn_cofi._typing import Estimator, Floats, SideName
from sklearn_cofi.base._feature_estimator import FeatureEstimator
from sklearn_cofi.displays._axes import axes_for, check_fitted_filter, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Height of a bar, and of what is above and below the bars, in inches.
_BAR, _MARGIN = 0.24, 0.8


class FeatureEffectsDisplay:
    """A bar for the effect of each feature on the ratings.

    Bars are sorted by their effect. If there are more than ``n`` features, those with
    the largest effects of either sign are drawn. With standard deviations, which the
    Bayesian filter has, a line covers two of them on each side.

    Parameters
    ----------
    features : ndarray of str of shape (n_features,)
        Names of the features.
    effects : ndarray of shape (n_features,)
        Effects, in units of the rating: see
        `CollaborativeFilter.feature_effects`.
    stds : ndarray of shape (n_features,), default=None
        Standard deviations of the effects.
    side : {"item", "user"}, default="item"
        Side that has the features.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    bars_ : matplotlib BarContainer
    shown_ : ndarray of shape (n_bars,)
        Numbers of the features that are drawn, by falling effect.

    See Also
    --------
    sklearn_cofi.FeatureEncoder : The columns of the features.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn_cofi import CollaborativeFilter
    >>> from sklearn_cofi.datasets import load_tutorial
    >>> from sklearn_cofi.displays import FeatureEffectsDisplay
    >>> items = pd.DataFrame({"item": range(10), "genre": list("aabbabbaab")})
    >>> model = CollaborativeFilter(2, item_features=items, random_state=0)
    >>> model = model.fit(load_tutorial().frame)
    >>> display = FeatureEffectsDisplay.from_estimator(model)
    >>> [label.get_text() for label in display.ax_.get_yticklabels()]
    ['genre: b', 'genre: a']
    """

    def __init__(
        self,
        *,
        features: np.ndarray,
        effects: Floats,
        stds: Floats | None = None,
        side: SideName = "item",
    ) -> None:
        self.features = features
        self.effects = effects
        self.stds = stds
        self.side = side

    @classmethod
    def from_estimator(
        cls,
        estimator: Estimator,
        *,
        side: SideName = "item",
        n: int = 30,
        ax: "Axes | None" = None,
        **kwargs: Any,
    ) -> Self:
        """Draw the effects of a fitted model.

        Parameters
        ----------
        estimator : CollaborativeFilter or BayesianCollaborativeFilter
            A model fitted with features, or a pipeline that ends with one.
        side : {"item", "user"}, default="item"
            Side whose features are drawn.
        n, ax, **kwargs
            As in `plot`.

        Returns
        -------
        FeatureEffectsDisplay

        Raises
        ------
        TypeError
            If the estimator is of another kind.
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If ``side`` is neither "item" nor "user", the model has no features of this
            side, or ``n`` is less than 1.
        """
        fitted = check_fitted_filter(cls, estimator, (FeatureEstimator,))
        frame = fitted.feature_effects(side)
        stds = np.asarray(frame["std"]) if "std" in list(frame) else None
        display = cls(
            features=np.asarray(frame["feature"]).astype(str),
            effects=np.asarray(frame["effect"]),
            stds=stds,
            side=side,
        )
        return display.plot(ax, n=n, **kwargs)

    def plot(self, ax: "Axes | None" = None, *, n: int = 30, **kwargs: Any) -> Self:
        """Draw the bars.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on. None makes a new figure.
        n : int, default=30
            Largest number of features that are drawn.
        **kwargs : dict
            Keyword arguments for `matplotlib.axes.Axes.barh`.

        Returns
        -------
        FeatureEffectsDisplay

        Raises
        ------
        ImportError
            If matplotlib is missing.
        ValueError
            If ``n`` is less than 1.
        """
        check_scalar(n, "n", int, min_val=1)
        largest = np.argsort(-np.abs(self.effects), kind="stable")[:n]
        self.shown_ = largest[np.argsort(-self.effects[largest], kind="stable")]
        effects = self.effects[self.shown_]
        height = _MARGIN + _BAR * effects.size
        ax = axes_for(self, ax, (6.4, max(height, 2.0)))
        lines = None if self.stds is None else 2 * self.stds[self.shown_]
        default = {
            "color": np.where(effects < 0, "tab:red", "tab:blue"),
            "xerr": lines,
            # The colour of text is visible in light and in dark figures.
            "error_kw": {"ecolor": ax.xaxis.label.get_color(), "elinewidth": 1},
        }
        positions = np.arange(effects.size)
        self.bars_ = ax.barh(positions, effects, **styled(default, kwargs))
        ax.set_yticks(positions, self.features[self.shown_])
        ax.set_ylim(effects.size - 0.4, -0.6)
        ax.axvline(0, color="0.5", linewidth=0.8)
        label = f"effect of a feature of {self.side}s [rating]"
        if lines is not None:
            label += ", with 2 standard deviations"
        ax.set_xlabel(label)
        self.ax_, self.figure_ = ax, ax.figure
        return self
