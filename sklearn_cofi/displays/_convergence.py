"""`ConvergenceDisplay`: a quantity of a fit after each iteration."""

from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np

from sklearn_cofi._typing import ConvergenceQuantity, Estimator, Floats, Ints
from sklearn_cofi.base._factor_model import FactorModel
from sklearn_cofi.bayesian._bayesian_collaborative_filter import (
    BayesianCollaborativeFilter,
)
from sklearn_cofi.displays._axes import (
    axes_for,
    check_choice,
    check_fitted_filter,
    integer_ticks,
    label_once,
    named,
    shade_burn_in,
    styled,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D


class _Quantity(NamedTuple):
    """A quantity of a fit, and the axis that it is drawn on."""

    attribute: str
    label: str
    scale: str
    first: int  # number of the iteration that the first value belongs to


_QUANTITIES = {
    "cost_gap": _Quantity("cost_path_", "(cost - best cost) / best cost", "log", 0),
    "cost": _Quantity("cost_path_", "cost [rating²]", "linear", 0),
    "gradient_norm": _Quantity(
        "gradient_norm_path_", "norm of the gradient [rating$^{3/2}$]", "log", 0
    ),
    "validation": _Quantity(
        "validation_scores_", "RMSE on validation ratings [rating]", "linear", 1
    ),
    "noise": _Quantity("noise_path_", "drawn noise (std) [rating]", "linear", 1),
}


class ConvergenceDisplay:
    """A quantity of a fit after each iteration.

    Create it with `from_estimator`. To compare fits, draw them on the same axes with
    ``ax``.

    Parameters
    ----------
    iterations : ndarray of shape (n_points,)
        Numbers of the iterations. 0 is the start.
    values : ndarray of shape (n_points,)
        The quantity after these iterations.
    quantity : {"cost_gap", "cost", "gradient_norm", "validation", "noise"}
        Name of the quantity, which determines labels and scale.
    burn_in : int, default=0
        Number of first iterations that the model discards.
    name : str, default=None
        Name in the legend.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    line_ : matplotlib Line2D
    lowest_ : matplotlib Line2D or None
        Marker at the lowest validation error, after which the factors were saved. None
        for other quantities.
    burn_in_ : matplotlib Rectangle or None
        Shade over the burn-in. None without a burn-in.

    See Also
    --------
    sklearn_cofi.optimality_gap : How far the end of a fit is from the optimum.
    TraceDisplay : The draws of a Bayesian model.

    Examples
    --------
    >>> from sklearn_cofi import CollaborativeFilter
    >>> from sklearn_cofi.datasets import load_tutorial
    >>> from sklearn_cofi.displays import ConvergenceDisplay
    >>> model = CollaborativeFilter(3, reg_param=1.0, random_state=0)
    >>> model = model.fit(load_tutorial().frame)
    >>> display = ConvergenceDisplay.from_estimator(model, quantity="cost")
    >>> display.line_.get_xdata().size == model.n_iter_ + 1
    True
    """

    def __init__(
        self,
        *,
        iterations: Ints,
        values: Floats,
        quantity: ConvergenceQuantity,
        burn_in: int = 0,
        name: str | None = None,
    ) -> None:
        self.iterations = iterations
        self.values = values
        self.quantity = quantity
        self.burn_in = burn_in
        self.name = name

    @classmethod
    def from_estimator(
        cls,
        estimator: Estimator,
        *,
        quantity: ConvergenceQuantity | None = None,
        best_cost: float | None = None,
        name: str | None = None,
        ax: "Axes | None" = None,
        **kwargs: Any,
    ) -> Self:
        """Draw a quantity that a fitted estimator has recorded after each iteration.

        Parameters
        ----------
        estimator : CollaborativeFilter, CollaborativeFilterCV or \
                BayesianCollaborativeFilter
            A fitted filter, or a pipeline that ends with one.
        quantity : {"cost_gap", "cost", "gradient_norm", "validation", "noise"}, \
                default=None
            Quantity to draw:

            - "cost_gap": ``(cost_path_ - best_cost) / best_cost``, on a log axis;
            - "cost": ``cost_path_``;
            - "gradient_norm": ``gradient_norm_path_``, on a log axis;
            - "validation": ``validation_scores_`` of a fit with early stopping;
            - "noise": ``noise_path_`` of the Bayesian filter.

            None is "noise" for the Bayesian filter and "cost_gap" for the others.
        best_cost : float, default=None
            Lowest known cost, for "cost_gap". None takes the lowest cost of this fit,
            whose gap of 0 a log axis cannot show. To compare solvers, pass the lowest
            cost of all of them, or that of a longer fit.
        name : str, default=None
            Name in the legend. None takes the name of the estimator's class.
        ax : matplotlib Axes, default=None
            Axes to draw on. None makes a new figure.
        **kwargs : dict
            Style of the line, passed to ``ax.plot``.

        Returns
        -------
        ConvergenceDisplay

        Raises
        ------
        TypeError
            If the estimator is of another kind.
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If the estimator has not recorded the quantity, or ``best_cost`` is above
            its lowest cost or not positive.
        """
        model = check_fitted_filter(
            cls, estimator, (FactorModel, BayesianCollaborativeFilter)
        )
        bayesian = isinstance(model, BayesianCollaborativeFilter)
        if quantity is None:
            quantity = "noise" if bayesian else "cost_gap"
        check_choice("quantity", quantity, _QUANTITIES)
        values = _recorded(model, quantity)
        if quantity == "cost_gap":
            values = _relative_gap(values, best_cost)
        first = _QUANTITIES[quantity].first
        return cls(
            iterations=np.arange(first, first + values.size),
            values=values,
            quantity=quantity,
            burn_in=model.burn_in if bayesian else 0,
            name=type(model).__name__ if name is None else name,
        ).plot(ax, **kwargs)

    def plot(
        self, ax: "Axes | None" = None, *, name: str | None = None, **kwargs: Any
    ) -> Self:
        """Draw the line.

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
        check_choice("quantity", self.quantity, _QUANTITIES)
        quantity = _QUANTITIES[self.quantity]
        values = np.asarray(self.values, np.float64)
        if quantity.scale == "log":
            values = np.where(values > 0, values, np.nan)
        style = styled(named(self.name if name is None else name), kwargs)
        self.line_ = ax.plot(self.iterations, values, **style)[0]
        self.lowest_ = self._mark_lowest(ax, values)
        self.burn_in_ = shade_burn_in(ax, self.burn_in)
        unit = "sweep" if self.quantity == "noise" else "iteration"
        ax.set(xlabel=unit, ylabel=quantity.label, yscale=quantity.scale)
        integer_ticks(ax.xaxis)
        if "label" in style:
            ax.legend(frameon=False)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _mark_lowest(self, ax: "Axes", values: Floats) -> "Line2D | None":
        if self.quantity != "validation":
            return None
        lowest = int(np.argmin(values))
        return ax.plot(
            [self.iterations[lowest]],
            [values[lowest]],
            "o",
            color=self.line_.get_color(),
            label=label_once(ax, "lowest (factors saved)"),
        )[0]


def _recorded(model: Estimator, quantity: str) -> Floats:
    """Return the values of a quantity that a fitted model has recorded.

    Raises
    ------
    ValueError
        If the model has not recorded the quantity.
    """
    values = getattr(model, _QUANTITIES[quantity].attribute, None)
    if values is not None:
        return values
    recorded = [
        name
        for name, (attribute, *_) in _QUANTITIES.items()
        if getattr(model, attribute, None) is not None
    ]
    advice = ""
    if quantity == "validation" and hasattr(model, "early_stopping"):
        advice = " Fit with early_stopping=True to record it."
    raise ValueError(
        f"This {type(model).__name__} has not recorded {quantity!r}, only "
        f"{', '.join(map(repr, recorded))}.{advice}"
    )


def _relative_gap(costs: Floats, best_cost: float | None) -> Floats:
    """Return ``(costs - best_cost) / best_cost``; None takes the lowest cost."""
    lowest = float(costs.min())
    best_cost = lowest if best_cost is None else best_cost
    if not best_cost <= lowest:
        raise ValueError(
            f"best_cost={best_cost:g} is above the lowest cost of this fit, "
            f"{lowest:g}. Give the lowest cost of all fits that are compared."
        )
    if not best_cost > 0:
        raise ValueError(
            f"The gap is relative to the best cost, which must be above 0 but is "
            f"{best_cost:g}. Draw quantity='cost' instead."
        )
    return (costs - best_cost) / best_cost
