"""Scorers of recommendations for the ``scoring`` parameter of scikit-learn."""

from collections.abc import Sequence

from sklearn_cofi._compat import StrOptions, validate_params
from sklearn_cofi._typing import Candidates, Gains, NoRelevant, ScorerMetric
from sklearn_cofi.metrics._parameters import (
    GAINS_CONSTRAINTS,
    K_CONSTRAINTS,
    RELEVANCE_CONSTRAINTS,
)
from sklearn_cofi.metrics._per_user import METRICS
from sklearn_cofi.metrics._scoring import (
    SCORER_METRICS,
    MultiMetricScorer,
    SingleMetricScorer,
)

_SCORER_CONSTRAINTS = RELEVANCE_CONSTRAINTS | {
    "k": K_CONSTRAINTS,
    "candidates": [StrOptions({"all", "test"})],
    "gains": GAINS_CONSTRAINTS,
}


@validate_params(
    _SCORER_CONSTRAINTS | {"metric": [StrOptions(set(SCORER_METRICS))]},
    prefer_skip_nested_validation=True,
)
def make_ranking_scorer(
    metric: ScorerMetric = "ndcg",
    *,
    k: int = 10,
    relevant_from: float | None = None,
    no_relevant: NoRelevant = "skip",
    candidates: Candidates = "all",
    gains: Gains = "binary",
) -> SingleMetricScorer:
    """Make a scorer of recommendations, to be passed as ``scoring``.

    The scorer recommends to each user of the test rows items that the user has not
    rated in training, and compares these recommendations with the test rows. It finds
    the columns of ``X`` as the estimator does, including the ratings if ``y`` is None.
    The estimator may be the last step of a `Pipeline` or the best one of a search.

    Parameters
    ----------
    metric : str, default="ndcg"
        Name of the metric: "precision", "recall", "hit_rate", "average_precision",
        "reciprocal_rank" or "ndcg", as computed by the function of this module with
        this name and the suffix ``_at_k``; "coverage" of `item_ids_`; or "novelty"
        relative to `item_counts_`. Higher is better for all of them.
    k : int, default=10
        Number of recommendations per user.
    relevant_from : float or None, default=None
        Lowest relevant test rating. None makes all test ratings relevant.
    no_relevant : {"skip", "zero"}, default="skip"
        Treatment of test users without a relevant item: "skip" leaves them out of the
        mean, "zero" counts them as 0.
    candidates : {"all", "test"}, default="all"
        Items to recommend from. "all" takes all training items that the user has not
        rated in training. A relevant item that is not among the training items counts
        as missed. "test" ranks the user's test items by their predictions. Its scores
        are higher, because ranking the few items that a user chose to rate is easier
        than finding them, and it may order models differently [1]_.
    gains : {"binary", "rating", "exponential"}, default="binary"
        Gains of the metric "ndcg", as in `ndcg_at_k`.

    Returns
    -------
    callable
        ``scorer(estimator, X, y=None)`` -> float. It can be pickled and copied, and
        does not take ``sample_weight``.

    See Also
    --------
    ranking_scorers : Several metrics of the same recommendations.

    Notes
    -----
    A test user that is not in the training rows gets the recommendations for an
    unknown user. A model with ``unknown="error"`` raises an error instead.
    Coverage and novelty evaluate the recommendations to all users of the test rows.
    The other metrics evaluate those to users with a relevant item.

    References
    ----------
    .. [1] Krichene and Rendle, "On Sampled Metrics for Item Recommendation", KDD
       2020, doi:10.1145/3394486.3403226.

    Examples
    --------
    >>> from sklearn.model_selection import cross_val_score
    >>> from sklearn_cofi import CollaborativeFilter
    >>> from sklearn_cofi.datasets import load_tutorial
    >>> from sklearn_cofi.metrics import make_ranking_scorer
    >>> from sklearn_cofi.model_selection import LeaveNOutPerUser
    >>> scorer = make_ranking_scorer("hit_rate", k=2)
    >>> model = CollaborativeFilter(2, reg_param=1.0, random_state=0)
    >>> cv = LeaveNOutPerUser(1, random_state=0)
    >>> cross_val_score(model, load_tutorial().frame, cv=cv, scoring=scorer).shape
    (1,)
    """
    return SingleMetricScorer(
        (metric,), k, relevant_from, no_relevant, candidates, gains
    )


@validate_params(
    _SCORER_CONSTRAINTS | {"metrics": ["array-like", tuple, None]},
    prefer_skip_nested_validation=True,
)
def ranking_scorers(
    metrics: Sequence[ScorerMetric] | None = None,
    *,
    k: int = 10,
    relevant_from: float | None = None,
    no_relevant: NoRelevant = "skip",
    candidates: Candidates = "all",
    gains: Gains = "binary",
) -> MultiMetricScorer:
    """Make one scorer of several metrics, which recommends once for all of them.

    Parameters
    ----------
    metrics : list of str, default=None
        Names as in `make_ranking_scorer`. None takes all metrics that can be computed
        with ``candidates``.
    k, relevant_from, no_relevant, candidates, gains
        As in `make_ranking_scorer`.

    Returns
    -------
    callable
        ``scorer(estimator, X, y=None)`` -> dict of str to float. A search with this
        ``scoring`` needs the name of a metric as ``refit``.

    See Also
    --------
    make_ranking_scorer : A scorer of one metric.
    sklearn.model_selection.cross_validate : Takes the scorers as ``scoring``.

    Examples
    --------
    >>> from sklearn_cofi import CollaborativeFilter
    >>> from sklearn_cofi.datasets import load_tutorial
    >>> from sklearn_cofi.metrics import ranking_scorers
    >>> ratings = load_tutorial().frame
    >>> test = ratings.index % 4 == 0
    >>> model = CollaborativeFilter(2, reg_param=1.0, random_state=0)
    >>> scorer = ranking_scorers(["recall", "coverage"], k=3)
    >>> sorted(scorer(model.fit(ratings[~test]), ratings[test]))
    ['coverage', 'recall']
    """
    names: Sequence[str] = SCORER_METRICS if candidates == "all" else tuple(METRICS)
    if metrics is not None:
        names = metrics
    if set(names) - set(SCORER_METRICS) or not len(names):
        raise ValueError(
            f"metrics must be one or more of {', '.join(SCORER_METRICS)}, "
            f"got {list(names)}."
        )
    return MultiMetricScorer(
        tuple(names), k, relevant_from, no_relevant, candidates, gains
    )
