"""Imports from scikit-learn's private modules, all in this file."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self, TypeVar

import sklearn
from sklearn.utils._param_validation import (
    HasMethods,
    Interval,
    Options,
    StrOptions,
    validate_parameter_constraints,
)
from sklearn.utils._plotting import _validate_style_kwargs
from sklearn.utils.metadata_routing import _raise_for_params, _routing_enabled
from sklearn.utils.validation import _check_feature_names_in

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

try:
    from sklearn.callback import CallbackSupportMixin
except ImportError:  # scikit-learn below 1.9

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """An estimator without callbacks, which scikit-learn has since version 1.9."""

        def set_callbacks(self, *callbacks: object) -> Self:
            """Return self if there are no callbacks; else raise an error.

            Raises
            ------
            NotImplementedError
                If a callback is passed.
            """
            if callbacks:
                raise NotImplementedError(
                    "Callbacks need scikit-learn 1.9 or newer, and the installed "
                    f"version is {sklearn.__version__}. Upgrade scikit-learn."
                )
            return self

        def _init_callback_context(self, **task: object) -> "_TaskWithoutCallbacks":
            return _TaskWithoutCallbacks()


class _TaskWithoutCallbacks:
    """A task of a fit that calls no callbacks, and so never stops the fit."""

    def subcontext(self, **task: object) -> Self:
        return self

    def call_on_fit_task_begin(self, **arguments: Any) -> Self:
        return self

    def call_on_fit_task_end(self, **arguments: Any) -> bool:
        return False


__all__ = [
    "CallbackSupportMixin",
    "HasMethods",
    "Interval",
    "Options",
    "StrOptions",
    "_check_feature_names_in",
    "_fit_context",
    "_raise_for_params",
    "_routing_enabled",
    "_validate_style_kwargs",
    "validate_parameter_constraints",
    "validate_params",
]
