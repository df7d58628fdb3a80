"""Jester: continuous ratings of jokes."""

from sklearn_cofi._typing import DataHome, Dataset
from sklearn_cofi.datasets._archive import Archive
from sklearn_cofi.datasets._fetch import RatingsSet, fetch_ratings
from sklearn_cofi.datasets._ratings_file import headerless
from sklearn_cofi.datasets._validation import FETCH_PARAMETERS, validate_params

# Data set 2 is a text file. The other sets are Excel files in an old format, for which
# pandas needs a further package. The site publishes no checksum: this sha256 is the one
# that the OmniRec library checks.
JESTER = RatingsSet(
    Archive(
        "jester_dataset_2.zip",
        "https://eigentaste.berkeley.edu/dataset/archive/jester_dataset_2.zip",
        "sha256:5c2b9fb8346fc132ac1be6a9264fef9a6d153da68f3201839ac25c19f9a59a09",
        ("jester_dataset_2", "jester"),
        "https://eigentaste.berkeley.edu/dataset/",
    ),
    headerless("jester_ratings.dat", None, ("user", "item", "rating")),
    items=None,
    read_items=None,
    n_ratings=1_761_439,
)

DESCR = """\
Jester, data set 2
------------------
1,761,439 ratings, any real number from -10 to 10, of 140 jokes by 59,132 users,
collected from November 2006 to May 2009.

Source: https://eigentaste.berkeley.edu/dataset/ (free for research, with citation)

K. Goldberg, T. Roeder, D. Gupta and C. Perkins, "Eigentaste: A Constant Time
Collaborative Filtering Algorithm", Information Retrieval 4(2), 133-151, 2001,
doi:10.1023/A:1011419012209.
"""


@validate_params(FETCH_PARAMETERS, prefer_skip_nested_validation=True)
def fetch_jester(
    *,
    data_home: DataHome = None,
    download_if_missing: bool = True,
    return_X_y: bool = False,
    as_frame: bool = True,
    n_retries: int = 3,
    delay: float = 1.0,
) -> Dataset:
    """Load Jester's data set 2: 1.76 million ratings of jokes, from -10 to 10.

    The data is read from the first of these that exists: the folder
    ``jester_dataset_2/`` or ``jester/`` in `data_home` with ``jester_ratings.dat`` or a
    ``ratings.parquet``; the archive ``jester_dataset_2.zip`` in `data_home`; the
    network.

    Parameters
    ----------
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
        data : DataFrame or ndarray of shape (1761439, 2), int32
            The user and the item (joke) of each rating.
        target : Series or ndarray of shape (1761439,), float64
            The ratings.
        frame : DataFrame of shape (1761439, 3)
            Columns user, item, rating. None unless `as_frame`.
        item_frame, user_frame, timestamp : None
            Jokes and users are not described, and ratings have no times.
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
    K. Goldberg, T. Roeder, D. Gupta and C. Perkins, "Eigentaste: A Constant Time
    Collaborative Filtering Algorithm", Information Retrieval 4(2), 2001,
    :doi:`10.1023/A:1011419012209`.

    Examples
    --------
    >>> from sklearn_cofi.datasets import fetch_jester
    >>> X, y = fetch_jester(return_X_y=True)  # doctest: +SKIP
    >>> y.min() >= -10, y.max() <= 10  # doctest: +SKIP
    (True, True)
    """
    return fetch_ratings(
        JESTER,
        DESCR,
        return_X_y=return_X_y,
        as_frame=as_frame,
        data_home=data_home,
        download_if_missing=download_if_missing,
        n_retries=n_retries,
        delay=delay,
    )
