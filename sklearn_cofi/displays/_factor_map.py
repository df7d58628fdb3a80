"""`FactorMapDisplay`: a map of items, similar ones close to each other."""

from collections.abc import Hashable, Sequence
from numbers import Integral
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.decomposition import PCA
from sklearn.utils import check_scalar

from sklearn_cofi._typing import Estimator, Floats, Ints, Titles
from sklearn_cofi.base._ratings_estimator import RatingsEstimator
from sklearn_cofi.data._frame import id_array
from sklearn_cofi.data._ids import IdMap
from sklearn_cofi.displays._axes import axes_for, check_fitted_filter, styled
from sklearn_cofi.displays._labels import place_labels

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Largest number of characters of a title. Longer ones are cut, with an ellipsis.
_MAX_TITLE_LENGTH = 42
# Size of a new figure in inches, with room for fifty titles.
_FIGSIZE = (9, 7)
# Margins for the titles of items at the borders, as shares of the axes.
_MARGINS = (0.12, 0.06)


class FactorMapDisplay:
    """Items by the first two principal components of their factors.

    Create it with `from_estimator`. The components are computed from the centred
    ``item_factors_`` of all items. The label of each axis has the component's share of
    their variance. A fit determines the factors only up to a rotation, which does not
    change the components.

    Titles are placed in the order of the items, so that no title overlaps another title
    or a point. A title without room is left out.

    Parameters
    ----------
    positions : ndarray of shape (n_items, 2)
        Coordinates of the items, most important item first.
    names : list of str
        Titles of the items.
    shares : (float, float)
        Share of the variance of each component.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    points_ : matplotlib PathCollection
    texts_ : list of matplotlib Annotation
        Titles in the figure.
    left_out_ : list of str
        Titles without room. A larger figure or a smaller ``fontsize`` has more room.

    See Also
    --------
    sklearn_cofi.CollaborativeFilter.similar_items : Nearest items, in all dimensions.
    sklearn.decomposition.PCA : Principal components.

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
            A fitted filter with at least two latent factors, or a pipeline that ends
            with one.
        titles : mapping, Series or frame, default=None
            Titles by item id, as in `CollaborativeFilter.recommend`: a dict, a Series
            with ids as index, or a frame with columns of ids and titles, such as
            ``item_frame`` of the data sets. The id replaces a missing title, and None
            replaces all titles by ids.
        n_items : int, default=50
            Number of items to draw, those with the most ratings.
        items : array-like of ids, default=None
            Items to draw instead, most important item first.
        ax : matplotlib Axes, default=None
            Axes to draw on. None makes a new figure.
        **kwargs : dict
            Further parameters of `plot`.

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
            If items are unknown, an item has two titles, or there are fewer than two
            items or latent factors.
        """
        model = check_fitted_filter(cls, estimator, (RatingsEstimator,))
        check_scalar(n_items, "n_items", Integral, min_val=2)
        V = np.asarray(model.item_factors_, np.float64)
        if min(V.shape) < 2:
            raise ValueError(
                f"item_factors_ has the shape {V.shape}, but a map needs at least two "
                "items and two latent factors."
            )
        rows: Ints
        if items is None:
            rows = np.argsort(-model.item_counts_, kind="stable")[:n_items]
        else:
            rows = _known_rows(model, items)
        components = PCA(2, svd_solver="full").fit(V)
        return cls(
            positions=components.transform(V[rows]),
            names=_names(model, rows, titles),
            shares=tuple(np.nan_to_num(components.explained_variance_ratio_)),
        ).plot(ax, **kwargs)

    def plot(
        self, ax: "Axes | None" = None, *, fontsize: float = 8, **kwargs: Any
    ) -> Self:
        """Draw points and titles.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on. None makes a new figure.
        fontsize : float, default=8
            Font size of the titles, in points.
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
        ax.margins(*_MARGINS)
        for draw in (ax.axhline, ax.axvline):
            draw(0, color="0.5", alpha=0.4, linewidth=0.8, zorder=0)
        labels = place_labels(ax, self.positions, self.names, fontsize=fontsize)
        self.texts_ = [label for label in labels if label is not None]
        self.left_out_ = [
            name
            for name, label in zip(self.names, labels, strict=True)
            if label is None
        ]
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _known_rows(model: RatingsEstimator, items: ArrayLike | Sequence[Hashable]) -> Ints:
    """Return the row numbers of items, given their ids.

    Raises
    ------
    ValueError
        If an item is unknown.
    """
    ids = id_array(items, "items")
    rows = IdMap(model.item_ids_).encode(ids, "items")
    if (rows < 0).any():
        unknown = np.asarray(ids)[rows < 0][:3].tolist()
        raise ValueError(
            f"{int((rows < 0).sum())} of the items were not seen in fit, among "
            f"them {unknown}."
        )
    return rows


def _names(model: RatingsEstimator, rows: Ints, titles: Titles | None) -> list[str]:
    """Return the title of each row, or its id, cut if it is long."""
    found = np.full(model.item_ids_.size, None, object)
    if titles is not None:
        found = model._titles_of(titles)
    ids = np.asarray(model.item_ids_[rows]).tolist()
    names = [
        str(item if title is None else title)
        for item, title in zip(ids, found[rows], strict=True)
    ]
    return [
        name
        if len(name) <= _MAX_TITLE_LENGTH
        else f"{name[: _MAX_TITLE_LENGTH - 1].rstrip()}…"
        for name in names
    ]
