"""Worker: cornac, MF (stochastic gradient descent without locks, several threads)."""

import numpy as np
from cornac.data import Dataset
from cornac.models import MF
from worker import THREADS, rows, serve


def fit(train, n_iterations, *, threads=THREADS, **settings):
    """Fit to a Dataset of encoded arrays, the fastest kind of input.

    `Dataset.from_uir` looks up each rating in Python dictionaries, which takes two
    seconds per million. A seed restricts cornac to one thread, so it is set only then.
    """
    n_users, n_items = train.shape
    codes = [{n: n for n in range(size)} for size in (n_users, n_items)]
    columns = tuple(column.astype(np.int64) for column in train[:2])
    dataset = Dataset(n_users, n_items, *codes, (*columns, train.rating))
    seed = 0 if threads == 1 else None
    model = MF(max_iter=n_iterations, num_threads=threads, seed=seed, **settings)
    return model.fit(dataset)


def predict(model, users, items):
    """Predict from the factors, because `MF.score` takes one user at a time.

    As in cornac, an unknown user or item has neither bias nor factors.
    """
    U, V = rows(model.u_factors, users), rows(model.i_factors, items)
    products = np.einsum("nk,nk->n", U, V)
    biases = rows(model.u_biases, users) + rows(model.i_biases, items)
    return model.global_mean + biases + products


if __name__ == "__main__":
    serve(("cornac", "numpy"), fit=fit, predict=predict)
