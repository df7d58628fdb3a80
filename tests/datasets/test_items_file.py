"""Titles and genres, in each layout and encoding."""

from functools import partial

import numpy as np
import pytest

from sklearn_cofi.datasets._items_file import (
    read_items_csv,
    read_movies_dat,
    read_u_item,
    years,
)

latin_1 = partial(read_movies_dat, encoding="latin-1")
as_csv = partial(read_items_csv, columns={"id": "item", "title": "title"})


def write(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "items"
    path.write_bytes(text.encode(encoding))
    return path


def test_u_item_flags_become_genres(tmp_path):
    flags = "0|0|0|1|1|1" + "|0" * 13
    path = write(tmp_path, f"1|Misérables, Les (1995)|d||u|{flags}\n", "latin-1")
    items = read_u_item(path)
    assert list(items) == ["item", "title", "genres", "year"]
    assert items["item"].dtype == np.int32
    assert items.to_numpy().tolist() == [
        [1, "Misérables, Les (1995)", "Animation|Children's|Comedy", 1995.0]
    ]


@pytest.mark.parametrize(
    ("title", "released", "year"),
    [
        ("Angels (1994)", "02-Jan-1996", 1996.0),
        ("Angels (1994)", "", 1994.0),
        ("unknown", "", None),
    ],
)
def test_year_of_u_item_is_the_release_or_else_the_title(
    tmp_path, title, released, year
):
    path = write(tmp_path, f"1|{title}|{released}||u" + "|0" * 19 + "\n", "latin-1")
    found = read_u_item(path)["year"]
    assert found.dtype == np.float64
    assert found.isna()[0] if year is None else found[0] == year


def test_the_year_is_at_the_end_of_the_title():
    titles = [
        "Star (Nova) (1995)",
        "Death Note (2006–2007)",
        "Series (2011- )",
        "2001: A Space Odyssey (1968) ",
        "(500) Days of Summer (2009)",
        "Babylon 5",
        "Year One (1998) uncut",
        "",
    ]
    expected = [1995, 2006, np.nan, 1968, 2009, np.nan, np.nan, np.nan]
    np.testing.assert_array_equal(years(titles), expected)


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8"])
def test_movies_dat(tmp_path, encoding):
    path = write(tmp_path, "1::Star: Café (1995)::Drama|War\n7::X::\n", encoding)
    items = read_movies_dat(path, encoding)
    assert items["item"].dtype == np.int32
    assert items.astype(object).where(items.notna(), None).to_numpy().tolist() == [
        [1, "Star: Café (1995)", "Drama|War", 1995.0],
        [7, "X", "", None],
    ]


def test_empty_movies_dat_has_no_items(tmp_path):
    assert latin_1(write(tmp_path, "")).shape == (0, 4)


def test_csv_keeps_the_named_columns(tmp_path):
    path = write(tmp_path, 'title,more,id\n"Two, Three",x,23\nNA,y,4\n')
    items = as_csv(path)
    assert list(items) == ["item", "title"]
    # "NA" is the title of a film, not a missing value.
    assert items.to_numpy().tolist() == [[23, "Two, Three"], [4, "NA"]]


@pytest.mark.parametrize(
    ("read", "text", "message"),
    [
        (latin_1, "1::A::B\n2::A\n", r"items, entry 2: expected 3 fields .* found 2"),
        (latin_1, "one::A::B\n", "items: the item is not a whole number"),
        (read_u_item, "1|A|B\n", "items, entry 1: expected 24 fields"),
        (as_csv, "id,name\n1,A\n", "items: expected a csv with the columns id, title"),
        (as_csv, "id,title\none,A\n", "items: the item is not a whole number"),
    ],
)
def test_errors_name_the_malformed_entry(tmp_path, read, text, message):
    with pytest.raises(ValueError, match=message) as error:
        read(write(tmp_path, text))
    assert "Delete it" in str(error.value)
