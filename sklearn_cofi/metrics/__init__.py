"""Metrics of recommendations: accuracy, ranks, coverage and novelty.

Metrics are computed per user and averaged over users.

==================  ==================================================================
File                Content
==================  ==================================================================
``_hits``           `precision_at_k`, `recall_at_k`, `hit_rate_at_k`
``_ranking``        `average_precision_at_k`, `reciprocal_rank_at_k`, `ndcg_at_k`
``_beyond``         `coverage_at_k` and `novelty_at_k`, which need no test ratings
``_disliked``       `disliked_rate_at_k`: recommendations with a low test rating
``_report``         `ranking_report`: all metrics at several k
``_long_tail``      recommendations and recall of popular and of unpopular items
``_scorers``        `make_ranking_scorer` and `ranking_scorers`, for ``scoring``
``_scoring``        the classes of the scorers
``_per_user``       the metrics of each user, and the gains of nDCG
``_average``        the mean over users
``_lists``          reading test ratings and recommendations, and matching the two
``_parameters``     parameter constraints that several of these functions share
==================  ==================================================================
"""

from sklearn_cofi.metrics._beyond import coverage_at_k, novelty_at_k
from sklearn_cofi.metrics._disliked import disliked_rate_at_k
from sklearn_cofi.metrics._hits import hit_rate_at_k, precision_at_k, recall_at_k
from sklearn_cofi.metrics._ranking import (
    average_precision_at_k,
    ndcg_at_k,
    reciprocal_rank_at_k,
)
from sklearn_cofi.metrics._report import ranking_report
from sklearn_cofi.metrics._scorers import make_ranking_scorer, ranking_scorers

__all__ = [
    "average_precision_at_k",
    "coverage_at_k",
    "disliked_rate_at_k",
    "hit_rate_at_k",
    "make_ranking_scorer",
    "ndcg_at_k",
    "novelty_at_k",
    "precision_at_k",
    "ranking_report",
    "ranking_scorers",
    "recall_at_k",
    "reciprocal_rank_at_k",
]
