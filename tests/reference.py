"""Dense twins of the mathematics: plain numpy, whole matrices, nothing of ours.

R holds ratings and W weights, both users x items; W is 0 where there is no rating.
"""

import numpy as np


def merge(users, items, ratings, weights, shape):
    """Return R and W: repeated pairs get their summed weight and weighted mean."""
    if weights is None:
        weights = np.ones(len(users))
    total, W = np.zeros(shape), np.zeros(shape)
    for u, i, r, w in zip(users, items, ratings, weights, strict=True):
        total[u, i] += float(w) * float(r)
        W[u, i] += float(w)
    return np.divide(total, W, out=np.zeros(shape), where=W > 0), W


def means(R, W):
    """Return the weighted means of everything, of each user and of each item."""
    with np.errstate(invalid="ignore"):
        by_user, by_item = ((W * R).sum(axis) / W.sum(axis) for axis in (1, 0))
    return (W * R).sum() / W.sum(), by_user, by_item


def centre(R, W, normalization):
    """Return the matrix of what is subtracted from each rating."""
    overall, by_user, by_item = means(R, W)
    if normalization == "item":
        return np.broadcast_to(by_item, R.shape)
    if normalization == "user":
        return np.broadcast_to(by_user[:, None], R.shape)
    return np.full(R.shape, 0.0 if normalization is None else overall)


def cost(R, W, U, V, reg_param):
    """Return 1/2 * sum(W * E**2) + reg_param/2 * (||U||**2 + ||V||**2)."""
    U, V = np.asarray(U, float), np.asarray(V, float)
    E = U @ V.T - R
    return (W * E**2).sum() / 2 + reg_param / 2 * ((U**2).sum() + (V**2).sum())


def gradient(R, W, U, V, reg_param):
    """Return the gradients of the cost by U and by V."""
    U, V = np.asarray(U, float), np.asarray(V, float)
    E = W * (U @ V.T - R)
    return E @ V + reg_param * U, E.T @ U + reg_param * V


def gradient_size(R, W, U, V, reg_param):
    """Return the gradients' sums with all terms made positive: rounding's measure."""
    R, U, V = (np.abs(np.asarray(x, float)) for x in (R, U, V))
    E = W * (U @ V.T + R)
    return E @ V + reg_param * U, E.T @ U + reg_param * V


def sigma_max(R, W):
    """Return the largest singular value of W * R."""
    return np.linalg.svd(W * R, compute_uv=False)[0]


def duality_gap(R, W, U, V, reg_param):
    """Bound the excess of the cost over that of the best factors of any number.

    The dual of the nuclear-norm problem: maximise <D, R> - 1/2 * sum(D**2 / W) over D
    that are 0 where there is no rating and have no singular value above reg_param.
    The residual, shrunk until it is such a D, is optimal at the optimum.
    """
    D = W * (R - np.asarray(U, float) @ np.asarray(V, float).T)
    D *= min(1, reg_param / np.linalg.svd(D, compute_uv=False)[0])
    square = np.divide(D**2, W, out=np.zeros(R.shape), where=W > 0).sum()
    return cost(R, W, U, V, reg_param) - ((D * R).sum() - square / 2)


def fold_in(r, w, V, penalties):
    """Return argmin_u of 1/2 * sum(w * (V @ u - r)**2) + 1/2 * sum(penalties * u**2)."""
    V = np.asarray(V, float)
    gram = V.T @ (w[:, None] * V) + penalties * np.eye(V.shape[1])
    return np.linalg.pinv(gram, hermitian=True) @ V.T @ (w * r)


def top(scores, n, excluded=()):
    """Return the n best items, best first, ties by item number: by a full sort."""
    left = [i for i in range(len(scores)) if i not in set(excluded)]
    return sorted(left, key=lambda i: (-scores[i], i))[:n]
