"""`RegPathDisplay`: what a penalty does, from the largest down."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np

from sklearn_cofi._collaborative_filter_cv import CollaborativeFilterCV
from sklearn_cofi._collaborative_filter_path import RegularizationPath
from sklearn_cofi._typing import Estimator, Floats, PathQuantity
from sklearn_cofi.displays._axes import axes_for, check_choice, fitted_filter, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LABELS = {
    "rmse": "RMSE on held-out ratings [rating]",
    "singular_values": "singular values of $UV^T$ [rating]",
    "nuclear_norm": "nuclear norm of $UV^T$ [rating]",
    "rank": "features in use",
    "cost": "cost [rating²]",
}
_OF_PATHS = tuple(name for name in _LABELS if name != "rmse")
# Penalties are often within a decade, where powers of ten are no marks.
_MARKS = (1, 2, 5)


class RegPathDisplay:
    """A quantity against the penalty, on a log axis.

    Create it by `from_estimator`, from a fitted `CollaborativeFilterCV`, or by
    `from_path`, from what `collaborative_filter_path` returns.

    Parameters
    ----------
    reg_params : ndarray of shape (n_reg_params,)
        Penalties.
    values : ndarray of shape (n_lines, n_reg_params)
        A line's values in each row; NaN where a path had ended.
    quantity : {"rmse", "singular_values", "nuclear_norm", "rank", "cost"}
        What they are.
    standard_errors : ndarray of shape (n_lines, n_reg_params), default=None
        Half the width of the band around each line. None draws no bands.
    names : list of str, default=None
        Of the lines, for the legend.
    chosen : (line, place), default=None
        Which value was chosen.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    lines_ : list of matplotlib Line2D
    bands_ : list of matplotlib PolyCollection
        One for each line, or none.
    chosen_ : matplotlib Line2D or None
        The marker at the chosen value.

    Examples
    --------
    >>> from sklearn_cofi import collaborative_filter_path
    >>> from sklearn_cofi.datasets import load_tutorial
    >>> from sklearn_cofi.displays import RegPathDisplay
    >>> path = collaborative_filter_path(load_tutorial().frame, num_features=3)
    >>> display = RegPathDisplay.from_path(path)
    >>> len(display.lines_)
    3
    """

    def __init__(
        self,
        *,
        reg_params: Floats,
        values: Floats,
        quantity: PathQuantity | Literal["rmse"],
        standard_errors: Floats | None = None,
        names: list[str] | None = None,
        chosen: tuple[int, int] | None = None,
    ) -> None:
        self.reg_params = reg_params
        self.values = values
        self.quantity = quantity
        self.standard_errors = standard_errors
        self.names = names
        self.chosen = chosen

    @classmethod
    def from_estimator(
        cls, estimator: Estimator, *, ax: "Axes | None" = None, **kwargs: Any
    ) -> Self:
        """Draw the held-out errors of a cross-validated filter.

        A line for each number of features: the mean of the folds' errors. Around it, a
        band of a standard error of that mean, ``std(ddof=1) / sqrt(n_folds)``; with
        one fold, none.

        Parameters
        ----------
        estimator : CollaborativeFilterCV
            Fitted; or a pipeline that ends with one.
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
        **kwargs : dict
            Style of the lines, passed to ``ax.plot``.

        Returns
        -------
        RegPathDisplay

        Raises
        ------
        TypeError
            If the estimator is of another kind.
        NotFittedError
            If it is not fitted.
        """
        model = fitted_filter(cls, estimator, (CollaborativeFilterCV,))
        errors = model.rmse_path_
        n_folds = errors.shape[2]
        widths = np.unique(model.num_features)
        chosen = (
            int(np.flatnonzero(widths == model.num_features_)[0]),
            int(np.flatnonzero(model.reg_params_ == model.reg_param_)[0]),
        )
        spread = None
        if n_folds > 1:
            spread = errors.std(axis=2, ddof=1) / np.sqrt(n_folds)
        return cls(
            reg_params=model.reg_params_,
            values=errors.mean(axis=2),
            quantity="rmse",
            standard_errors=spread,
            names=[f"{k} feature{'s' if k > 1 else ''}" for k in widths],
            chosen=chosen,
        ).plot(ax, **kwargs)

    @classmethod
    def from_path(
        cls,
        path: RegularizationPath,
        *,
        quantity: PathQuantity = "singular_values",
        ax: "Axes | None" = None,
        **kwargs: Any,
    ) -> Self:
        """Draw what becomes of the factors as the penalty falls.

        Parameters
        ----------
        path : RegularizationPath
            What `collaborative_filter_path` returned.
        quantity : {"singular_values", "nuclear_norm", "rank", "cost"}, \
                default="singular_values"
            - "singular_values": those of ``U @ V.T``, a line for each;
            - "nuclear_norm": their sum, which the penalty holds down;
            - "rank": the number of features in use;
            - "cost": the cost of the factors.

            Of the features alone: biases play no part in the first three.
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
        **kwargs : dict
            Style of the lines, passed to ``ax.plot``.

        Returns
        -------
        RegPathDisplay

        Raises
        ------
        TypeError
            If ``path`` is something else.
        ValueError
            If the quantity is none of these.
        """
        if not isinstance(path, RegularizationPath):
            raise TypeError(
                "RegPathDisplay.from_path draws what `collaborative_filter_path` "
                f"returns, not a {type(path).__name__}."
            )
        check_choice("quantity", quantity, _OF_PATHS)
        if quantity == "cost":
            values = path.costs[None]
        elif quantity == "rank":
            values = path.ranks[None]
        else:
            values = np.column_stack([_singular_values(m) for m in path.models])
        if quantity == "nuclear_norm":
            values = values.sum(axis=0, keepdims=True)
        display = cls(reg_params=path.reg_params, values=values, quantity=quantity)
        return display.plot(ax, **kwargs)

    def plot(self, ax: "Axes | None" = None, **kwargs: Any) -> Self:
        """Draw lines, bands and the chosen point.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
        **kwargs : dict
            Style of the lines, passed to ``ax.plot``.

        Returns
        -------
        self
        """
        ax = axes_for(self, ax)
        check_choice("quantity", self.quantity, _LABELS)
        self.lines_, self.bands_, self.chosen_ = [], [], None
        names: Sequence[str | None] = self.names or [None] * len(self.values)
        for line, (values, name) in enumerate(zip(self.values, names, strict=True)):
            default = {"marker": "."} | ({"label": name} if name else {})
            style = styled(default, kwargs)
            (drawn,) = ax.plot(self.reg_params, values, **style)
            self.lines_.append(drawn)
            if self.standard_errors is not None:
                around = self.standard_errors[line]
                self.bands_.append(
                    ax.fill_between(
                        self.reg_params,
                        values - around,
                        values + around,
                        color=drawn.get_color(),
                        alpha=0.2,
                        linewidth=0,
                    )
                )
        self._mark_chosen(ax)
        _scale_penalties(ax, np.asarray(self.reg_params))
        ax.set(xlabel="reg_param [rating]", ylabel=_LABELS[self.quantity])
        if ax.get_legend_handles_labels()[1]:
            ax.legend(frameon=False)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _mark_chosen(self, ax):
        if self.chosen is None:
            return
        line, place = self.chosen
        penalty, value = self.reg_params[place], self.values[line][place]
        (self.chosen_,) = ax.plot(
            [penalty],
            [value],
            marker="*",
            markersize=14,
            linestyle="none",
            color=self.lines_[line].get_color(),
            markeredgecolor="black",
            label=f"chosen: {penalty:.3g}",
        )


def _singular_values(model) -> np.ndarray:
    """Return the singular values of ``U @ V.T``, falling: as many as features."""
    cores = [
        np.linalg.qr(X.astype(np.float64), mode="r")
        for X in (model.user_factors_, model.item_factors_)
    ]
    values = np.zeros(model.item_factors_.shape[1])
    found = np.linalg.svd(cores[0] @ cores[1].T, compute_uv=False)
    values[: found.size] = found
    return values


def _scale_penalties(ax, penalties: np.ndarray):
    """Make the axis of penalties logarithmic, beside a zero if there is one."""
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    positive = penalties[penalties > 0]
    if not positive.size:
        return
    if positive.size < penalties.size:
        ax.set_xscale("symlog", linthresh=positive.min())
        return
    ax.set_xscale("log")
    ax.xaxis.set_major_locator(LogLocator(subs=_MARKS))
    ax.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    ax.xaxis.set_minor_formatter(NullFormatter())
