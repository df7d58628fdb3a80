"""The items that lists are made of: with enough ratings, lowered by popularity."""

from dataclasses import dataclass

import numpy as np

from sklearn_cofi.base._prepared import prepared
from sklearn_cofi.base._ratings_estimator import RatingsEstimator
from sklearn_cofi.inference._fitted_factors import FittedFactors, Side
from sklearn_cofi.inference._popularity import penalise_popularity


@dataclass(frozen=True)
class ListedItems:
    """The items of a model as a ranking takes them."""

    catalogue: Side  # all items of the model, lowered by the popularity penalty
    numbers: np.ndarray | None = (
        None  # of the items with `min_count` ratings; None: all
    )
    frequent: Side | None = None  # these items of the catalogue

    @property
    def ranked(self) -> Side:
        """The items that a query without further choices ranks."""
        return self.catalogue if self.frequent is None else self.frequent


def listed_items(
    estimator: RatingsEstimator,
    model: FittedFactors,
    min_count: int,
    popularity_penalty: float,
) -> ListedItems:
    """Return the items of a query's model for the two options of `recommend`.

    The value of the latest options is kept next to the estimator, so that repeated
    queries with the same options do not make it again.

    Raises
    ------
    ValueError
        If no item has ``min_count`` ratings, or the penalty overflows.
    """
    counts = estimator.item_counts_
    if not popularity_penalty and min_count <= counts.min():
        return ListedItems(model.items)
    side = model.items
    made_from = *side.arrays, counts
    name = f"listed {items_name(estimator, model)}"
    latest = prepared(estimator, name, made_from, _no_items)
    options = min_count, popularity_penalty
    listed = latest.get(options)
    if listed is None:
        listed = _make(side, counts, *options)
        latest.clear()
        latest[options] = listed
    return listed


def items_name(estimator: RatingsEstimator, model: FittedFactors) -> str:
    """Return the name under which values made from a model's items are kept."""
    # In a posterior, the model of new users has the items of all draws.
    is_fitted = model.items.factors is estimator.item_factors_
    return "fitted items" if is_fitted else "items of all draws"


def _no_items() -> dict[tuple[int, float], ListedItems]:
    return {}


def _make(
    items: Side, counts: np.ndarray, min_count: int, popularity_penalty: float
) -> ListedItems:
    if popularity_penalty:
        items = penalise_popularity(items, counts, popularity_penalty)
    numbers = np.flatnonzero(counts >= min_count)
    if not numbers.size:
        raise ValueError(
            f"min_count={min_count}, but no item has more than {counts.max()} ratings, "
            "so no item can be recommended. Pass a smaller min_count."
        )
    if numbers.size == counts.size:
        return ListedItems(items)
    return ListedItems(items, numbers, items.take(numbers))
