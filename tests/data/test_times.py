"""Columns of times: all kinds give the same seconds, and errors name the column."""

from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from sklearn_cofi.data._frame import open_table
from sklearn_cofi.data._times import in_seconds, read_times

SECONDS = [0, 1_700_000_000]
DATES = [datetime.fromtimestamp(second, UTC).replace(tzinfo=None) for second in SECONDS]


def frame(values, **options):
    return pd.DataFrame({"when": pd.Series(values, **options)})


KINDS = {
    "int": frame([*SECONDS, None], dtype="Int64"),
    "float": frame([*SECONDS, np.nan]),
    "object": frame([*SECONDS, None], dtype=object),
    "datetime": frame([*DATES, None]),
    "milliseconds": frame([*DATES, None], dtype="datetime64[ms]"),
    "utc": frame([*DATES, None]).apply(lambda column: column.dt.tz_localize("UTC")),
    "object of dates": frame([*DATES, None], dtype=object),
    "arrow in pandas": frame([*DATES, None], dtype="timestamp[us][pyarrow]"),
    "polars int": pl.DataFrame({"when": [*SECONDS, None]}),
    "polars": pl.DataFrame({"when": [*DATES, None]}),
    "pyarrow int": pa.table({"when": [*SECONDS, None]}),
    "pyarrow": pa.table({"when": pa.array([*DATES, None], pa.timestamp("ns"))}),
    "array": np.array([[*SECONDS, np.nan]]).T,
}


@pytest.mark.parametrize("table", KINDS.values(), ids=KINDS)
def test_all_kinds_of_times_give_the_same_seconds(table):
    column = 0 if isinstance(table, np.ndarray) else "when"
    times = read_times(open_table(table), column, may_be_missing=True)
    found = in_seconds(times)
    np.testing.assert_array_equal(found, [*SECONDS, np.nan])
    assert found.dtype == np.float64


def test_local_times_are_taken_in_utc():
    east = timezone(timedelta(hours=5))
    times = frame([datetime(1970, 1, 1, 6, tzinfo=east)])
    assert in_seconds(read_times(open_table(times), "when")) == [3600]


def test_dates_begin_at_midnight():
    days = frame([date(1970, 1, 2), None], dtype=object)
    times = read_times(open_table(days), "when", may_be_missing=True)
    np.testing.assert_array_equal(in_seconds(times), [86400, np.nan])


@pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame, pa.table])
def test_all_times_may_be_missing(kind):
    table = open_table(kind({"when": [None, None]}))
    assert np.isnan(in_seconds(read_times(table, "when", may_be_missing=True))).all()
    with pytest.raises(ValueError, match="2 times are missing in column 'when'. Drop"):
        read_times(table, "when")


@pytest.mark.parametrize("values", [["May", "June"], [True, False]])
def test_other_columns_are_not_times(values):
    message = "must be numbers or dates, but column 'when' has dtype .*to_datetime"
    with pytest.raises(TypeError, match=message):
        read_times(open_table(frame(values)), "when")


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ("then", r"no column 'then' of times; it has \['when'\]. Pass the name"),
        (None, r"no column 'timestamp' of times; it has \['when'\]. Pass the name"),
        (1, r"no column 1 of times; it has \['when'\]. Pass the name"),
    ],
)
def test_an_absent_column_raises(column, message):
    table = open_table(frame(DATES))
    with pytest.raises(ValueError, match=message):
        read_times(table, column)
    with pytest.raises(ValueError, match=r"Add the column. A missing time \(NaN\)"):
        read_times(table, column, may_be_missing=True)
