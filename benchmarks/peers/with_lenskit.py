"""Worker: LensKit, ALS by Cholesky factorisation, in Rust."""

import time

import numpy as np
import pandas as pd
from lenskit.als import BiasedMFScorer, ImplicitMFScorer
from lenskit.config import ParallelSettings
from lenskit.data import from_interactions_df
from lenskit.parallel import init_threading
from lenskit.training import TrainingOptions
from worker import THREADS, between, rows, serve

# LensKit sets its threads once per process. It calls threads of BLAS and torch backend
# threads; their default on this machine is one too.
init_threading(ParallelSettings(num_threads=THREADS, num_backend_threads=1))


def fit(train, n_iterations, **settings):
    """Fit by the public interface, to a Dataset from a data frame."""
    model = BiasedMFScorer(epochs=n_iterations, **settings)
    model.train(_dataset(train), TrainingOptions(rng=0))
    return model


def predict(model, users, items):
    """Predict from the factors, because LensKit's pipelines take one user at a time.

    As in LensKit, an unknown user or item has neither bias nor factors.
    """
    u = model.users.numbers(users, missing="negative")
    i = model.items.numbers(items, missing="negative")
    U, V = rows(model.user_embeddings, u), rows(model.item_embeddings, i)
    bias = model.bias
    biases = rows(bias.user_biases, u) + rows(bias.item_biases, i)
    return bias.global_bias + biases + np.einsum("nk,nk->n", U, V)


def factors(model):
    n_users, n_items = len(model.users), len(model.items)
    bias = model.bias
    u = model.users.numbers(np.arange(n_users))
    i = model.items.numbers(np.arange(n_items))
    return {
        "user": model.user_embeddings[u],
        "item": model.item_embeddings[i],
        "user_bias": bias.global_bias + bias.user_biases[u],
        "item_bias": bias.item_biases[i],
    }


def sweep(train, k, method, reg, iterations):
    """Time epochs of LensKit's trainer, whose solves are exact.

    The penalty of its model of ratings is scaled by counts, so `reg` is the penalty of
    an average row.
    """
    few, many = iterations
    if method == "exact":
        reg /= train.user.size / train.shape[0]
    scorer = {"exact": BiasedMFScorer, "unrated-exact": ImplicitMFScorer}[method]
    model = scorer(embedding_size=k, regularization=reg)
    trainer = model.create_trainer(_dataset(train), TrainingOptions(rng=0))
    ticks = [time.perf_counter()]
    for _ in range(many):
        trainer.train_epoch()
        ticks.append(time.perf_counter())
    return between(ticks[few:])


def _dataset(train):
    return from_interactions_df(pd.DataFrame(train._asdict()))


if __name__ == "__main__":
    serve(
        ("lenskit", "numpy", "torch"),
        fit=fit,
        predict=predict,
        factors=factors,
        sweep=sweep,
    )
