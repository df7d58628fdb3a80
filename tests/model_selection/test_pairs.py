"""Distinct pairs are numbered by user and item, and rows find their pair."""

from hypothesis import given
from strategies import ratings

from sklearn_cofi.model_selection._pairs import number_pairs


@given(ratings())
def test_pairs_are_numbered_by_user_and_item(drawn):
    pairs = list(zip(drawn.users.tolist(), drawn.items.tolist(), strict=True))
    order = sorted(set(pairs))
    found = number_pairs(drawn.users, drawn.items, drawn.shape[1])
    assert found.of_row.tolist() == [order.index(pair) for pair in pairs]
    assert list(zip(found.users, found.items, strict=True)) == order
