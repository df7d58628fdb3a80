"""Estimators with the parameters that options give."""

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from sklearn_cofi import (
        BayesianCollaborativeFilter,
        CollaborativeFilter,
        CollaborativeFilterCV,
        RankingCollaborativeFilter,
    )

# Options that have another name than their parameter.
_OPTION_NAMES = {
    "num_features": "--features",
    "mean_normalization": "--normalization",
    "fit_bias": "--bias",
    "rating_range": "--range",
    "random_state": "--seed",
    "n_jobs": "--threads",
    "n_sweeps": "--sweeps",
    "time_col": "--times",
}
_ONLY_BAYESIAN = {"n_sweeps", "burn_in", "time_col", "time_scales", "item_time_scales"}

# Multiples of the automatic penalty and weight that `tune --lists` chooses from.
_PENALTIES = ["2*auto", "1.4*auto", "auto", "0.7*auto", "0.5*auto"]
_WEIGHTS = ["0.5*auto", "auto", "2*auto"]


def make_model(
    options: dict[str, Any], *, implicit: bool = False, times: bool = False
) -> "CollaborativeFilter | BayesianCollaborativeFilter | RankingCollaborativeFilter":
    """Return the estimator with the parameters in `model_options`.

    Parameters
    ----------
    options : dict
    implicit : bool, default=False
        Whether the model is one of pairs without ratings.
    times : bool, default=False
        Whether the model learns from the column "timestamp".

    Raises
    ------
    click.UsageError
        If the estimator does not have one of these parameters, or they need --times.
    """
    import sklearn_cofi

    bayesian, lists = options.pop("bayesian"), options.pop("lists")
    flag = "--implicit" if implicit else "--lists"
    if bayesian and (lists or implicit):
        raise click.UsageError(f"--bayesian cannot be used with {flag}.")
    kind: type = sklearn_cofi.CollaborativeFilter
    if bayesian:
        kind, flag = sklearn_cofi.BayesianCollaborativeFilter, "--bayesian"
    elif lists or implicit:
        kind = sklearn_cofi.RankingCollaborativeFilter
    parameters, model = _given(options), kind()
    if times:
        parameters["time_col"] = "timestamp"
    _check_parameters(parameters, set(model.get_params()), flag)
    return model.set_params(**parameters)


def _check_parameters(
    parameters: dict[str, Any], of_model: set[str], flag: str
) -> None:
    """Check that the model has the parameters, and that scales come with times."""
    excess = set(parameters) - of_model
    if excess:
        names = ", ".join(map(_option_name, sorted(excess)))
        only_bayesian = excess <= _ONLY_BAYESIAN
        how = "needs" if only_bayesian else "cannot be used with"
        flag = "--bayesian" if only_bayesian else flag
        raise click.UsageError(f"{names} {how} {flag}.")
    for name in ("time_scales", "item_time_scales"):
        if name in parameters and "time_col" not in parameters:
            raise click.UsageError(f"{_option_name(name)} needs --times.")


def make_search(options: dict[str, Any]) -> "CollaborativeFilterCV":
    """Return the cross-validated estimator with the parameters in `tune_options`."""
    from sklearn_cofi import CollaborativeFilterCV, RankingCollaborativeFilter

    lists, parameters = options.pop("lists"), _given(options)
    model = CollaborativeFilterCV()
    if lists:
        defaults = RankingCollaborativeFilter().get_params()
        shared = set(defaults) & set(model.get_params()) - {"solver"}
        model.set_params(**{name: defaults[name] for name in shared})
        model.set_params(scoring="ndcg", unrated_weight=_WEIGHTS)
        if "n_reg_params" not in parameters:
            model.set_params(reg_params=_PENALTIES)
    return model.set_params(**parameters)


def _given(options: dict[str, Any]) -> dict[str, Any]:
    """Return the parameters that were given, without those left at their defaults."""
    given = {name: value for name, value in options.items() if value is not None}
    if given.get("mean_normalization") == "none":
        given["mean_normalization"] = None
    return given


def _option_name(parameter: str) -> str:
    return _OPTION_NAMES.get(parameter, "--" + parameter.replace("_", "-"))
