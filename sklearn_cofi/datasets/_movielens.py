"""The MovieLens data sets of GroupLens."""

from collections.abc import Callable
from functools import partial

import pandas as pd

from sklearn_cofi._typing import DataHome, Dataset, MovieLensRelease
from sklearn_cofi.datasets._archive import Archive, Folder, open_archive
from sklearn_cofi.datasets._fetch import RatingsSet, fetch_ratings
from sklearn_cofi.datasets._items_file import (
    read_movies_csv,
    read_movies_dat,
    read_u_item,
)
from sklearn_cofi.datasets._ratings_file import RatingsFile, headerless, read_ratings
from sklearn_cofi.datasets._users_file import read_u_user, read_users_dat
from sklearn_cofi.datasets._validation import (
    DOWNLOAD_PARAMETERS,
    FETCH_PARAMETERS,
    StrOptions,
    validate_params,
)

BASE_URL = "https://files.grouplens.org/datasets/movielens/"

# sha256: TensorFlow Datasets, tensorflow_datasets/url_checksums/movielens.txt.
# md5 (10m and 32m are not in that list): GroupLens' own file <archive>.md5.
CHECKSUMS = {
    "100k": "sha256:50d2a982c66986937beb9ffb3aa76efe955bf3d5c6b761f4e3a7cd717c6a3229",
    "latest-small": (
        "sha256:696d65a3dfceac7c45750ad32df2c259311949efec81f0f144fdfb91ebc9e436"
    ),
    "1m": "sha256:a6898adb50b9ca05aa231689da44c217cb524e7ebd39d264c56e2832f2c54e20",
    "10m": "md5:ce571fd55effeba0271552578f2648bd",
    "20m": "sha256:96f243c338a8665f6bcc89c53edf6ee39162a846940de6b7c8c48aeada765ff3",
    "25m": "sha256:8b21cfb7eb1706b4ec0aac894368d90acf26ebdfb6aced3ebd4ad5bd1eb9c6aa",
    "32m": "md5:d472be332d4daa821edc399621853b57",
}

RATINGS_CSV = RatingsFile(
    "ratings.csv",
    ",",
    {"userId": "user", "movieId": "item", "rating": "rating", "timestamp": "timestamp"},
    has_header=True,
)

DESCR = """\
MovieLens {name}
----------------
{n_ratings:,} ratings of movies, collected by GroupLens Research at the University of
Minnesota; ratings go from 1 to 5 (100k, 1m: whole stars; the others: from 0.5, in half
stars). The timestamp counts seconds since 1970-01-01 UTC.

Terms: GroupLens' licence, in the README of the archive, allows research use and asks
for acknowledgement; commercial use needs permission, and not every release may be
passed on.

Source: https://grouplens.org/datasets/movielens/

F. M. Harper and J. A. Konstan, "The MovieLens Datasets: History and Context", ACM
Transactions on Interactive Intelligent Systems 5(4), 2015, doi:10.1145/2827872.
"""


def _movielens(
    name: str,
    n_ratings: int,
    *,
    ratings: RatingsFile,
    items: str,
    read_items: Callable[[Folder], pd.DataFrame],
    users: str | None = None,
    read_users: Callable[[Folder], pd.DataFrame] | None = None,
    folders: tuple[str, ...] = (),
) -> RatingsSet:
    archive = Archive(
        f"ml-{name}.zip",
        f"{BASE_URL}ml-{name}.zip",
        CHECKSUMS[name],
        (f"ml-{name}", *folders),
        "https://grouplens.org/datasets/movielens/",
    )
    return RatingsSet(
        archive,
        ratings,
        items,
        read_items,
        n_ratings,
        users=users,
        read_users=read_users,
    )


def _movielens_csv(name: str, n_ratings: int) -> RatingsSet:
    return _movielens(
        name,
        n_ratings,
        ratings=RATINGS_CSV,
        items="movies.csv",
        read_items=read_movies_csv,
    )


# The number of ratings is in the README of each release.
RELEASES = {
    "100k": _movielens(
        "100k",
        100_000,
        ratings=headerless("u.data", "\t"),
        items="u.item",
        read_items=read_u_item,
        users="u.user",
        read_users=read_u_user,
    ),
    "latest-small": _movielens_csv("latest-small", 100_836),
    "1m": _movielens(
        "1m",
        1_000_209,
        ratings=headerless("ratings.dat", "::"),
        items="movies.dat",
        read_items=partial(read_movies_dat, encoding="latin-1"),
        users="users.dat",
        read_users=read_users_dat,
    ),
    "10m": _movielens(
        "10m",
        10_000_054,
        ratings=headerless("ratings.dat", "::"),
        items="movies.dat",
        read_items=partial(read_movies_dat, encoding="utf-8"),
        folders=("ml-10M100K",),
    ),
    "20m": _movielens_csv("20m", 20_000_263),
    "25m": _movielens_csv("25m", 25_000_095),
    "32m": _movielens_csv("32m", 32_000_204),
}


@validate_params(
    {"name": [StrOptions(set(RELEASES))], **FETCH_PARAMETERS},
    prefer_skip_nested_validation=True,
)
def fetch_movielens(
    name: MovieLensRelease = "latest-small",
    *,
    data_home: DataHome = None,
    download_if_missing: bool = True,
    return_X_y: bool = False,
    as_frame: bool = True,
    n_retries: int = 3,
    delay: float = 1.0,
) -> Dataset:
    """Load a MovieLens data set, and download it if it is not on disk.

    ============  ==========  =======  ======  ====================
    name             ratings    users   items  scale
    ============  ==========  =======  ======  ====================
    100k             100,000      943   1,682  1 to 5, whole stars
    latest-small     100,836      610   9,724  0.5 to 5, half stars
    1m             1,000,209    6,040   3,706  1 to 5, whole stars
    10m           10,000,054   69,878  10,677  0.5 to 5, half stars
    20m           20,000,263  138,493  26,744  0.5 to 5, half stars
    25m           25,000,095  162,541  59,047  0.5 to 5, half stars
    32m           32,000,204  200,948  84,432  0.5 to 5, half stars
    ============  ==========  =======  ======  ====================

    The data is read from the first of these that exists: the unpacked folder
    ``ml-<name>/`` in `data_home` (for 10m also ``ml-10M100K/``), which may have a
    ``ratings.parquet`` with the columns user, item, rating and optionally timestamp
    instead of its file of ratings; the archive ``ml-<name>.zip`` in `data_home`, which
    is not unpacked; the archive on the network, which is kept in `data_home` if its
    checksum is right.

    Parameters
    ----------
    name : {"100k", "latest-small", "1m", "10m", "20m", "25m", "32m"}, \
            default="latest-small"
        The release.
    data_home : str or path-like, default=None
        Folder of data sets. None is scikit-learn's, ``~/scikit_learn_data``.
    download_if_missing : bool, default=True
        If False, raise an error if the data is not on disk.
    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch.
    as_frame : bool, default=True
        If True, data, target and timestamp are pandas objects; otherwise ndarrays.
    n_retries : int, default=3
        Number of retries after a network failure.
    delay : float, default=1.0
        Seconds between two attempts.

    Returns
    -------
    dataset : :class:`~sklearn.utils.Bunch`
        data : DataFrame or ndarray of shape (n_ratings, 2), int32
            The user and the item of each rating.
        target : Series or ndarray of shape (n_ratings,), float64
            The ratings.
        timestamp : Series or ndarray of shape (n_ratings,), int64
            Seconds since 1970-01-01 UTC; None if a parquet file has no such column.
        frame : DataFrame of shape (n_ratings, 4)
            Columns user, item, rating, timestamp. None unless `as_frame`.
        item_frame : DataFrame of shape (n_items, 4) or None
            Columns item (int32), title, genres ("Animation|Comedy") and year (float64)
            of all movies of the release, also of movies without ratings; None if the
            folder has no such file. The year is that of the title, "Café (1995)", or
            for 100k that of the release; nan if there is none.
        user_frame : DataFrame of shape (n_users, 5) or None
            Columns user (int32), age, gender ("F" or "M"), occupation and zip_code;
            None if the folder has no such file. Only 100k and 1m have it. The age is
            a whole number in 100k, and a range such as "25-34" in 1m.
        filename : str
            Path of the folder or archive that was read.
        feature_names, target_names : list of str
            Names of the columns of data and target.
        DESCR : str
            Description of the data set, its terms and its source.

    (data, target) : tuple if `return_X_y` is True

    Raises
    ------
    FileNotFoundError
        If the data is not on disk and `download_if_missing` is False.
    OSError
        If the download fails or the archive is damaged.
    ValueError
        If a file is malformed or has another number of ratings than published.
    ImportError
        If the ratings are in a parquet file and pyarrow is not installed.

    See Also
    --------
    movielens_100k_folds : The official splits of MovieLens 100k.
    fetch_movietweetings : Ratings of newer films.
    load_tutorial : Ratings that need no download.

    References
    ----------
    F. M. Harper and J. A. Konstan, "The MovieLens Datasets: History and Context",
    ACM TiiS 5(4), 2015, :doi:`10.1145/2827872`.

    Examples
    --------
    >>> from sklearn_cofi.datasets import fetch_movielens
    >>> movies = fetch_movielens("latest-small")  # doctest: +SKIP
    >>> movies.data.shape  # doctest: +SKIP
    (100836, 2)
    >>> X, y = fetch_movielens("1m", return_X_y=True)  # doctest: +SKIP
    """
    release = RELEASES[name]
    return fetch_ratings(
        release,
        DESCR.format(name=name, n_ratings=release.n_ratings),
        return_X_y=return_X_y,
        as_frame=as_frame,
        data_home=data_home,
        download_if_missing=download_if_missing,
        n_retries=n_retries,
        delay=delay,
    )


@validate_params(DOWNLOAD_PARAMETERS, prefer_skip_nested_validation=True)
def movielens_100k_folds(
    *,
    data_home: DataHome = None,
    download_if_missing: bool = True,
    n_retries: int = 3,
    delay: float = 1.0,
) -> list[tuple[pd.DataFrame, pd.DataFrame]]:
    """Load the five official train and test splits of MovieLens 100k.

    The files are ``u1.base``, ``u1.test`` to ``u5.base``, ``u5.test``. Each test part
    has 20,000 ratings; the five are disjoint and together have all 100,000 ratings.

    Parameters
    ----------
    data_home : str or path-like, default=None
    download_if_missing : bool, default=True
    n_retries : int, default=3
    delay : float, default=1.0
        As in :func:`fetch_movielens`.

    Returns
    -------
    folds : list of 5 tuples (train, test)
        DataFrames of shape (80000, 4) and (20000, 4), with the columns user, item
        (int32), rating (float64) and timestamp (int64).

    Raises
    ------
    OSError, ValueError
        As in :func:`fetch_movielens`.

    See Also
    --------
    fetch_movielens : All ratings in one frame.
    sklearn.model_selection.PredefinedSplit : Passes given folds to a search.

    Examples
    --------
    >>> from sklearn_cofi.datasets import movielens_100k_folds
    >>> for train, test in movielens_100k_folds():  # doctest: +SKIP
    ...     print(len(train), len(test))
    80000 20000
    80000 20000
    80000 20000
    80000 20000
    80000 20000
    """
    with open_archive(
        RELEASES["100k"].archive,
        ("u1.base",),
        data_home=data_home,
        download_if_missing=download_if_missing,
        n_retries=n_retries,
        delay=delay,
    ) as folder:
        return [
            (
                read_ratings(folder, headerless(f"u{k}.base", "\t"), 80_000),
                read_ratings(folder, headerless(f"u{k}.test", "\t"), 20_000),
            )
            for k in range(1, 6)
        ]
