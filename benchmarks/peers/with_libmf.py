"""Worker: LIBMF (stochastic gradient descent on blocks, several threads)."""

import numpy as np
from libmf import mf
from worker import THREADS, rows, serve


def fit(train, n_iterations, *, threads=THREADS, **settings):
    """Fit by the public interface, to one array of three columns, which it copies."""
    model = mf.MF(nr_iters=n_iterations, nr_threads=threads, quiet=True, **settings)
    model.fit(np.column_stack(train).astype(np.float32))
    model.mean = train.rating.mean(dtype=np.float64)
    return model


def predict(model, users, items):
    """Predict from the factors, because `MF.predict` reads its input by columns.

    As in LIBMF, the prediction for an unknown user or item is the mean of all ratings.
    """
    U, V = rows(model.p_factors(), users), rows(model.q_factors(), items)
    products = np.einsum("nk,nk->n", U, V)
    return np.where((users < 0) | (items < 0), model.mean, products)


def factors(model):
    return {"user": model.p_factors(), "item": model.q_factors()}


if __name__ == "__main__":
    serve(("libmf", "numpy"), fit=fit, predict=predict, factors=factors)
