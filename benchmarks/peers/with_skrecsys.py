"""Worker: skrecsys, AlternatingLeastSquares (a coordinate at a time, one thread)."""

import numpy as np
from skrecsys.recommendation import AlternatingLeastSquares
from worker import difference, serve


def fit(train, n_iterations, **settings):
    """Fit by the public interface, to an array of pairs and the ratings."""
    model = AlternatingLeastSquares(n_iter=n_iterations, random_state=0, **settings)
    return model.fit(np.column_stack([train.user, train.item]), train.rating)


def predict(model, users, items):
    return model.predict(np.column_stack([users, items]))


def factors(model):
    """Return the factors; skrecsys orders rows by encoded id too."""
    return {
        "user": model.user_factors_,
        "item": model.item_factors_,
        "user_bias": model.user_bias_ + model.global_bias_,
        "item_bias": model.item_bias_,
    }


def sweep(train, k, method, reg, iterations):
    """Time by difference, in float64; biases are always fitted, in little time."""
    settings = {"n_factors": k, "reg_factors": reg}
    return difference(lambda n: fit(train, n, **settings), iterations)


if __name__ == "__main__":
    serve(("skrecsys", "numpy"), fit=fit, predict=predict, factors=factors, sweep=sweep)
