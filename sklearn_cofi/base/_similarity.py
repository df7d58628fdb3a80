"""`similar_items` and `similar_users`, for every estimator that has factors."""

from collections.abc import Callable
from numbers import Integral

import numpy as np
from sklearn.utils import check_scalar
from sklearn.utils.validation import check_is_fitted

from sklearn_cofi._typing import Frame, Ids, SideName, Similarity
from sklearn_cofi.base._prepared import prepared
from sklearn_cofi.base._ratings_estimator import RatingsEstimator
from sklearn_cofi.data._frame import id_array, native_frame
from sklearn_cofi.data._ids import IdMap
from sklearn_cofi.inference._fitted_factors import FittedFactors
from sklearn_cofi.inference._item_ranking import ItemRanking
from sklearn_cofi.inference._similar import similar_rows, similarity_model
from sklearn_cofi.kernels._threads import kernel_threads, single_blas_thread

_METRICS = ("cosine", "dot")

# Ids that an error names.
_NAMED = 5


class SimilarityMixin(RatingsEstimator):
    """Similar items and similar users, from the factors of a collaborative filter."""

    def similar_items(
        self,
        items: Ids | None = None,
        n: int = 10,
        *,
        metric: Similarity = "cosine",
        candidates: Ids | None = None,
    ) -> Frame:
        """Return the items whose learned features are most like those of others.

        ::

            score(i, j) = V_i . V_j / (norm(V_i) * norm(V_j))    for "cosine"
                        = V_i . V_j                              for "dot"

        Means and biases, which say how much an item is liked, play no part: the
        features say by whom.

        Parameters
        ----------
        items : id or array-like of ids, default=None
            Items that fit has seen. None is all of them, in the order of
            ``item_ids_``.
        n : int, default=10
            Number of similar items for each; fewer where there are fewer.
        metric : {"cosine", "dot"}, default="cosine"
            "cosine" compares tastes alone; "dot" prefers items with long rows of
            features, which are those that much is known of. The cosine with an item
            whose features are all zero is 0.
        candidates : id or array-like of ids, default=None
            Items that may be returned. None is all.

        Returns
        -------
        frame
            Columns item, rank (from 1), similar_item and score; items in the order
            given, the most similar first. An item is not among its own. Equal scores
            are ordered by id. A frame of the kind that `fit` was given, else pandas.

        Raises
        ------
        ValueError
            If an id was not seen in fit (whatever ``unknown`` is: nothing is known of
            it), or ``n`` or ``metric`` is out of range.
        TypeError
            If ids are of another kind than those seen in fit.

        Notes
        -----
        Factors are known by their product, and ``(U @ A, V @ inv(A).T)`` has the same
        one: cosines of V alone could mean anything. It is the penalty that picks one
        of them. At its minimum ``U.T @ diag(p) @ U = V.T @ diag(q) @ V``, with the
        penalties p and q of each row, which leaves no freedom but a rotation, and that
        changes no score. So it is for `BayesianCollaborativeFilter` too, whose factors
        are those of the mean of all draws' products, balanced likewise. Without a
        penalty (``reg_param=0``) scores depend on the start of the solver.

        References
        ----------
        Steck, Ekanadham and Kallus, "Is Cosine-Similarity of Embeddings Really About
        Similarity?", WWW 2024, doi:10.1145/3589335.3651526.

        Examples
        --------
        >>> from sklearn_cofi import CollaborativeFilter
        >>> from sklearn_cofi.datasets import load_tutorial
        >>> ratings = load_tutorial().frame
        >>> model = CollaborativeFilter(3, reg_param=1.0, random_state=0).fit(ratings)
        >>> model.similar_items([0, 8], n=2).round(2)
           item  rank  similar_item  score
        0     0     1             1   0.72
        1     0     2             9   0.62
        2     8     1             5   0.95
        3     8     2             9   0.15
        """
        return similar_frame(self, "item", items, n, metric, candidates)

    def similar_users(
        self,
        users: Ids | None = None,
        n: int = 10,
        *,
        metric: Similarity = "cosine",
        candidates: Ids | None = None,
    ) -> Frame:
        """Return the users whose learned features are most like those of others.

        As `similar_items`, with ``U`` for ``V``: biases, which say how generous a user
        is, play no part.

        Parameters
        ----------
        users : id or array-like of ids, default=None
            Users that fit has seen. None is all of them, in the order of
            ``user_ids_``.
        n : int, default=10
            Number of similar users for each; fewer where there are fewer.
        metric : {"cosine", "dot"}, default="cosine"
            "cosine" compares tastes alone, "dot" prefers users with long rows of
            features.
        candidates : id or array-like of ids, default=None
            Users that may be returned. None is all.

        Returns
        -------
        frame
            Columns user, rank (from 1), similar_user and score.

        Raises
        ------
        ValueError, TypeError
            As `similar_items` does.

        Examples
        --------
        >>> from sklearn_cofi import CollaborativeFilter
        >>> from sklearn_cofi.datasets import load_tutorial
        >>> ratings = load_tutorial().frame
        >>> model = CollaborativeFilter(3, reg_param=1.0, random_state=0).fit(ratings)
        >>> model.similar_users(0, n=2).round(2)
           user  rank  similar_user  score
        0     0     1             1   0.87
        1     0     2             4   0.67
        """
        return similar_frame(self, "user", users, n, metric, candidates)


def similar_frame(
    estimator: RatingsEstimator,
    side: SideName,
    queried: Ids | None,
    n: int,
    metric: Similarity,
    candidates: Ids | None,
) -> Frame:
    """Return the frame of the rows of one side that are most similar to others."""
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
    model, ranking = _similarity_of(estimator, side, X, metric)
    with kernel_threads(estimator.n_jobs, rows.size * X.size), single_blas_thread:
        found = similar_rows(model, ranking, rows, n, chosen)
    columns = {
        side: ids[rows[found.rows]],
        "rank": found.ranks,
        f"similar_{side}": ids[found.items],
        "score": found.scores,
    }
    return native_frame(columns, estimator._frame_kind)


def _similarity_of(
    estimator: RatingsEstimator, side: SideName, X: np.ndarray, metric: Similarity
) -> tuple[FittedFactors, Callable[[], ItemRanking]]:
    """Return the rows of one side with their lengths, and prepared to be ranked."""
    name = f"{metric} of {side}s"
    model = prepared(estimator, name, (X,), lambda: similarity_model(X, metric))
    return model, lambda: prepared(
        estimator, f"{name}, ranked", (X,), lambda: ItemRanking(model)
    )


def encode_known(ids: np.ndarray, asked, name: str) -> np.ndarray:
    """Return the row numbers of ids that fit has seen.

    Parameters
    ----------
    ids : ndarray of shape (n_ids,)
        Sorted, those that fit has seen.
    asked : id or array-like of ids
    name : str
        Of the argument, for messages.

    Raises
    ------
    ValueError
        If an id is none of them, naming it.
    TypeError
        If the ids are of another kind.
    """
    asked = id_array(asked, name)
    rows = IdMap(ids).encode(asked, name)
    unknown = list(dict.fromkeys(np.asarray(asked)[rows < 0].tolist()))
    if unknown:
        named = ", ".join(map(repr, unknown[:_NAMED]))
        more = f" and {len(unknown) - _NAMED} more" if len(unknown) > _NAMED else ""
        raise ValueError(
            f"{name} holds ids that fit has not seen: {named}{more}. Nothing is known "
            "of them: leave them out, or fit their ratings too."
        )
    return rows
