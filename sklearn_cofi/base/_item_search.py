"""The search for the best of the items that a query allows."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from sklearn_cofi.base._item_choices import ItemChoice
from sklearn_cofi.base._listed_items import ListedItems
from sklearn_cofi.inference._exclusions import restrict_to
from sklearn_cofi.inference._item_ranking import ItemRanking
from sklearn_cofi.inference._ranking_query import RankingQuery
from sklearn_cofi.inference._recommend import Best, recommend_pairs, recommend_rows


@dataclass(frozen=True)
class ItemSearch:
    """A query of some items of a model, or of pairs of a row and an item."""

    query: RankingQuery  # its model has the searched items
    ranking: Callable[[], ItemRanking]
    numbers: np.ndarray | None = None  # of the searched items; None: all items
    pairs: tuple[np.ndarray, np.ndarray] | None = None  # rows and items, of all rows
    memory: float | None = None

    def best(self, n: int, rows: slice = slice(None)) -> Best:
        """Return the n best items of some rows, which count from 0 in the result."""
        query = self.query.part(rows)
        if self.pairs is None:
            best = recommend_rows(query, self.ranking, n, self.memory)
        else:
            begin, end, _ = rows.indices(self.query.n_rows)
            own, items = self.pairs
            inside = (own >= begin) & (own < end)
            best = recommend_pairs(query, own[inside] - begin, items[inside], n)
        if self.numbers is None:
            return best
        return best._replace(items=self.numbers[best.items])


def item_search(
    query: RankingQuery,
    listed: ListedItems,
    candidates: ItemChoice,
    banned: np.ndarray | None,
    ranking: Callable[[], ItemRanking],
    memory: float | None,
) -> ItemSearch:
    """Return the search of the items that are listed, candidates and not banned.

    Parameters
    ----------
    query : RankingQuery
        Query of all items of the model.
    listed : ListedItems
    candidates : ItemChoice
    banned : int array or None
        Numbers of items that are banned for all users.
    ranking : callable
        Returns the `ItemRanking` of ``listed.ranked``.
    memory : float or None
        See `recommend_rows`.
    """
    n_items = len(query.model.items.factors)
    whole = replace(query, model=replace(query.model, items=listed.catalogue))
    chosen = listed.numbers
    if candidates.items is not None:
        chosen = candidates.items
        if listed.numbers is not None:
            chosen = np.intersect1d(chosen, listed.numbers)
    if banned is not None:
        chosen = np.setdiff1d(np.arange(n_items) if chosen is None else chosen, banned)
    if candidates.pairs is not None:
        rows, items = candidates.pairs
        if chosen is not None:
            kept = np.isin(items, chosen)
            rows, items = rows[kept], items[kept]
        return ItemSearch(whole, ranking, pairs=(rows, items), memory=memory)
    if chosen is None:
        return ItemSearch(whole, ranking, memory=memory)
    if chosen is listed.numbers:
        model = replace(query.model, items=listed.ranked)
    else:
        model = whole.model.with_items(chosen)
        ranking = cache(lambda: ItemRanking(model))
    among = RankingQuery(
        model,
        query.users,
        *restrict_to(chosen, query.starts, query.stops, query.excluded, n_items),
    )
    return ItemSearch(among, ranking, chosen, memory=memory)
