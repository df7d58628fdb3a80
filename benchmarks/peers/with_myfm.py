"""Worker: myFM (factorisation machines by Gibbs sampling, one thread)."""

import numpy as np
from myfm import MyFMRegressor, RelationBlock
from scipy.sparse import csr_matrix, diags_array, eye_array, hstack, vstack
from worker import serve


def fit(train, n_iterations, *, implicit=False, **settings):
    """Fit by the public interface, with a block of rows for users and one for items.

    With one-hot rows this is the Bayesian matrix factorisation of myFM's documentation.
    With `implicit`, a user's row also has the items that this user rated in training,
    scaled to length one, as in SVD++.
    """
    n_users, n_items = train.shape
    user_rows, groups = eye_array(n_users), [n_users, n_items]
    if implicit:
        user_rows = hstack([user_rows, _rated(train)])
        groups = [n_users, n_items, n_items]
    blocks = _with_unseen(user_rows), _with_unseen(eye_array(n_items))
    model = MyFMRegressor(random_seed=0, **settings)
    model.fit(
        None,
        train.rating.astype(np.float64),
        X_rel=_pairs(blocks, train.user, train.item),
        group_shapes=groups,
        n_iter=n_iterations,
    )
    return model, blocks


def predict(model, users, items):
    """Predict; an unknown user or item has a row of zeros."""
    model, blocks = model
    return model.predict(None, X_rel=_pairs(blocks, users, items))


def _rated(train):
    """Return for each user a row of length one of the items that the user rated."""
    ones = np.ones(train.user.size)
    rated = csr_matrix((ones, (train.user, train.item)), train.shape)
    rated.data[:] = 1  # repeated pairs were summed
    return diags_array(1 / np.sqrt(rated.sum(axis=1).A1)) @ rated


def _with_unseen(block):
    """Return the block with a last row of zeros, for position -1."""
    return csr_matrix(vstack([block, csr_matrix((1, block.shape[1]))]))


def _pairs(blocks, *places):
    return [
        RelationBlock(place % block.shape[0], block)
        for block, place in zip(blocks, places, strict=True)
    ]


if __name__ == "__main__":
    serve(("myfm", "numpy", "scipy"), fit=fit, predict=predict)
