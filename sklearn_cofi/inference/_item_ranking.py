"""Items prepared to be ranked for any user by a matrix product."""

import numpy as np

from sklearn_cofi.inference._fitted_factors import FittedFactors
from sklearn_cofi.inference._ranking_query import RankingQuery

# A matrix product rounds differently than single predictions do, so this many more
# items are kept than are returned. Where even these do not separate the best from the
# rest beyond rounding, all items of the user are predicted.
SPARE = 8


class ItemRanking:
    """The items of a model in the form that the search for the best of them takes.

    ::

        score(row, i) = W_row . Z_i,    W = [U, user terms],  Z = [V, item terms]

    which is the prediction, except for rounding. It depends on the model only, and is
    made once for all queries.

    Parameters
    ----------
    model : FittedFactors
    """

    def __init__(self, model: FittedFactors):
        # numba takes half a second to import: not before the first query needs it.
        from sklearn_cofi.kernels._top_k import tiles_of

        V = model.items.factors
        Z = np.hstack([V, model.item_terms()]).astype(V.dtype, copy=False)
        self._tiles, self._n_items = tiles_of(Z), len(Z)
        error = 4 * Z.shape[1] * np.finfo(V.dtype).eps
        self._rounding = error * np.linalg.norm(Z, axis=1).max()

    def keep(self, query: RankingQuery, n_kept: int) -> tuple[np.ndarray, np.ndarray]:
        """Return items among which the best of each row are, and a bound of the others.

        Returns
        -------
        kept : int32 array of shape (n_rows, n_kept)
            In no order; -1 where there are no more.
        others : float array of shape (n_rows,)
            Above the prediction of every item that is not kept.
        """
        from sklearn_cofi.kernels._top_k import keep_best

        users, factors = query.users, query.model.users.factors
        U = np.where((users >= 0)[:, None], factors[users], 0)
        W = np.hstack([U, query.model.user_terms(users)])
        W = W.astype(self._tiles.dtype, copy=False)
        kept = np.empty((len(W), n_kept), np.int32)
        cuts = np.empty(len(W), W.dtype)
        excluded = query.starts, query.stops, query.excluded
        keep_best(W, self._tiles, self._n_items, *excluded, kept, cuts)
        return kept, cuts + self._rounding * np.linalg.norm(W, axis=1)
