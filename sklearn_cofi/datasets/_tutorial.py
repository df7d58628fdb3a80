"""The ten movies and six users of the collaborative filtering tutorial."""

import numpy as np
import pandas as pd

from sklearn_cofi._typing import Dataset
from sklearn_cofi.datasets._bunch import as_bunch
from sklearn_cofi.datasets._validation import validate_params

# Movies x users; 0 means "not rated". User 0 is the tutorial's new user.
RATINGS = [
    [7, 8, 4, 0, 0, 4],
    [0, 0, 0, 8, 10, 4],
    [0, 8, 10, 0, 0, 6],
    [0, 10, 10, 8, 10, 10],
    [8, 0, 0, 0, 0, 0],
    [0, 2, 0, 4, 0, 6],
    [0, 8, 6, 4, 0, 0],
    [3, 0, 0, 6, 4, 0],
    [0, 0, 6, 0, 4, 10],
    [0, 0, 4, 6, 8, 8],
]

TITLES = [
    "Harold and Kumar Escape From Guantanamo Bay (2008)",
    "Ted (2012)",
    "Straight Outta Compton (2015)",
    "A Very Harold and Kumar Christmas (2011)",
    "Notorious (2009)",
    "Get Rich Or Die Tryin' (2005)",
    "Frozen (2013)",
    "Tangled (2010)",
    "Cinderella (2015)",
    "Toy Story 3 (2010)",
]

DESCR = """\
Tutorial ratings
----------------
32 ratings, from 1 to 10, of 10 movies by 6 users. User 0 is the new user, who has
rated movies 0, 4 and 7; users 1 to 5 are known before. A pair without a rating has no
row.

Source: Nikhil Bhaskar, "Movie Recommendations? How Does Netflix Do It? A 9 Step
Coding (Python) & Intuitive Guide Into Collaborative Filtering".
"""


@validate_params(
    {"return_X_y": ["boolean"], "as_frame": ["boolean"]},
    prefer_skip_nested_validation=True,
)
def load_tutorial(*, return_X_y: bool = False, as_frame: bool = True) -> Dataset:
    """Load the tutorial's ratings: 10 movies, 6 users, 32 ratings from 1 to 10.

    User 0 is the tutorial's new user. The tutorial writes "not rated" as zero; here a
    pair without a rating has no row.

    Parameters
    ----------
    return_X_y : bool, default=False
        If True, return ``(data, target)`` instead of a Bunch.
    as_frame : bool, default=True
        If True, data and target are a DataFrame and a Series; otherwise ndarrays.

    Returns
    -------
    dataset : :class:`~sklearn.utils.Bunch`
        data : DataFrame or ndarray of shape (32, 2), int64
            The user and the item of each rating, by user and then by item.
        target : Series or ndarray of shape (32,), float64
            The ratings.
        titles : ndarray of shape (10,), object
            The title of each item: item ``i`` is ``titles[i]``.
        frame : DataFrame of shape (32, 4)
            Columns user, item, title and rating. None unless `as_frame`.
        timestamp, item_frame, user_frame : None
            The tutorial's ratings have no times and no features.
        feature_names, target_names : list of str
            Names of the columns of data and target.
        DESCR : str
            Description of the data set, its terms and its source.

    (data, target) : tuple if `return_X_y` is True

    Raises
    ------
    ValueError
        If a parameter is not a bool.

    See Also
    --------
    make_ratings : Simulated ratings of any number.
    fetch_movielens : Real ratings.

    References
    ----------
    Nikhil Bhaskar, "Movie Recommendations? How Does Netflix Do It? A 9 Step Coding
    (Python) & Intuitive Guide Into Collaborative Filtering".

    Examples
    --------
    >>> from sklearn_cofi.datasets import load_tutorial
    >>> tutorial = load_tutorial()
    >>> tutorial.frame.query("user == 0")
       user  item                                              title  rating
    0     0     0  Harold and Kumar Escape From Guantanamo Bay (2...     7.0
    1     0     4                                   Notorious (2009)     8.0
    2     0     7                                     Tangled (2010)     3.0
    """
    by_user = np.array(RATINGS, dtype=np.float64).T
    users, items = np.nonzero(by_user)
    titles = np.array(TITLES, dtype=object)
    frame = pd.DataFrame(
        {
            "user": users.astype(np.int64),
            "item": items.astype(np.int64),
            "title": titles[items],
            "rating": by_user[users, items],
        }
    )
    return as_bunch(
        frame, return_X_y=return_X_y, as_frame=as_frame, titles=titles, DESCR=DESCR
    )
