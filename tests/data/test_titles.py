"""Titles by id: the accepted types, and a policy for each odd input."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_cofi.data._titles import titles_of_items

IDS = np.array([2, 3, 5, 7])
TITLES = {5: "Five", 2: "Two", 9: "Nine"}
EXPECTED = ["Two", None, "Five", None]
FRAME = pd.DataFrame({"item": [5, 2, 9], "title": ["Five", "Two", "Nine"]})
KINDS = {
    "dict": TITLES,
    "Series": pd.Series(TITLES),
    "categorical Series": pd.Series(TITLES).astype("category"),
    "pandas": FRAME,
    "other columns": pd.DataFrame(
        {"genres": "a|b", "name": ["Five", "Two", "Nine"], "movieId": [5, 2, 9]}
    ),
    "polars": pl.from_pandas(FRAME),
    "pyarrow": pa.Table.from_pandas(FRAME),
    "equal repeats": pd.concat([FRAME, FRAME]),
    "missing titles": pd.DataFrame(
        {"item": [3, 5, 2, 7], "title": [None, "Five", "Two", np.nan]}
    ),
    "a title and a missing one": pd.DataFrame(
        {"item": [5, 2, 2, 5], "title": ["Five", None, "Two", None]}
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_titles_may_be_a_mapping_a_series_or_a_frame(kind):
    assert titles_of_items(KINDS[kind], IDS).tolist() == EXPECTED


@given(
    st.dictionaries(st.integers(0, 12), st.text(max_size=3), min_size=1),
    st.randoms(use_true_random=False),
)
def test_each_item_has_its_own_title_in_any_order(titles, random):
    rows = list(titles.items())
    random.shuffle(rows)
    frame = pd.DataFrame(rows, columns=["item", "title"])
    ids = np.array(sorted(titles)[: len(titles) // 2 + 1])
    expected = [titles[item] for item in ids.tolist()]
    for given_titles in (titles, frame, frame.set_index("item")["title"]):
        assert titles_of_items(given_titles, ids).tolist() == expected


@pytest.mark.parametrize(
    "ids",
    [
        np.array(["a", "b"]),
        np.array([0.5, 1.5]),
        np.array([False, True]),
        np.array(["2020-01-01", "2020-01-02"], "M8[ns]"),
    ],
    ids=lambda ids: ids.dtype.kind,
)
def test_ids_of_each_kind(ids):
    titles = pd.Series(["first", "second"], index=ids)
    assert titles_of_items(titles, ids).tolist() == ["first", "second"]
    frame = pd.DataFrame({"item": ids, "title": titles.to_numpy()})
    assert titles_of_items(frame, ids).tolist() == ["first", "second"]


@pytest.mark.parametrize(
    "titles", [{}, {9: "Nine"}, {2: None}, FRAME[:0], pd.Series(dtype=object)], ids=str
)
def test_a_warning_says_that_no_item_has_a_title(titles):
    with pytest.warns(UserWarning, match="None of the items has a title"):
        assert titles_of_items(titles, IDS).tolist() == [None] * 4


@pytest.mark.parametrize(
    ("titles", "error", "message"),
    [
        (["a", "b"], TypeError, "must be a mapping .* got a list"),
        ("titles.csv", TypeError, "got a str"),
        (np.array(["a", "b"]), TypeError, "got a ndarray"),
        (np.array([[5, "Five"]], object), TypeError, "got a ndarray"),
        (pl.Series(["a"]), TypeError, "got a Series"),
        (FRAME[["item"]], ValueError, r"needs columns .* it has \['item'\]"),
        (pl.from_pandas(FRAME).lazy(), TypeError, "lazy frame"),
        ({5: 7.0}, TypeError, "must be strings, but titles holds float"),
        (
            pd.DataFrame({"item": [5], "rating": [3]}),
            TypeError,
            "must be strings, but column 'rating' holds int",
        ),
        (
            pd.DataFrame({"Nr": [5], "Art": ["War"], "Bezeichnung": ["Five"]}),
            ValueError,
            r"\['Nr', 'Art', 'Bezeichnung'\], and their names do not say",
        ),
        (
            pd.DataFrame({"item": [5], "Art": ["War"], "Bezeichnung": ["Five"]}),
            ValueError,
            "Rename them to 'item' and 'title'",
        ),
        ({"5": "Five"}, TypeError, "'the ids of titles' are of kind string"),
        (
            FRAME.assign(item=["5", "2", "9"]),
            TypeError,
            "'item of titles' are of kind string",
        ),
        (
            pd.DataFrame({"item": [5, 2, 5], "title": ["Five", "Two", "V"]}),
            ValueError,
            "two titles for item 5: 'Five' and 'V'. Keep one row",
        ),
        (
            pd.DataFrame({"item": [5, None], "title": ["Five", "Two"]}),
            ValueError,
            "1 ids are missing in column 'item of titles'",
        ),
    ],
)
def test_odd_titles_are_errors(titles, error, message):
    with pytest.raises(error, match=message):
        titles_of_items(titles, IDS)


@pytest.mark.parametrize("order", [["Nr", "what"], ["what", "Nr"]])
def test_the_name_of_the_fit_is_that_of_the_ids(order):
    titles = pd.DataFrame({"Nr": [5, 2], "what": ["Five", "Two"]})[order]
    assert titles_of_items(titles, IDS, "Nr").tolist() == EXPECTED
    named = titles.assign(title=titles["what"], genre="War")
    assert titles_of_items(named, IDS, "Nr").tolist() == EXPECTED


def test_a_written_index_is_no_column_of_titles_but_may_have_the_ids():
    titles = pd.DataFrame({"Unnamed: 0": [0, 1], "Nr": [5, 2], "what": ["Five", "Two"]})
    assert titles_of_items(titles, IDS).tolist() == EXPECTED
    titles = pd.DataFrame({"index": [5, 2], "title": ["Five", "Two"]})
    assert titles_of_items(titles, IDS).tolist() == EXPECTED


def test_repeats_of_items_that_were_not_seen_in_fit_are_ignored():
    titles = pd.DataFrame({"item": [5, 9, 9], "title": ["Five", "Nine", "IX"]})
    assert titles_of_items(titles, IDS).tolist() == [None, None, "Five", None]
