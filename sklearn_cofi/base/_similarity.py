"""`similar_items` and `similar_users`, for all estimators that have factors."""

from collections.abc import Callable
from numbers import Integral

import numpy as np
from sklearn.utils import check_scalar
from sklearn.utils.validation import check_is_fitted

from sklearn_cofi._typing import Frame, Ids, SideName, Similarity, Titles
from sklearn_cofi.base._prepared import prepared
from sklearn_cofi.base._ratings_estimator import RatingsEstimator
from sklearn_cofi.data._frame import id_array, native_frame
from sklearn_cofi.data._ids import IdMap
from sklearn_cofi.inference._fitted_factors import FittedFactors
from sklearn_cofi.inference._item_ranking import ItemRanking
from sklearn_cofi.inference._similar import similar_rows, similarity_model
from sklearn_cofi.kernels._threads import kernel_threads, single_blas_thread

_METRICS = ("cosine", "dot")

# Number of ids that an error message names.
_NAMED = 5


class SimilarityMixin(RatingsEstimator):
    """The methods `similar_items` and `similar_users`."""

    def similar_items(
        self,
        items: Ids | None = None,
        n: int = 10,
        *,
        metric: Similarity = "cosine",
        candidates: Ids | None = None,
        titles: Titles | None = None,
    ) -> Frame:
        """Return the items whose factors are most similar to those of given items.

        ::

            score(i, j) = V_i . V_j / (norm(V_i) * norm(V_j))    for "cosine"
                        = V_i . V_j                              for "dot"

        Scores compare which users like an item. How much an item is liked is part of
        its mean and its bias, which do not enter the scores.

        Parameters
        ----------
        items : id or array-like of ids, default=None
            Items of the fit to compare. None is all items, in the order of
            ``item_ids_``.
        n : int, default=10
            Number of similar items for each item; fewer if there are fewer items.
        metric : {"cosine", "dot"}, default="cosine"
            "cosine" compares the directions of factors. "dot" prefers items whose
            factors have a large norm, which are mostly items with many ratings. The
            cosine with an item whose factors are all zero is 0.
        candidates : id or array-like of ids, default=None
            Items that may be returned. None is all items.
        titles : mapping, Series or frame, default=None
            Titles of items, as in `recommend`, for a column title next to the similar
            items.

        Returns
        -------
        frame
            Columns item, rank (from 1), similar_item, title (with ``titles``) and
            score. Items are in the given
            order, and the similar items of each item are sorted by falling score, then
            by id. An item is not returned as similar to itself. The frame has the kind
            of the frame that was passed to `fit`, or is a pandas frame.

        Raises
        ------
        ValueError
            If an id was not seen in fit (for any value of ``unknown``, because an
            unknown id has no factors), or if ``n`` or ``metric`` is out of range.
        TypeError
            If ids are of another kind than the ids of `fit`.

        Notes
        -----
        Predictions depend on the product of the factors only, and
        ``(U @ A, V @ inv(A).T)`` has the same product for every invertible A, so
        cosines of V are defined by the penalty alone. At the minimum of the penalised
        cost ``U.T @ diag(p) @ U = V.T @ diag(q) @ V``, with the penalties p and q of
        each row. Only rotations of the factors keep this equation, and rotations do
        not change scores. The factors of `BayesianCollaborativeFilter` are balanced
        in the same way; their product is the mean of the products of all draws.
        Without a penalty (``reg_param=0``) scores depend on the start of the solver.

        References
        ----------
        Steck, Ekanadham and Kallus, "Is Cosine-Similarity of Embeddings Really About
        Similarity?", WWW 2024, doi:10.1145/3589335.3651526.

        Examples
        --------
        >>> from sklearn_cofi import CollaborativeFilter
        >>> from sklearn_cofi.datasets import load_tutorial
        >>> ratings = load_tutorial().frame
        >>> model = CollaborativeFilter(3, 1.0, tol=1e-6, random_state=0).fit(ratings)
        >>> model.similar_items([0, 8], n=2).round(2)
           item  rank  similar_item  score
        0     0     1             4   0.83
        1     0     2             1   0.76
        2     8     1             7   0.70
        3     8     2             5   0.66
        """
        return similar_frame(self, "item", items, n, metric, candidates, titles)

    def similar_users(
        self,
        users: Ids | None = None,
        n: int = 10,
        *,
        metric: Similarity = "cosine",
        candidates: Ids | None = None,
    ) -> Frame:
        """Return the users whose factors are most similar to those of given users.

        Scores are those of `similar_items` with ``U`` in place of ``V``. The generosity
        of a user is part of the user's mean and bias, which do not enter the scores.

        Parameters
        ----------
        users : id or array-like of ids, default=None
            Users of the fit to compare. None is all users, in the order of
            ``user_ids_``.
        n : int, default=10
            Number of similar users for each user; fewer if there are fewer users.
        metric : {"cosine", "dot"}, default="cosine"
            "cosine" compares the directions of factors. "dot" prefers users whose
            factors have a large norm.
        candidates : id or array-like of ids, default=None
            Users that may be returned. None is all users.

        Returns
        -------
        frame
            Columns user, rank (from 1), similar_user and score, sorted as in
            `similar_items`.

        Raises
        ------
        ValueError, TypeError
            As in `similar_items`.

        Examples
        --------
        >>> from sklearn_cofi import CollaborativeFilter
        >>> from sklearn_cofi.datasets import load_tutorial
        >>> ratings = load_tutorial().frame
        >>> model = CollaborativeFilter(3, 1.0, tol=1e-6, random_state=0).fit(ratings)
        >>> model.similar_users(0, n=2).round(2)
           user  rank  similar_user  score
        0     0     1             1   0.93
        1     0     2             4   0.93
        """
        return similar_frame(self, "user", users, n, metric, candidates)


def similar_frame(
    estimator: RatingsEstimator,
    side: SideName,
    queried: Ids | None,
    n: int,
    metric: Similarity,
    candidates: Ids | None,
    titles: Titles | None = None,
    std_of: Callable[[np.ndarray, np.ndarray], np.ndarray] | None = None,
) -> Frame:
    """Return the frame of the rows that are most similar to the queried rows.

    ``std_of`` is a function of the row numbers of pairs that returns the standard
    deviations of their scores.
    """
    check_is_fitted(estimator)
    check_scalar(n, "n", Integral, min_val=1)
    if metric not in _METRICS:
        raise ValueError(f"metric must be one of {_METRICS}, got {metric!r}.")
    fitted = estimator._model()
    ids = estimator.item_ids_ if side == "item" else estimator.user_ids_
    X = (fitted.items if side == "item" else fitted.users).factors
    rows = np.arange(ids.size)
    if queried is not None:
        rows = encode_known(ids, queried, f"{side}s")
    chosen = None
    if candidates is not None:
        chosen = encode_known(ids, candidates, "candidates")
    model, ranking = similarity_of(estimator, side, X, metric)
    with kernel_threads(estimator.n_jobs, rows.size * X.size), single_blas_thread:
        found = similar_rows(model, ranking, rows, int(n), chosen)
    columns = {
        side: ids[rows[found.rows]],
        "rank": found.ranks,
        f"similar_{side}": ids[found.items],
    }
    if titles is not None:
        columns["title"] = estimator._titles_of(titles)[found.items]
    columns["score"] = found.scores
    if std_of is not None:
        columns["std"] = std_of(rows[found.rows], found.items)
    return native_frame(columns, estimator._frame_kind)


def similarity_of(
    estimator: RatingsEstimator, side: SideName, X: np.ndarray, metric: Similarity
) -> tuple[FittedFactors, Callable[[], ItemRanking]]:
    """Return a model of the similarities of rows, and the function that ranks it."""
    name = f"{metric} of {side}s"
    model = prepared(estimator, name, (X,), lambda: similarity_model(X, metric))
    return model, lambda: prepared(
        estimator, f"{name}, ranked", (X,), lambda: ItemRanking(model)
    )


def encode_known(ids: np.ndarray, queried: Ids, name: str) -> np.ndarray:
    """Return the row numbers of ids, all of which are known.

    Parameters
    ----------
    ids : ndarray of shape (n_ids,)
        Sorted ids of the fit.
    queried : id or array-like of ids
        Ids to encode.
    name : str
        Name of the argument, for messages.

    Raises
    ------
    ValueError
        If an id is unknown. The message names the first unknown ids.
    TypeError
        If the ids are of another kind than the ids of the fit.
    """
    values = id_array(queried, name)
    rows = IdMap(ids).encode(values, name)
    unknown = list(dict.fromkeys(np.asarray(values)[rows < 0].tolist()))
    if unknown:
        named = ", ".join(map(repr, unknown[:_NAMED]))
        more = f" and {len(unknown) - _NAMED} more" if len(unknown) > _NAMED else ""
        raise ValueError(
            f"{name} holds ids that were not seen in fit, so they have no factors: "
            f"{named}{more}. Leave them out, or fit their ratings, too."
        )
    return rows
