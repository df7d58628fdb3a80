"""The pair whose prediction `explain` splits, and the frame of its parts."""

from dataclasses import dataclass
from numbers import Integral

import numpy as np
import pandas as pd
from sklearn.utils import check_scalar
from sklearn.utils.validation import check_is_fitted

from sklearn_cofi._typing import FrameLike, Id, Titles
from sklearn_cofi.base._query import read_query
from sklearn_cofi.base._ratings_estimator import RatingsEstimator
from sklearn_cofi.data._frame import id_array
from sklearn_cofi.data._ids import IdMap, encode_pairs
from sklearn_cofi.data._matrix import CSRRows, RatingMatrix
from sklearn_cofi.inference._explain import Part
from sklearn_cofi.inference._fitted_factors import FittedFactors


@dataclass(frozen=True)
class ExplainedPair:
    """One user, one item and the ratings from which the user was learned."""

    model: FittedFactors
    user: int  # row of the model's users; -1 is unknown
    item: int  # -1 is unknown
    rows: CSRRows  # one row, not centred
    kind: str  # kind of the frame to return
    new_ratings: RatingMatrix | None = None  # None for a user of the fit
    ids: np.ndarray | None = None  # of the user, as an array of one; None without an id


def explained_pair(
    estimator: RatingsEstimator,
    user: Id | None,
    item: Id | None,
    ratings: FrameLike | None,
    n: int | None,
) -> ExplainedPair:
    """Check the arguments of `explain`, and return the pair that they name."""
    check_is_fitted(estimator)
    if n is not None:
        check_scalar(n, "n", Integral, min_val=1)
    if item is None or (user is None) == (ratings is None):
        raise ValueError(
            "Pass an item and either a user seen in fit, as in "
            "explain(user, item), or the `ratings` of one new user."
        )
    if ratings is None:
        return _known_pair(estimator, user, item)
    return _new_pair(estimator, ratings, item)


def _known_pair(
    estimator: RatingsEstimator, user: Id | None, item: Id
) -> ExplainedPair:
    users, items = encode_pairs(
        IdMap(estimator.user_ids_),
        IdMap(estimator.item_ids_),
        _one_id(user, "user"),
        _one_id(item, "item"),
        ("user", "item"),
    )
    if estimator.unknown == "error":
        estimator._check_unknown(users, items)
    row = int(users[0])
    rows = _learned_from(estimator, max(row, 0))
    model, kind, ids = estimator._model(), estimator._frame_kind, None
    if row >= 0:
        ids = estimator.user_ids_[row : row + 1]
    return ExplainedPair(model, row, int(items[0]), rows, kind, ids=ids)


def _new_pair(
    estimator: RatingsEstimator, ratings: FrameLike, item: Id
) -> ExplainedPair:
    items = IdMap(estimator.item_ids_).encode(_one_id(item, "item"), "item")
    query = read_query(estimator, None, ratings)
    if query.users.size != 1:
        raise ValueError(
            f"ratings holds ratings of {query.users.size} users, but `explain` takes "
            "one user at a time. If they are of one user, drop the column of users."
        )
    if estimator.unknown == "error":
        estimator._check_unknown(np.zeros_like(items), items)
    rows = query.model.rated
    encoded = int(query.users[0]), int(items[0])
    return ExplainedPair(
        query.model, *encoded, rows, query.kind, query.new_ratings, query.ids
    )


def _learned_from(estimator: RatingsEstimator, user: int) -> CSRRows:
    """Return the ratings of a user, without the ratings held out for validation."""
    rows = estimator._rated().take(np.array([user]))
    if not estimator._rated_validation.size:
        return rows
    held_out = estimator._rated_validation[
        slice(*estimator._rated_indptr[user : user + 2])
    ]
    return CSRRows(
        np.array([0, held_out.size - held_out.sum()]),
        *(column[~held_out] if column.size else column for column in rows[1:]),
    )


def clipping(estimator: RatingsEstimator, pair: ExplainedPair) -> list[Part]:
    """Return the part that `rating_range` cuts off the prediction, if any."""
    encoded = np.array([pair.user]), np.array([pair.item])
    predicted = pair.model.predict(*encoded)
    cut = float(estimator._clip(predicted)[0]) - float(predicted[0])
    return [Part("clipping", cut)] if cut else []


def part_columns(
    parts: list[Part], estimator: RatingsEstimator, titles: Titles | None
) -> dict[str, np.ndarray]:
    items = np.empty(len(parts), object)
    rated: np.ndarray = np.array([part.item for part in parts])
    is_rated = rated >= 0
    # Converted by pandas, because numpy turns dates into integers.
    ids = estimator.item_ids_[rated[is_rated]]
    items[is_rated] = pd.Series(ids).astype(object)
    columns = {"kind": np.array([part.kind for part in parts]), "item": items}
    if titles is not None:
        named = estimator._titles_of(titles)[rated]
        named[~is_rated] = None
        columns["title"] = named
    return columns | {
        "rating": np.array([part.rating for part in parts]),
        "similarity": np.array([part.similarity for part in parts]),
        "contribution": np.array([part.contribution for part in parts]),
    }


def _one_id(value: Id | None, name: str) -> np.ndarray:
    ids = id_array(value, name)
    if len(ids) != 1:
        raise ValueError(f"{name} must be one id, got {len(ids)} ids.")
    return ids
