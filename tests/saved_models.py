"""Fitted models to save, and a file of each version of the format."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
from fitting import PLAIN
from sklearn.base import clone
from strategies import random_ratings

from sklearn_cofi import (
    BayesianCollaborativeFilter,
    CollaborativeFilter,
    CollaborativeFilterCV,
    RankingCollaborativeFilter,
)

FRAME = random_ratings(2, (9, 7)).frame()


# Files that earlier versions of the package wrote, and all later ones read.
VERSION_1, VERSION_2, VERSION_3, VERSION_4, FIXTURE = (
    Path(__file__).parent / "persistence" / f"version-{version}.npz"
    for version in (1, 2, 3, 4, 5)
)


SMALL = {"n_jobs": 1, "random_state": 0}


MODELS = {
    "plain": CollaborativeFilter(2, 0.5, **(PLAIN | SMALL)),
    "pair": CollaborativeFilter(2, (0.5, 1.5), **(PLAIN | SMALL | {"fit_bias": True})),
    "single": CollaborativeFilter(2, 0.5, dtype=np.float32, **(PLAIN | SMALL)),
    "stopped": CollaborativeFilter(2, 0.1, early_stopping=True, **(PLAIN | SMALL)),
    "tuned": CollaborativeFilterCV(np.array([2.0, 1.0]), [2], cv=2, **(PLAIN | SMALL)),
    "ranking": RankingCollaborativeFilter(2, **SMALL),
    "bayesian": BayesianCollaborativeFilter(2, 12, burn_in=2, n_kept_draws=3, **SMALL),
    "no links": BayesianCollaborativeFilter(
        2, 12, burn_in=2, implicit_features=False, heteroscedastic=False, **SMALL
    ),
}


IDS = {
    "numbers": lambda users: users,
    "strings": lambda users: "user " + users.astype(str),
    "long strings": lambda users: "ü" * 200 + users.astype(str),
    "dates": lambda users: pd.Timestamp("2020-01-01") + pd.to_timedelta(users, "D"),
}


def fitted(name="plain", ids="numbers"):
    frame = FRAME.assign(user=IDS[ids](FRAME["user"]))
    return clone(MODELS[name]).fit(frame), frame


def state(path):
    """Return the names in the folder of the file, its bytes and its permissions."""
    real = path.resolve()
    content = real.read_bytes() if real.exists() else None
    mode = real.stat().st_mode if real.exists() else None
    return sorted(os.listdir(real.parent)), content, mode, path.is_symlink()
