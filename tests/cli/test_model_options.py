"""Choices and documented defaults of options are those of the library.

The command line repeats them, because importing the estimators would slow --help down.
"""

import inspect
from typing import get_args

import click
import pytest

from sklearn_cofi import (
    BayesianCollaborativeFilter,
    CollaborativeFilter,
    CollaborativeFilterCV,
    RankingCollaborativeFilter,
)
from sklearn_cofi._typing import (
    DType,
    MovieLensRelease,
    Normalization,
    RegScaling,
    Similarity,
    SolverName,
)
from sklearn_cofi.cli._main import commands
from sklearn_cofi.cli._options import WordOrNumber
from sklearn_cofi.datasets._movielens import RELEASES
from sklearn_cofi.solvers import SOLVERS


def literals(alias) -> set[str]:
    """Return the strings of the Literal in a union of types."""
    nested = [get_args(part) for part in get_args(alias)]
    return {text for texts in nested for text in texts if isinstance(text, str)}


CHOICES = {
    "movielens": set(RELEASES),
    "solver": set(SOLVERS),
    "mean_normalization": literals(Normalization) | {"none"},
    "reg_scaling": literals(RegScaling),
    "dtype": literals(DType),
    "metric": set(get_args(Similarity)),
    "by": set(
        get_args(
            inspect.signature(CollaborativeFilter.explain).parameters["by"].annotation
        )
    ),
}
PARAMETERS = [
    (name, parameter)
    for name, command in [("", commands), *commands.commands.items()]
    for parameter in command.params
]


def choices(parameter: click.Parameter) -> tuple[str, ...] | None:
    if isinstance(parameter.type, click.Choice):
        return tuple(parameter.type.choices)
    return parameter.type.words if isinstance(parameter.type, WordOrNumber) else None


@pytest.mark.parametrize(
    ("name", "parameter"),
    [pair for pair in PARAMETERS if choices(pair[1])],
    ids=lambda value: getattr(value, "name", value) or "group",
)
def test_choices_are_those_of_the_library(name, parameter):
    found = choices(parameter)
    assert len(set(found)) == len(found)
    assert set(found) == CHOICES[parameter.name]


def test_the_types_have_the_names_of_solvers_and_releases():
    assert set(get_args(SolverName)) == set(SOLVERS)
    assert set(get_args(MovieLensRelease)) == set(RELEASES)


FIT = {parameter.name: parameter for parameter in commands.commands["fit"].params}
TUNE = {parameter.name: parameter for parameter in commands.commands["tune"].params}


def shown_defaults(name: str, estimators: dict[type, str]) -> str:
    """Return the default of a parameter, and the other defaults with their option."""
    shown = {}
    for estimator, option in estimators.items():
        parameter = inspect.signature(estimator).parameters.get(name)
        if parameter is not None:
            value = parameter.default
            value = "none" if value is None else value
            text = value if isinstance(value, str) else f"{value:g}"
            shown.setdefault(text, f" with {option}" if shown else "")
    return "; ".join(text + option for text, option in shown.items())


@pytest.mark.parametrize(
    "name",
    [
        *("num_features", "reg_param", "solver", "max_iter", "tol"),
        *("mean_normalization", "mean_damping", "reg_scaling", "n_sweeps", "burn_in"),
        *("unrated_weight", "reg_features"),
    ],
)
def test_defaults_in_the_help_of_fit_are_those_of_the_estimators(name):
    estimators = {
        CollaborativeFilter: "",
        BayesianCollaborativeFilter: "--bayesian",
        CollaborativeFilterCV: "tune",
        RankingCollaborativeFilter: "--lists",
    }
    assert FIT[name].help.endswith(f"[default: {shown_defaults(name, estimators)}]")


@pytest.mark.parametrize("name", ["time_scales", "item_time_scales"])
def test_default_scales_in_the_help_of_fit_are_those_of_the_estimator(name):
    scales = inspect.signature(BayesianCollaborativeFilter).parameters[name].default
    assert FIT[name].help.endswith(f"[default: {','.join(scales)}]")


@pytest.mark.parametrize("name", ["num_features", "n_reg_params"])
def test_defaults_in_the_help_of_tune_are_those_of_the_estimator(name):
    estimators = {CollaborativeFilterCV: "tune", RankingCollaborativeFilter: "--lists"}
    shown = shown_defaults(name, estimators)
    assert TUNE[name].help.endswith(f"[default: {shown}]")
