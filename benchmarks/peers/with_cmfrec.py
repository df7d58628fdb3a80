"""Worker: cmfrec, ALS by Cholesky factorisation or conjugate gradients."""

import numpy as np
from cmfrec import CMF
from scipy.sparse import coo_matrix
from worker import THREADS, difference, serve

# Options that cmfrec's documentation names for the fastest fit.
FAST = {
    "use_float": True,
    "precompute_for_predictions": False,
    "finalize_chol": False,
    "produce_dicts": False,
    "random_state": 1,
}


def fit(train, n_iterations, *, known=None, threads=THREADS, **settings):
    """Fit to a sparse matrix of scipy, the fastest kind of input.

    Features of users and items are matrices that are factorised jointly. Rows of users
    or items without ratings have factors by their features alone. With implicit
    features this ends the process (cmfrec 3.5.1.post14), so these rows are left out and
    their users and items are unknown to the model.
    """
    matrix = coo_matrix((train.rating, (train.user, train.item)), train.shape)
    model = CMF(niter=n_iterations, nthreads=threads, **FAST | settings)
    if known is None:
        return model.fit(matrix)
    sides = known.user_features, known.item_features
    if settings.get("add_implicit_features"):
        sides = [
            rows if rows is None else rows[:n]
            for rows, n in zip(sides, train.shape, strict=True)
        ]
    return model.fit(matrix, U=sides[0], I=sides[1])


def predict(model, users, items):
    users, items = (
        np.where(codes < len(factors), codes, -1)
        for codes, factors in ((users, model.A_), (items, model.B_))
    )
    return model.predict(user=users, item=items)


def factors(model):
    return {"user": model.A_, "item": model.B_}


def sweep(train, k, method, reg, iterations):
    """Time by difference, because cmfrec has no callback between iterations."""
    settings = {
        "k": k,
        "lambda_": reg,
        "use_cg": method == "cg3",
        "user_bias": False,
        "item_bias": False,
    }
    return difference(lambda n: fit(train, n, **settings), iterations)


if __name__ == "__main__":
    serve(
        ("cmfrec", "numpy", "scipy"),
        fit=fit,
        predict=predict,
        factors=factors,
        sweep=sweep,
    )
