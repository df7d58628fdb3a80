"""Held-out ratings as lists to find, and a ranking metric of factors on them."""

import numpy as np

from sklearn_cofi._types import Factors
from sklearn_cofi._typing import RankingMetric, Scorer
from sklearn_cofi.data._encoded import EncodedRatings
from sklearn_cofi.data._ids import IdMap
from sklearn_cofi.data._matrix import RatingMatrix
from sklearn_cofi.inference._exclusions import exclusions
from sklearn_cofi.inference._fitted_factors import FittedFactors
from sklearn_cofi.inference._item_ranking import ItemRanking
from sklearn_cofi.inference._ranking_query import RankingQuery
from sklearn_cofi.inference._recommend import recommend_rows
from sklearn_cofi.metrics._average import defined_values
from sklearn_cofi.metrics._lists import RankedLists, encode_test_ratings, match
from sklearn_cofi.metrics._per_user import METRICS, per_user_values
from sklearn_cofi.metrics._scorers import make_ranking_scorer
from sklearn_cofi.metrics._scoring import RankingScorer, SingleMetricScorer
from sklearn_cofi.training._problem import CenteredProblem
from sklearn_cofi.training._side_tables import NO_TABLES, SideTables


def check_scoring(scoring: RankingMetric | Scorer | None) -> RankingScorer | None:
    """Return the scorer of a choice by lists, or None for a choice by the error.

    Raises
    ------
    TypeError
        If it is neither a name nor a scorer of one ranking metric.
    ValueError
        If it is a scorer that does not measure how well lists of all items fit.
    """
    scorer = make_ranking_scorer(scoring) if isinstance(scoring, str) else scoring
    if scorer is None:
        return None
    if not isinstance(scorer, SingleMetricScorer):
        raise TypeError(
            "scoring must be None, the name of a ranking metric, or a scorer that "
            f"make_ranking_scorer makes of one metric. Got {scoring!r} instead. "
            "GridSearchCV accepts any scorer."
        )
    if scorer.metrics[0] not in METRICS:
        raise ValueError(
            f"scoring={scorer!r} does not compare lists with held-out ratings. Use one "
            f"of the metrics {', '.join(METRICS)}."
        )
    if scorer.candidates != "all":
        raise ValueError(
            f"scoring={scorer!r} ranks test items only. Use candidates='all'."
        )
    return scorer


class HeldOutLists:
    """Test ratings, and a metric of the lists of a problem's factors.

    The score equals that of the scorer with a filter that is fitted to the training
    ratings: lists of the training items that the user has not rated in training, for
    the users with a relevant test rating. An unknown user gets the list of an unknown
    user.

    Parameters
    ----------
    held_out : EncodedRatings
        Test ratings. Its ids contain all ids of the problem.
    ids : (ndarray of shape (n_users,), ndarray of shape (n_items,))
        Ids of the problem.
    ratings : RatingMatrix
        Training ratings, not centred.
    scorer : RankingScorer
        Settings of one metric, with ``candidates="all"``.
    tables : SideTables, default=NO_TABLES
        Features. Items that have features only are in the lists, too.
    """

    def __init__(
        self,
        held_out: EncodedRatings,
        ids: tuple[np.ndarray, np.ndarray],
        ratings: RatingMatrix,
        scorer: RankingScorer,
        tables: SideTables = NO_TABLES,
    ) -> None:
        # The ids of lists and test ratings are row numbers of `held_out`.
        self._test = encode_test_ratings(
            held_out.users,
            held_out.items,
            held_out.ratings,
            scorer.relevant_from,
            ("user", "item"),
        )
        self._codes = self._test.user_ids[self._test.n_relevant > 0]
        users, items = tables.all_ids(ids)
        # Items that are not in `held_out` have numbers of their own.
        self._items = IdMap(held_out.item_ids).encode_distinct(items, "ids")
        unrated = self._items < 0
        self._items[unrated] = held_out.item_ids.size + np.arange(unrated.sum())
        users = IdMap(users).encode_distinct(held_out.user_ids, "ids")
        self._users = users[self._codes]
        self._ids, self._rated, self._scorer = ids, ratings.by_user, scorer

    def score(self, problem: CenteredProblem, factors: Factors) -> float:
        """Return the mean of the metric over the users.

        Raises
        ------
        ValueError
            If the metric is defined for no user.
        """
        lists = self._lists(problem.complete(factors, self._ids, self._rated))
        metric, k = self._scorer.metrics[0], self._scorer.k
        values = per_user_values(
            match(self._test, lists), metric, k, self._scorer.gains
        )
        values = defined_values(values, self._scorer.no_relevant)
        if not values.size:
            raise ValueError(
                "A fold of cv has no user with a relevant test rating, so `scoring` is "
                "undefined in it. Lower `relevant_from` of the scorer, use fewer "
                "folds, or count such users as 0 with no_relevant='zero'."
            )
        return float(values.mean())

    def _lists(self, model: FittedFactors) -> RankedLists:
        n_rows = self._users.size
        excluded = exclusions(self._users, model.rated, None, n_rows)
        query = RankingQuery(model, self._users, *excluded)
        best = recommend_rows(query, lambda: ItemRanking(model), self._scorer.k)
        return RankedLists(
            best.rows, best.ranks - 1, best.items, self._codes, self._items
        )
