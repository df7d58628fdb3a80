"""What ranking scorers do: recommend to a fold's users, and compare."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from sklearn.pipeline import Pipeline
from sklearn.utils import check_consistent_length

from sklearn_cofi._typing import Estimator, FrameLike
from sklearn_cofi.data._columns import find_columns
from sklearn_cofi.data._frame import numbers, open_table, series_array
from sklearn_cofi.data._ids import IdMap
from sklearn_cofi.metrics._average import mean_over_users
from sklearn_cofi.metrics._beyond import mean_information
from sklearn_cofi.metrics._lists import (
    MatchedRecommendations,
    RankedLists,
    TestRatings,
    code_held_out,
    match,
    nothing_recommended,
    read_lists,
)
from sklearn_cofi.metrics._per_user import METRICS, per_user

BEYOND = ("coverage", "novelty")
NAMES = (*METRICS, *BEYOND)


class FoldRows(NamedTuple):
    """Rows of a test fold, as the model at the end of a pipeline gets them."""

    model: object  # that recommends
    X: object
    users: object  # ndarray or pandas array of ids, (n_rows,)
    items: object  # ndarray or pandas array of ids, (n_rows,)
    ratings: np.ndarray | None  # float (n_rows,)
    names: tuple[str, str]  # of the two id columns


@dataclass(frozen=True, repr=False)
class RankingScores:
    """A scorer that recommends once and returns all its metrics."""

    metrics: tuple[str, ...]
    k: int
    relevant_from: float | None
    no_relevant: str
    candidates: str
    gains: str

    def __post_init__(self):
        if self.candidates == "all":
            return
        about_lists = [name for name in self.metrics if name in BEYOND]
        if about_lists:
            raise ValueError(
                f"{', '.join(about_lists)} of the test items alone would say nothing "
                "of the catalogue. Use candidates='all'."
            )
        if self.relevant_from is None and self.gains == "binary":
            raise ValueError(
                "With candidates='test' and neither relevant_from nor gains, all "
                "candidates are alike and every ranking is perfect. Pass "
                "`relevant_from`, or gains='rating' with the metric 'ndcg'."
            )

    def __call__(
        self, estimator: Estimator, X: FrameLike, y: ArrayLike | None = None
    ) -> dict[str, float]:
        rows = _test_rows(estimator, X, y)
        held_out = self._held_out(rows)
        if self.candidates == "test":
            return self._found(_ranked_by_prediction(rows, held_out))
        users = held_out.user_ids
        if not set(self.metrics) & set(BEYOND):
            users = users[held_out.n_relevant > 0]
        lists = self._lists(rows.model, users)
        if lists is None:
            scores = self._found(nothing_recommended(held_out))
        else:
            scores = self._found(match(held_out, lists))
        return scores | self._beyond(rows.model, lists)

    def __repr__(self) -> str:
        return f"ranking_scorers({list(self.metrics)}, {self._settings()})"

    def _settings(self) -> str:
        settings = vars(self).items()
        return ", ".join(
            f"{key}={value!r}" for key, value in settings if key != "metrics"
        )

    def _accept_sample_weight(self) -> bool:
        """Tell scikit-learn, which asks where it got weights, to keep them."""
        return False

    def _held_out(self, rows: FoldRows) -> TestRatings:
        matter = self.relevant_from is not None or self.gains != "binary"
        if matter and rows.ratings is None:
            raise ValueError(
                "This scorer needs ratings, for `relevant_from` or `gains`, but y is "
                "None and X has no rating column. Pass y."
            )
        ratings = rows.ratings if matter else None
        return code_held_out(
            rows.users, rows.items, ratings, self.relevant_from, rows.names
        )

    def _lists(self, model, users) -> RankedLists | None:
        if not users.size:
            return None
        best = model.recommend(users, n=self.k, exclude_rated=True)
        return read_lists(best) if len(best) else None

    def _found(self, judged: MatchedRecommendations) -> dict[str, float]:
        return {
            name: mean_over_users(
                per_user(judged, name, self.k, self.gains), self.no_relevant
            )
            for name in self.metrics
            if name in METRICS
        }

    def _beyond(self, model, lists: RankedLists | None) -> dict[str, float]:
        scores = {}
        if "coverage" in self.metrics:
            n_recommended = 0 if lists is None else lists.item_ids.size
            scores["coverage"] = n_recommended / _fitted(model, "item_ids_").size
        if "novelty" in self.metrics:
            scores["novelty"] = np.nan if lists is None else _novelty(model, lists)
        return scores


class OneRankingScore(RankingScores):
    """A scorer of one metric."""

    def __call__(  # type: ignore[override]  # of one metric no name is needed
        self, estimator: Estimator, X: FrameLike, y: ArrayLike | None = None
    ) -> float:
        return super().__call__(estimator, X, y)[self.metrics[0]]

    def __repr__(self) -> str:
        return f"make_ranking_scorer({self.metrics[0]!r}, {self._settings()})"


def _test_rows(estimator, X, y) -> FoldRows:
    model, X = _recommending(estimator, X)
    table = open_table(X)
    reader = getattr(model, "filter_", model)  # which clusters of users have within
    asked = (
        getattr(reader, f"{name}_col", None) for name in ("user", "item", "rating")
    )
    layout = find_columns(table, *asked)
    ratings = None
    if y is not None:
        ratings = numbers(series_array(y), "y")
        check_consistent_length(range(table.n_rows), ratings)
    elif layout.rating is not None:
        name = f"rating column {table.label(layout.rating)!r}"
        ratings = numbers(table.take(layout.rating), name)
    users, items = table.take(layout.user), table.take(layout.item)
    names = table.label(layout.user), table.label(layout.item)
    return FoldRows(model, X, users, items, ratings, names)


def _recommending(estimator, X):
    """Return the fitted model that recommends, and X as it gets it."""
    while not hasattr(estimator, "recommend"):
        if isinstance(estimator, Pipeline):
            X = estimator[:-1].transform(X) if len(estimator) > 1 else X
            estimator = estimator[-1]
        elif hasattr(estimator, "best_estimator_"):
            estimator = estimator.best_estimator_
        else:
            raise TypeError(
                f"{type(estimator).__name__} has no method `recommend`, so its "
                "rankings cannot be scored. Score a filter of this package, a pipeline "
                "that ends in one, or a search over them."
            )
    return estimator, X


def _ranked_by_prediction(
    rows: FoldRows, held_out: TestRatings
) -> MatchedRecommendations:
    """Rank each user's held-out items by prediction, and equal ones by item id."""
    predicted = rows.model.predict(rows.X)
    # Coded as the ratings were, predictions come in the order of their entries: by
    # user and item, which the sort keeps where predictions are equal.
    coded = code_held_out(rows.users, rows.items, predicted, None, rows.names).rows
    users = coded.row_of_entry
    order = np.lexsort((-coded.ratings, users))
    place = np.arange(users.size) - coded.indptr[users]
    return MatchedRecommendations(users, place, order, held_out)


def _novelty(model, lists: RankedLists) -> float:
    counts = _fitted(model, "item_counts_")
    items = IdMap(_fitted(model, "item_ids_")).encode(lists.item_ids, "item")
    return mean_information(lists, counts[items], _fitted(model, "user_ids_").size)


def _fitted(model, name: str) -> np.ndarray:
    values = getattr(model, name, None)
    if values is None:
        raise TypeError(
            f"{type(model).__name__} has no attribute `{name}`. Coverage is that of "
            "the catalogue, `item_ids_`. Novelty is measured by `item_counts_`, how "
            "many of the `user_ids_` rated each item."
        )
    return values
