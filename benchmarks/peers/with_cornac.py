"""Worker: cornac, MF (stochastic gradient descent without locks, several threads)."""

import numpy as np
from cornac.data import Dataset
from cornac.models import MF
from worker import THREADS, rows, serve


def fit(train, n_iterations, *, threads=THREADS, **settings):
    """Take the fastest way in: a Dataset of coded arrays.

    `Dataset.from_uir` would take each rating through Python dictionaries, two seconds
    a million. With a seed cornac uses one thread: a seed if there is but one.
    """
    n_users, n_items = train.shape
    codes = [{n: n for n in range(size)} for size in (n_users, n_items)]
    columns = tuple(column.astype(np.int64) for column in train[:2])
    dataset = Dataset(n_users, n_items, *codes, (*columns, train.rating))
    seed = 0 if threads == 1 else None
    model = MF(max_iter=n_iterations, num_threads=threads, seed=seed, **settings)
    return model.fit(dataset)


def predict(model, users, items):
    """Predict from the factors: `MF.score` takes a user at a time.

    As there, an unseen user or item has neither bias nor factors.
    """
    U, V = rows(model.u_factors, users), rows(model.i_factors, items)
    products = np.einsum("nk,nk->n", U, V)
    biases = rows(model.u_biases, users) + rows(model.i_biases, items)
    return model.global_mean + biases + products


if __name__ == "__main__":
    serve(("cornac", "numpy"), fit=fit, predict=predict)
