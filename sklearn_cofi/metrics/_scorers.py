"""Scorers of rankings, for `scoring=` of scikit-learn's searches and validations."""

from collections.abc import Sequence

from sklearn_cofi._compat import StrOptions, validate_params
from sklearn_cofi._typing import Candidates, Gains, NoRelevant, ScorerMetric
from sklearn_cofi.metrics._parameters import GAIN, JUDGING, K
from sklearn_cofi.metrics._per_user import METRICS
from sklearn_cofi.metrics._scoring import NAMES, OneRankingScore, RankingScores

_SCORING = JUDGING | {
    "k": K,
    "candidates": [StrOptions({"all", "test"})],
    "gains": GAIN,
}


@validate_params(
    _SCORING | {"metric": [StrOptions(set(NAMES))]}, prefer_skip_nested_validation=True
)
def make_ranking_scorer(
    metric: ScorerMetric = "ndcg",
    *,
    k: int = 10,
    relevant_from: float | None = None,
    no_relevant: NoRelevant = "skip",
    candidates: Candidates = "all",
    gains: Gains = "binary",
) -> OneRankingScore:
    """Make a scorer of recommendations, to be passed as ``scoring``.

    The users of the test rows are recommended items that they have not rated in
    training, and these are compared with the test rows. Users and items, and ratings
    where ``y`` is None, are found in ``X`` as the estimator does; the estimator may be
    the last step of a `Pipeline`, or the best one of a search.

    Parameters
    ----------
    metric : str, default="ndcg"
        "precision", "recall", "hit_rate", "average_precision", "reciprocal_rank" or
        "ndcg", as the functions of this module whose names end in ``_at_k``, or
        "coverage" of `item_ids_` or "novelty" by `item_counts_`. Of all more is better.
    k : int, default=10
        Number of recommendations.
    relevant_from : float or None, default=None
        Test ratings from here are relevant. None: all of them.
    no_relevant : {"skip", "zero"}, default="skip"
        Test users without a relevant item are left out of the mean, or count 0.
    candidates : {"all", "test"}, default="all"
        "all" recommends out of all items seen in training, less those that the user
        rated there. A relevant item that training has not seen counts as missed.
        "test" ranks each user's test items by their predictions. It flatters: to tell
        apart the few items that a user chose to rate is an easier task than to find
        them, and may order models otherwise [1]_.
    gains : {"binary", "rating", "exponential"}, default="binary"
        Of "ndcg", as in `ndcg_at_k`.

    Returns
    -------
    callable
        ``scorer(estimator, X, y=None)`` -> float; it can be pickled and copied. It
        takes no ``sample_weight``, so none is passed to it.

    See Also
    --------
    ranking_scorers : Several metrics of the same recommendations.

    Notes
    -----
    Users whom training has not seen are recommended what is best for an unknown user;
    with ``unknown="error"`` they are an error.
    Coverage and novelty are about the recommendations to all users of the test rows,
    the other metrics about those who have a relevant item.

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
    return OneRankingScore((metric,), k, relevant_from, no_relevant, candidates, gains)


@validate_params(
    _SCORING | {"metrics": ["array-like", tuple, None]},
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
) -> RankingScores:
    """Make one scorer of several metrics, which recommends once for all of them.

    Parameters
    ----------
    metrics : list of str, default=None
        Names as in `make_ranking_scorer`. None: all that the candidates allow.
    k, relevant_from, no_relevant, candidates, gains
        As in `make_ranking_scorer`.

    Returns
    -------
    callable
        ``scorer(estimator, X, y=None)`` -> dict of str to float, which scikit-learn
        takes as ``scoring``; a search then wants the name of one as ``refit``.

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
    if metrics is None:
        metrics = NAMES if candidates == "all" else tuple(METRICS)
    unknown = set(metrics) - set(NAMES)
    if unknown or not len(metrics):
        raise ValueError(
            f"metrics must be one or more of {', '.join(NAMES)}, got {list(metrics)}."
        )
    return RankingScores(
        tuple(metrics), k, relevant_from, no_relevant, candidates, gains
    )
