"""Marginal relevance on lists that a reader can work out."""

import numpy as np
import pytest

from sklearn_cofi.inference._diversity import diverse_items
from sklearn_cofi.inference._recommend import Best

# Four items with two directions; item 3 points away from items 0 and 1.
X = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])
SCORES = np.array([5.0, 4.0, 3.0, 1.0])


def lists(diversity, n, scores=SCORES, n_rows=2):
    """Return the items of each row, all of which have the same scores."""

    def best(n_pooled, rows):
        size = rows.stop - rows.start
        number = np.tile(np.arange(scores.size), size)
        return Best(
            np.repeat(np.arange(size), scores.size), number + 1, number, scores[number]
        )

    found = diverse_items(best, n_rows, n, X, diversity)
    items = [found.items[found.rows == row].tolist() for row in range(n_rows)]
    np.testing.assert_array_equal(found.scores, scores[found.items])
    assert found.ranks.tolist() == [*range(1, len(items[0]) + 1)] * n_rows
    return items


@pytest.mark.parametrize(
    ("diversity", "expected"),
    [
        # Relevance is 1, 3/4, 1/2 and 0; cosines with item 0 are 1, 1, 0 and -1.
        # Next to item 0, items 1, 2 and 3 have 0.9 * 3/4 - 0.1, 0.45 and 0.1.
        (0.1, [0, 1, 2, 3]),
        # 0.6 * 3/4 - 0.4 = 0.05, 0.3 and 0.4, then item 2 with 0.3 and item 1 with 0.05
        (0.4, [0, 3, 2, 1]),
        # 0.75 * 3/4 - 0.25 = 0.3125, 0.375 and 0.25; then 1 with 0.3125, 3 with 0
        (0.25, [0, 2, 1, 3]),
    ],
)
def test_lists_follow_from_the_formula(diversity, expected):
    for n in (4, 9):
        assert lists(diversity, n) == [expected, expected]


def test_a_pool_has_ten_items_for_each_item_of_the_list():
    many = np.zeros((35, 2))
    requests = []

    def best(n_pooled, rows):
        requests.append((n_pooled, rows))
        empty = np.empty(0, np.int64)
        return Best(empty, empty, empty, np.empty(0))

    for n in (1, 3, 4, 99):
        assert diverse_items(best, 5, n, many, 0.5).items.size == 0
    assert requests == [(size, slice(0, 5)) for size in (10, 30, 35, 35)]


def test_equal_scores_have_no_relevance():
    assert lists(0.5, 3, np.full(4, 2.0), 1) == [[0, 3, 2]]
