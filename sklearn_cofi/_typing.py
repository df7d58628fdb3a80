"""Types of the arguments and results of the public functions.

Ranges of numbers, and arguments that must fit each other, are checked when a function
runs.
"""

import os
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

FrameLike = ArrayLike | Sequence[Sequence[Hashable]]
"""A frame of pandas, polars or pyarrow (all are array-like), an array, or rows."""

Frame = Any
"""A frame of the kind of the argument, or of the kind seen in fit."""

Dataset = Any
"""A Bunch, or ``(data, target)`` if ``return_X_y``; scikit-learn has no types."""

Estimator = Any
"""An object with scikit-learn's methods, for which it has no types."""

Floats = NDArray[np.floating]
Ints = NDArray[np.integer]
Bools = NDArray[np.bool_]

Id = Hashable
Ids = Hashable | ArrayLike | Sequence[Hashable]
"""One id or several."""

Column = str | int | None
"""The name or position of a column, or None to find it."""

RegParam = float | Sequence[float]
"""A penalty for both sides, or one for users and one for items."""

RegParamOrAuto = RegParam | str
"""A penalty, "auto", or a multiple of "auto" such as "0.5*auto"."""

Range = Sequence[float] | None
"""``(low, high)``."""

TimeScales = Sequence[Any]
"""Durations as `pandas.Timedelta` reads them, or numbers of seconds."""

DType = Literal["float32", "float64"] | type[np.float32] | type[np.float64] | None
RandomState = int | np.random.RandomState | None
DataHome = str | os.PathLike[str] | None

SolverName = Literal["cg", "lbfgs", "als", "als-ncg"]
Normalization = Literal["item", "user", "global", "unrated"] | None
RegScaling = Literal["none", "count", "weight"] | float
Unknown = Literal["mean", "error"]
UnknownByPrior = Literal["prior", "error"]
SideName = Literal["user", "item"]
Similarity = Literal["cosine", "dot"]

NoRelevant = Literal["skip", "zero"]
Gains = Literal["binary", "rating", "exponential"]
Candidates = Literal["all", "test"]
RankingMetric = Literal[
    "precision", "recall", "hit_rate", "average_precision", "reciprocal_rank", "ndcg"
]
ScorerMetric = RankingMetric | Literal["coverage", "novelty"]

ConvergenceQuantity = Literal[
    "cost_gap", "cost", "gradient_norm", "validation", "noise"
]
PathQuantity = Literal["singular_values", "nuclear_norm", "rank", "cost"]

SplitBy = Literal["random", "time"]

MovieLensRelease = Literal["latest-small", "100k", "1m", "10m", "20m", "25m", "32m"]
GoodbooksRelease = Literal["6m", "1m"]
Titles = Mapping[Any, str] | Frame


class Splitter(Protocol):
    """Splits rows into training and test parts, as scikit-learn's splitters do."""

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Iterator[Any]:
        """Yield the row numbers of each training part and test part."""

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Return the number of splits."""


CV = int | Splitter | Iterable[tuple[ArrayLike, ArrayLike]] | None


class Scorer(Protocol):
    """A function that ``scoring`` accepts."""

    def __call__(self, estimator: Any, X: Any, y: Any = None) -> Any:
        """Return a score, or several scores by name."""


Scoring = str | Scorer | Sequence[str] | Mapping[str, str | Scorer] | None
