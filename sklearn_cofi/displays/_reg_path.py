"""`RegPathDisplay`: errors or factors for each penalty."""

from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np

from sklearn_cofi._collaborative_filter_cv import CollaborativeFilterCV
from sklearn_cofi._collaborative_filter_path import RegularizationPath
from sklearn_cofi._typing import Estimator, Floats, PathQuantity
from sklearn_cofi.base._factor_model import FactorModel
from sklearn_cofi.displays._axes import (
    axes_for,
    check_choice,
    check_fitted_filter,
    integer_ticks,
    log_scale,
    named,
    show_names,
    styled,
)
from sklearn_cofi.displays._edges import edge_of_choice

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import FillBetweenPolyCollection
    from matplotlib.lines import Line2D

_LABELS = {
    "rmse": "RMSE on held-out ratings [rating]",
    "score": "score of lists on held-out ratings",
    "singular_values": "singular values of $UV^T$ [rating]",
    "nuclear_norm": "nuclear norm of $UV^T$ [rating]",
    "rank": "latent factors in use",
    "cost": "cost [rating²]",
}
_PATH_QUANTITIES = tuple(name for name in _LABELS if name not in ("rmse", "score"))


class RegPathDisplay:
    """A quantity against the penalty, on a log axis.

    Create it with `from_estimator` from a fitted `CollaborativeFilterCV`, or with
    `from_path` from the result of `collaborative_filter_path`.

    Parameters
    ----------
    reg_params : ndarray of shape (n_reg_params,)
        Penalties.
    values : ndarray of shape (n_lines, n_reg_params)
        Values of each line. NaN for penalties after the end of a path.
    quantity : {"rmse", "score", "singular_values", "nuclear_norm", "rank", "cost"}
        Name of the quantity.
    standard_errors : ndarray of shape (n_lines, n_reg_params), default=None
        Half the width of the band around each line. None draws no bands.
    names : list of str, default=None
        Names of the lines in the legend.
    chosen : (int, int), default=None
        Line and column of the chosen value.
    hint : str, default=""
        Advice for the legend, if a chosen value is at the edge of its grid.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    lines_ : list of matplotlib Line2D
    bands_ : list of matplotlib PolyCollection
        Bands around the lines, empty without standard errors.
    chosen_ : matplotlib Line2D or None
        Marker at the chosen value.

    See Also
    --------
    sklearn_cofi.CollaborativeFilterCV : Errors of the folds.
    sklearn_cofi.collaborative_filter_path : A path of fits.
    sklearn.model_selection.ValidationCurveDisplay : Scores against any parameter.

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
        quantity: PathQuantity | Literal["rmse", "score"],
        standard_errors: Floats | None = None,
        names: list[str] | None = None,
        chosen: tuple[int, int] | None = None,
        hint: str = "",
    ) -> None:
        self.reg_params = reg_params
        self.values = values
        self.quantity = quantity
        self.standard_errors = standard_errors
        self.names = names
        self.chosen = chosen
        self.hint = hint

    @classmethod
    def from_estimator(
        cls, estimator: Estimator, *, ax: "Axes | None" = None, **kwargs: Any
    ) -> Self:
        """Draw the held-out errors, or scores, of a cross-validated filter.

        There is a line for each number of latent factors: the mean error over the
        folds, or the mean score if the filter has a ``scoring``. Of several weights of
        unrated pairs, the paths of the chosen one are drawn. The band around it is one
        standard error of the mean wide on each side, ``std(ddof=1) / sqrt(n_folds)``.
        With a single fold there is no band. If the chosen penalty or number of latent
        factors is at the edge of its grid, the legend says which values to try.

        Parameters
        ----------
        estimator : CollaborativeFilterCV
            A fitted filter, or a pipeline that ends with one.
        ax : matplotlib Axes, default=None
            Axes to draw on. None makes a new figure.
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
            If the estimator is not fitted.
        """
        model = check_fitted_filter(cls, estimator, (CollaborativeFilterCV,))
        values = model.rmse_path_
        if model.scoring is not None:
            weight = np.flatnonzero(model.unrated_weights_ == model.unrated_weight_)[0]
            values = model.scores_path_[weight][:, : model.reg_params_.size]
        n_folds, means = values.shape[2], values.mean(axis=2)
        num_features_grid = np.unique(model.num_features)
        chosen = (
            int(np.flatnonzero(num_features_grid == model.num_features_)[0]),
            int(np.flatnonzero(model.reg_params_ == model.reg_param_)[0]),
        )
        standard_errors = None
        if n_folds > 1:
            standard_errors = values.std(axis=2, ddof=1) / np.sqrt(n_folds)
        return cls(
            reg_params=model.reg_params_,
            values=means,
            quantity="rmse" if model.scoring is None else "score",
            standard_errors=standard_errors,
            names=[
                f"{k} latent factor{'s' if k > 1 else ''}" for k in num_features_grid
            ],
            chosen=chosen,
            hint=edge_of_choice(model, num_features_grid, chosen, means),
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
        """Draw a quantity of the factors at each penalty of a path.

        Parameters
        ----------
        path : RegularizationPath
            Result of `collaborative_filter_path`.
        quantity : {"singular_values", "nuclear_norm", "rank", "cost"}, \
                default="singular_values"
            Quantity to draw:

            - "singular_values": the singular values of ``U @ V.T``, a line for each;
            - "nuclear_norm": the sum of the singular values, which the penalty reduces;
            - "rank": the number of latent factors in use;
            - "cost": the cost of the factors.

            The first three do not depend on the biases.
        ax : matplotlib Axes, default=None
            Axes to draw on. None makes a new figure.
        **kwargs : dict
            Style of the lines, passed to ``ax.plot``.

        Returns
        -------
        RegPathDisplay

        Raises
        ------
        TypeError
            If ``path`` is of another type.
        ValueError
            If the quantity is not one of these.
        """
        if not isinstance(path, RegularizationPath):
            raise TypeError(
                "RegPathDisplay.from_path draws the result of "
                f"`collaborative_filter_path`, not a {type(path).__name__}."
            )
        check_choice("quantity", quantity, _PATH_QUANTITIES)
        if quantity == "cost":
            values = path.costs[None]
        elif quantity == "rank":
            values = path.ranks[None]
        else:
            values = np.column_stack([_singular_values(fit) for fit in path.models])
        if quantity == "nuclear_norm":
            values = values.sum(axis=0, keepdims=True)
        display = cls(reg_params=path.reg_params, values=values, quantity=quantity)
        return display.plot(ax, **kwargs)

    def plot(self, ax: "Axes | None" = None, **kwargs: Any) -> Self:
        """Draw lines, bands and the chosen point.

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
        check_choice("quantity", self.quantity, _LABELS)
        names = self.names or [""] * len(self.values)
        self.lines_: list[Line2D] = []
        for values, name in zip(self.values, names, strict=True):
            style = styled({"marker": "."} | named(name), kwargs)
            self.lines_ += ax.plot(self.reg_params, values, **style)
        self.bands_ = self._draw_bands(ax)
        self.chosen_ = self._mark_chosen(ax)
        log_scale(ax, np.asarray(self.reg_params))
        if self.quantity == "rank":
            integer_ticks(ax.yaxis)
        ax.set(xlabel="reg_param [rating]", ylabel=_LABELS[self.quantity])
        show_names(ax)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _draw_bands(self, ax: "Axes") -> "list[FillBetweenPolyCollection]":
        if self.standard_errors is None:
            return []
        rows = zip(self.lines_, self.values, self.standard_errors, strict=True)
        return [
            ax.fill_between(
                self.reg_params,
                values - error,
                values + error,
                color=line.get_color(),
                alpha=0.2,
                linewidth=0,
            )
            for line, values, error in rows
        ]

    def _mark_chosen(self, ax: "Axes") -> "Line2D | None":
        if self.chosen is None:
            return None
        line, column = self.chosen
        penalty, value = self.reg_params[column], self.values[line][column]
        return ax.plot(
            [penalty],
            [value],
            marker="*",
            markersize=14,
            linestyle="none",
            color=self.lines_[line].get_color(),
            markeredgecolor="black",
            label="\n".join(filter(None, [f"chosen: {penalty:.3g}", self.hint])),
        )[0]


def _singular_values(model: FactorModel) -> Floats:
    """Return the falling singular values of ``U @ V.T``, one for each latent factor."""
    R_user, R_item = (
        np.asarray(np.linalg.qr(factors.astype(np.float64), mode="r"))
        for factors in (model.user_factors_, model.item_factors_)
    )
    values = np.zeros(model.item_factors_.shape[1])
    computed = np.linalg.svd(R_user @ R_item.T, compute_uv=False)
    values[: computed.size] = computed
    return values
