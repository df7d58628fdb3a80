"""The cases in which libraries behave differently, for all libraries alike.

A library is a module of this folder with

- ``PACKAGES``: the packages whose versions are reported,
- ``fit(train, seed=0, threads=1)``: a fitted model, with training as in its lines,
- ``scores(model, users, items)``: the predictions of pairs, given by their ids,
- ``factors(model)``: an array of latent factors,
- ``outcome(found)``: numbers and columns from the variables of its lines,
- and optionally ``OWN``, its own functions for some of the cases.

Each case returns text for a table. An error that it raises is reported as it is.
"""

import numpy as np
import pandas as pd

# The settings of the ALS of implicit, which RecTools wraps.
ALS_SETTINGS = {"factors": 128, "regularization": 60, "alpha": 12}
UNKNOWN = 10**6  # no user and no item has this id
N_PAIRS = 1000
_MODELS = {}


def some_pairs(train):
    """Return the users and the items of pairs to predict, the first of the rows."""
    return train["user"].to_numpy()[:N_PAIRS], train["item"].to_numpy()[:N_PAIRS]


def number(value):
    return f"{float(value):.4g}"


def fitted(library, train):
    """Return the model of the training rows, which several cases share."""
    if library.__name__ not in _MODELS:
        _MODELS[library.__name__] = library.fit(train)
    return _MODELS[library.__name__]


def unknown_user(library, train):
    item = train["item"].iloc[:1].to_numpy()
    return number(library.scores(fitted(library, train), np.array([UNKNOWN]), item)[0])


def unknown_item(library, train):
    user = train["user"].iloc[:1].to_numpy()
    return number(library.scores(fitted(library, train), user, np.array([UNKNOWN]))[0])


def id_as_text(library, train):
    users, items = (ids[:1] for ids in some_pairs(train))
    model = fitted(library, train)
    right = library.scores(model, users, items)[0]
    text = library.scores(model, users.astype(str), items.astype(str))[0]
    return f"{number(text)} (with the number: {number(right)})"


def rows_twice(library, train):
    pairs = some_pairs(train)
    twice = pd.concat([train, train], ignore_index=True)
    models = fitted(library, train), library.fit(twice)
    means = [np.mean(library.scores(model, *pairs)) for model in models][::-1]
    return f"mean prediction {number(means[0])} (once: {number(means[1])})"


def missing_rating(library, train):
    pairs = some_pairs(train)
    holed = train.astype({"rating": float})
    holed.loc[0, "rating"] = np.nan
    predicted = np.asarray(library.scores(library.fit(holed), *pairs))
    if np.isnan(predicted).any():
        return f"{np.isnan(predicted).mean():.0%} of the predictions are NaN"
    low, high = predicted.min(), predicted.max()
    return f"predictions from {number(low)} to {number(high)}"


def missing_id(library, train):
    holed = train.astype({"user": float})
    holed.loc[0, "user"] = np.nan
    model = library.fit(holed)
    predicted = np.asarray(library.scores(model, *some_pairs(train.iloc[1:])))
    if np.isnan(predicted).any():
        return f"{np.isnan(predicted).mean():.0%} of the predictions are NaN"
    return "fitted"


def difference(library, train, other, **parameters):
    """Compare the predictions of a fit with those of another one."""
    pairs = some_pairs(train)
    first = np.asarray(library.scores(fitted(library, train), *pairs))
    second = np.asarray(library.scores(library.fit(other, **parameters), *pairs))
    apart = np.abs(first - second).max()
    return "the same bits" if apart == 0 else f"predictions differ by up to {apart:.1g}"


def same_seed(library, train):
    return difference(library, train, train)


def other_threads(library, train):
    return difference(library, train, train, threads=2)


def other_order(library, train):
    shuffled = train.sample(frac=1, random_state=1).reset_index(drop=True)
    return difference(library, train, shuffled)


def precision(library, train):
    return str(library.factors(fitted(library, train)).dtype)


TITLES = {
    "unknown_user": "prediction for an unknown user",
    "unknown_item": "prediction for an unknown item",
    "id_as_text": "the ids of a pair given as text, numbers in the fit",
    "missing_rating": "a NaN among the ratings",
    "missing_id": "a NaN among the users",
    "rows_twice": "each row twice",
    "same_seed": "the same fit again, the same seed",
    "other_threads": "the same seed, two threads instead of one",
    "other_order": "the same seed, rows in another order",
    "precision": "type of the latent factors",
}


def observe(case, library, train):
    """Return what the case shows, by the library's own function if it has one."""
    own = getattr(library, "OWN", {})
    if case in own:
        return own[case](train)
    return globals()[case](library, train)
