"""Parameters and scores of a fitted search, as the grid display needs them."""

from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from sklearn_cofi._typing import Estimator, Floats, Ints

_METRIC_KEY = "mean_test_"


def check_search(display: type, search: Estimator) -> None:
    """Check that a display can be drawn from a search.

    Raises
    ------
    TypeError
        If the estimator is not a search, or is a search by successive halving.
    NotFittedError
        If the search is not fitted.
    """
    if not hasattr(search, "refit") or not hasattr(search, "cv"):
        raise TypeError(
            f"{display.__name__} is drawn from a GridSearchCV or RandomizedSearchCV, "
            f"not from a {type(search).__name__}."
        )
    check_is_fitted(search, "cv_results_")
    if "iter" in search.cv_results_:
        raise TypeError(
            f"Scores of a {type(search).__name__} are from different numbers of "
            "ratings, so its cells cannot be compared."
        )


def parameter_name(name: str, results: Mapping[str, Any]) -> str:
    """Return the full name of a parameter, with the steps of a pipeline.

    Raises
    ------
    ValueError
        If no parameter has this name, or several steps have one.
    """
    names = [key.removeprefix("param_") for key in results if key.startswith("param_")]
    if name in names:
        return name
    matching = [full for full in names if full.endswith(f"__{name}")]
    if len(matching) == 1:
        return matching[0]
    problem = "several parameters named" if matching else "no parameter"
    advice = " For a map of one row, pass y=None." if len(names) == 1 else ""
    raise ValueError(
        f"The search has {problem} {name!r}. Its parameters are "
        f"{', '.join(map(repr, matching or names))}.{advice}"
    )


def metric_name(search: Estimator, metric: str | None) -> str:
    """Return the metric to draw; None takes the only one, or the one for ``refit``.

    Raises
    ------
    ValueError
        If the search has no such metric, or if ``metric`` is None and the search has
        several metrics and refits by none of them.
    """
    names = [
        key.removeprefix(_METRIC_KEY)
        for key in search.cv_results_
        if key.startswith(_METRIC_KEY)
    ]
    if metric is None:
        name = names[0] if len(names) == 1 else search.refit
    else:
        name = metric
    if name not in names:
        raise ValueError(
            f"metric is {metric!r}. Give one of {', '.join(map(repr, names))}."
        )
    return name


def mean_scores(search: Estimator, metric: str) -> Floats:
    """Return the mean test score of each candidate.

    Raises
    ------
    ValueError
        If all scores are NaN.
    """
    means = np.asarray(search.cv_results_[f"{_METRIC_KEY}{metric}"], np.float64)
    if np.isnan(means).all():
        raise ValueError(f"No fit of the search has a {metric!r}: all are NaN.")
    return means


def best_candidate(search: Estimator, metric: str, means: Floats) -> int:
    """Return the candidate that the search selected by a metric, or the best one."""
    selected = getattr(search, "best_index_", None)
    if selected is None or metric not in (search.refit, "score"):
        return int(np.nanargmax(means))
    return int(selected)


def score_label(search: Estimator, metric: str) -> tuple[str, bool]:
    """Return the label of a score, and whether scikit-learn negates it."""
    scoring = search.scoring
    if metric == "score":
        metric = scoring if isinstance(scoring, str) else _scorer_name(scoring)
    elif isinstance(scoring, dict) and isinstance(scoring[metric], str):
        metric = scoring[metric]
    return metric.removeprefix("neg_").replace("_", " "), metric.startswith("neg_")


def _scorer_name(scoring: object) -> str:
    if scoring is None:
        return "score of the estimator"
    return getattr(scoring, "__name__", "score")


def axis_of(search: Estimator, name: str | None) -> tuple[Ints, list[Any]]:
    """Return the position of each candidate on a parameter's axis, and its values.

    Numbers are sorted. Other values stay in the order of the candidates.
    """
    settings: Sequence[Any] = [None] * len(search.cv_results_["params"])
    if name is not None:
        settings = _settings(search, name)
    values: list[Any] = []
    for value in settings:
        if value not in values:
            values.append(value)
    if all(isinstance(value, Real) for value in values):
        values.sort()
    return np.array([values.index(value) for value in settings]), values


def others_varied(search: Estimator, shown: set[str | None]) -> list[str]:
    """Return the parameters with more than one value that are not shown."""
    names = {name for params in search.cv_results_["params"] for name in params}
    return [name for name in sorted(names - shown) if len(axis_of(search, name)[1]) > 1]


def _settings(search: Estimator, name: str) -> list[Any]:
    """Return each candidate's value of a parameter.

    A grid in a list of grids may leave it out: then the estimator's value counts.
    """
    default = search.estimator.get_params().get(name)
    return [params.get(name, default) for params in search.cv_results_["params"]]
