"""Worker: baselines by scikit-learn, which use no factors."""

import numpy as np
from scipy.sparse import csr_matrix, eye_array, hstack, vstack
from sklearn.linear_model import Ridge
from worker import Known, serve


def fit(train, n_iterations, *, known=None, ids=False, alpha=None, own_alpha=None):
    """Fit the mean of all ratings, and with `alpha` a ridge regression on features.

    The features of a rating are the features of its user and of its item. With `ids`,
    each user and each item is a feature, too. With `own_alpha`, the errors of each user
    have a further ridge regression on the genres of the items, which are the first
    block of item features.
    """
    mean = train.rating.mean(dtype=float)
    if alpha is None:
        return mean, None, None, None
    known = known or Known()
    rows = [_rows(side, train, known, ids) for side in ("user", "item")]
    X = _pairs(rows, train.user, train.item)
    common = Ridge(alpha, solver="sparse_cg", tol=1e-6).fit(X, train.rating)
    if own_alpha is None:
        return mean, (common, rows), None, None
    # The intercept is a column, so that it has a penalty.
    genres = known.item_features[:, known.item_blocks == 0]
    genres = np.column_stack([np.ones(len(genres)), genres])
    own = np.zeros((rows[0].shape[0], genres.shape[1]))
    errors = train.rating - common.predict(X)
    order = np.argsort(train.user, kind="stable")
    for at in np.split(order, np.cumsum(np.bincount(train.user))[:-1]):
        ridge = Ridge(own_alpha, fit_intercept=False)
        own[train.user[at[0]]] = ridge.fit(genres[train.item[at]], errors[at]).coef_
    return mean, (common, rows), own, genres


def predict(model, users, items):
    mean, common, own, genres = model
    if common is None:
        return np.full(users.size, mean)
    ridge, rows = common
    predicted = ridge.predict(_pairs(rows, users, items))
    if own is not None:
        predicted += (own[users] * genres[items]).sum(axis=1)
    return predicted


def _rows(side, train, known, ids):
    """Return the features of users or items, and at -1 a row of zeros."""
    n_rated = train.shape[side == "item"]
    n = known.n_rows(side, n_rated)
    features = getattr(known, f"{side}_features")
    columns = [eye_array(n, n_rated)] if ids else []
    columns += [] if features is None else [csr_matrix(features)]
    if not columns:
        return csr_matrix((n + 1, 0))
    columns = hstack(columns)
    return vstack([columns, csr_matrix((1, columns.shape[1]))]).tocsr()


def _pairs(rows, users, items):
    return csr_matrix(hstack([rows[0][users], rows[1][items]]))


if __name__ == "__main__":
    serve(("scikit-learn", "numpy", "scipy"), fit=fit, predict=predict)
