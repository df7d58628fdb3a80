"""Metrics of recommendations: what is found, how high, how varied and how novel."""

from sklearn_cofi.metrics._beyond import coverage_at_k, novelty_at_k
from sklearn_cofi.metrics._ranking import (
    average_precision_at_k,
    hit_rate_at_k,
    ndcg_at_k,
    precision_at_k,
    recall_at_k,
    reciprocal_rank_at_k,
)
from sklearn_cofi.metrics._report import ranking_report
from sklearn_cofi.metrics._scorers import make_ranking_scorer, ranking_scorers

__all__ = [
    "average_precision_at_k",
    "coverage_at_k",
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
