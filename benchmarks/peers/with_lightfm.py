"""Worker: LightFM, whose losses are of likes or of lists, not of ratings."""

import numpy as np
from lightfm import LightFM
from scipy.sparse import coo_matrix, csr_matrix, eye, hstack, vstack
from worker import Known, given, serve

CALIBRATED_ON = 0.1  # of the training ratings


def fit(train, n_iterations, *, known=None, **settings):
    """Fit the logistic loss to whether a rating is above the mean.

    A linear regression of ratings on scores makes ratings of the scores. It is fitted
    to a tenth of the training ratings, with scores of a model of the other ratings.
    """
    known = known or Known()
    rows = [_rows(side, train, known) for side in ("user", "item")]
    shuffled = np.random.default_rng(0).permutation(train.rating.size)
    held_out, others = np.split(shuffled, [int(CALIBRATED_ON * shuffled.size)])
    model = _fitted(train, others, rows, n_iterations, settings)
    scores = _scores(model, rows, train.user[held_out], train.item[held_out])
    line = np.polynomial.Polynomial.fit(scores, train.rating[held_out], 1)
    return _fitted(train, shuffled, rows, n_iterations, settings), rows, line


def predict(model, users, items):
    model, rows, line = model
    return line(_scores(model, rows, users, items))


def _rows(side, train, known):
    """Return one-hot rows with features, and a last row of zeros for unknown ids."""
    n_rated = train.shape[side == "item"]
    n = known.n_rows(side, n_rated)
    columns = [eye(n, n_rated)]
    features = getattr(known, f"{side}_features")
    columns += [] if features is None else [csr_matrix(features)]
    columns = hstack(columns)
    rows = vstack([columns, csr_matrix((1, columns.shape[1]))])
    return csr_matrix(rows, dtype=np.float32)


def _fitted(train, chosen, rows, n_iterations, settings):
    liked = np.where(train.rating > train.rating.mean(), 1, -1)[chosen]
    shape = [side.shape[0] for side in rows]
    signs = coo_matrix((liked, (train.user[chosen], train.item[chosen])), shape)
    model = LightFM(loss="logistic", random_state=0, **settings)
    sides = dict(zip(("user_features", "item_features"), rows, strict=True))
    epochs = given(epochs=n_iterations)
    return model.fit(signs.astype(np.float32), **sides, **epochs, num_threads=1)


def _scores(model, rows, users, items):
    """Return the scores of pairs; unknown ids are the last row."""
    codes = [
        (places % side.shape[0]).astype(np.int32)
        for places, side in zip((users, items), rows, strict=True)
    ]
    sides = dict(zip(("user_features", "item_features"), rows, strict=True))
    return model.predict(*codes, **sides, num_threads=1)


if __name__ == "__main__":
    serve(("lightfm", "numpy", "scipy"), fit=fit, predict=predict)
