"""Dense twins of the mathematics in numpy; they do not import the package.

R holds ratings and W holds weights, both of shape users x items. W is 0 for pairs
without a rating.
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


def means(R, W, damping=0.0):
    """Return the weighted mean of all ratings, and damped means of users and items."""
    overall = (W * R).sum() / W.sum()
    with np.errstate(invalid="ignore"):
        by_user, by_item = (
            ((W * R).sum(axis) + damping * overall) / (W.sum(axis) + damping)
            for axis in (1, 0)
        )
    return overall, by_user, by_item


def centre(R, W, normalization, damping=0.0):
    """Return the matrix of means that are subtracted from ratings."""
    overall, by_user, by_item = means(R, W, damping)
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
    """Return the sums of the gradient with absolute terms, to scale rounding errors."""
    R, U, V = (np.abs(np.asarray(x, float)) for x in (R, U, V))
    E = W * (U @ V.T + R)
    return E @ V + reg_param * U, E.T @ U + reg_param * V


def sigma_max(R, W):
    """Return the largest singular value of W * R."""
    return np.linalg.svd(W * R, compute_uv=False)[0]


def duality_gap(R, W, U, V, reg_param):
    """Bound the distance of the cost to the optimum over any number of latent factors.

    The dual of the nuclear-norm problem maximises <D, R> - 1/2 * sum(D**2 / W) over all
    D that are 0 for unrated pairs and have no singular value above reg_param. The
    residual, scaled down to fulfil this, is the best D at the optimum.
    """
    D = W * (R - np.asarray(U, float) @ np.asarray(V, float).T)
    D *= min(1, reg_param / np.linalg.svd(D, compute_uv=False)[0])
    square = np.divide(D**2, W, out=np.zeros(R.shape), where=W > 0).sum()
    return cost(R, W, U, V, reg_param) - ((D * R).sum() - square / 2)


def nuclear_cost(R, W, Z, p, q):
    """Return 1/2 * sum(W * (Z - R)**2) + ||p**(1/2) Z q**(1/2)||_*.

    p and q are the penalties of the rows of user factors and of item factors.
    """
    scaled = np.sqrt(np.outer(p, q)) * Z
    return (W * (Z - R) ** 2).sum() / 2 + np.linalg.svd(scaled, compute_uv=False).sum()


def dual(R, W, D, p, q, biases=None):
    """Return the largest dual value over all multiples of D.

    ``biases`` has the penalties of user biases and of item biases.
    """
    D = np.where(W > 0, D, 0)
    linear = (D * R).sum()
    square = np.divide(D**2, W, out=np.zeros(R.shape), where=W > 0).sum()
    if biases is not None:
        square += (D.sum(axis=1) ** 2 / biases[0]).sum()
        square += (D.sum(axis=0) ** 2 / biases[1]).sum()
    sigma = np.linalg.svd(D / np.sqrt(np.outer(p, q)), compute_uv=False)[0]
    steps = np.linspace(0, 1 / sigma if sigma else 0, 20001)
    return (steps * linear - steps**2 / 2 * square).max()


def nuclear_minimum(R, W, p, q, biases=None, steps=4000):
    """Return the minimum of the cost, by accelerated proximal gradients (soft-impute).

    The variable is Y = p**(1/2) Z q**(1/2), whose singular values are shrunk. Mazumder,
    Hastie and Tibshirani (2010); Beck and Teboulle, SIAM J. Imaging Sci. 2 (2009).
    """
    root = np.sqrt(np.outer(p, q))
    y, b, c = np.zeros(R.shape), np.zeros(len(p)), np.zeros(len(q))
    ridge = biases if biases is not None else (0.0, 0.0)
    on = 0.0 if biases is None else 1.0
    curvature = (W / root**2).max() + on * (
        W.sum(axis=1).max() + W.sum(axis=0).max() + np.max(ridge[0]) + np.max(ridge[1])
    )
    last, ahead, momentum = (y, b, c), (y, b, c), 1.0
    for _ in range(steps):
        y, b, c = ahead
        E = W * (y / root + b[:, None] + c - R)
        y = y - E / root / curvature
        b = b - on * (E.sum(axis=1) + ridge[0] * b) / curvature
        c = c - on * (E.sum(axis=0) + ridge[1] * c) / curvature
        left, sizes, right = np.linalg.svd(y, full_matrices=False)
        y = (left * np.maximum(sizes - 1 / curvature, 0)) @ right
        grown = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        new, weight = (y, b, c), (momentum - 1) / grown
        ahead = tuple(n + weight * (n - o) for n, o in zip(new, last, strict=True))
        last, momentum = new, grown
    y, b, c = last
    E = y / root + b[:, None] + c - R
    norm = np.linalg.svd(y, compute_uv=False).sum()
    ridges = (ridge[0] * b**2).sum() + (ridge[1] * c**2).sum()
    return (W * E**2).sum() / 2 + norm + ridges / 2


def fold_in(r, w, V, penalties):
    """Return the u that minimises (sum(w*(V @ u - r)**2) + sum(penalties * u**2)) / 2.

    ``penalties`` is one number, or one for each latent factor.
    """
    V = np.asarray(V, float)
    gram = V.T @ (w[:, None] * V) + penalties * np.eye(V.shape[1])
    return np.linalg.pinv(gram, hermitian=True) @ V.T @ (w * r)


def top(scores, n, excluded=()):
    """Return the n best items by a full sort, best first, ties by item number."""
    left = [i for i in range(len(scores)) if i not in set(excluded)]
    return sorted(left, key=lambda i: (-scores[i], i))[:n]


def mask_rows(W):
    """Return the mask with rows of norm one."""
    mask = (np.asarray(W) > 0).astype(float)
    return mask / np.linalg.norm(mask, axis=1, keepdims=True)


def posterior_row(r, p, V, c, prior, mean, noise):
    """Return a draw of x from its posterior, given r ~ Normal(V @ x + c, precision p).

    The prior is x ~ Normal(mean, precision prior). With noise 0 the result is the
    posterior mean.
    """
    precision = prior + V.T @ (p[:, None] * V)
    rhs = prior @ mean + V.T @ (p * (r - c))
    spread = np.linalg.inv(np.linalg.cholesky(prior))
    # The noise is rotated by the Cholesky factor in coordinates where the prior is I.
    root = np.linalg.cholesky(spread @ precision @ spread.T).T
    return np.linalg.solve(precision, rhs) + spread.T @ np.linalg.solve(root, noise)


def ranking(gains, best, k):
    """Return the metrics of one user's list of items (best first) by a loop.

    ``gains`` maps the relevant items to their gains.
    """
    n_hits, first, precisions, dcg = 0, 0.0, 0.0, 0.0
    for rank, item in enumerate(best[:k], start=1):
        if item in gains:
            n_hits += 1
            precisions += n_hits / rank
            first = first or 1 / rank
            dcg += gains[item] / np.log2(rank + 1)
    most = sorted(gains.values(), reverse=True)[:k]
    ideal = sum(gain / np.log2(rank + 2) for rank, gain in enumerate(most))
    return {
        "precision": n_hits / k,
        "recall": n_hits / len(gains),
        "hit_rate": float(n_hits > 0),
        "average_precision": precisions / min(k, len(gains)),
        "reciprocal_rank": first,
        "ndcg": dcg / ideal if ideal else np.nan,
    }


def similar(X, i, n, metric, candidates=None):
    """Return the n rows most similar to row i, without row i, and their scores."""
    X = np.asarray(X, float)
    lengths = np.ones(len(X)) if metric == "dot" else np.linalg.norm(X, axis=1)
    lengths[lengths == 0] = np.inf
    scores = X @ X[i] / lengths / lengths[i]
    allowed = range(len(X)) if candidates is None else candidates
    best = top(scores, n, set(range(len(X))) - (set(allowed) - {i}))
    return best, scores[best]


def similarities(v, V, w, penalty):
    """Return the change of v . x for each rating; x is the ridge regression of all."""
    gram = V.T @ (w[:, None] * V) + penalty * np.eye(len(v))
    return w * (V @ np.linalg.solve(gram, v))


def group_contrast(R, W, groups, group, damping):
    """Return damped item means of a group and of the others, and their z-scores."""
    mean = (W * R).sum(axis=0) / W.sum(axis=0)
    D = W * (R - mean)
    spread = np.sqrt((D * (R - mean)).sum() / W.sum())
    means, variance = [], 0.0
    for rows in (groups == group, groups != group):
        size = W[rows].sum(axis=0) + damping
        means.append(mean + D[rows].sum(axis=0) / size)
        variance = variance + 1 / size
    return *means, (means[0] - means[1]) / (spread * np.sqrt(variance))


def marginal_relevance(scores, V, chosen, diversity):
    """Return the marginal relevance of each item of a pool; -inf for chosen items.

    ``scores`` fall, V has a row for each of them, and ``chosen`` are positions.
    """
    scores, V = np.asarray(scores, float), np.asarray(V, float)
    relevance = (scores - scores[-1]) / (scores[0] - scores[-1])
    V = V / np.linalg.norm(V, axis=1, keepdims=True)
    values = (1 - diversity) * relevance
    values = values - diversity * (V @ V[chosen].T).max(axis=1)
    values[chosen] = -np.inf
    return values
