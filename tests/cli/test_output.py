"""Tables are aligned for any content, and JSON is valid."""

import json

import numpy as np
import pandas as pd
import pytest

from sklearn_cofi.cli._output import print_facts, print_records


def printed(frame, capsys, **how):
    print_records(frame, False, **how)
    return capsys.readouterr().out.splitlines()


def test_numbers_are_right_aligned_and_text_left_aligned(capsys):
    frame = pd.DataFrame({"item": [1, 10], "title": ["a", "bcdefg"], "x": [0.5, 12]})
    assert printed(frame, capsys) == [
        "item  title        x",
        "   1  a        0.500",
        "  10  bcdefg  12.000",
    ]
    assert printed(frame[["x"]], capsys, formats={"x": ".1f"})[1:] == [" 0.5", "12.0"]


def test_wide_and_combining_letters_keep_columns_aligned(capsys):
    frame = pd.DataFrame(
        {"title": ["千と千尋", "Ame\u0301lie", "12345678"], "n": [1] * 3}
    )
    assert printed(frame, capsys)[1:] == [
        "千と千尋  1",
        "Ame\u0301lie    1",
        "12345678  1",
    ]


def test_control_characters_are_escaped(capsys):
    frame = pd.DataFrame({"title": ["a\nb", "\x1b[2J"]})
    assert printed(frame, capsys) == ["title", "a\\nb", "\\x1b[2J"]


def test_missing_values_are_blank_in_tables_and_null_in_json(capsys):
    frame = pd.DataFrame({"a": [1.0, np.nan], "b": [None, "x"]})
    assert printed(frame, capsys) == ["    a  b", "1.000", "       x"]
    print_records(frame, True)
    assert json.loads(capsys.readouterr().out) == [
        {"a": 1.0, "b": None},
        {"a": None, "b": "x"},
    ]


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (np.int64(3), 3),
        (np.float32(0.5), 0.5),
        (np.array([1, 2]), [1, 2]),
        ((1, float("inf")), [1, None]),
        ({"a": {"b": True}}, {"a": {"b": True}}),
        (pd.Timestamp("2020-01-01"), "2020-01-01T00:00:00"),
    ],
)
def test_facts_are_plain_json(capsys, value, plain):
    print_facts({"some fact": value}, True)
    assert json.loads(capsys.readouterr().out) == {"some_fact": plain}
