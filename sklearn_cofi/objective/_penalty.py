"""What the square of each row of factors, and of each bias, is multiplied by."""

from numbers import Real

import numpy as np

from sklearn_cofi.data._matrix import CSRRows

_EXPONENTS = {"none": 0.0, "count": 1.0}


def penalty_pairs(reg_param, reg_bias, fit_bias: bool):
    """Return the penalties of users' and items' factors, and of their biases.

    Parameters
    ----------
    reg_param : float or pair of floats
    reg_bias : float, pair of floats or None
    fit_bias : bool

    Returns
    -------
    (reg_user, reg_item) : pair of floats
    (bias_user, bias_item) : pair of floats or None
        None: a bias has the penalty of its row's factors.

    Raises
    ------
    ValueError
        If one is negative or no number, if only one side's factors are penalised, or
        if there are no biases to penalise.
    """
    factors = _pair("reg_param", reg_param)
    if (factors[0] == 0) != (factors[1] == 0):
        raise ValueError(
            f"reg_param={reg_param!r} penalises one side only, which is no penalty at "
            "all: factors of that side would shrink for ever and those of the other "
            "grow, with the same predictions. Make both positive, or both 0."
        )
    if reg_bias is None:
        return factors, None
    if not fit_bias:
        raise ValueError(
            f"reg_bias={reg_bias!r} has no biases to penalise. Set fit_bias=True, or "
            "leave reg_bias=None."
        )
    return factors, _pair("reg_bias", reg_bias)


def as_one(pair: tuple[float, float]) -> float:
    """Return the one penalty that does what the two of users and items do.

    Only products of factors count in predictions, and ::

        min of a/2 * ||U||**2 + b/2 * ||V||**2 = sqrt(a * b) * ||Z||_*

    over all U and V with ``U @ V.T = Z``, as with ``a = b``: U and V can be exchanged
    for ``U * (b / a)**(1/4)`` and ``V * (a / b)**(1/4)``.
    """
    return pair[0] if pair[0] == pair[1] else float(np.sqrt(pair[0]) * np.sqrt(pair[1]))


def penalty_scales(rows: CSRRows, reg_scaling: str | float) -> np.ndarray:
    """Return what the penalty of each row is multiplied by: ``count**reg_scaling``.

    The count of a row is the sum of its weights.

    Returns
    -------
    float64 array of shape (n_rows,)
    """
    n_rows = rows.indptr.size - 1
    if rows.weights.size:
        counts = np.bincount(rows.row_of_entry, rows.weights, minlength=n_rows)
    else:
        counts = np.diff(rows.indptr).astype(np.float64)
    return counts ** _EXPONENTS.get(reg_scaling, reg_scaling)


def row_penalties(scales: np.ndarray, factors: float, bias: float | None) -> np.ndarray:
    """Return the penalties of each row's features and of its bias.

    A ``bias`` of its own is not multiplied by the scales.

    Returns
    -------
    float64 array of shape (n_rows, 2)
    """
    scaled = factors * scales
    own = scaled if bias is None else np.full_like(scaled, bias)
    return np.column_stack([scaled, own])


def _pair(name: str, value) -> tuple[float, float]:
    """Return a penalty of users and one of items, out of one number or two."""
    pair = tuple(value) if isinstance(value, tuple | list) else (value, value)
    if len(pair) != 2 or not all(isinstance(x, Real) and 0 <= x < np.inf for x in pair):
        raise ValueError(
            f"The {name!r} parameter must be a number or a pair of numbers (users, "
            f"items), each a float in the range [0.0, inf). Got {value!r} instead."
        )
    return float(pair[0]), float(pair[1])
