"""Recommendations of the local estimator, from the items of a model on a cluster."""

import warnings
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from sklearn_cofi._collaborative_filter import CollaborativeFilter
from sklearn_cofi.data._matrix import rating_matrix
from sklearn_cofi.spark._input import DTYPE
from sklearn_cofi.spark._local import SparkSide, fitted_filter, side_of, without_cost


class LocalLists(NamedTuple):
    """The items of a model, and the options of the local `recommend`."""

    items: SparkSide
    global_mean: float
    parameters: dict[str, Any]  # of the filter
    options: dict[str, Any]  # of `recommend`

    def of_block(self, block: pd.DataFrame) -> pd.DataFrame:
        """Return the best items of a block of users without the items in column rated.

        Parameters
        ----------
        block : DataFrame
            Columns id, mean, factors and rated (row numbers of items, or None).
        """
        block = block.sort_values("id").reset_index(drop=True)
        model = self._filter(block)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            best = model.recommend(**self.options)
        return best.astype({"rank": "int32", "prediction": "float64"})

    def of_unknown_user(self) -> pd.DataFrame:
        """Return the list of an unknown user: columns rank, item and prediction."""
        no_factors = np.zeros(self.items.factors.shape[1], DTYPE)
        block = pd.DataFrame({"id": [0], "mean": 0.0})
        block["factors"], block["rated"] = [no_factors], None
        model = self._filter(block).set_params(unknown="mean")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return model.recommend(1, **self.options).drop(columns="user")

    def _filter(self, block: pd.DataFrame) -> CollaborativeFilter:
        """Return a filter of the items and of the users of a block."""
        width = self.items.factors.shape[1]
        users = side_of(block["id"], block["mean"], block["factors"], "user", width)
        lengths = [0 if rated is None else len(rated) for rated in block["rated"]]
        rated = [rated for rated in block["rated"] if rated is not None and len(rated)]
        entries = np.concatenate(rated) if rated else np.empty(0, np.int32)
        matrix = rating_matrix(
            np.repeat(np.arange(len(block)), lengths),
            entries,
            np.zeros(entries.size, DTYPE),
            None,
            (users.ids.size, self.items.ids.size),
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fit = without_cost(users, self.items)
            model = fitted_filter(
                *(self.parameters, self.global_mean, users, self.items, matrix, fit),
                n_jobs=1,
            )
        # The ratings of the block are not those of all users.
        assert self.items.counts is not None
        model.item_counts_ = self.items.counts
        return model
