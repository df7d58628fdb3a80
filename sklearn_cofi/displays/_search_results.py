"""What a fitted search knows of its parameters and scores."""

from numbers import Real

import numpy as np


def parameter_name(name: str, results) -> str:
    """Return a parameter's name as the search has it.

    Raises
    ------
    ValueError
        If it has none of that name, or several steps do.
    """
    tried = [key.removeprefix("param_") for key in results if key.startswith("param_")]
    if name in tried:
        return name
    ends = [full for full in tried if full.endswith(f"__{name}")]
    if len(ends) == 1:
        return ends[0]
    told = "several parameters named" if ends else "no parameter"
    one = " For a map of one row, pass y=None." if len(tried) == 1 else ""
    raise ValueError(
        f"The search has {told} {name!r}; it went through "
        f"{', '.join(map(repr, ends or tried))}.{one}"
    )


def metric_name(search, metric) -> str:
    """Return the metric to draw: the one given, refitted by, or scored alone.

    Raises
    ------
    ValueError
        If the search has no such metric, or several and refits by none.
    """
    key = "mean_test_"
    scored = [k.removeprefix(key) for k in search.cv_results_ if k.startswith(key)]
    found = metric
    if metric is None:
        found = scored[0] if len(scored) == 1 else search.refit
    if found not in scored:
        raise ValueError(
            f"metric is {metric!r}. Give one of {', '.join(map(repr, scored))}."
        )
    return found


def score_label(search, metric: str) -> tuple[str, bool]:
    """Return what a score is called, and whether scikit-learn negates it."""
    if metric == "score":
        own = search.scoring
        metric = own if isinstance(own, str) else getattr(own, "__name__", "score")
        if own is None:
            metric = "score of the estimator"
    elif isinstance(search.scoring, dict) and isinstance(search.scoring[metric], str):
        metric = search.scoring[metric]
    return metric.removeprefix("neg_").replace("_", " "), metric.startswith("neg_")


def axis_of(search, name: str | None) -> tuple[np.ndarray, list]:
    """Return each candidate's place among a parameter's values, and these values.

    Numbers rise; other values are in the order in which they were tried.
    """
    settings = [None] * len(search.cv_results_["params"])
    if name is not None:
        settings = _settings(search, name)
    values = []
    for value in settings:
        if value not in values:
            values.append(value)
    if all(isinstance(value, Real) for value in values):
        values.sort()
    return np.array([values.index(value) for value in settings]), values


def others_varied(search, shown: set) -> list[str]:
    """Return the parameters, of those not shown, that have more than one value."""
    names = {name for params in search.cv_results_["params"] for name in params}
    return [name for name in sorted(names - shown) if len(axis_of(search, name)[1]) > 1]


def _settings(search, name: str) -> list:
    """Return each candidate's value of a parameter.

    Of a list of grids, one may leave it as the estimator has it.
    """
    own = search.estimator.get_params()
    return [params.get(name, own.get(name)) for params in search.cv_results_["params"]]
