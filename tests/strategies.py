"""Random ratings for hypothesis, and the settings of hypothesis."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

# Each run has the same examples, so a failure can be reproduced.
settings.register_profile(
    "laws",
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("laws")

# Sums and products of these weights and of half stars are exact in binary.
EXACT_WEIGHTS = (0.25, 0.5, 1.0, 2.0, 3.0)


class Ratings(NamedTuple):
    """Rows of ratings of encoded pairs, in any order; pairs may be repeated."""

    users: np.ndarray  # int64 (n_rows,)
    items: np.ndarray  # int64 (n_rows,)
    ratings: np.ndarray  # float (n_rows,)
    weights: np.ndarray | None  # float64 (n_rows,)
    shape: tuple[int, int]  # users without ratings are possible, and items

    def frame(self) -> pd.DataFrame:
        """Return columns user, item and rating."""
        return pd.DataFrame(
            {"user": self.users, "item": self.items, "rating": self.ratings}
        )

    def rows(self, chosen) -> "Ratings":
        """Return the chosen rows, in the given order."""
        weights = None if self.weights is None else self.weights[chosen]
        columns = (column[chosen] for column in self[:3])
        return Ratings(*columns, weights, self.shape)

    def compact(self) -> "Ratings":
        """Return the same rows with users and items renumbered without gaps."""
        users, u = np.unique(self.users, return_inverse=True)
        items, i = np.unique(self.items, return_inverse=True)
        return self._replace(users=u, items=i, shape=(users.size, items.size))


@st.composite
def ratings(draw, *, weighted=None, repeats=True, dtype=None, max_side=8):
    """Draw ratings in half stars from -2 to 5, including 0.

    With ``repeats``, pairs can have several ratings. About one example in four has
    four times as many users.
    """
    if draw(st.integers(0, 3)) == 3:
        return _large(draw, weighted, repeats, dtype, 4 * max_side)
    shape = draw(st.integers(1, max_side)), draw(st.integers(1, max_side))
    pairs = st.tuples(st.integers(0, shape[0] - 1), st.integers(0, shape[1] - 1))
    unique_by = None if repeats else (lambda pair: pair)
    drawn = draw(st.lists(pairs, min_size=1, max_size=40, unique_by=unique_by))
    users, items = np.array(drawn, np.int64).T
    n = users.size
    stars = draw(st.lists(st.integers(-4, 10), min_size=n, max_size=n))
    weights = None
    if draw(st.booleans()) if weighted is None else weighted:
        weights = st.lists(st.sampled_from(EXACT_WEIGHTS), min_size=n, max_size=n)
        weights = np.array(draw(weights))
    values = np.array(stars, dtype or draw(_DTYPES)) / 2
    return Ratings(users, items, values, weights, shape)


_DTYPES = st.sampled_from([np.float32, np.float64])


def _large(draw, weighted, repeats, dtype, side):
    """Draw a seed only, because hypothesis takes seconds for large examples."""
    made = random_ratings(
        draw(st.integers(0, 2**16)),
        (side, side // 2),
        density=0.2,
        weighted=draw(st.booleans()) if weighted is None else weighted,
        dtype=dtype or draw(_DTYPES),
    )
    if not repeats:
        return made
    return made.rows(np.r_[np.arange(made.users.size), np.arange(side)])


def random_ratings(seed, shape, *, density=0.5, weighted=False, dtype=np.float64):
    """Draw pairs without repeats, and ratings; each user and item has a rating."""
    rng = np.random.default_rng(seed)
    rated = rng.random(shape) < density
    rated[np.arange(shape[0]), rng.integers(shape[1], size=shape[0])] = True
    rated[rng.integers(shape[0], size=shape[1]), np.arange(shape[1])] = True
    users, items = rng.permutation(np.argwhere(rated)).T
    values = rng.integers(-4, 11, users.size).astype(dtype) / 2
    weights = rng.choice(EXACT_WEIGHTS, users.size) if weighted else None
    return Ratings(users, items, values, weights, shape)


def random_factors(shape, k, dtype=np.float64, seed=0):
    """Return standard normal factors of users and items."""
    rng = np.random.default_rng(seed)
    return tuple(rng.standard_normal((n, k)).astype(dtype) for n in shape)
