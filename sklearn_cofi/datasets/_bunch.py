"""A ratings frame in the shape in which scikit-learn's loaders answer."""

from sklearn.utils import Bunch

FEATURES = ["user", "item"]
TARGET = "rating"


def as_bunch(frame, *, return_X_y, as_frame, **extras):
    """Split a ratings frame into data and target, in scikit-learn's manner.

    Parameters
    ----------
    frame : DataFrame of shape (n_ratings, n_columns)
        With the columns "user", "item" and "rating", and any others.
    return_X_y : bool
        Return only ``(data, target)``.
    as_frame : bool
        Keep pandas objects; otherwise data and target are ndarrays and the frame
        is None.
    **extras : dict
        Further entries of the Bunch.

    Returns
    -------
    Bunch, or tuple (data, target) if `return_X_y`
    """
    data, target = frame[FEATURES], frame[TARGET]
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
        target_names=[TARGET],
        **extras,
    )
