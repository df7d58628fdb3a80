"""MovieTweetings: ratings of movies that users posted on Twitter."""

from functools import partial

from sklearn_cofi._typing import DataHome, Dataset
from sklearn_cofi.datasets._archive import Archive
from sklearn_cofi.datasets._fetch import RatingsSet, fetch_ratings
from sklearn_cofi.datasets._items_file import read_movies_dat
from sklearn_cofi.datasets._ratings_file import headerless
from sklearn_cofi.datasets._validation import (
    FETCH_PARAMETERS,
    StrOptions,
    validate_params,
)

HOMEPAGE = "https://github.com/sidooms/MovieTweetings"


def _movietweetings(name: str, folder: str, n_ratings: int | None) -> RatingsSet:
    # The archive is the zip of a repository, made on demand, which has no published
    # checksum. Its own CRCs and the number of ratings are checked instead.
    archive = Archive(
        "MovieTweetings-master.zip",
        f"{HOMEPAGE}/archive/refs/heads/master.zip",
        None,
        (
            f"movietweetings-{name}",
            f"MovieTweetings-master/{folder}",
            f"MovieTweetings/{folder}",
        ),
        HOMEPAGE,
    )
    return RatingsSet(
        archive,
        headerless("ratings.dat", "::"),
        "movies.dat",
        partial(read_movies_dat, encoding="utf-8"),
        n_ratings,
    )


SNAPSHOTS = {
    f"{size}k": _movietweetings(f"{size}k", f"snapshots/{size}K", size * 1000)
    for size in (10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 150, 200)
} | {"latest": _movietweetings("latest", "latest", None)}

DESCR = """\
MovieTweetings, {name}
----------------------
Ratings of movies, whole numbers from 0 to 10 (a 0 is a rating), that users of IMDb
posted on Twitter from February 2013 on. Items are IMDb's numbers. The timestamp counts
seconds since 1970-01-01 UTC.

Source: https://github.com/sidooms/MovieTweetings (MIT licence)

S. Dooms, T. De Pessemier and L. Martens, "MovieTweetings: a Movie Rating Dataset
Collected From Twitter", CrowdRec workshop at RecSys 2013.
"""


@validate_params(
    {"name": [StrOptions(set(SNAPSHOTS))], **FETCH_PARAMETERS},
    prefer_skip_nested_validation=True,
)
def fetch_movietweetings(
    name: str = "100k",
    *,
    data_home: DataHome = None,
    download_if_missing: bool = True,
    return_X_y: bool = False,
    as_frame: bool = True,
    n_retries: int = 3,
    delay: float = 1.0,
) -> Dataset:
    """Load a snapshot of MovieTweetings: ratings of movies from 0 to 10, from Twitter.

    The data is read from the first of these that exists: the folder
    ``movietweetings-<name>/`` in `data_home`, or the repository's
    ``MovieTweetings-master/snapshots/<NAME>/``, with ``ratings.dat`` or a
    ``ratings.parquet``; the repository's archive ``MovieTweetings-master.zip`` in
    `data_home`; the network.

    Parameters
    ----------
    name : {"10k", "20k", "30k", "40k", "50k", "60k", "70k", "80k", "90k", "100k", \
            "150k", "200k", "latest"}, default="100k"
        The snapshot: "10k" has the first 10,000 ratings, "latest" has all.
    data_home : str or path-like, default=None
        Folder of data sets. None is scikit-learn's, ``~/scikit_learn_data``.
    download_if_missing : bool, default=True
        If False, raise an error if the data is not on disk.
    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch.
    as_frame : bool, default=True
        If True, data and target are pandas objects; otherwise ndarrays.
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
            The ratings; a 0 is a rating.
        timestamp : Series or ndarray of shape (n_ratings,), int64
            Seconds since 1970-01-01 UTC; None if a parquet file has no such column.
        frame : DataFrame of shape (n_ratings, 4)
            Columns user, item, rating, timestamp. None unless `as_frame`.
        item_frame : DataFrame of shape (n_items, 4) or None
            Columns item (int32), title, genres ("Drama|Thriller") and year (float64,
            of the title, or nan); None if the folder has no ``movies.dat``.
        user_frame : None
            The users are not described.
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
    fetch_movielens : Ratings of films by users who each rate more.

    References
    ----------
    S. Dooms, T. De Pessemier and L. Martens, "MovieTweetings: a Movie Rating Dataset
    Collected From Twitter", CrowdRec workshop at RecSys 2013 (no doi).

    Examples
    --------
    >>> from sklearn_cofi.datasets import fetch_movietweetings
    >>> X, y = fetch_movietweetings("100k", return_X_y=True)  # doctest: +SKIP
    >>> len(y)  # doctest: +SKIP
    100000
    """
    return fetch_ratings(
        SNAPSHOTS[name],
        DESCR.format(name=name),
        return_X_y=return_X_y,
        as_frame=as_frame,
        data_home=data_home,
        download_if_missing=download_if_missing,
        n_retries=n_retries,
        delay=delay,
    )
