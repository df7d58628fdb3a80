"""Imports from scikit-learn's private modules, all in this file."""

from collections.abc import Callable
from functools import cache
from importlib.metadata import PackageNotFoundError, metadata
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


class DocLinkMixin:
    """An estimator whose HTML has a link to its page of this package's site.

    scikit-learn draws the link as a "?" if the address is not empty.
    """

    _doc_link_module = "sklearn_cofi"

    @property
    def _doc_link_template(self) -> str:
        site = documentation_address()
        return (
            site and f"{site}/reference/generated/sklearn_cofi.{{estimator_name}}.html"
        )


@cache
def documentation_address() -> str:
    """Return the address of the site, or "" if the installed package names none.

    It is the project URL "Documentation" of the installed package: a line of
    ``[project.urls]`` in pyproject.toml.
    """
    try:
        urls = metadata("sklearn-cofi").get_all("Project-URL") or []
    except PackageNotFoundError:  # a folder of sources that is not installed
        return ""
    addresses = dict(url.split(", ", maxsplit=1) for url in urls)
    return addresses.get("Documentation", "").rstrip("/")


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
    "DocLinkMixin",
    "HasMethods",
    "Interval",
    "Options",
    "StrOptions",
    "_check_feature_names_in",
    "_fit_context",
    "_raise_for_params",
    "_routing_enabled",
    "_validate_style_kwargs",
    "documentation_address",
    "validate_parameter_constraints",
    "validate_params",
]
