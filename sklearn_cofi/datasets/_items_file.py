"""Files of titles and genres as frames of item, title, genres and year."""

import re
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from sklearn_cofi.datasets._archive import Folder

# File u.genre of ml-100k: the names of the last 19 fields of u.item, in order.
GENRES_100K = (
    "unknown Action Adventure Animation Children's Comedy Crime Documentary Drama "
    "Fantasy Film-Noir Horror Musical Mystery Romance Sci-Fi Thriller War Western"
).split()

# The year at the end of a title: "Café (1995)", and "Café (1995-1999)" of a series.
_YEAR = re.compile(r"\((\d{4})(?:[-–]\d{0,4})?\)\s*$")


def read_u_item(path: Folder) -> pd.DataFrame:
    """Read ml-100k's u.item: 5 fields, then 19 genre flags, in latin-1.

    Genres are returned as in the later releases, "Animation|Children's|Comedy". The
    year is that of the release, "01-Jan-1995", or of the title if there is none.
    """
    rows = split_lines(path, "|", 5 + len(GENRES_100K), "latin-1")
    titles = [row[1] for row in rows]
    released = years(f"({row[2][-4:]})" for row in rows)
    return _items(
        path,
        {
            "item": [row[0] for row in rows],
            "title": titles,
            "genres": [_flagged(row[5:]) for row in rows],
            "year": np.where(np.isnan(released), years(titles), released).tolist(),
        },
    )


def _flagged(flags: Sequence[str]) -> str:
    return "|".join(
        genre for genre, flag in zip(GENRES_100K, flags, strict=True) if flag == "1"
    )


def read_movies_dat(path: Folder, encoding: str) -> pd.DataFrame:
    """Read a movies.dat with lines of item::title::genres; add the title's year."""
    rows = split_lines(path, "::", 3, encoding)
    columns = zip(*rows, strict=True) if rows else ((), (), ())
    items = _items(path, dict(zip(("item", "title", "genres"), columns, strict=True)))
    return items.assign(year=years(items["title"]))


def read_movies_csv(path: Folder) -> pd.DataFrame:
    """Read a movies.csv with movieId, title and genres; add the year of the title."""
    names = {"movieId": "item", "title": "title", "genres": "genres"}
    items = read_items_csv(path, names)
    return items.assign(year=years(items["title"]))


def years(titles: Iterable[str]) -> np.ndarray:
    """Return the year at the end of each title, nan for a title without a year."""
    found = [_YEAR.search(title) for title in titles]
    return np.array([float(year[1]) if year else np.nan for year in found])


def read_artists_dat(path: Folder) -> pd.DataFrame:
    """Read Last.fm's artists.dat: a header, then id, name and two addresses."""
    rows = split_lines(path, "\t", 4, "utf-8")[1:]
    return _items(
        path, {"item": [row[0] for row in rows], "title": [row[1] for row in rows]}
    )


def read_items_csv(path: Folder, columns: Mapping[str, str]) -> pd.DataFrame:
    """Read the given columns of a csv with a header.

    ``columns`` maps names in the file to names in the result.
    """
    try:
        with path.open("rb") as stream:
            frame = pd.read_csv(
                stream, usecols=list(columns), dtype=str, keep_default_na=False
            )
    except ValueError as error:
        raise ValueError(
            f"{path}: expected a csv with the columns {', '.join(columns)} ({error}). "
            "Delete it and fetch the data again."
        ) from error
    frame = frame[list(columns)].rename(columns=columns)
    return _items(path, dict(frame.items()))


def split_lines(
    path: Folder, separator: str, n_fields: int, encoding: str
) -> list[list[str]]:
    """Return the fields of each line that is not empty."""
    with path.open("rb") as stream:
        data = stream.read()
    try:
        lines = data.decode(encoding).split("\n")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{path}: expected text in {encoding} ({error}). Delete it and fetch the "
            "data again."
        ) from error
    rows = [line.rstrip("\r").split(separator) for line in lines if line.strip()]
    for number, row in enumerate(rows, start=1):
        if len(row) != n_fields:
            raise ValueError(
                f"{path}, entry {number}: expected {n_fields} fields separated by "
                f"{separator!r}, found {len(row)}: {separator.join(row)!r}. Delete it "
                "and fetch the data again."
            )
    return rows


def _items(path: Folder, columns: Mapping[str, Sequence]) -> pd.DataFrame:
    return with_whole_numbers(path, pd.DataFrame(columns), ("item",))


def with_whole_numbers(
    path: Folder, frame: pd.DataFrame, names: Sequence[str]
) -> pd.DataFrame:
    """Return the frame with columns of whole numbers as int32.

    Raises
    ------
    ValueError
        If a value is not a whole number. The message names the column and the file.
    """
    for name in names:
        try:
            frame = frame.astype({name: "int32"})
        except (ValueError, OverflowError) as error:
            raise ValueError(
                f"{path}: the {name} is not a whole number ({error}). Delete it and "
                "fetch the data again."
            ) from error
    return frame
