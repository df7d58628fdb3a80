"""Worker: scikit-surprise (stochastic gradient descent, neighbours; one thread)."""

import numpy as np
import pandas as pd
import surprise
from worker import given, rows, serve


def fit(train, n_iterations, *, algorithm="SVD", **settings):
    """Fit by the public interface, to a Trainset from a data frame."""
    scale = float(train.rating.min()), float(train.rating.max())
    data = surprise.Dataset.load_from_df(
        pd.DataFrame(train._asdict()), surprise.Reader(rating_scale=scale)
    )
    # Algorithms that use no random numbers ignore unknown keywords.
    named = {"random_state": 0, "verbose": False, **given(n_epochs=n_iterations)}
    model = getattr(surprise, algorithm)(**named, **settings)
    return model.fit(data.build_full_trainset())


def predict(model, users, items):
    """Predict pair by pair; for SVD, predict from the factors, which is faster.

    As in Surprise, an unknown user or item has neither bias nor factors.
    """
    if not isinstance(model, surprise.SVD):
        pairs = zip(users.tolist(), items.tolist(), strict=True)
        return [model.predict(user, item).est for user, item in pairs]
    trainset = model.trainset
    u = _places(trainset.to_raw_uid, trainset.n_users)[users]
    i = _places(trainset.to_raw_iid, trainset.n_items)[items]
    products = np.einsum("nk,nk->n", rows(model.pu, u), rows(model.qi, i))
    return trainset.global_mean + rows(model.bu, u) + rows(model.bi, i) + products


def _places(raw_id, n):
    """Return the inner id of each raw id from 0 to n - 1, and last -1 for -1."""
    places = np.full(n + 1, -1)
    places[[raw_id(inner) for inner in range(n)]] = np.arange(n)
    return places


if __name__ == "__main__":
    serve(("scikit-surprise", "numpy"), fit=fit, predict=predict)
