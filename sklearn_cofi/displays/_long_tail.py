"""`LongTailDisplay`: how recommendations spread over popular and unpopular items."""

from typing import TYPE_CHECKING, Any, Self

from sklearn_cofi._typing import Floats, FrameLike
from sklearn_cofi.displays._axes import axes_for, label_once, named, styled
from sklearn_cofi.metrics._long_tail import BOUNDS, popularity_curve

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class LongTailDisplay:
    """Share of recommendations against share of ratings, most popular items first.

    A point of the line is a number of ratings: the items with at least this number have
    the share x of all training ratings, and the share y of all recommendations. Above
    the diagonal, popular items are recommended more often than users rate them. The
    dotted lines are the bounds of the head, the middle and the tail in
    `sklearn_cofi.metrics.ranking_report`. To compare lists, draw them on the same axes
    with ``ax``.

    Parameters
    ----------
    rating_shares : ndarray of shape (n_points,)
        Share of the ratings of the most popular items, from 0 to 1.
    recommended_shares : ndarray of shape (n_points,)
        Share of the recommendations of the same items. The last point is the share of
        the items without training ratings, at x = 1.
    name : str, default=None
        Name in the legend.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    line_ : matplotlib Line2D

    See Also
    --------
    sklearn_cofi.metrics.coverage_at_k : Share of the catalogue that is recommended.
    sklearn_cofi.metrics.novelty_at_k : How rarely the recommended items are rated.

    Examples
    --------
    >>> from sklearn_cofi.displays import LongTailDisplay
    >>> train = [[1, 6], [2, 6], [3, 6], [3, 7], [4, 8]]  # rows of user and item
    >>> best = [[4, 1, 6], [5, 1, 6], [5, 2, 7], [6, 1, 6]]  # user, rank and item
    >>> display = LongTailDisplay.from_predictions(best, train)
    >>> display.rating_shares.tolist(), display.recommended_shares.tolist()
    ([0.0, 0.6, 1.0, 1.0], [0.0, 0.75, 1.0, 1.0])
    """

    def __init__(
        self,
        *,
        rating_shares: Floats,
        recommended_shares: Floats,
        name: str | None = None,
    ) -> None:
        self.rating_shares = rating_shares
        self.recommended_shares = recommended_shares
        self.name = name

    @classmethod
    def from_predictions(
        cls,
        recommended: FrameLike,
        ratings: FrameLike,
        *,
        k: int = 10,
        name: str | None = None,
        ax: "Axes | None" = None,
        **kwargs: Any,
    ) -> Self:
        """Draw the spread of given recommendations.

        Parameters
        ----------
        recommended : frame or array-like
            Recommendations, as in `sklearn_cofi.metrics.novelty_at_k`.
        ratings : frame or array-like
            Training ratings, as in `sklearn_cofi.metrics.novelty_at_k`.
        k : int, default=10
            Number of recommendations per user that count.
        name : str, default=None
            Name in the legend. None shows no name.
        ax : matplotlib Axes, default=None
            Axes to draw on. None makes a new figure.
        **kwargs : dict
            Style of the line, passed to ``ax.plot``.

        Returns
        -------
        LongTailDisplay

        Raises
        ------
        ValueError
            If there are no recommendations, or ``k`` is out of range.
        TypeError
            If the item ids of both arguments are of different kinds.
        """
        shares = popularity_curve(recommended, ratings, k=k)
        display = cls(rating_shares=shares[0], recommended_shares=shares[1], name=name)
        return display.plot(ax, **kwargs)

    def plot(
        self, ax: "Axes | None" = None, *, name: str | None = None, **kwargs: Any
    ) -> Self:
        """Draw the line, the diagonal and the bounds of the groups.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on. None makes a new figure.
        name : str, default=None
            Name in the legend. None takes the name of the display.
        **kwargs : dict
            Style of the line, passed to ``ax.plot``.

        Returns
        -------
        self
        """
        ax = axes_for(self, ax)
        name = self.name if name is None else name
        label = label_once(ax, "as often as rated")
        if label is not None:
            ax.axline((0, 0), slope=1, color="0.6", linestyle="--", label=label)
            for bound in BOUNDS:
                ax.axvline(bound, color="0.8", linestyle=":", zorder=0)
        style = styled(named(name), kwargs)
        self.line_ = ax.plot(self.rating_shares, self.recommended_shares, **style)[0]
        ax.set(
            xlabel="share of ratings, most popular items first",
            ylabel="share of recommendations",
        )
        ax.legend(frameon=False)
        self.ax_, self.figure_ = ax, ax.figure
        return self
