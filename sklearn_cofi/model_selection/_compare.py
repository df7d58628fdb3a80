"""Compare models over the same folds, with intervals corrected for their overlap."""

from collections.abc import Mapping
from itertools import combinations
from numbers import Integral, Real
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats
from sklearn.model_selection import check_cv, cross_validate

from sklearn_cofi._compat import Interval, validate_params
from sklearn_cofi._typing import CV, Estimator, Floats, FrameLike, RandomState, Scoring
from sklearn_cofi.model_selection._folds_of_pairs import PairKFold

# Number of folds with cv=None, the same as in scikit-learn.
_DEFAULT_N_FOLDS = 5

_Fold = tuple[ArrayLike, ArrayLike]


@validate_params(
    {
        "models": [dict],
        "cv": ["cv_object"],
        "baseline": [str, None],
        "confidence": [Interval(Real, 0, 1, closed="neither")],
        "n_jobs": [Integral, None],
        "params": [dict, None],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=False,
)
def compare_models(
    models: Mapping[str, Estimator],
    X: FrameLike,
    y: ArrayLike | None = None,
    *,
    cv: CV = 5,
    scoring: Scoring = "neg_root_mean_squared_error",
    baseline: str | None = None,
    confidence: float = 0.95,
    n_jobs: int | None = None,
    params: Mapping[str, Any] | None = None,
    random_state: RandomState = None,
) -> pd.DataFrame:
    """Cross-validate models over the same folds and compare them pair by pair.

    The difference between two models' scores varies less from fold to fold than the
    scores themselves. The folds are not independent, because their training parts
    overlap, and an ordinary t-test finds differences too often. The corrected resampled
    t-test [1]_ takes the overlap into account::

        variance = (1 / n_folds + n_test / n_train) * var(differences, ddof=1)
        mean(differences) ± t(n_folds - 1) * sqrt(variance)

    where ``n_test / n_train`` is the mean over the folds.

    Parameters
    ----------
    models : dict of str to estimator
        At least two models by name. A search, such as `GridSearchCV`, is a model that
        selects its parameters in the training part of each fold. The models are cloned.
    X : frame or array-like of shape (n_rows, n_columns)
        Ratings, as they are passed to the models.
    y : array-like of shape (n_rows,), default=None
        Ratings. The scorers that scikit-learn has by name need them.
    cv : int, splitter, iterable of (train, test) or None, default=5
        Folds, which are made once for all models. An int stands for `PairKFold` with
        this number of folds. `PairKFold` needs columns named user and item, or user and
        item as the first two columns. None is 5.
    scoring : str, callable, list or dict, default="neg_root_mean_squared_error"
        Scores to compare, as in `cross_validate`. Higher is better for all of them.
    baseline : str or None, default=None
        Name of the model to compare all others with. None compares all pairs.
    confidence : float, default=0.95
        Confidence level of the intervals.
    n_jobs : int or None, default=None
        Number of folds to fit in parallel.
    params : dict or None, default=None
        Parameters for `cross_validate`, such as ``{"sample_weight": weights}``.
    random_state : int, RandomState instance or None, default=None
        Seed of the folds if ``cv`` is an int. Each model has a seed of its own.

    Returns
    -------
    pandas.DataFrame
        A row for each metric and pair of models. The columns are metric, model,
        baseline, score and baseline_score (means over the folds), difference
        (score - baseline_score), lower and upper (bounds of the interval of the
        difference), p_value (two-sided), n_folds and confidence (level of the
        intervals).

    Raises
    ------
    ValueError
        If there are fewer than two models or folds, the baseline is not one of the
        models, a named scorer has no y, or a score is nan.

    See Also
    --------
    sklearn_cofi.displays.ComparisonDisplay : A figure of the differences.
    PairKFold : Folds of rated pairs.
    sklearn.model_selection.cross_validate : Scores of one model.

    Notes
    -----
    Intervals and p-values are not corrected for multiple comparisons. With k
    comparisons, the Bonferroni correction calls a p-value significant if it is below
    0.05 / k. For repeated cross-validation, pass a `RepeatedKFold`; the same formula
    holds [2]_.

    References
    ----------
    .. [1] Nadeau and Bengio, "Inference for the Generalization Error", Machine
       Learning 52, 2003, doi:10.1023/A:1024068626366.
    .. [2] Bouckaert and Frank, "Evaluating the Replicability of Significance Tests for
       Comparing Learning Algorithms", PAKDD 2004, doi:10.1007/978-3-540-24775-3_3.

    Examples
    --------
    >>> from sklearn_cofi import CollaborativeFilter
    >>> from sklearn_cofi.datasets import make_ratings
    >>> from sklearn_cofi.model_selection import compare_models
    >>> X, y = make_ratings(3000, n_users=100, n_items=60, rank=3, random_state=0)
    >>> models = {
    ...     "3 factors": CollaborativeFilter(3, random_state=0),
    ...     "20 factors": CollaborativeFilter(20, random_state=0),
    ... }
    >>> found = compare_models(models, X, y, baseline="3 factors", random_state=0)
    >>> found[["model", "baseline", "n_folds"]]
            model   baseline  n_folds
    0  20 factors  3 factors        5
    >>> bool(found["lower"][0] < found["difference"][0] < found["upper"][0])
    True
    """
    pairs = _pairs_to_compare(models, baseline)
    if y is None and _needs_y(scoring):
        raise ValueError(
            f"scoring={scoring!r} compares predictions with y, which is None. Pass y, "
            "the column of ratings."
        )
    folds = _make_folds(X, y, cv, random_state)
    settings = {"scoring": scoring, "n_jobs": n_jobs, "params": params}
    scores = {
        name: _fold_scores(name, model, X, y, folds, settings)
        for name, model in models.items()
    }
    ratio = float(np.mean([_size(test) / _size(train) for train, test in folds]))
    rows = [
        {"metric": metric, "model": model, "baseline": other}
        | _comparison(scores[model][metric], scores[other][metric], ratio, confidence)
        for metric in next(iter(scores.values()))
        for model, other in pairs
    ]
    return pd.DataFrame(rows)


def corrected_interval(
    differences: Floats, ratio: float, confidence: float
) -> dict[str, float]:
    """Return the interval and p-value of the corrected resampled t-test.

    Parameters
    ----------
    differences : float array of shape (n_folds,)
        Difference between two scores in each fold.
    ratio : float
        ``n_test / n_train``.
    confidence : float
        Confidence level of the interval.

    Returns
    -------
    dict of str to float
        lower, upper and p_value. If all differences are the same number, lower and
        upper are this number, and p_value is 1 if it is 0 and 0 otherwise.
    """
    n, mean = differences.size, differences.mean()
    error = np.sqrt((1 / n + ratio) * differences.var(ddof=1))
    half = stats.t.ppf((1 + confidence) / 2, n - 1) * error
    if error:
        p_value = 2 * stats.t.sf(abs(mean) / error, n - 1)
    else:
        p_value = float(mean == 0)
    return {"lower": mean - half, "upper": mean + half, "p_value": float(p_value)}


def _comparison(
    scores: Floats, other_scores: Floats, ratio: float, confidence: float
) -> dict[str, float]:
    differences = scores - other_scores
    return {
        "score": scores.mean(),
        "baseline_score": other_scores.mean(),
        "difference": differences.mean(),
        **corrected_interval(differences, ratio, confidence),
        "n_folds": differences.size,
        "confidence": confidence,
    }


def _pairs_to_compare(
    models: Mapping[str, Estimator], baseline: str | None
) -> list[tuple[str, str]]:
    if len(models) < 2:
        raise ValueError(
            f"models must have two estimators or more, got {list(models)}."
        )
    if baseline is None:
        return [(model, other) for other, model in combinations(models, 2)]
    if baseline not in models:
        raise ValueError(
            f"baseline={baseline!r} is not one of the models, which are {list(models)}."
        )
    return [(model, baseline) for model in models if model != baseline]


def _needs_y(scoring: Scoring) -> bool:
    """Return whether a scorer has a name in scikit-learn, because these need y."""
    if scoring is None or isinstance(scoring, str) or callable(scoring):
        return isinstance(scoring, str)
    scorers = scoring.values() if isinstance(scoring, dict) else scoring
    return any(isinstance(scorer, str) for scorer in scorers)


def _make_folds(
    X: FrameLike, y: ArrayLike | None, cv: CV, random_state: RandomState
) -> list[_Fold]:
    """Return the folds, at least two."""
    if cv is None or isinstance(cv, Integral):
        n_folds = _DEFAULT_N_FOLDS if cv is None else int(cv)
        cv = PairKFold(n_folds, random_state=random_state)
    folds = list(check_cv(cv, y).split(X, y))
    if len(folds) < 2:
        raise ValueError(
            f"cv has {len(folds)} fold, but the variance of a difference can be "
            "estimated only from two folds or more. Use more splits."
        )
    return folds


def _fold_scores(
    name: str,
    model: Estimator,
    X: FrameLike,
    y: ArrayLike | None,
    folds: list[_Fold],
    settings: Mapping[str, Any],
) -> dict[str, Floats]:
    """Return the scores of each fold, by metric."""
    results = cross_validate(model, X, y, cv=folds, error_score="raise", **settings)
    scoring = settings["scoring"]
    only_name = scoring if isinstance(scoring, str) else "score"
    scores = {
        only_name if key == "test_score" else key.removeprefix("test_"): values
        for key, values in results.items()
        if key.startswith("test_")
    }
    for metric, values in scores.items():
        if n_undefined := int(np.isnan(values).sum()):
            raise ValueError(
                f"The {metric} of model {name!r} is nan in {n_undefined} of "
                f"{values.size} folds, so it cannot be compared."
            )
    return scores


def _size(rows: ArrayLike) -> int:
    """Return the number of rows, which are indices or a mask."""
    rows = np.asarray(rows)
    return int(rows.sum()) if rows.dtype == bool else rows.size
