"""Worker: cmfrec, ALS by Cholesky factorisation or conjugate gradients."""

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


def fit(train, n_iterations, *, threads=THREADS, **settings):
    """Fit to a sparse matrix of scipy, the fastest kind of input."""
    matrix = coo_matrix((train.rating, (train.user, train.item)), train.shape)
    model = CMF(niter=n_iterations, nthreads=threads, **FAST | settings)
    return model.fit(matrix)


def predict(model, users, items):
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
