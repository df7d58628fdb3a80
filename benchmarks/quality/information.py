"""What else is known about users, items and ratings, in one form for all libraries.

Features are columns that come with a set: age, gender and occupation of users, genres
and year of items. They are encoded here, once, by scikit-learn's transformers, so that
each library gets the same matrix. Our estimators get the raw columns, because encoding
is a part of them.
"""

import io
import warnings
from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import KBinsDiscretizer, OneHotEncoder

from benchmarks.peers.driver import coded
from sklearn_cofi import datasets

SIDES = ("user", "item")
# What a model gets apart from users, items and ratings.
INFORMATION = ("ratings", "time", "features", "features and time")
RELEASES = {"ml-100k": "100k", "ml-latest-small": "latest-small", "ml-1m": "1m"}
N_BINS = 10


class Described(NamedTuple):
    """Features of users or of items: raw columns, and the same as a matrix."""

    frame: pd.DataFrame  # the first column has the ids
    matrix: np.ndarray  # float32 (n, m)
    blocks: np.ndarray  # int (m,): the column of the frame that a feature comes from

    def of(self, ids):
        """Return the rows of these ids, which become 0, 1, ..."""
        rows = pd.Index(self.frame.iloc[:, 0]).get_indexer(ids)
        if (rows < 0).any():
            raise ValueError(f"No features of {ids[rows < 0][:5]}.")
        frame = self.frame.iloc[rows]
        frame = frame.assign(**{frame.columns[0]: np.arange(rows.size)})
        return Described(frame, self.matrix[rows], self.blocks)


def described(name, data_home):
    """Return side -> Described of a set; empty if the set has no features."""
    if name not in RELEASES:
        return {}
    bunch = datasets.fetch_movielens(RELEASES[name], data_home=data_home)
    frames = {"item": _items(bunch.item_frame)}
    if bunch.user_frame is not None:
        frames["user"] = bunch.user_frame[["user", "age", "gender", "occupation"]]
    return {side: _encoded(frame) for side, frame in frames.items()}


def _items(frame):
    """Return item, genres and the year in the title, such as "Heat (1995)"."""
    found = frame["title"].str.extract(r"\(([0-9]{4})\)\s*$", expand=False)
    return frame[["item", "genres"]].assign(year=found.astype(float))


def _encoded(frame):
    """Encode genres and categories as 0 and 1, and numbers as bins of equal counts."""
    matrices = [_columns(frame[[name]]) for name in frame.columns[1:]]
    sizes = [matrix.shape[1] for matrix in matrices]
    blocks = np.repeat(np.arange(len(sizes)), sizes)
    return Described(frame, np.hstack(matrices).astype(np.float32), blocks)


def _columns(column):
    """Encode one column of a frame."""
    if "genres" in column:
        genres = CountVectorizer(analyzer=lambda text: text.split("|"), binary=True)
        return genres.fit_transform(column["genres"]).toarray()
    if not pd.api.types.is_numeric_dtype(column.dtypes.iloc[0]):
        return OneHotEncoder(sparse_output=False).fit_transform(column)
    bins = KBinsDiscretizer(
        N_BINS, encode="onehot-dense", quantile_method="averaged_inverted_cdf"
    )
    with warnings.catch_warnings():
        # A third of the films of ml-100k are of one year, so that bins are merged.
        warnings.filterwarnings("ignore", "Bins whose width are too small")
        return make_pipeline(SimpleImputer(strategy="median"), bins).fit_transform(
            column
        )


def encoded(train, test, known):
    """Return the arrays of `coded`, and what else is known.

    Parameters
    ----------
    train, test : sequences of users, items, ratings and, if they are known, times
    known : dict of side -> Described
        If a side is described, ids of `test` that are not in `train` follow the ids of
        `train`: they have features, but no ratings. Otherwise they are -1.
    """
    parts = coded(train, test)
    if len(train) > len(SIDES) + 1:
        parts |= {"train_time": np.asarray(train[3]), "test_time": np.asarray(test[3])}
    for field, rated, asked in zip(SIDES, train, test, strict=False):
        if field not in known:
            continue
        unrated = np.setdiff1d(asked, rated)
        rows = known[field].of(np.concatenate([np.unique(rated), unrated]))
        codes = parts[f"test_{field}"]
        new = codes < 0
        n_rated = len(rows.frame) - unrated.size
        codes[new] = n_rated + np.searchsorted(unrated, np.asarray(asked)[new])
        parts[f"{field}_features"], parts[f"{field}_blocks"] = rows.matrix, rows.blocks
        parts[f"{field}_frame"] = np.array(rows.frame.to_csv(index=False))
    return parts


def known_in(parts):
    """Return side -> Described of encoded arrays, with their codes as ids."""
    return {
        side: Described(
            pd.read_csv(io.StringIO(str(parts[f"{side}_frame"]))),
            parts[f"{side}_features"],
            parts[f"{side}_blocks"],
        )
        for side in SIDES
        if f"{side}_frame" in parts
    }


def columns_of(parts):
    """Return users, items, ratings and, if they are known, times of training."""
    names = [f"train_{field}" for field in (*SIDES, "rating", "time")]
    return [parts[name] for name in names if name in parts]


def offers(parts, information):
    """Return whether the set has all of this information."""
    has = {"time": "train_time" in parts, "features": "item_features" in parts}
    return all(has[kind] for kind in has if kind in information)


def restricted(parts, information):
    """Return only the arrays that a model with this information gets.

    Without features, an id that is not in training is -1.
    """
    dropped = {"time"} if "time" not in information else set()
    if "features" not in information:
        dropped |= {"features", "blocks", "frame"}
    kept = {
        name: part
        for name, part in parts.items()
        if name.rsplit("_")[-1] not in dropped
    }
    if "features" not in information:
        for side in SIDES:
            kept[f"test_{side}"] = np.where(
                is_new(parts, side), -1, parts[f"test_{side}"]
            )
    return kept


def is_new(parts, side):
    """Mark the test rows whose user or item has no rating in training."""
    codes = parts[f"test_{side}"]
    return (codes < 0) | (codes > parts[f"train_{side}"].max())
