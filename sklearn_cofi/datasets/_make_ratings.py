"""Made ratings with a known truth, in any number."""

from numbers import Integral, Real
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.utils import Bunch, check_random_state

from sklearn_cofi._typing import RandomState, Range
from sklearn_cofi.datasets._draw_pairs import draw_pairs, popularity_by_item
from sklearn_cofi.datasets._validation import Interval, validate_params

# Number of ratings computed at once: their copied factors stay in the cache.
BLOCK = 2**16

AT_LEAST_ZERO = Interval(Real, 0.0, None, closed="left")


@validate_params(
    {
        "n_ratings": [Interval(Integral, 1, None, closed="left")],
        "n_users": [Interval(Integral, 1, 2**31 - 1, closed="both")],
        "n_items": [Interval(Integral, 1, 2**31 - 1, closed="both")],
        "rank": [Interval(Integral, 0, None, closed="left")],
        "noise": [AT_LEAST_ZERO],
        "mean": [Real],
        "user_scale": [AT_LEAST_ZERO],
        "item_scale": [AT_LEAST_ZERO],
        "factor_scale": [AT_LEAST_ZERO],
        "popularity": [Interval(Real, 0.0, 10.0, closed="both")],
        "activity": [Interval(Real, 0.0, 10.0, closed="both")],
        "rating_range": [tuple, list, None],
        "step": [Interval(Real, 0.0, None, closed="neither"), None],
        "shuffle": ["boolean"],
        "as_frame": ["boolean"],
        "return_truth": ["boolean"],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def make_ratings(
    n_ratings: int = 10_000,
    n_users: int = 500,
    n_items: int = 200,
    *,
    rank: int = 5,
    noise: float = 0.5,
    mean: float = 3.5,
    user_scale: float = 0.4,
    item_scale: float = 0.4,
    factor_scale: float = 0.6,
    popularity: float = 1.0,
    activity: float = 1.0,
    rating_range: Range = None,
    step: float | None = None,
    shuffle: bool = True,
    as_frame: bool = True,
    return_truth: bool = False,
    random_state: RandomState = None,
) -> Any:
    """Make ratings of low rank, with biases, noise and a realistic choice of pairs.

    A rating of user u for item i is::

        mean + user_bias[u] + item_bias[i] + user_factors[u] @ item_factors[i]
             + noise * standard_normal()

    then optionally clipped to `rating_range` and rounded to the nearest `step`.
    User u rates a number of items that is proportional to
    ``exp(activity * standard_normal())``, but at most n_items. The items are drawn
    without replacement; the r-th most popular item has weight ``r ** -popularity``. No
    pair is drawn twice. Time and memory are proportional to
    n_ratings + n_users + n_items; no users x items array is made, unless a large part
    of all pairs is rated.

    Parameters
    ----------
    n_ratings : int, default=10000
        Number of ratings, at most n_users * n_items.
    n_users, n_items : int, default=500, 200
        Numbers of users and items. Ids are 0 to n_users - 1 and 0 to n_items - 1; some
        may have no rating.
    rank : int, default=5
        Number of latent factors; 0 makes ratings of biases only.
    noise : float, default=0.5
        Standard deviation of the noise.
    mean : float, default=3.5
        Constant in all ratings.
    user_scale, item_scale : float, default=0.4
        Standard deviations of the users' and of the items' biases.
    factor_scale : float, default=0.6
        Standard deviation of ``user_factors[u] @ item_factors[i]``.
    popularity : float, default=1.0
        Zipf's exponent; 0 makes all items equally popular. Beyond 2, with many items,
        drawing becomes slow, because most draws repeat the most popular items.
    activity : float, default=1.0
        Standard deviation of the logarithm of a user's number of ratings; 0 gives all
        users equal numbers.
    rating_range : tuple (low, high) or None, default=None
        Range that ratings are clipped to.
    step : float or None, default=None
        Step that ratings are rounded to, counted from low (from 0 without a range).
    shuffle : bool, default=True
        If True, the ratings are in random order; otherwise by user, then by item.
    as_frame : bool, default=True
        If True, return a DataFrame and a Series; otherwise ndarrays.
    return_truth : bool, default=False
        If True, also return the factors and biases that the ratings were made from.
    random_state : int, RandomState instance or None, default=None
        Seed or generator. The same int gives the same ratings; `noise`,
        `rating_range` and `step` change neither the pairs nor the truth.

    Returns
    -------
    X : DataFrame or ndarray of shape (n_ratings, 2), int32
        Columns user and item.
    y : Series or ndarray of shape (n_ratings,), float64
        The ratings.
    truth : :class:`~sklearn.utils.Bunch`, only if `return_truth`
        mean (float), user_bias (n_users,), item_bias (n_items,), user_factors
        (n_users, rank), item_factors (n_items, rank) and item_popularity (n_items,),
        the weights of the items, which sum to 1. All float64.

    Raises
    ------
    ValueError
        If n_ratings exceeds n_users * n_items, or if `rating_range` is not two
        increasing numbers that differ by a whole number of steps.

    See Also
    --------
    load_tutorial : Ten movies and six users.
    sklearn.datasets.make_low_rank_matrix : A matrix without unknown entries.

    Examples
    --------
    >>> from sklearn_cofi.datasets import make_ratings
    >>> X, y = make_ratings(1000, 100, 50, rating_range=(1, 5), step=0.5,
    ...                     random_state=0)
    >>> X.shape, y.between(1, 5).all()
    ((1000, 2), np.True_)
    >>> X.duplicated().any()
    np.False_
    """
    # Products of numpy's small integers overflow.
    n_ratings, n_users, n_items = int(n_ratings), int(n_users), int(n_items)
    if n_ratings > n_users * n_items:
        raise ValueError(
            f"n_ratings={n_ratings} exceeds the {n_users} x {n_items} pairs."
        )
    scale = _check_scale(rating_range, step)
    # A Generator draws faster than a RandomState. It is seeded from a RandomState, so
    # random_state means the same as in scikit-learn.
    seeds = check_random_state(random_state).randint(2**32, size=4, dtype=np.uint64)
    rng = np.random.default_rng(seeds)
    truth = _draw_truth(
        rng, n_users, n_items, rank, (user_scale, item_scale, factor_scale)
    )
    truth.update(
        mean=float(mean), item_popularity=popularity_by_item(rng, n_items, popularity)
    )
    users, items = draw_pairs(
        rng, n_ratings, n_users, truth.item_popularity, activity, shuffle
    )
    ratings = _rate(rng, users, items, truth, noise, scale)
    X, y = _frame_or_arrays(users, items, ratings, as_frame)
    return (X, y, truth) if return_truth else (X, y)


class _Scale(NamedTuple):
    low: float  # -inf without a range
    high: float  # inf without a range
    step: float | None


def _check_scale(rating_range: Range, step: float | None) -> _Scale:
    if rating_range is None:
        return _Scale(-np.inf, np.inf, step)
    if len(rating_range) != 2 or not (
        -np.inf < rating_range[0] < rating_range[1] < np.inf
    ):
        raise ValueError(
            f"rating_range={rating_range!r} is not two numbers, low < high."
        )
    low, high = map(float, rating_range)
    steps = 0.0 if step is None else (high - low) / step
    if abs(steps - round(steps)) > 1e-9:
        raise ValueError(
            f"rating_range={rating_range!r} is not a whole number of steps of {step}."
        )
    return _Scale(low, high, step)


def _draw_truth(
    rng: np.random.Generator,
    n_users: int,
    n_items: int,
    rank: int,
    scales: tuple[float, float, float],
) -> Bunch:
    user_scale, item_scale, factor_scale = scales
    # The product of two entries has variance factor_scale**2 / rank, and a dot product
    # of rank terms has variance factor_scale**2.
    entry_scale = np.sqrt(factor_scale) * max(rank, 1) ** -0.25
    return Bunch(
        user_bias=user_scale * rng.standard_normal(n_users),
        item_bias=item_scale * rng.standard_normal(n_items),
        user_factors=entry_scale * rng.standard_normal((n_users, rank)),
        item_factors=entry_scale * rng.standard_normal((n_items, rank)),
    )


def _rate(
    rng: np.random.Generator,
    users: np.ndarray,
    items: np.ndarray,
    truth: Bunch,
    noise: float,
    scale: _Scale,
) -> np.ndarray:
    low, high, step = scale
    ratings = np.empty(len(users))
    for start in range(0, len(users), BLOCK):
        u, i = users[start : start + BLOCK], items[start : start + BLOCK]
        r = truth.mean + truth.user_bias[u] + truth.item_bias[i]
        r += np.einsum("nk,nk->n", truth.user_factors[u], truth.item_factors[i])
        # Drawn also for noise=0, so later draws do not depend on the noise.
        r += noise * rng.standard_normal(len(r))
        np.clip(r, low, high, out=r)
        if step is not None:
            origin = low if np.isfinite(low) else 0.0
            r = origin + step * np.round((r - origin) / step)
        ratings[start : start + BLOCK] = r
    return ratings


def _frame_or_arrays(
    users: np.ndarray, items: np.ndarray, ratings: np.ndarray, as_frame: bool
) -> tuple[pd.DataFrame | np.ndarray, pd.Series | np.ndarray]:
    if as_frame:
        X = pd.DataFrame({"user": users, "item": items}, copy=False)
        return X, pd.Series(ratings, name="rating", copy=False)
    return np.column_stack([users, items]), ratings
