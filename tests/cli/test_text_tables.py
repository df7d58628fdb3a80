"""Text as other programs write it is read as meant, or refused with the remedy."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_cofi.cli._dialect import find_dialect
from sklearn_cofi.cli._ids import parse_ids, read_ids, read_titles
from sklearn_cofi.cli._options import Columns
from sklearn_cofi.cli._ratings import read_ratings
from sklearn_cofi.cli._tables import read_table

DEFAULT = Columns(None, None, None, None, None, None, "utf-8", False)
PLAIN = "user,item,rating\n7,1,5\n7,2,0.5\n3,1,3\n"
EXPECTED = pd.DataFrame({"user": [7, 7, 3], "item": [1, 2, 1], "rating": [5, 0.5, 3]})


def written(tmp_path, text, name="ratings.csv", encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return str(path)


SAME = {
    "semicolons in a .csv": ("a.csv", PLAIN.replace(",", ";")),
    "tabs in a .csv": ("a.csv", PLAIN.replace(",", "\t")),
    "bars in a .csv": ("a.csv", PLAIN.replace(",", "|")),
    "blanks in a .csv": ("a.csv", PLAIN.replace(",", " ")),
    "commas in a .tsv": ("a.tsv", PLAIN),
    "semicolons without a header": ("a.csv", "7;1;5\n7;2;0.5\n3;1;3\n"),
    "decimal commas": ("a.csv", "user;item;rating\n7;1;5\n7;2;0,5\n3;1;3,0\n"),
    "decimal commas without a header": ("a.csv", "7;1;5,0\n7;2;0,5\n3;1;3,0\n"),
    "a decimal comma first": (
        "a.txt",
        "rating;item;user\n5,0;1;7\n0,5;2;7\n3,0;1;3\n",
    ),
    "decimal commas between tabs": ("a", "7\t1\t5,0\n7\t2\t0,5\n3\t1\t3,0\n"),
    "quoted numbers": ("a.csv", PLAIN.replace("7", '"7"').replace("0.5", '"0.5"')),
    "quoted names": ("a.csv", PLAIN.replace("user", '"user"')),
    "blanks after separators": ("a.csv", PLAIN.replace(",", ", ")),
    "blanks before separators": ("a.csv", PLAIN.replace(",", " ,")),
    "blank lines": ("a.csv", "\n\n" + PLAIN.replace("\n", "\n\n")),
    "lines of blanks": ("a.csv", "  \n" + PLAIN),
    "CRLF": ("a.csv", PLAIN.replace("\n", "\r\n")),
    "CR": ("a.csv", PLAIN.replace("\n", "\r")),
    "a byte order mark": ("a.csv", "\ufeff" + PLAIN),
    "a byte order mark before numbers": ("a.csv", "\ufeff7,1,5\n7,2,0.5\n3,1,3\n"),
    "a byte order mark before quotes": (
        "a.csv",
        "\ufeff" + PLAIN.replace("u", '"u', 1).replace("r,", 'r",', 1),
    ),
    "UTF-16 with its mark": ("a.csv", PLAIN.encode("utf-16")),
    "big-endian UTF-16": ("a.csv", b"\xfe\xff" + PLAIN.encode("utf-16-be")),
    "separators at the ends": ("a.csv", PLAIN.replace("\n", ",\n")),
    "separators at the ends of rows": (
        "a.csv",
        "user,item,rating\n7,1,5,\n7,2,0.5,\n3,1,3,\n",
    ),
    "Excel's line": ("a.csv", "sep=;\n" + PLAIN.replace(",", ";")),
    "comments": ("a.csv", "# from a shop\n#\n" + PLAIN),
    "numbers in a comment": ("a.csv", "# 3,2,2\n7,1,5\n7,2,0.5\n3,1,3\n"),
    "a comment like a header": ("a.csv", "# item,user,rating\n" + PLAIN),
    "a comment with a quotation mark": ("a.csv", '# 12" singles\n' + PLAIN),
    "KONECT's comments": ("out.a", "% bip weighted\n% 3 2 2\n7 1 5\n7 2 .5\n3 1 3\n"),
    "a header in a comment": ("a.csv", "# rating,item,user\n5,1,7\n0.5,2,7\n3,1,3\n"),
    "a header in a tight comment": (
        "a",
        "#item\tuser\trating\n1\t7\t5\n2\t7\t.5\n1\t3\t3\n",
    ),
    "no line end": ("a.csv", PLAIN.rstrip("\n")),
    "exponents": ("a.csv", PLAIN.replace("0.5", "5e-1")),
    "whole floats": ("a.csv", PLAIN.replace("7", "7.0").replace("3,", "3.0,")),
    "JSON lines": ("a.jsonl", EXPECTED.to_json(orient="records", lines=True)),
    "JSON lines in any file": ("a", EXPECTED.to_json(orient="records", lines=True)),
    "a list of JSON": ("a.json", EXPECTED.to_json(orient="records", indent=1)),
    "JSON with a mark": (
        "a.json",
        "\ufeff" + EXPECTED.to_json(orient="records", lines=True),
    ),
}


@pytest.mark.parametrize(("name", "text"), SAME.values(), ids=SAME)
def test_the_same_ratings_as_other_programs_write_them(tmp_path, name, text):
    read = read_ratings(written(tmp_path, text, name))
    pd.testing.assert_frame_equal(
        read[["user", "item", "rating"]], EXPECTED, check_dtype=False
    )


def named(tmp_path, text, name="a.csv", **options):
    read = read_ratings(written(tmp_path, text, name), DEFAULT._replace(**options))
    return read["user"].tolist(), read["item"].tolist()


ITEMS = {
    "quoted separators": (
        "a.csv",
        'u,"Alien, 1979",5\nv,"x",1\n',
        ["Alien, 1979", "x"],
    ),
    "quoted quotes": ("a.csv", 'u,"7"" single",5\nv,x,1\n', ['7" single', "x"]),
    "quotes inside": ("a.csv", 'u,7" single,5\nv,x,1\n', ['7" single', "x"]),
    "quotes after a blank": (
        "a.csv",
        'u, "Alien, 1979", 5\nv, x, 1\n',
        ["Alien, 1979", "x"],
    ),
    "a quoted line end": ("a.csv", 'u,"two\nlines",5\nv,x,1\n', ["two\nlines", "x"]),
    "a quotation mark in a TSV": (
        "a.tsv",
        'u\t"heroes\t5\nv\tx\t1\n',
        ['"heroes', "x"],
    ),
    "a quoted word in a TSV": ("a.tsv", 'u\t"a" b\t5\nv\tx\t1\n', ['"a" b', "x"]),
    "quoted tabs": ("a.tsv", 'u\t"a\tb"\t5\nv\tx\t1\n', ["a\tb", "x"]),
    "bars": ("a", 'u|"heroes|5\nv|x|1\n', ['"heroes', "x"]),
    "leading zeros": ("a.csv", "u,007,5\nv,7,1\n", ["007", "7"]),
    "ISBN": ("a.csv", "u,0345417950,5\nv,0195153448,1\n", ["0345417950", "0195153448"]),
    "exponents": ("a.csv", "u,1e5,5\nv,100000,1\n", ["1e5", "100000"]),
    "R's exponents": ("a.csv", "u,1e+05,5\nv,2e+05,1\n", [100_000, 200_000]),
    "numpy's exponents": ("a.csv", "u,1.00e+02,5\nv,2.00e+00,1\n", [100, 2]),
    "inner zeros": ("a.csv", "u,100,5\nv,0,1\n", [100, 0]),
    "exact integers": ("a.csv", f"u,{2**63 + 1},5\nv,{2**63},1\n", [2**63 + 1, 2**63]),
    "both ends of 64 bits": (
        "a.csv",
        f"u,{-(2**63)},5\nv,{2**63 - 1},1\n",
        [-(2**63), 2**63 - 1],
    ),
    "blanks inside": ("a.csv", "u, two words ,5\nv,\u00a0x,1\n", ["two words", "x"]),
    "hash signs": ("a.csv", "#u,#1,5\n#v,x,1\n", ["#1", "x"]),
    "a hash sign first": ("a.csv", "#u,#1,5\nv,x,1\n", ["#1", "x"]),
    "JSON": (
        "a.json",
        '{"user":"u","item":"007","rating":5}\n{"user":"v","item":"x ","rating":1}',
        ["007", "x "],
    ),
    "large integers of JSON": (
        "a.json",
        f'{{"user":"u","item":{2**63 + 1},"rating":5}}',
        [2**63 + 1],
    ),
}


@pytest.mark.parametrize(("name", "text", "items"), ITEMS.values(), ids=ITEMS)
def test_items_as_they_are_meant(tmp_path, name, text, items):
    assert named(tmp_path, text, name)[1] == items


def test_options_decide_whether_quotation_marks_quote(tmp_path):
    unclosed = 'u,"heroes,5\nv,x",1\n'
    path = written(tmp_path, unclosed)
    with pytest.raises(ValueError, match="line 1 on: .*--no-quotes.*--quotes"):
        read_ratings(path)
    assert named(tmp_path, unclosed, quotes=False)[1] == ['"heroes', 'x"']
    whole = named(
        tmp_path, unclosed, quotes=True, user_col="0", item_col="1", rating_col="2"
    )
    assert whole == (["u"], ["heroes,5\nv,x"])


REFUSED = {
    "an open quote in a CSV": ("a.csv", 'u,x,1\nu,"y,5\n', "line 2 on"),
    "text after a quote": ("a.csv", 'u,"a" b,5\n', "line 1 on"),
    "one table with quotes and another without": (
        "a.tsv",
        'u\tx\t1\nu\t"heroes\t5\nv\tx"\t1\n',
        "line 2 on: a field has several lines",
    ),
    "a fully quoted TSV with a stray quote": (
        "a.tsv",
        '"u"\t"x"\t"1"\n"u"\t"a" b"\t"5"\n',
        "line 2 on",
    ),
    "ambiguous commas": ("a.csv", "u;x;1,234\nv;x;2,000\n", "between thousands"),
    "two kinds of commas": ("a.txt", "u;7;1,234.5\n", "not finite numbers"),
    "points and commas": ("a.txt", "u;7;3,5\nv;7;1.5\n", "not finite numbers"),
    "row names": ("a.csv", "user,item,rating\n1,7,1,5\n2,7,2,3\n", "more fields than"),
    "invalid JSON": ("a.json", "{'user': 1}\n", "not valid JSON"),
    "no JSON": ("a.json", PLAIN, "not valid JSON"),
    "columns of JSON": ("a.json", EXPECTED.to_json(), "JSON object of columns"),
    "an empty list": ("a.json", "[]", "no rows|not valid JSON"),
    "integers beyond JSON": ("a.json", '{"user":1%s}' % ("0" * 30), "not valid JSON"),
    "fractions as ids": (
        "a.csv",
        "u,1.10,5\nv,1.1,1\n",
        "items such as 1.1 .*Pass --text-ids",
    ),
    "Matrix Market": (
        "a.mtx",
        "%%MatrixMarket matrix coordinate real general\n%\n3 2 2\n1 1 5\n2 1 4\n",
        "scipy.io.mmread.*ratings_from_matrix",
    ),
    "JSON in Latin-1": (
        "a.json",
        '{"user":"\u00e9","item":1,"rating":5}'.encode("latin-1"),
        "not valid JSON",
    ),
    "UTF-16 without a mark": (
        "a.csv",
        PLAIN.encode("utf-16-le"),
        "--encoding utf-16-le",
    ),
    "only comments": ("a.csv", "# nothing here\n", "comments and no rows"),
    "a blank id": ("a.csv", "u,x,1\n  ,x,1\n", "1 of 2 rows have no user"),
}


@pytest.mark.parametrize(("name", "text", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_read_with_certainty_is_refused(tmp_path, name, text, message):
    path = written(tmp_path, text, name)
    with pytest.raises(ValueError, match=message) as raised:
        read_ratings(path)
    assert path in str(raised.value)


def test_zeros_are_found_at_the_beginning_of_a_line_that_ends_in_cr(tmp_path):
    assert named(tmp_path, "1,x,5\r007,x,1\r")[0] == ["1", "007"]


def test_a_line_that_is_cut_does_not_decide_the_separator(tmp_path):
    long = "x" * 3000
    rows = ["a,b;1;5"] + [f"{long};{k};5" for k in range(40)]
    assert named(tmp_path, "\n".join(rows), "a.txt")[0] == ["a,b"] + [long] * 40


def test_a_long_file_is_read_whole(tmp_path):
    rows = [f"{k % 50};{k % 70};{k % 5},5" for k in range(20_000)]
    path = written(tmp_path, "user;item;rating\n" + "\n".join(rows))
    read = read_ratings(path)
    assert read["rating"].tolist() == [k % 5 + 0.5 for k in range(20_000)]
    late = written(tmp_path, "\n".join([*rows, "007;5;1"]), "late.csv")
    assert read_ratings(late)["user"].tolist()[-1] == "007"


@given(
    st.lists(
        st.text(
            st.characters(codec="utf-8", exclude_characters='\0\r\n"\t'), min_size=1
        ),
        min_size=1,
    )
)
def test_fields_are_found_whatever_they_contain(names):
    lines = [f"{k}\t{name}\t5" for k, name in enumerate(names)]
    dialect = find_dialect("\n".join(lines), sep=None, suffix=".tsv", header=None)
    assert dialect[:5] == (0, "\t", None, False, True)


def test_json_is_read_in_the_given_encoding(tmp_path):
    text = '{"user":"\u00e9","item":1,"rating":5}'
    path = written(tmp_path, text, "a.json", "latin-1")
    read = read_ratings(path, DEFAULT._replace(encoding="latin-1"))
    assert read["user"].tolist() == ["\u00e9"]


def test_a_nested_id_is_not_mistaken_for_a_table(tmp_path, refused):
    path = written(tmp_path, '{"user":{"id":1},"item":2,"rating":5}\n', "a.json")
    line = refused("fit", path, "-o", tmp_path / "m.npz")
    assert "cannot be an id" in line


def test_the_row_of_a_missing_rating_names_the_position_of_its_column(tmp_path):
    path = written(tmp_path, "1\t2\t5\n1\t3\t\\N\n", "a.tsv")
    with pytest.raises(ValueError, match=r"\(column 2\).* row 2, is"):
        read_ratings(path)


MODEL_IDS = np.array([" a", "a", "b"])


def test_ids_of_a_model_match_with_their_blanks_or_without(tmp_path):
    assert parse_ids([" a", "a", " b ", "c "], MODEL_IDS, "item") == [
        " a",
        "a",
        "b",
        "c",
    ]
    path = written(tmp_path, " a\r\nb \r\n\r\na\u2028c\n", "ids.txt")
    assert read_ids(path, MODEL_IDS, "item") == [" a", "b", "a\u2028c"]
    numbers = np.array([1, 2])
    assert parse_ids([" 1", "2 "], numbers, "item") == [1, 2]


@pytest.mark.parametrize("one", [2**64 - 1, 2**63, -(2**63), 10**18, 0])
def test_all_integers_of_64_bits_are_ids(one):
    assert parse_ids([str(one)], np.array([1]), "user") == [one]


@pytest.mark.parametrize("one", [2**64, -(2**63) - 1])
def test_integers_beyond_64_bits_are_not_ids(one):
    with pytest.raises(ValueError, match="There is no user"):
        parse_ids([str(one)], np.array([1]), "user")


def test_titles_of_padded_numbers_match_a_model_of_numbers(tmp_path):
    path = written(tmp_path, "item,title\n001, One\n002,Two\n")
    assert read_titles(path, np.array([1, 2])).to_dict() == {1: "One", 2: "Two"}
    assert read_titles(path, np.array(["001"])).to_dict()["001"] == "One"


def test_text_ids_of_json_are_text(tmp_path):
    path = written(tmp_path, json.dumps({"user": 5, "item": 7, "rating": 4}), "a.json")
    assert read_table(path, text=True)["user"].tolist() == ["5"]
