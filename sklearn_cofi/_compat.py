"""Imports from scikit-learn's private modules, all in this file."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from sklearn.utils._param_validation import (
    HasMethods,
    Interval,
    Options,
    StrOptions,
    validate_parameter_constraints,
)
from sklearn.utils._plotting import _validate_style_kwargs
from sklearn.utils.metadata_routing import _raise_for_params, _routing_enabled

if TYPE_CHECKING:
    # scikit-learn has no types, so its decorators would remove those of our functions.
    _F = TypeVar("_F", bound=Callable)

    def _fit_context(*, prefer_skip_nested_validation: bool) -> Callable[[_F], _F]: ...

    def validate_params(
        parameter_constraints: dict, *, prefer_skip_nested_validation: bool
    ) -> Callable[[_F], _F]: ...

else:
    from sklearn.base import _fit_context
    from sklearn.utils._param_validation import validate_params

__all__ = [
    "HasMethods",
    "Interval",
    "Options",
    "StrOptions",
    "_fit_context",
    "_raise_for_params",
    "_routing_enabled",
    "_validate_style_kwargs",
    "validate_parameter_constraints",
    "validate_params",
]
