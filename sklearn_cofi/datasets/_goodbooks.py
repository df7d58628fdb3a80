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

# The larger release first: it is the one to take where both or neither are there.
# GitHub publishes no checksum for this release: the sha256 of the "6m" archive is
# the one that a public data set catalogue (goodbooks_books, version 1.0) checks.
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
    # In the first release's books.csv "book_id" is Goodreads' number, and "id" is
    # what its ratings.csv calls "book_id".
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
without times. The first release ("1m") holds 2,278 repeated (user, item) pairs; they
are kept here as they are.

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

    A folder has ``ratings.csv``, or a ``ratings.parquet`` in place of it.

    Parameters
    ----------
    name : {"6m", "1m"} or None, default=None
        The release. None takes the one that is there, "6m" where both or neither
        are; name it where results must not depend on the disk.
    data_home : str or path-like, default=None
        The folder of data sets; by default scikit-learn's, ``~/scikit_learn_data``.
    download_if_missing : bool, default=True
        If False, raise an OSError where the data is not there.
    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch.
    as_frame : bool, default=True
        If True, data and target are pandas objects; otherwise ndarrays.
    n_retries : int, default=3
        How often to try again when the network fails.
    delay : float, default=1.0
        Seconds between two tries.

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
            where a folder has no ``books.csv``.
        timestamp : None
            The ratings carry no time.
        filename : str
            What was read.
        feature_names, target_names : list of str
            Names of the columns of data and target.
        DESCR : str
            What the set is, its terms and its source.

    (data, target) : tuple if `return_X_y` is True

    Raises
    ------
    FileNotFoundError
        If the data is not there and `download_if_missing` is False.
    OSError
        If the download fails or the archive is damaged.
    ValueError
        If a file is malformed or of another length than the published one.
    ImportError
        If a parquet file is to be read and pyarrow is missing.

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
    name = _present_release(data_home) if name is None else name
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


def _present_release(data_home):
    present = [
        name
        for name, release in RELEASES.items()
        if is_present(release.archive, recognised_by(release), data_home)
    ]
    return [*present, "6m"][0]
