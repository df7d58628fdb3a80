"""Encoded rows: a part of the rows equals the encoding of that part alone."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from strategies import ratings

from sklearn_cofi.data._encoded import (
    encode_ratings,
    expendable,
    positions,
)


def encoded(drawn):
    return encode_ratings(*drawn[:4], ("user", "item"))


@given(ratings(), st.data())
def test_a_part_is_encoded_as_if_it_were_alone(drawn, data):
    n = drawn.users.size
    chosen = data.draw(st.lists(st.integers(0, n - 1), min_size=1, max_size=n))
    part = encoded(drawn).rows(np.array(chosen)).compact()
    alone = encoded(drawn.rows(np.array(chosen)))
    for one, other in zip(part, alone, strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(part.user_ids[part.users], drawn.users[chosen])


def test_positions_of_ids_in_a_part_of_them():
    all_ids = np.array(["a", "b", "c", "d"])
    assert positions(np.array(["b", "d"]), all_ids).tolist() == [-1, 0, -1, 1]


@given(ratings(repeats=False))
def test_the_first_entries_of_users_and_items_are_not_expendable(drawn):
    users, items = drawn.users.tolist(), drawn.items.tolist()
    expected = [
        user in users[:row] and item in items[:row]
        for row, (user, item) in enumerate(zip(users, items, strict=True))
    ]
    assert expendable(drawn.users, drawn.items).tolist() == expected
