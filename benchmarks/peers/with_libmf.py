"""Worker: LIBMF (stochastic gradient descent on blocks, several threads)."""

import numpy as np
from libmf import mf
from worker import serve


def fit(train, n_iterations, *, threads=2, **settings):
    """Take the public way in: one array of three columns, which it copies."""
    model = mf.MF(nr_iters=n_iterations, nr_threads=threads, quiet=True, **settings)
    model.fit(np.column_stack(train).astype(np.float32))
    return model


def predict(model, users, items):
    """Predict from the factors: `MF.predict` reads its input column by column."""
    U, V = model.p_factors(), model.q_factors()
    return np.einsum("nk,nk->n", U[users], V[items])


def factors(model):
    return {"user": model.p_factors(), "item": model.q_factors()}


if __name__ == "__main__":
    serve(("libmf", "numpy"), fit=fit, predict=predict, factors=factors)
