"""Laws of annotations: they are complete, and list the choices that are checked."""

import importlib
import importlib.resources
import inspect
from collections.abc import Callable, Collection, Iterator
from typing import Any, get_args

import pytest

import sklearn_cofi
from sklearn_cofi import (
    BayesianCollaborativeFilter,
    CollaborativeFilter,
    CollaborativeFilterCV,
    _typing,
)
from sklearn_cofi._compat import StrOptions
from sklearn_cofi.datasets._goodbooks import RELEASES as GOODBOOKS
from sklearn_cofi.datasets._movielens import RELEASES as MOVIELENS
from sklearn_cofi.displays import _convergence, _reg_path
from sklearn_cofi.metrics._per_user import GAINS, METRICS
from sklearn_cofi.metrics._scoring import SCORER_METRICS
from sklearn_cofi.solvers import SOLVERS

MODULES = (
    "sklearn_cofi",
    *(
        f"sklearn_cofi.{part}"
        for part in ("datasets", "displays", "metrics", "model_selection", "solvers")
    ),
)


def functions_of(public: Callable[..., Any]) -> Iterator[tuple[str, Any]]:
    """Yield the name and function of each public method, or of the function itself."""
    if not inspect.isclass(public):
        yield public.__name__, public
        return
    for owner in public.__mro__:
        if not owner.__module__.startswith("sklearn_cofi"):
            continue
        for name, member in vars(owner).items():
            function = getattr(member, "__func__", member)
            shown = not name.startswith("_") or name in ("__init__", "__call__")
            # The __init__ of a protocol belongs to the module typing.
            shown &= getattr(function, "__module__", None) != "typing"
            if shown and inspect.isfunction(function):
                yield f"{owner.__name__}.{name}", function


def public_functions() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for module in map(importlib.import_module, MODULES):
        for name in module.__all__:
            if callable(public := getattr(module, name)):
                found |= dict(functions_of(public))
    return found


FUNCTIONS = public_functions()


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_public_functions_are_annotated(name: str) -> None:
    signature = inspect.signature(FUNCTIONS[name])
    unannotated = [
        parameter.name
        for parameter in signature.parameters.values()
        if parameter.annotation is parameter.empty
        and parameter.name not in ("self", "cls", "_cls")
    ]
    if signature.return_annotation is signature.empty:
        unannotated.append("return")
    assert not unannotated


def options(estimator: Any, parameter: str) -> Collection[str]:
    """Return the strings that scikit-learn's validation allows for a parameter."""
    constraints = estimator._parameter_constraints[parameter]
    (strings,) = (one for one in constraints if isinstance(one, StrOptions))
    return strings.options


def strings_of(alias: object) -> set[str]:
    """Return the strings of a Literal, or of the Literals in a union."""
    parts = get_args(alias)
    inside = [strings_of(part) for part in parts if get_args(part)]
    return {part for part in parts if isinstance(part, str)}.union(*inside)


@pytest.mark.parametrize(
    ("alias", "choices"),
    [
        ("SolverName", SOLVERS),
        ("Normalization", options(CollaborativeFilter, "mean_normalization")),
        ("RegScaling", options(CollaborativeFilter, "reg_scaling")),
        ("Unknown", options(CollaborativeFilter, "unknown")),
        ("Unknown", options(CollaborativeFilterCV, "unknown")),
        ("UnknownByPrior", options(BayesianCollaborativeFilter, "unknown")),
        ("DType", options(CollaborativeFilter, "dtype")),
        ("RankingMetric", METRICS),
        ("ScorerMetric", SCORER_METRICS),
        ("Gains", GAINS),
        ("MovieLensRelease", MOVIELENS),
        ("GoodbooksRelease", GOODBOOKS),
        ("ConvergenceQuantity", _convergence._QUANTITIES),
        ("PathQuantity", _reg_path._PATH_QUANTITIES),
    ],
)
def test_literals_are_the_choices(alias: str, choices: Collection[str]) -> None:
    assert strings_of(getattr(_typing, alias)) == set(choices)


def test_the_package_has_the_file_py_typed() -> None:
    assert importlib.resources.files(sklearn_cofi).joinpath("py.typed").is_file()
