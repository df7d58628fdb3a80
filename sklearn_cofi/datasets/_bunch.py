"""A frame of ratings in the form that scikit-learn's loaders return."""

import pandas as pd
from sklearn.utils import Bunch

from sklearn_cofi._typing import Dataset

FEATURES = ["user", "item"]
TARGET = "rating"


def as_bunch(
    frame: pd.DataFrame,
    *,
    return_X_y: bool,
    as_frame: bool,
    target_name: str = TARGET,
    item_frame: pd.DataFrame | None = None,
    user_frame: pd.DataFrame | None = None,
    **extras: object,
) -> Dataset:
    """Split a frame of ratings into data and target, as scikit-learn does.

    Parameters
    ----------
    frame : DataFrame of shape (n_ratings, n_columns)
        Columns "user", "item" and the target, and any others.
    return_X_y : bool
        If True, return only ``(data, target)``.
    as_frame : bool
        If True, data and target are pandas objects; otherwise they are ndarrays and
        the frame is None.
    target_name : str, default="rating"
        Name of the column of the target.
    item_frame, user_frame : DataFrame or None, default=None
        What is known of each item and of each user.
    **extras : dict
        Further entries of the Bunch.

    Returns
    -------
    Bunch, or tuple (data, target) if `return_X_y`
    """
    data, target = frame[FEATURES], frame[target_name]
    timestamp = frame["timestamp"] if "timestamp" in frame else None
    if not as_frame:
        data, target, frame = data.to_numpy(), target.to_numpy(), None
        timestamp = None if timestamp is None else timestamp.to_numpy()
    if return_X_y:
        return data, target
    return Bunch(
        data=data,
        target=target,
        timestamp=timestamp,
        frame=frame,
        feature_names=list(FEATURES),
        target_names=[target_name],
        item_frame=item_frame,
        user_frame=user_frame,
        **extras,
    )
