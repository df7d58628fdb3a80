"""Times are read in their order, or refused if their order is not certain."""

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_cofi.cli._times import parse_times

HOUR = dt.timedelta(hours=1)
MOMENTS = st.datetimes(dt.datetime(1971, 1, 1), dt.datetime(2200, 1, 1))
WRITERS = {
    "Python's": lambda t: t.isoformat(),
    "with a blank": lambda t: t.isoformat(" "),
    "UTC": lambda t: t.isoformat() + "Z",
    "basic zones": lambda t: (t + 2 * HOUR).isoformat() + "+0200",
    "summer time": lambda t: (
        (t + (1 + (4 <= t.month <= 10)) * HOUR).isoformat()
        + ("+02:00" if 4 <= t.month <= 10 else "+01:00")
    ),
    "seconds": lambda t: repr((t - dt.datetime(1970, 1, 1)) / dt.timedelta(seconds=1)),
    "microseconds": lambda t: str(
        (t - dt.datetime(1970, 1, 1)) // dt.timedelta(microseconds=1)
    ),
    "commas": lambda t: t.isoformat().replace(".", ","),
    "BigQuery's": lambda t: t.isoformat(" ") + " UTC",
    "blanks around": lambda t: f" {t.isoformat()} ",
}


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)
@given(moments=st.lists(MOMENTS, min_size=2))
def test_times_keep_their_order(write, moments):
    times = parse_times(pd.Series([write(one) for one in moments], dtype=object))
    expected = pd.Series(moments).rank(method="dense")
    assert times.rank(method="dense").tolist() == expected.tolist()


CERTAIN = {
    "days first": ["05/06/2019", "13/04/2019"],
    "months first": ["06/05/2019", "04/13/2019"],
    "names of months": ["Jun 5, 2019", "Apr 13, 2019"],
    "dates": ["2019-06-05", "2019-04-13"],
    "dates of parquet": [dt.date(2019, 6, 5), dt.date(2019, 4, 13)],
    "numbers of dates": ["20190605", "20190413"],
}


@pytest.mark.parametrize("texts", CERTAIN.values(), ids=CERTAIN)
def test_dates_of_one_meaning_are_read(texts):
    later, earlier = parse_times(pd.Series(texts, dtype=object))
    assert later > earlier


REFUSED = {
    "days or months": (["03/04/2019", "05/06/2019"], "day or with the month first"),
    "zones of some": (
        ["2019-01-01T10:00Z", "2019-01-01T10:00"],
        "'2019-01-01T10:00' in row 2",
    ),
    "seconds and milliseconds": (
        ["1234567890", "1234567890123"],
        "1 of 2 times are in seconds .*such as 1234567890.*milliseconds",
    ),
    "words": (["once", "twice"], "neither numbers nor dates"),
    "numbers and dates": (
        ["1234567890", "2019-01-01T00:00:00"],
        "neither numbers nor dates",
    ),
}


@pytest.mark.parametrize(("texts", "message"), REFUSED.values(), ids=REFUSED)
def test_times_whose_order_is_not_certain_are_refused(texts, message):
    with pytest.raises(ValueError, match=message):
        parse_times(pd.Series(texts, dtype=object))


def test_numbers_and_dates_stay_as_they_are():
    for times in (pd.Series([3, 1]), pd.Series(pd.to_datetime(["2019-01-02"]))):
        pd.testing.assert_series_equal(parse_times(times), times)
