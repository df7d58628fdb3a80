"""`TraceDisplay`: a quantity of the draws of each chain."""

from typing import TYPE_CHECKING, Any, Self

import numpy as np

from sklearn_cofi._typing import Estimator, Floats
from sklearn_cofi.bayesian._bayesian_collaborative_filter import (
    BayesianCollaborativeFilter,
)
from sklearn_cofi.displays._axes import (
    axes_for,
    check_choice,
    check_fitted_filter,
    integer_ticks,
    named,
    shade_burn_in,
    show_names,
    styled,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

_LABELS = {
    "noise": "noise (std) [rating]",
    "user_means": "std of user means [rating]",
    "item_means": "std of item means [rating]",
    "interactions": "std of interactions [rating]",
    "user_link": "precision of implicit\nfeatures of users",
    "item_link": "precision of implicit\nfeatures of items",
}
# Number of chains that have a line of their own in the legend.
_MAX_NAMES = 8


class TraceDisplay:
    """A quantity of the draws of each chain, with R-hat and effective sample size.

    The chains have mixed if their lines cover the same range after the burn-in, without
    a trend. Create it with `from_estimator`.

    Parameters
    ----------
    traces : ndarray of shape (n_chains, n_sweeps)
        The quantity in each sweep.
    quantity : str
        Name of the quantity, which determines the label of the axis.
    burn_in : int, default=0
        Number of first sweeps that the model discards.
    r_hat : float, default=None
        R-hat of the quantity after the burn-in.
    ess : float, default=None
        Effective sample size of the quantity after the burn-in.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    lines_ : list of matplotlib Line2D
        One for each chain.
    burn_in_ : matplotlib Rectangle or None
        Shade over the burn-in. None without a burn-in.

    See Also
    --------
    ConvergenceDisplay : The iterations of a solver.
    sklearn_cofi.BayesianCollaborativeFilter : Draws the chains.

    Examples
    --------
    >>> from sklearn_cofi import BayesianCollaborativeFilter
    >>> from sklearn_cofi.datasets import load_tutorial
    >>> from sklearn_cofi.displays import TraceDisplay
    >>> model = BayesianCollaborativeFilter(3, 60, n_chains=2, random_state=0)
    >>> display = TraceDisplay.from_estimator(model.fit(load_tutorial().frame))
    >>> len(display.lines_)
    2
    """

    def __init__(
        self,
        *,
        traces: Floats,
        quantity: str,
        burn_in: int = 0,
        r_hat: float | None = None,
        ess: float | None = None,
    ) -> None:
        self.traces = traces
        self.quantity = quantity
        self.burn_in = burn_in
        self.r_hat = r_hat
        self.ess = ess

    @classmethod
    def from_estimator(
        cls,
        estimator: Estimator,
        *,
        quantity: str = "noise",
        ax: "Axes | None" = None,
        **kwargs: Any,
    ) -> Self:
        """Draw a quantity that a fitted Bayesian filter has recorded in each sweep.

        Parameters
        ----------
        estimator : BayesianCollaborativeFilter
            A fitted filter, or a pipeline that ends with one.
        quantity : str, default="noise"
            One of ``estimator.trace_names_`` other than "predictions".
        ax : matplotlib Axes, default=None
            Axes to draw on. None makes a new figure.
        **kwargs : dict
            Style of the lines, passed to ``ax.plot``.

        Returns
        -------
        TraceDisplay

        Raises
        ------
        TypeError
            If the estimator is of another kind.
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If the estimator has not recorded the quantity.
        """
        model = check_fitted_filter(cls, estimator, (BayesianCollaborativeFilter,))
        if not hasattr(model, "traces_"):
            raise ValueError(
                "This model has no traces, because an earlier version of sklearn_cofi "
                "fitted it. Fit it again."
            )
        names = model.trace_names_[:-1].tolist()
        check_choice("quantity", quantity, names)
        position = names.index(quantity)
        return cls(
            traces=model.traces_[position],
            quantity=quantity,
            burn_in=model.burn_in,
            r_hat=float(model.r_hat_[position]),
            ess=float(model.ess_[position]),
        ).plot(ax, **kwargs)

    def plot(self, ax: "Axes | None" = None, **kwargs: Any) -> Self:
        """Draw a line for each chain.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on. None makes a new figure.
        **kwargs : dict
            Style of the lines, passed to ``ax.plot``.

        Returns
        -------
        self
        """
        ax = axes_for(self, ax)
        traces = np.asarray(self.traces, np.float64)
        sweeps = np.arange(1, traces.shape[1] + 1)
        self.lines_: list[Line2D] = []
        for number, trace in enumerate(traces, start=1):
            name = f"chain {number}" if 1 < len(traces) <= _MAX_NAMES else None
            style = styled({"linewidth": 1, **named(name)}, kwargs)
            self.lines_ += ax.plot(sweeps, trace, **style)
        self.burn_in_ = shade_burn_in(ax, self.burn_in)
        ax.set(
            xlabel="sweep",
            ylabel=_LABELS.get(self.quantity, self.quantity),
            title=self._measures(),
        )
        integer_ticks(ax.xaxis)
        show_names(ax, ncols=2 if len(traces) > 3 else 1)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _measures(self) -> str:
        """Return the text of R-hat and the effective sample size, where they are."""
        formats = {"R-hat": (self.r_hat, ".2f"), "ESS": (self.ess, ".0f")}
        return ", ".join(
            f"{name} {value:{form}}"
            for name, (value, form) in formats.items()
            if value is not None and not np.isnan(value)
        )
