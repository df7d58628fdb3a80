"""Models of this package that minimise the objective of another library."""

import numpy as np

from benchmarks.migration.cases.common import ALS_SETTINGS
from sklearn_cofi import CollaborativeFilter

LIST_LENGTH = 10


def hu_koren_volinsky(clicks, weights, *, factors, regularization, **others):
    """Return the filter with the cost of implicit's ALS.

    It is ``sum over clicks of weight * (1 - U_u . V_i)**2``, plus the squares of the
    predictions of all other pairs, plus ``regularization * (||U||**2 + ||V||**2)``.
    `others` has further parameters of the filter.
    """
    model = CollaborativeFilter(
        factors,
        regularization,
        solver="als",
        mean_normalization=None,
        fit_bias=False,
        reg_scaling="none",
        unrated_weight=1,
        unrated_rating=0,
        random_state=0,
        **others,
    )
    return model.fit(clicks, sample_weight=weights)


def als_of_implicit(train, test):
    """Return the lists at the minimum of the objective of implicit's ALS on ones."""
    settings = ALS_SETTINGS.copy()
    weights = np.full(len(train), float(settings.pop("alpha")))
    return lists_of(hu_koren_volinsky(train, weights, **settings), test)


def ridge_of_all_rows(ratings, *, k, lambda_):
    """Return the filter with the cost of cmfrec's CMF: one penalty for all rows.

    The cost is ``sum over ratings of (U_u . V_i + b_u + c_i + mean - R_ui)**2``, plus
    ``lambda_ * (||U||**2 + ||V||**2 + ||b||**2 + ||c||**2)``.
    """
    return CollaborativeFilter(
        k,
        lambda_,
        solver="als-ncg",
        mean_normalization="global",
        fit_bias=True,
        reg_bias=lambda_,
        reg_scaling="none",
        tol=1e-6,
        rating_range=(1, 5),
        random_state=0,
    ).fit(ratings)


def counted(ratings, *, k, regularization):
    """Return the filter with LensKit's penalty, proportional to the number of ratings.

    LensKit subtracts its biases before the factors are fitted; here they are fitted
    together.
    """
    return CollaborativeFilter(
        k,
        regularization,
        solver="als-ncg",
        mean_normalization="global",
        fit_bias=True,
        reg_bias=5,
        reg_scaling="count",
        rating_range=(1, 5),
        random_state=0,
    ).fit(ratings)


def lists_of(model, test):
    """Return an outcome: the lists of the test users."""
    best = model.recommend(test["user"].unique(), n=LIST_LENGTH)
    return {"best": best[["user", "rank", "item"]].to_dict("list")}


def ratings_of(model, test):
    """Return an outcome: the predicted test ratings."""
    return {"predicted": model.predict(test).tolist()}
