"""What can be proved about an objective without minimising it."""

import numpy as np
from scipy.sparse.linalg import LinearOperator, svds

from sklearn_cofi.objective._squared import MaskedSquaredLoss


def reg_param_max(objective: MaskedSquaredLoss) -> float:
    """Return the smallest penalty at which all factors are exactly zero.

    ::

        reg_param_max = sigma_max(W * R)

    the largest singular value of the weighted, centred, masked ratings. The factored
    problem is the nuclear-norm problem ``1/2 ||W^(1/2) * P(Z - R)||^2 + reg ||Z||_*``
    in disguise, and ``Z = 0`` satisfies its optimality condition just where the
    gradient at zero, ``-W * R``, has no singular value above ``reg``.

    Costs some tens of passes over the ratings; makes nothing larger than the factors.

    References
    ----------
    Mazumder, Hastie and Tibshirani, "Spectral Regularization Algorithms for Learning
    Large Incomplete Matrices", JMLR 11 (2010), section 3.
    """
    n_users, n_items = objective.ratings.shape
    if objective.cost_at_zero == 0:
        return 0.0

    def times(v, *, by_item):
        # With U = 0 the error is -R, so the gradient of the fit is -(W * R) @ V.
        V = np.ascontiguousarray(v.reshape(-1, 1), objective.dtype)
        zero = np.zeros((n_items if by_item else n_users, 1), objective.dtype)
        return -objective.fit_gradient(zero, V, by_item=by_item)[1]

    def by_user(v):
        return times(v, by_item=False)

    def by_item(v):
        return times(v, by_item=True)

    if min(n_users, n_items) == 1:
        single = by_item if n_users == 1 else by_user
        return float(np.linalg.norm(single(np.ones(1))))
    matrix = LinearOperator(
        (n_users, n_items), matvec=by_user, rmatvec=by_item, dtype=objective.dtype
    )
    # A fixed start keeps the result reproducible; svds draws a random one otherwise.
    start = np.random.default_rng(0).standard_normal(min(n_users, n_items))
    start = start.astype(objective.dtype)
    return float(svds(matrix, k=1, v0=start, return_singular_vectors=False)[0])
