"""The penalty "auto" and its multiples, as numbers."""

import re

from sklearn_cofi._typing import RegParam, RegParamOrAuto
from sklearn_cofi.training._problem import CenteredProblem

# scikit-learn's `SelectFromModel` writes its threshold "1.25*mean" in the same way.
_MULTIPLE = re.compile(r"\s*(?:([^*]+?)\s*\*\s*)?auto\s*")


def resolve_reg_param(problem: CenteredProblem, reg_param: RegParamOrAuto) -> RegParam:
    """Return the penalty as a number or a pair of numbers.

    "auto" is the `noise_penalty` of the problem.

    Raises
    ------
    ValueError
        If a string is neither "auto" nor a multiple of it.
    """
    if not isinstance(reg_param, str):
        return reg_param
    return multiple_of_auto(reg_param) * problem.auto_reg_param


def multiple_of_auto(text: str, name: str = "reg_param") -> float:
    """Return the factor of a multiple of "auto": 0.5 for "0.5*auto", 1 for "auto".

    The name is that of the parameter, for errors.

    Raises
    ------
    ValueError
        If the text is not a multiple of "auto", or its factor is not a positive
        number.
    """
    match = _MULTIPLE.fullmatch(text)
    try:
        multiple = float(match[1] or 1) if match else 0.0
    except ValueError:
        multiple = 0.0
    if not 0 < multiple < float("inf"):
        numbers = "a number, a pair of numbers" if name == "reg_param" else "a number"
        raise ValueError(
            f"The {name!r} parameter must be {numbers}, 'auto' or "
            f"a positive multiple such as '0.5*auto'. Got {text!r} instead."
        )
    return multiple
