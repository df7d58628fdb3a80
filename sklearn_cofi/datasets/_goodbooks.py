"""goodbooks-10k: ratings of the ten thousand most popular books of Goodreads."""

from functools import partial

from sklearn_cofi._typing import DataHome, Dataset, GoodbooksRelease
from sklearn_cofi.datasets._archive import Archive, is_present
from sklearn_cofi.datasets._fetch import RatingsSet, fetch_ratings, recognised_by
from sklearn_cofi.datasets._items_file import read_items_csv
from sklearn_cofi.datasets._ratings_file import RatingsFile
from sklearn_cofi.datasets._validation import (
    FETCH_PARAMETERS,
    StrOptions,
    validate_params,
)

HOMEPAGE = "https://github.com/zygmuntz/goodbooks-10k"

RATINGS_CSV = RatingsFile(
    "ratings.csv",
    ",",
    {"user_id": "user", "book_id": "item", "rating": "rating"},
    has_header=True,
)

# The larger release comes first, because it is the default if both or neither are on
# disk. GitHub publishes no checksum for it: the sha256 of the "6m" archive is the one
# that a public catalogue of data sets (goodbooks_books, version 1.0) checks.
RELEASES = {
    "6m": RatingsSet(
        Archive(
            "goodbooks-10k.zip",
            f"{HOMEPAGE}/releases/download/v1.0/goodbooks-10k.zip",
            "sha256:261b97b56db61f3fb2ce5aadbb13704d30179fcc986c17ace665a0af9ed00731",
            ("goodbooks-10k",),
            HOMEPAGE,
        ),
        RATINGS_CSV,
        "books.csv",
        partial(
            read_items_csv,
            columns={"book_id": "item", "title": "title", "authors": "authors"},
        ),
        5_976_479,
    ),
    # In books.csv of the first release, "book_id" is the number of Goodreads, and "id"
    # is the "book_id" of ratings.csv.
    "1m": RatingsSet(
        Archive(
            None,
            None,
            None,
            ("goodbooks-10k-1m",),
            "https://www.kaggle.com/datasets/zygmunt/goodbooks-10k",
        ),
        RATINGS_CSV,
        "books.csv",
        partial(
            read_items_csv,
            columns={"id": "item", "title": "title", "authors": "authors"},
        ),
        981_756,
    ),
}

DESCR = """\
goodbooks-10k, {name}
---------------------
{n_ratings:,} ratings, from 1 to 5, of 10,000 books by 53,424 users of Goodreads,
without times. The first release ("1m") has 2,278 repeated (user, item) pairs, which
are kept.

Source: https://github.com/zygmuntz/goodbooks-10k (CC BY-SA 4.0)

Z. Zajac, "Goodbooks-10k: a new dataset for book recommendations", FastML, 2017.
"""


@validate_params(
    {"name": [StrOptions(set(RELEASES)), None], **FETCH_PARAMETERS},
    prefer_skip_nested_validation=True,
)
def fetch_goodbooks(
    name: GoodbooksRelease | None = None,
    *,
    data_home: DataHome = None,
    download_if_missing: bool = True,
    return_X_y: bool = False,
    as_frame: bool = True,
    n_retries: int = 3,
    delay: float = 1.0,
) -> Dataset:
    """Load goodbooks-10k: ratings from 1 to 5 of ten thousand books.

    ====  =========  ======  ======  =====================================
    name    ratings   users   items  looked for in data_home
    ====  =========  ======  ======  =====================================
    6m    5,976,479  53,424  10,000  goodbooks-10k/ , goodbooks-10k.zip
    1m      981,756  53,424  10,000  goodbooks-10k-1m/ (no free download)
    ====  =========  ======  ======  =====================================

    A folder has a ``ratings.csv``, or a ``ratings.parquet`` instead.

    Parameters
    ----------
    name : {"6m", "1m"} or None, default=None
        The release. None takes the release that is on disk, or "6m" if both or neither
        are. Pass a name if results must not depend on the disk.
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
            The user and the item (book) of each rating.
        target : Series or ndarray of shape (n_ratings,), float64
            The ratings.
        frame : DataFrame of shape (n_ratings, 3)
            Columns user, item, rating. None unless `as_frame`.
        item_frame : DataFrame of shape (10000, 3) or None
            Columns item (int32), title and authors (the release has no genres); None
            if the folder has no ``books.csv``.
        timestamp, user_frame : None
            The ratings have no times, and the users are not described.
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
    fetch_movielens : Ratings of films.

    References
    ----------
    Z. Zajac, "Goodbooks-10k: a new dataset for book recommendations", FastML, 2017
    (no doi).

    Examples
    --------
    >>> from sklearn_cofi.datasets import fetch_goodbooks
    >>> X, y = fetch_goodbooks("6m", return_X_y=True)  # doctest: +SKIP
    >>> len(y)  # doctest: +SKIP
    5976479
    """
    found = _present_release(data_home) if name is None else name
    release = RELEASES[found]
    return fetch_ratings(
        release,
        DESCR.format(name=found, n_ratings=release.n_ratings),
        return_X_y=return_X_y,
        as_frame=as_frame,
        data_home=data_home,
        download_if_missing=download_if_missing,
        n_retries=n_retries,
        delay=delay,
    )


def _present_release(data_home: DataHome) -> str:
    present = [
        name
        for name, release in RELEASES.items()
        if is_present(release.archive, recognised_by(release), data_home)
    ]
    return [*present, "6m"][0]
