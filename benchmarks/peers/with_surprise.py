"""Worker: scikit-surprise, SVD (stochastic gradient descent, one thread)."""

import numpy as np
import pandas as pd
from surprise import SVD, Dataset, Reader
from worker import serve


def fit(train, n_iterations, **settings):
    """Take the public way in: a data frame, of which Surprise makes its Trainset."""
    scale = float(train.rating.min()), float(train.rating.max())
    data = Dataset.load_from_df(
        pd.DataFrame(train._asdict()), Reader(rating_scale=scale)
    )
    return SVD(n_epochs=n_iterations, random_state=0, **settings).fit(
        data.build_full_trainset()
    )


def predict(model, users, items):
    """Predict from the factors: `SVD.predict` takes one pair at a time."""
    trainset = model.trainset
    place_of_user = _places(trainset.to_raw_uid, trainset.n_users)
    place_of_item = _places(trainset.to_raw_iid, trainset.n_items)
    u, i = place_of_user[users], place_of_item[items]
    products = np.einsum("nk,nk->n", model.pu[u], model.qi[i])
    return trainset.global_mean + model.bu[u] + model.bi[i] + products


def _places(raw_id, n):
    """Return the inner number of each raw id, which are 0 to n - 1."""
    places = np.empty(n, int)
    places[[raw_id(inner) for inner in range(n)]] = np.arange(n)
    return places


if __name__ == "__main__":
    serve(("scikit-surprise", "numpy"), fit=fit, predict=predict)
