"""Encoding ids as row numbers."""

from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_cofi.data._id_arrays import id_kind
from sklearn_cofi.data._ids import IdMap, distinct_ids, encode_pairs


def objects(values):
    return np.fromiter(values, dtype=object)


# pandas 2 ends a string at this character and ignores the rest.
HIDDEN = "" if int(pd.__version__.split(".")[0]) >= 3 else "\0"

COLUMNS = st.one_of(
    st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1),
    st.lists(st.integers(0, 2**64 - 1), min_size=1),
    st.lists(st.floats(-(2.0**52), 2.0**52), min_size=1),
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters=HIDDEN)),
        min_size=1,
    ),
    st.lists(st.text("ab" if HIDDEN else "ab\0"), min_size=1),
    st.lists(st.booleans(), min_size=1),
    st.lists(st.tuples(st.integers(), st.text()), min_size=1),
    st.lists(st.uuids(), min_size=1),
    st.lists(st.binary(), min_size=1),
)


@given(COLUMNS)
def test_ids_are_the_sorted_set_and_codes_restore_the_column(column):
    ids, codes = distinct_ids(objects(column), "user")
    assert ids.tolist() == sorted(set(column))
    assert ids[codes].tolist() == column


@given(COLUMNS, st.randoms())
def test_encode_finds_exactly_the_known_ids(column, random):
    known = [value for value in column if random.random() < 0.5] or column[:1]
    ids, _ = distinct_ids(objects(known), "user")
    codes = IdMap(ids).encode(objects(column), "user")
    expected = {value: k for k, value in enumerate(sorted(set(known)))}
    assert codes.tolist() == [expected.get(value, -1) for value in column]
    found = codes[codes >= 0]
    assert ids[found].tolist() == [v for v in column if v in expected]


@given(
    st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1),
    st.lists(st.integers(0, 2**64 - 1), min_size=1),
)
def test_signed_and_unsigned_are_compared_exactly(signed, unsigned):
    columns = np.array(signed, np.int64), np.array(unsigned, np.uint64)
    for known, query in (columns, columns[::-1]):
        ids, _ = distinct_ids(known, "user")
        codes = IdMap(ids).encode(query, "user")
        present = set(known.tolist())
        assert [code >= 0 for code in codes] == [v in present for v in query.tolist()]


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        (np.array([1, 2], np.int8), "i"),
        (np.array([1, 2], np.uint64), "i"),
        (np.array([1, 2**63], np.uint64), "u"),
        (np.array([1.0, 2.0], np.float32), "i"),
        (np.array([1.5, 2.0], np.float32), "f"),
        (np.array([1, 2], ">i4"), "i"),
        (objects([1, 2]), "i"),
        (objects([True, False]), "b"),
        (objects([timedelta(1), timedelta(2)]), "m"),
        (objects([datetime(2020, 1, 1), datetime(2020, 1, 2)]), "M"),
        (objects([date(2020, 1, 1), date(2020, 1, 2)]), "M"),
        (objects(["a", "b"]), "U"),
        *([] if HIDDEN else [(objects(["a", "b\0"]), "O")]),
        (objects(["a", "b" * 129]), "O"),
        (pd.Categorical(["b", "a"]), "U"),
        (pd.Categorical([2, 1]), "i"),
        (pd.array(["b", "a"], dtype="str"), "U"),
        (np.array([b"a", b"b"]), "O"),
    ],
)
def test_few_dtypes_are_stored(column, kind):
    assert distinct_ids(column, "user")[0].dtype.kind == kind


@pytest.mark.parametrize("column", [[-0.0, 0.5], [0.0, -0.0, 0.5]])
def test_zero_is_stored_without_a_sign(column):
    assert not np.signbit(distinct_ids(np.array(column), "user")[0]).any()


@pytest.mark.parametrize(
    ("ids", "kind"),
    [
        (np.array([1]), "number"),
        (np.array([1], np.uint64), "number"),
        (np.array([0.5]), "number"),
        (np.array(["a"]), "string"),
        (objects(["a"]), "string"),
        (objects([np.str_("a")]), "string"),
        (np.array([True]), "boolean"),
        (np.array(["2020"], "M8[D]"), "datetime"),
        (np.array([1], "m8[D]"), "timedelta"),
        (objects([b"a"]), "bytes"),
    ],
)
def test_kinds(ids, kind):
    assert id_kind(ids) == kind


def test_encode_pairs_warns_only_if_no_id_is_known():
    users, items = IdMap(np.array([1, 2])), IdMap(np.array([5, 6]))
    names = "user", "item"
    codes = encode_pairs(users, items, np.array([2, 9]), np.array([9, 9]), names)
    assert [side.tolist() for side in codes] == [[1, -1], [-1, -1]]
    with pytest.warns(UserWarning, match="None of the 1 pairs"):
        encode_pairs(users, items, np.array([9]), np.array([9]), names)


def test_columns_look_swapped_only_if_a_whole_pair_is_known_then():
    users, items = IdMap(np.array([1, 2])), IdMap(np.array([5, 6]))
    names = "user", "item"
    with pytest.warns(UserWarning, match="look swapped"):
        encode_pairs(users, items, np.array([9, 5]), np.array([9, 1]), names)
    with pytest.warns(UserWarning, match="None of the 2 pairs"):
        encode_pairs(users, items, np.array([9, 5]), np.array([1, 9]), names)


def test_one_long_id_does_not_widen_the_storage_of_all():
    short = [f"B{k:09d}" for k in range(1000)]
    assert distinct_ids(objects(short), "item")[0].dtype == "U10"
    ids, codes = distinct_ids(objects([*short, "x" * 120]), "item")
    assert ids.dtype == object
    assert ids[codes].tolist() == [*short, "x" * 120]


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=140), min_size=1))
def test_strings_of_fixed_width_take_at_most_twice_the_memory_of_objects(texts):
    texts = [text.replace("\0", "") for text in texts]
    ids = distinct_ids(objects(texts), "item")[0]
    if ids.dtype.kind == "U":
        assert ids.nbytes <= 2 * sum(57 + len(text) for text in set(texts))
