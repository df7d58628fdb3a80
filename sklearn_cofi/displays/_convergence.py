"""`ConvergenceDisplay`: how a fit went, iteration by iteration."""

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
    fitted_filter,
    not_yet,
    styled,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class _Quantity(NamedTuple):
    """What may be drawn, and how."""

    attribute: str
    label: str
    scale: str
    first: int  # the iteration that the attribute begins with


_QUANTITIES = {
    "cost_gap": _Quantity(
        "cost_path_", "cost above the best, relative to it", "log", 0
    ),
    "cost": _Quantity("cost_path_", "cost [rating²]", "linear", 0),
    "gradient_norm": _Quantity(
        "gradient_norm_path_", "norm of the gradient [rating$^{3/2}$]", "log", 0
    ),
    "validation": _Quantity(
        "validation_scores_", "RMSE on ratings set apart [rating]", "linear", 1
    ),
    "noise": _Quantity("noise_path_", "noise (std) as drawn [rating]", "linear", 1),
}


class ConvergenceDisplay:
    """The way of a fit: a quantity after each iteration.

    Create it by `from_estimator`. Several fits share axes by ``ax=``.

    Parameters
    ----------
    iterations : ndarray of shape (n_points,)
        Numbers of the iterations; 0 is the start.
    values : ndarray of shape (n_points,)
        The quantity there.
    quantity : {"cost_gap", "cost", "gradient_norm", "validation", "noise"}
        What it is; it decides labels and scale.
    burn_in : int, default=0
        Number of first iterations that the model forgets.
    name : str, default=None
        For the legend.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    line_ : matplotlib Line2D
    lowest_ : matplotlib Line2D or None
        The marker at the lowest error on ratings set apart, where the factors are
        from. None for other quantities.
    burn_in_ : matplotlib Rectangle or None
        The shade over the burn-in; None where there is none.

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
        """Draw what a fitted estimator has kept of its iterations.

        Parameters
        ----------
        estimator : CollaborativeFilter, CollaborativeFilterCV or \
                BayesianCollaborativeFilter
            Fitted; or a pipeline that ends with one.
        quantity : {"cost_gap", "cost", "gradient_norm", "validation", "noise"}, \
                default=None
            - "cost_gap": ``(cost_path_ - best_cost) / best_cost``, on a log axis;
            - "cost": ``cost_path_``;
            - "gradient_norm": ``gradient_norm_path_``, on a log axis;
            - "validation": ``validation_scores_``, of a fit with early stopping;
            - "noise": ``noise_path_``, of the Bayesian filter.

            None is "noise" for the Bayesian filter and "cost_gap" for the others.
        best_cost : float, default=None
            The lowest cost known, for "cost_gap". None takes the lowest of this fit,
            whose point a log axis cannot show. To compare solvers, give all the
            lowest of all, or of a longer fit.
        name : str, default=None
            For the legend. None takes the name of the class.
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
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
            If it is not fitted.
        ValueError
            If it has not kept the quantity, or ``best_cost`` is above its costs or
            not positive.
        """
        model = fitted_filter(
            cls, estimator, (FactorModel, BayesianCollaborativeFilter)
        )
        bayesian = isinstance(model, BayesianCollaborativeFilter)
        if quantity is None:
            quantity = "noise" if bayesian else "cost_gap"
        check_choice("quantity", quantity, _QUANTITIES)
        values = _kept(model, quantity)
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
            Where to draw. None makes a new figure.
        name : str, default=None
            For the legend, in place of the display's.
        **kwargs : dict
            Style of the line, passed to ``ax.plot``.

        Returns
        -------
        self
        """
        ax = axes_for(self, ax)
        drawn = _QUANTITIES[check_choice("quantity", self.quantity, _QUANTITIES)]
        name = self.name if name is None else name
        values = np.asarray(self.values, np.float64)
        if drawn.scale == "log":
            values = np.where(values > 0, values, np.nan)
        style = styled({"label": name} if name else {}, kwargs)
        (self.line_,) = ax.plot(self.iterations, values, **style)
        self.lowest_ = self.burn_in_ = None
        color = self.line_.get_color()
        if self.quantity == "validation":
            place = int(np.argmin(values))
            at = [self.iterations[place]], [values[place]]
            label = not_yet(ax, "lowest: kept")
            (self.lowest_,) = ax.plot(*at, "o", color=color, label=label)
        if self.burn_in:
            label = not_yet(ax, "burn-in: forgotten")
            self.burn_in_ = ax.axvspan(
                0.5,
                self.burn_in + 0.5,
                color="0.5",
                alpha=0.2,
                linewidth=0,
                label=label,
            )
        unit = "sweep" if self.quantity == "noise" else "iteration"
        ax.set(xlabel=unit, ylabel=drawn.label, yscale=drawn.scale)
        if "label" in style:
            ax.legend(frameon=False)
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _kept(model, quantity: str) -> np.ndarray:
    """Return what a fitted model has kept of a quantity.

    Raises
    ------
    ValueError
        If it has kept nothing.
    """
    values = getattr(model, _QUANTITIES[quantity].attribute, None)
    if values is not None:
        return values
    kept = [
        name
        for name, (attribute, *_) in _QUANTITIES.items()
        if getattr(model, attribute, None) is not None
    ]
    advice = ""
    if quantity == "validation" and hasattr(model, "early_stopping"):
        advice = " Fit with early_stopping=True for it."
    raise ValueError(
        f"This {type(model).__name__} has kept no {quantity!r}, but "
        f"{', '.join(map(repr, kept))}.{advice}"
    )


def _relative_gap(costs: np.ndarray, best_cost) -> np.ndarray:
    lowest = float(costs.min())
    best_cost = lowest if best_cost is None else best_cost
    if not best_cost <= lowest:
        raise ValueError(
            f"best_cost={best_cost:g} is above the lowest cost of this fit, "
            f"{lowest:g}. Give the lowest cost of all that are compared."
        )
    if not best_cost > 0:
        raise ValueError(
            f"The gap is relative to the best cost, which is {best_cost:g}. "
            "Draw quantity='cost' instead."
        )
    return (costs - best_cost) / best_cost
