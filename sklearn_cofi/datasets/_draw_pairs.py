"""Who rates what: distinct (user, item) pairs, by activity and popularity.

A pair is one int64 key, ``user * n_items + item``; users are taken in blocks, so that
memory beyond the keys does not grow with the number of ratings.
"""

import numpy as np

# Ratings in a block of users. 2**19 to 2**22 take the same time at 10 million ratings
# (7.6 to 8.2 s on two cores): memory decides.
BLOCK = 2**21

# Rejection would need more rounds only where a user has nearly exhausted the items
# that are drawn at all: such users are finished exactly.
MAX_ROUNDS = 64


def popularity_by_item(rng, n_items, exponent):
    """Zipf weights in random order, summing to 1: shape (n_items,), float64."""
    weights = np.arange(1, n_items + 1, dtype=np.float64) ** -exponent
    rng.shuffle(weights)
    return weights / weights.sum()


def draw_pairs(rng, n_ratings, n_users, item_popularity, activity, shuffle):
    """Draw distinct pairs.

    Returns
    -------
    users, items : ndarray of shape (n_ratings,), int32
    """
    n_items = len(item_popularity)
    counts = _ratings_by_user(rng, n_ratings, n_users, n_items, activity)
    ends = np.cumsum(counts)
    keys = np.empty(n_ratings, dtype=np.int64)
    first = 0
    while first < n_users:
        start = ends[first] - counts[first]
        last = max(first + 1, np.searchsorted(ends, start + BLOCK, side="right"))
        block = _draw_block(rng, counts[first:last], item_popularity)
        keys[start : ends[last - 1]] = block + first * n_items
        first = last
    if shuffle:
        rng.shuffle(keys)
    return (keys // n_items).astype(np.int32), (keys % n_items).astype(np.int32)


def _ratings_by_user(rng, n_ratings, n_users, n_items, activity):
    """Numbers of ratings in log-normal proportion, at most n_items, exact in sum."""
    weights = np.exp(activity * rng.standard_normal(n_users))
    share = np.zeros(n_users)
    free = np.ones(n_users, dtype=bool)
    # Fill like water: who overflows keeps n_items, the rest is shared anew. Each
    # round fixes at least one user, and in practice a handful of rounds do.
    while free.any():
        rest = n_ratings - n_items * np.count_nonzero(~free)
        share[free] = weights[free] * (rest / weights[free].sum())
        over = free & (share >= n_items)
        if not over.any():
            break
        share[over] = n_items
        free &= ~over
    counts = np.floor(share).astype(np.int64)
    remainder = n_ratings - counts.sum()
    largest = np.argsort(counts - share, kind="stable")[:remainder]
    counts[largest] += 1
    return counts


def _draw_block(rng, counts, item_popularity):
    """Sorted keys of a block's pairs: counts[u] distinct items for its user u.

    Items drawn one after the other by popularity, those already had thrown away, are
    a weighted draw without replacement. Each round draws as many as are still
    missing, so it never draws too many; users who would take too many rounds are
    finished by a race, which has the same law.
    """
    n_items = len(item_popularity)
    cumulative = np.cumsum(item_popularity)
    cumulative /= cumulative[-1]
    keys = np.empty(0, dtype=np.int64)
    missing = counts
    for _ in range(MAX_ROUNDS):
        if np.count_nonzero(missing) * n_items <= 2 * BLOCK:
            break
        users = np.repeat(np.arange(len(counts)), missing)
        items = np.searchsorted(cumulative, rng.random(len(users)), side="right")
        keys = _with(keys, users * n_items + items)
        missing = counts - np.bincount(keys // n_items, minlength=len(counts))
    raced = _race(rng, missing, keys, item_popularity)
    return np.sort(np.concatenate([keys, raced]), kind="stable")


def _with(keys, drawn):
    """The sorted distinct union of sorted distinct keys and of drawn ones."""
    # The stable sort uses the order there is: drawn keys come user by user, and the
    # second call merges two sorted runs. Measured 3 times as fast as the default.
    both = np.concatenate([keys, np.sort(drawn, kind="stable")])
    both.sort(kind="stable")
    return both[np.concatenate([[True], both[1:] != both[:-1]])]


def _race(rng, missing, keys, item_popularity):
    """Keys of missing[u] further items for each user u, besides `keys` (sorted).

    Item i finishes at an exponential time of rate item_popularity[i]; the first
    to finish are a weighted draw without replacement (Efraimidis and Spirakis 2006,
    doi:10.1016/j.ipl.2005.11.003).
    """
    n_items = len(item_popularity)
    short = np.flatnonzero(missing)
    rows = max(1, 2 * BLOCK // n_items)
    found = [np.empty(0, dtype=np.int64)]
    for users in np.split(short, range(rows, len(short), rows)):
        times = rng.standard_exponential((len(users), n_items)) / item_popularity
        for row, u in enumerate(users):
            begin, end = np.searchsorted(keys, [u * n_items, (u + 1) * n_items])
            times[row, keys[begin:end] - u * n_items] = np.inf
        order = np.argsort(times, axis=1)
        row, rank = np.nonzero(np.arange(n_items) < missing[users, np.newaxis])
        found.append(users[row] * n_items + order[row, rank])
    return np.concatenate(found)
