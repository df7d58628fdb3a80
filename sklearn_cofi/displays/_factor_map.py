"""`FactorMapDisplay`: items in the plane, those that are liked alike side by side."""

from collections.abc import Hashable, Mapping, Sequence
from numbers import Integral
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.decomposition import PCA
from sklearn.utils import check_scalar

from sklearn_cofi._typing import Estimator, Floats, Titles
from sklearn_cofi.base._ratings_estimator import RatingsEstimator
from sklearn_cofi.data._frame import id_array
from sklearn_cofi.data._ids import IdMap
from sklearn_cofi.displays._axes import axes_for, fitted_filter, styled
from sklearn_cofi.displays._labels import place_labels

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LONGEST = 42  # characters of a title; with more it ends in an ellipsis
_FIGSIZE = (9, 7)  # inches: room for fifty titles


class FactorMapDisplay:
    """Items by the first two principal components of their factors.

    Create it by `from_estimator`. The components are those of ``item_factors_`` of all
    items, centred, and the axes say which share of their variance each has. Factors
    are learned up to a rotation, which components do not depend on.

    Titles are written where there is room, those of the first items first, and left
    out where they would lie over another or over a point; no two overlap.

    Parameters
    ----------
    positions : ndarray of shape (n_items, 2)
        Coordinates of the items, the most important first.
    names : list of str
        Their titles.
    shares : (float, float)
        The components' shares of the variance.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    points_ : matplotlib PathCollection
    texts_ : list of matplotlib Annotation
        The titles that were written.
    left_out_ : list of str
        Those that were not, for want of room: a larger figure, or a smaller
        ``fontsize``, has more.

    Examples
    --------
    >>> from sklearn_cofi import CollaborativeFilter
    >>> from sklearn_cofi.datasets import load_tutorial
    >>> from sklearn_cofi.displays import FactorMapDisplay
    >>> tutorial = load_tutorial()
    >>> model = CollaborativeFilter(3, reg_param=1.0, random_state=0)
    >>> model = model.fit(tutorial.frame)
    >>> display = FactorMapDisplay.from_estimator(model, n_items=5)
    >>> display.positions.shape
    (5, 2)
    """

    def __init__(
        self, *, positions: Floats, names: list[str], shares: tuple[float, float]
    ) -> None:
        self.positions = positions
        self.names = names
        self.shares = shares

    @classmethod
    def from_estimator(
        cls,
        estimator: Estimator,
        *,
        titles: Titles | None = None,
        n_items: int = 50,
        items: ArrayLike | Sequence[Hashable] | None = None,
        ax: "Axes | None" = None,
        **kwargs: Any,
    ) -> Self:
        """Draw items of a fitted filter.

        Parameters
        ----------
        estimator : CollaborativeFilter, CollaborativeFilterCV or \
                BayesianCollaborativeFilter
            Fitted, with at least two features; or a pipeline that ends with one.
        titles : mapping, Series or DataFrame, default=None
            Title of each item id: a dict, a Series with ids as index, or a frame with
            columns "item" and "title", such as the ``item_frame`` of data sets. Items
            without a title, and all with None, are named by their ids.
        n_items : int, default=50
            So many items with the most ratings are drawn.
        items : array-like of ids, default=None
            Items to draw in place of these, the most important first.
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
        **kwargs : dict
            As in `plot`.

        Returns
        -------
        FactorMapDisplay

        Raises
        ------
        TypeError
            If the estimator, titles or ids are of another kind.
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If items are unknown, or there are fewer than two items or features.
        """
        model = fitted_filter(cls, estimator, (RatingsEstimator,))
        check_scalar(n_items, "n_items", Integral, min_val=2)
        V = np.asarray(model.item_factors_, np.float64)
        if min(V.shape) < 2:
            raise ValueError(
                f"item_factors_ has the shape {V.shape}: a map takes at least two "
                "items and two features."
            )
        if items is None:
            rows = np.argsort(-model.item_counts_, kind="stable")[:n_items]
        else:
            rows = _known_rows(model, items)
        components = PCA(2, svd_solver="full").fit(V)
        return cls(
            positions=components.transform(V[rows]),
            names=_titles(model.item_ids_[rows], titles),
            shares=tuple(np.nan_to_num(components.explained_variance_ratio_)),
        ).plot(ax, **kwargs)

    def plot(
        self, ax: "Axes | None" = None, *, fontsize: float = 8, **kwargs: Any
    ) -> Self:
        """Draw points and titles.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
        fontsize : float, default=8
            Of the titles, in points.
        **kwargs : dict
            Style of the points, passed to ``ax.scatter``.

        Returns
        -------
        self
        """
        ax = axes_for(self, ax, figsize=_FIGSIZE)
        self.points_ = ax.scatter(*self.positions.T, **styled({"s": 12}, kwargs))
        ax.set(
            xlabel=f"principal component 1 ({self.shares[0]:.0%} of the variance)",
            ylabel=f"principal component 2 ({self.shares[1]:.0%} of the variance)",
        )
        # Room for titles at the borders.
        ax.margins(0.12, 0.06)
        for draw in (ax.axhline, ax.axvline):
            draw(0, color="0.85", linewidth=0.8, zorder=0)
        labels = place_labels(ax, self.positions, self.names, fontsize=fontsize)
        self.texts_ = [label for label in labels if label is not None]
        self.left_out_ = [
            name
            for name, label in zip(self.names, labels, strict=True)
            if label is None
        ]
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _known_rows(model, items) -> np.ndarray:
    """Return the rows of items by their ids.

    Raises
    ------
    ValueError
        If one is unknown.
    """
    ids = id_array(items, "items")
    rows = IdMap(model.item_ids_).encode(ids, "items")
    if (rows < 0).any():
        unknown = np.asarray(ids)[rows < 0][:3].tolist()
        raise ValueError(
            f"{int((rows < 0).sum())} of the items were not seen in fit, {unknown} "
            "among them."
        )
    return rows


def _titles(ids, titles) -> list[str]:
    """Return the title of each id, shortened, or else the id.

    Raises
    ------
    TypeError
        If ``titles`` is none of what is understood.
    """
    if titles is None:
        titles = {}
    if isinstance(titles, pd.DataFrame):
        if not {"item", "title"} <= set(titles.columns):
            raise TypeError(
                "titles is a frame without the columns 'item' and 'title', which are "
                f"looked for; it has {list(titles.columns)}."
            )
        titles = titles.set_index("item")["title"]
    if not isinstance(titles, Mapping | pd.Series):
        raise TypeError(
            "titles is a dict or Series of titles by item id, or a frame with columns "
            f"'item' and 'title'. Got a {type(titles).__name__}."
        )
    named = dict(titles)
    names = [str(named.get(one, one)) for one in np.asarray(ids).tolist()]
    return [
        name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1].rstrip()}…"
        for name in names
    ]
