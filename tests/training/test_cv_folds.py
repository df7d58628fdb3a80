"""Folds of pairs, in which all rows of a pair are together; and rising errors."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import random_ratings, ratings

from sklearn_cofi.data._encoded import encode_ratings
from sklearn_cofi.model_selection._pairs import number_pairs
from sklearn_cofi.training._cv_folds import folds_of_pairs


def encoded(drawn):
    return encode_ratings(*drawn[:4], ("user", "item"))


@given(ratings(), st.integers(2, 4), st.integers(0, 5))
def test_each_pair_is_tested_once_with_all_its_rows(drawn, n_folds, seed):
    rows = encoded(drawn)
    pairs = number_pairs(rows.users, rows.items, rows.item_ids.size).of_row
    n_pairs = pairs.max() + 1
    assume(n_pairs >= n_folds)
    tested = []
    for train, test in folds_of_pairs(rows, n_folds, seed):
        assert sorted([*train, *test]) == list(range(pairs.size))
        assert not set(pairs[train]) & set(pairs[test])
        tested.append(set(pairs[test].tolist()))
        assert len(tested[-1]) in (n_pairs // n_folds, -(-n_pairs // n_folds))
    assert sorted(pair for fold in tested for pair in fold) == list(range(n_pairs))


def test_pairs_are_shuffled_by_the_seed():
    # Files are sorted by user: without shuffling, test users would be unknown.
    rows = encoded(random_ratings(0, (30, 20)))
    first = [test for _, test in folds_of_pairs(rows, 3, 0)]
    again = [test for _, test in folds_of_pairs(rows, 3, 0)]
    other = [test for _, test in folds_of_pairs(rows, 3, 1)]
    for one, same, different in zip(first, again, other, strict=True):
        np.testing.assert_array_equal(one, same)
        assert set(one) != set(different)
        assert np.unique(rows.users[one]).size > 20


def test_none_is_five_folds_or_as_many_as_there_are_pairs():
    drawn = random_ratings(0, (30, 20))
    assert len(list(folds_of_pairs(encoded(drawn), None, 0))) == 5
    few = encoded(drawn.rows([0, 1, 2]))
    assert len(list(folds_of_pairs(few, None, 0))) == 3
    with pytest.raises(ValueError, match="too few .*n_splits=2: n_samples=1"):
        list(folds_of_pairs(encoded(drawn.rows([0])), None, 0))
