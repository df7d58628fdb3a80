"""Worker: myFM (factorisation machines by Gibbs sampling, one thread)."""

import numpy as np
from myfm import MyFMOrderedProbit, MyFMRegressor, RelationBlock
from scipy.sparse import csr_matrix, diags_array, eye_array, hstack, vstack
from worker import SECONDS_OF_DAY, Known, serve


def fit(train, n_iterations, *, known=None, implicit=False, ordinal=False, **settings):
    """Fit by the public interface, with a block of rows for users and one for items.

    With one-hot rows this is the Bayesian matrix factorisation of myFM's documentation.
    With `implicit`, a user's row also has the items that this user rated in training,
    scaled to length one, as in SVD++; with ``implicit="both"``, an item's row has the
    users that rated it, too. Features are further columns of these rows, and each day
    of training is a column of a third block. All of this is as in myFM's notebooks.
    With `ordinal`, the model is an ordered probit, which predicts its mean rating.

    Ids without ratings have no one-hot column, as in the notebooks. A column without
    ratings has its coefficient from the prior; on cold items this had larger errors.
    """
    known = known or Known()
    rated = _rated(train)
    users = [rated] if implicit else []
    items = [_rated(train, transposed=True)] if implicit == "both" else []
    sides = [_rows("user", train, known, users), _rows("item", train, known, items)]
    days = None if known.times is None else np.unique(_days(known.times))
    if days is not None:
        sides.append(([eye_array(days.size)], [days.size]))
    blocks = [_with_unseen(hstack(columns)) for columns, _ in sides]
    levels, codes = np.unique(train.rating, return_inverse=True)
    model = (MyFMOrderedProbit if ordinal else MyFMRegressor)(random_seed=0, **settings)
    model.fit(
        None,
        codes if ordinal else train.rating.astype(np.float64),
        X_rel=_cases(blocks, days, train.user, train.item, known.times),
        group_shapes=[size for _, sizes in sides for size in sizes],
        n_iter=n_iterations,
    )
    return model, blocks, days, levels if ordinal else None


def predict(model, users, items, times=None):
    """Predict; an unknown user or item or a day without ratings has a row of zeros."""
    model, blocks, days, levels = model
    cases = _cases(blocks, days, users, items, times)
    if levels is not None:
        return model.predict_proba(None, X_rel=cases) @ levels
    return model.predict(None, X_rel=cases)


def _rows(side, train, known, implicit):
    """Return the columns of a side's rows, and the sizes of their groups.

    The columns of a group share a prior. Each column of the raw features is a group.
    """
    n_rated = train.shape[side == "item"]
    n_rows = known.n_rows(side, n_rated)
    columns = [eye_array(n_rows, n_rated)]
    for matrix in implicit:
        unrated = csr_matrix((n_rows - n_rated, matrix.shape[1]))
        columns.append(vstack([matrix, unrated]))
    sizes = [part.shape[1] for part in columns]
    features = getattr(known, f"{side}_features")
    if features is not None:
        columns.append(csr_matrix(features.astype(np.float64)))
        sizes += np.bincount(getattr(known, f"{side}_blocks")).tolist()
    return columns, sizes


def _rated(train, *, transposed=False):
    """Return for each user a row of length one of the items that the user rated.

    If `transposed`, return for each item a row of the users that rated it.
    """
    ones = np.ones(train.user.size)
    rated = csr_matrix((ones, (train.user, train.item)), train.shape)
    rated.data[:] = 1  # repeated pairs were summed
    rated = rated.T.tocsr() if transposed else rated
    return diags_array(1 / np.sqrt(rated.sum(axis=1).A1)) @ rated


def _with_unseen(block):
    """Return the block with a last row of zeros, for position -1."""
    return csr_matrix(vstack([block, csr_matrix((1, block.shape[1]))]))


def _days(times):
    return times // SECONDS_OF_DAY


def _cases(blocks, days, users, items, times):
    """Return the relation blocks of these pairs, at these times."""
    places = [users, items]
    if days is not None:
        found = np.searchsorted(days, _days(times)).clip(max=days.size - 1)
        places.append(np.where(days[found] == _days(times), found, -1))
    return [
        RelationBlock(place % block.shape[0], block)
        for block, place in zip(blocks, places, strict=True)
    ]


if __name__ == "__main__":
    serve(("myfm", "numpy", "scipy"), fit=fit, predict=predict)
