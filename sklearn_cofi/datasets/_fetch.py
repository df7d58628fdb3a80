"""The steps that all fetchers share: open the archive, read it, return a Bunch."""

from collections.abc import Callable
from typing import NamedTuple, Unpack

import pandas as pd

from sklearn_cofi._typing import Dataset
from sklearn_cofi.datasets._archive import Archive, Download, Folder, open_archive
from sklearn_cofi.datasets._bunch import TARGET, as_bunch
from sklearn_cofi.datasets._ratings_file import PARQUET, RatingsFile, read_ratings


class RatingsSet(NamedTuple):
    """A data set: its archive, its files and its number of ratings.

    archive : source of the data set
    ratings : layout of the file of ratings
    items : name of the file of titles in the folder, or None
    read_items : function of a path that returns a DataFrame of item, title and more
    n_ratings : published number of ratings, which is checked, or None if it grows
    target : name of the column of ratings, or of what the data set has instead
    users : name of the file of users in the folder, or None
    read_users : function of a path that returns a DataFrame of user and more
    """

    archive: Archive
    ratings: RatingsFile
    items: str | None
    read_items: Callable[[Folder], pd.DataFrame] | None
    n_ratings: int | None
    target: str = TARGET
    users: str | None = None
    read_users: Callable[[Folder], pd.DataFrame] | None = None


def recognised_by(ratings_set: RatingsSet) -> tuple[str, str]:
    """Return the names of files by which a folder is recognised as the data set."""
    return (ratings_set.ratings.member, PARQUET)


def fetch_ratings(
    ratings_set: RatingsSet,
    description: str,
    *,
    return_X_y: bool,
    as_frame: bool,
    **download: Unpack[Download],
) -> Dataset:
    """Load a RatingsSet as a Bunch or as ``(data, target)``."""
    members = recognised_by(ratings_set)
    with open_archive(ratings_set.archive, members, **download) as folder:
        frame = read_ratings(folder, ratings_set.ratings, ratings_set.n_ratings)
        items = _read(folder, ratings_set.items, ratings_set.read_items)
        users = _read(folder, ratings_set.users, ratings_set.read_users)
        filename = str(folder)
    return as_bunch(
        frame.rename(columns={TARGET: ratings_set.target}),
        target_name=ratings_set.target,
        return_X_y=return_X_y,
        as_frame=as_frame,
        item_frame=items,
        user_frame=users,
        filename=filename,
        DESCR=description,
    )


def _read(
    folder: Folder,
    member: str | None,
    read: Callable[[Folder], pd.DataFrame] | None,
) -> pd.DataFrame | None:
    """Return the frame of a file of items or users, or None without such a file."""
    if member is None or read is None:
        return None
    path = folder / member
    return read(path) if path.exists() else None
