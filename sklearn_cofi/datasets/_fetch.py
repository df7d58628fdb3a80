"""The one road that every fetcher takes: open, read, answer."""

from collections.abc import Callable
from typing import NamedTuple

from sklearn_cofi.datasets._archive import Archive, open_archive
from sklearn_cofi.datasets._bunch import as_bunch
from sklearn_cofi.datasets._ratings_file import PARQUET, RatingsFile, read_ratings


class RatingsSet(NamedTuple):
    """A data set: where it lies, how it is written, how much it holds.

    items : name of the file of titles in the folder, or None
    read_items : path -> DataFrame of item, title and what else is known
    n_ratings : the published number, checked, or None where it still grows
    """

    archive: Archive
    ratings: RatingsFile
    items: str | None
    read_items: Callable | None
    n_ratings: int | None


def recognised_by(ratings_set):
    """The files of which one shows a folder to be the data set."""
    return (ratings_set.ratings.member, PARQUET)


def fetch_ratings(ratings_set, description, *, return_X_y, as_frame, **download):
    """Load a RatingsSet as a Bunch or as ``(data, target)``."""
    members = recognised_by(ratings_set)
    with open_archive(ratings_set.archive, members, **download) as folder:
        frame = read_ratings(folder, ratings_set.ratings, ratings_set.n_ratings)
        items = _read_items(folder, ratings_set)
        filename = str(folder)
    return as_bunch(
        frame,
        return_X_y=return_X_y,
        as_frame=as_frame,
        item_frame=items,
        filename=filename,
        DESCR=description,
    )


def _read_items(folder, ratings_set):
    """The items frame, or None where the folder has no file of titles."""
    if ratings_set.items is None or not (folder / ratings_set.items).exists():
        return None
    return ratings_set.read_items(folder / ratings_set.items)
