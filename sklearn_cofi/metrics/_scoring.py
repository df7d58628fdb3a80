"""The scorers themselves: recommend to the users of a test fold and evaluate."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from sklearn.pipeline import Pipeline
from sklearn.utils import check_consistent_length

from sklearn_cofi._typing import Estimator, Floats, FrameLike
from sklearn_cofi.data._columns import find_columns
from sklearn_cofi.data._frame import numbers, open_table, series_array
from sklearn_cofi.data._ids import IdMap
from sklearn_cofi.metrics._average import mean_over_users
from sklearn_cofi.metrics._beyond import mean_self_information
from sklearn_cofi.metrics._lists import (
    MatchedRecommendations,
    RankedLists,
    TestRatings,
    encode_test_ratings,
    match,
    no_recommendations,
    read_lists,
)
from sklearn_cofi.metrics._per_user import METRICS, per_user_values

CATALOGUE_METRICS = ("coverage", "novelty")
SCORER_METRICS = (*METRICS, *CATALOGUE_METRICS)


class TestRows(NamedTuple):
    """Rows of a test fold, as the last step of a pipeline receives them."""

    model: Estimator  # the fitted last step, with a method `recommend`
    X: FrameLike
    users: ArrayLike  # ndarray or pandas array of ids, (n_rows,)
    items: ArrayLike  # ndarray or pandas array of ids, (n_rows,)
    ratings: Floats | None  # (n_rows,)
    names: tuple[str, str]  # names of the two id columns


@dataclass(frozen=True, repr=False)
class RankingScorer:
    """Settings of a scorer; it recommends once for all its metrics."""

    metrics: tuple[str, ...]
    k: int
    relevant_from: float | None
    no_relevant: str
    candidates: str
    gains: str

    def __post_init__(self) -> None:
        if self.candidates == "all":
            return
        of_catalogue = [name for name in self.metrics if name in CATALOGUE_METRICS]
        if of_catalogue:
            raise ValueError(
                f"{', '.join(of_catalogue)} cannot be computed with candidates='test', "
                "which ranks only the test items. Use candidates='all'."
            )
        if not self._needs_ratings:
            raise ValueError(
                "With candidates='test', relevant_from=None and gains='binary', all "
                "candidates are equally relevant and every ranking is perfect. Pass "
                "`relevant_from`, or gains='rating' with the metric 'ndcg'."
            )

    @property
    def _needs_ratings(self) -> bool:
        return self.relevant_from is not None or self.gains != "binary"

    def _settings(self) -> str:
        settings = vars(self).items()
        return ", ".join(
            f"{key}={value!r}" for key, value in settings if key != "metrics"
        )

    def _accept_sample_weight(self) -> bool:
        """Return False, so that scikit-learn does not pass weights to the scorer."""
        return False

    def _scores(
        self, estimator: Estimator, X: FrameLike, y: ArrayLike | None
    ) -> dict[str, float]:
        rows = _read_test_rows(estimator, X, y)
        test = self._test_ratings(rows)
        if self.candidates == "test":
            return self._accuracy(_rank_by_prediction(rows, test))
        users = test.user_ids
        if not set(self.metrics) & set(CATALOGUE_METRICS):
            users = users[test.n_relevant > 0]
        lists = self._recommend(rows.model, users)
        matched = no_recommendations(test) if lists is None else match(test, lists)
        return self._accuracy(matched) | self._of_catalogue(rows.model, lists)

    def _test_ratings(self, rows: TestRows) -> TestRatings:
        if self._needs_ratings and rows.ratings is None:
            raise ValueError(
                "This scorer needs ratings, for `relevant_from` or `gains`, but y is "
                "None and X has no rating column. Pass y."
            )
        ratings = rows.ratings if self._needs_ratings else None
        return encode_test_ratings(
            rows.users, rows.items, ratings, self.relevant_from, rows.names
        )

    def _recommend(self, model: Estimator, users: np.ndarray) -> RankedLists | None:
        """Return the recommendations, or None if there are none."""
        if not users.size:
            return None
        recommended = model.recommend(users, n=self.k, exclude_rated=True)
        return read_lists(recommended) if len(recommended) else None

    def _accuracy(self, matched: MatchedRecommendations) -> dict[str, float]:
        return {
            name: mean_over_users(
                per_user_values(matched, name, self.k, self.gains), self.no_relevant
            )
            for name in self.metrics
            if name in METRICS
        }

    def _of_catalogue(
        self, model: Estimator, lists: RankedLists | None
    ) -> dict[str, float]:
        scores = {}
        if "coverage" in self.metrics:
            n_recommended = 0 if lists is None else lists.item_ids.size
            scores["coverage"] = n_recommended / _fitted(model, "item_ids_").size
        if "novelty" in self.metrics:
            scores["novelty"] = np.nan if lists is None else _novelty(model, lists)
        return scores


class MultiMetricScorer(RankingScorer):
    """A scorer that returns several metrics by name."""

    def __call__(
        self, estimator: Estimator, X: FrameLike, y: ArrayLike | None = None
    ) -> dict[str, float]:
        return self._scores(estimator, X, y)

    def __repr__(self) -> str:
        return f"ranking_scorers({list(self.metrics)}, {self._settings()})"


class SingleMetricScorer(RankingScorer):
    """A scorer that returns one metric as a number."""

    def __call__(
        self, estimator: Estimator, X: FrameLike, y: ArrayLike | None = None
    ) -> float:
        return self._scores(estimator, X, y)[self.metrics[0]]

    def __repr__(self) -> str:
        return f"make_ranking_scorer({self.metrics[0]!r}, {self._settings()})"


def _read_test_rows(
    estimator: Estimator, X: FrameLike, y: ArrayLike | None
) -> TestRows:
    model, X = _find_recommender(estimator, X)
    table = open_table(X)
    # A cluster recommender has the names of the columns in its filter.
    reader = getattr(model, "filter_", model)
    user, item, rating, _ = find_columns(
        table,
        getattr(reader, "user_col", None),
        getattr(reader, "item_col", None),
        getattr(reader, "rating_col", None),
        with_rating=y is None,
        warn=False,  # the fit to the other rows of the frame has warned
    )
    assert user is not None  # the user column is optional only with user_optional
    ratings = None
    if y is not None:
        ratings = numbers(series_array(y), "y")
        check_consistent_length(range(table.n_rows), ratings)
    elif rating is not None:
        ratings = numbers(table.take(rating), f"rating column {table.label(rating)!r}")
    names = table.label(user), table.label(item)
    return TestRows(model, X, table.take(user), table.take(item), ratings, names)


def _find_recommender(
    estimator: Estimator, X: FrameLike
) -> tuple[Estimator, FrameLike]:
    """Return the fitted estimator with `recommend`, and X as it receives it."""
    while not hasattr(estimator, "recommend"):
        if isinstance(estimator, Pipeline):
            X = estimator[:-1].transform(X) if len(estimator) > 1 else X
            estimator = estimator[-1]
        elif hasattr(estimator, "best_estimator_"):
            estimator = estimator.best_estimator_
        else:
            raise TypeError(
                f"{type(estimator).__name__} has no method `recommend`, so its "
                "rankings cannot be scored. Score an estimator of this package, a "
                "pipeline that ends with one, or a search over one of them."
            )
    return estimator, X


def _rank_by_prediction(rows: TestRows, test: TestRatings) -> MatchedRecommendations:
    """Rank the test items of each user by prediction, then by item id."""
    predicted = rows.model.predict(rows.X)
    # Encoded like the ratings, the predictions are in the order of the test entries:
    # by user and item. The sort is stable and keeps this order for equal predictions.
    encoded = encode_test_ratings(rows.users, rows.items, predicted, None, rows.names)
    entries = encoded.rows
    users = entries.row_of_entry
    order = np.lexsort((-entries.ratings, users))
    position = np.arange(users.size) - entries.indptr[users]
    return MatchedRecommendations(users, position, order, test)


def _novelty(model: Estimator, lists: RankedLists) -> float:
    counts = _fitted(model, "item_counts_")
    items = IdMap(_fitted(model, "item_ids_")).encode(lists.item_ids, "item")
    n_users = _fitted(model, "user_ids_").size
    return mean_self_information(lists, counts[items], n_users)


def _fitted(model: Estimator, name: str) -> np.ndarray:
    values = getattr(model, name, None)
    if values is None:
        raise TypeError(
            f"{type(model).__name__} has no attribute `{name}`. Coverage needs the "
            "catalogue, `item_ids_`. Novelty also needs `user_ids_` and "
            "`item_counts_`, the number of users who rated each item."
        )
    return values
