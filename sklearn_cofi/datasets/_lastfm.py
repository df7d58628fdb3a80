"""Last.fm (HetRec 2011): how often users played artists."""

from sklearn_cofi._typing import DataHome, Dataset
from sklearn_cofi.datasets._archive import Archive
from sklearn_cofi.datasets._fetch import RatingsSet, fetch_ratings
from sklearn_cofi.datasets._items_file import read_artists_dat
from sklearn_cofi.datasets._ratings_file import RatingsFile
from sklearn_cofi.datasets._validation import FETCH_PARAMETERS, validate_params

# The site publishes no checksum: this sha256 is the one that OmniRec checks.
LASTFM = RatingsSet(
    Archive(
        "hetrec2011-lastfm-2k.zip",
        "https://files.grouplens.org/datasets/hetrec2011/hetrec2011-lastfm-2k.zip",
        "sha256:6738f48195667ff03caaab4d32ca9a3133d8cc026b7c3cdaf6ce1010e913c59c",
        ("hetrec2011-lastfm-2k",),
        "https://grouplens.org/datasets/hetrec-2011/",
    ),
    RatingsFile(
        "user_artists.dat",
        "\t",
        {"userID": "user", "artistID": "item", "weight": "rating"},
        has_header=True,
    ),
    "artists.dat",
    read_artists_dat,
    92_834,
    target="plays",
)

DESCR = """\
Last.fm, HetRec 2011
--------------------
92,834 pairs of 1,892 users and 17,632 artists of Last.fm, with the number of times that
the user played the artist, from 1 to 352,698. There are no ratings and no times.

Source: https://grouplens.org/datasets/hetrec-2011/ (for non-commercial use)

I. Cantador, P. Brusilovsky and T. Kuflik, "Second Workshop on Information Heterogeneity
and Fusion in Recommender Systems (HetRec2011)", RecSys 2011,
doi:10.1145/2043932.2044016.
"""


@validate_params(FETCH_PARAMETERS, prefer_skip_nested_validation=True)
def fetch_lastfm(
    *,
    data_home: DataHome = None,
    download_if_missing: bool = True,
    return_X_y: bool = False,
    as_frame: bool = True,
    n_retries: int = 3,
    delay: float = 1.0,
) -> Dataset:
    """Load Last.fm (HetRec 2011): how often 1,892 users played 17,632 artists.

    The numbers of plays are counts, not ratings: pass them as ``sample_weight``, or
    leave them out. The data is made available for non-commercial use.

    The data is read from the first of these that exists: the folder
    ``hetrec2011-lastfm-2k/`` in `data_home` with ``user_artists.dat`` or a
    ``ratings.parquet``; the archive ``hetrec2011-lastfm-2k.zip`` in `data_home`; the
    network.

    Parameters
    ----------
    data_home : str or path-like, default=None
        Folder of data sets. None is scikit-learn's, ``~/scikit_learn_data``.
    download_if_missing : bool, default=True
        If False, raise an error if the data is not on disk.
    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch. The target is not a
        rating: do not pass it to `fit` as y.
    as_frame : bool, default=True
        If True, data and target are pandas objects; otherwise ndarrays.
    n_retries : int, default=3
        Number of retries after a network failure.
    delay : float, default=1.0
        Seconds between two attempts.

    Returns
    -------
    dataset : :class:`~sklearn.utils.Bunch`
        data : DataFrame or ndarray of shape (92834, 2), int32
            The user and the item (artist) of each pair.
        target : Series or ndarray of shape (92834,), float64
            Number of plays of each pair.
        frame : DataFrame of shape (92834, 3)
            Columns user, item, plays. None unless `as_frame`.
        item_frame : DataFrame of shape (17632, 2) or None
            Columns item (int32) and title, the artist's name; None if the folder has
            no ``artists.dat``.
        timestamp, user_frame : None
            Plays have no times, and the users are not described.
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
        If a file is malformed or has another number of rows than published.
    ImportError
        If the plays are in a parquet file and pyarrow is not installed.

    See Also
    --------
    fetch_movielens : Ratings of films.
    sklearn_cofi.RankingCollaborativeFilter : Learns from counts.

    References
    ----------
    I. Cantador, P. Brusilovsky and T. Kuflik, "Second Workshop on Information
    Heterogeneity and Fusion in Recommender Systems (HetRec2011)", RecSys 2011,
    :doi:`10.1145/2043932.2044016`.

    Examples
    --------
    >>> from sklearn_cofi.datasets import fetch_lastfm
    >>> plays = fetch_lastfm().frame  # doctest: +SKIP
    >>> list(plays.columns), len(plays)  # doctest: +SKIP
    (['user', 'item', 'plays'], 92834)
    """
    return fetch_ratings(
        LASTFM,
        DESCR,
        return_X_y=return_X_y,
        as_frame=as_frame,
        data_home=data_home,
        download_if_missing=download_if_missing,
        n_retries=n_retries,
        delay=delay,
    )
