"""The model of Hu, Koren and Volinsky (2008) is a special case.

Their model has a confidence ``c = 1 + alpha * count`` in a pair with a count, and 1 in
every other pair, and minimises::

    sum over all (u, i) of c_ui * (x_u . y_i - (count_ui > 0))**2
        + reg * (sum_u ||x_u||**2 + sum_i ||y_i||**2)

The functions here are the equations of the paper, on dense arrays.
"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_cofi import CollaborativeFilter


def random_counts(seed, shape=(15, 12), density=0.4):
    """Return a dense array of counts in which each user and each item has one."""
    rng = np.random.default_rng(seed)
    counts = rng.poisson(2, shape) * (rng.random(shape) < density)
    counts[np.arange(shape[0]), np.arange(shape[0]) % shape[1]] = 1
    return counts


def solved_rows(others, confidence, clicked, reg):
    """Return ``(Y' C_u Y + reg I)^-1 Y' C_u p(u)`` for each user u."""
    ridge = reg * np.eye(others.shape[1])
    return np.stack(
        [
            np.linalg.solve(others.T * c @ others + ridge, others.T * c @ p)
            for c, p in zip(confidence, clicked, strict=True)
        ]
    )


def cost_of(X, Y, counts, alpha, reg):
    """Return the cost in the paper."""
    squares = (X @ Y.T - (counts > 0)) ** 2
    penalty = (X**2).sum() + (Y**2).sum()
    return ((1 + alpha * counts) * squares).sum() + reg * penalty


def fitted(counts, alpha, reg, **parameters):
    """Return our model of the same objective, and its users x items factors."""
    users, items = np.nonzero(counts)
    clicks = pd.DataFrame({"user": users, "item": items})
    given = {
        "num_features": 2,
        "tol": 1e-9,
        "max_iter": 5000,
        "random_state": 0,
        "n_jobs": 1,
    }
    model = CollaborativeFilter(
        reg_param=reg,
        solver="als",
        mean_normalization=None,
        fit_bias=False,
        reg_scaling="none",
        unrated_weight=1,
        unrated_rating=0,
        **(given | parameters),
    )
    weights = 1 + alpha * counts[users, items]
    return model.fit(clicks, sample_weight=weights)


@given(st.integers(0, 1000), st.sampled_from([0.5, 1, 10]), st.sampled_from([1, 5]))
def test_the_factors_solve_the_equations_of_the_paper(seed, alpha, reg):
    counts = random_counts(seed)
    model = fitted(counts, alpha, reg)
    X, Y = model.user_factors_, model.item_factors_
    confidence, clicked = 1 + alpha * counts, (counts > 0).astype(float)
    rtol = {"rtol": 1e-5, "atol": 1e-5}
    np.testing.assert_allclose(X, solved_rows(Y, confidence, clicked, reg), **rtol)
    np.testing.assert_allclose(Y, solved_rows(X, confidence.T, clicked.T, reg), **rtol)
    np.testing.assert_allclose(2 * model.cost_, cost_of(X, Y, counts, alpha, reg))


@pytest.mark.parametrize(("alpha", "reg"), [(1, 4), (40, 100)])
def test_another_start_and_other_code_end_at_the_same_predictions(alpha, reg):
    """With two factors and these penalties, alternating solves have one optimum."""
    counts = random_counts(0, (40, 30), 0.2)
    confidence, clicked = 1 + alpha * counts, (counts > 0).astype(float)
    Y = np.random.default_rng(1).normal(size=(30, 2))
    for _ in range(300):
        X = solved_rows(Y, confidence, clicked, reg)
        Y = solved_rows(X, confidence.T, clicked.T, reg)
    model = fitted(counts, alpha, reg)
    np.testing.assert_allclose(
        model.user_factors_ @ model.item_factors_.T, X @ Y.T, rtol=1e-5, atol=1e-6
    )


def test_a_new_user_is_a_row_of_the_paper():
    counts, alpha, reg = random_counts(2), 1, 2
    model = fitted(counts, alpha, reg)
    new = np.zeros((1, 12))
    new[0, [1, 4]] = 1
    weights = 1 + alpha * new
    X = solved_rows(model.item_factors_, weights, new, reg)
    expected = np.sort((X @ model.item_factors_.T)[0, new[0] == 0])[::-1]
    clicks = pd.DataFrame({"user": 99, "item": [1, 4]})
    best = model.fold_in(clicks, sample_weight=[2, 2]).recommend(99, n=10)
    np.testing.assert_allclose(best["prediction"], expected)
    X = solved_rows(model.item_factors_, np.ones((1, 12)), new, reg)
    expected = np.sort((X @ model.item_factors_.T)[0, new[0] == 0])[::-1]
    best = model.recommend(ratings=clicks[["item"]], n=10)
    np.testing.assert_allclose(best["prediction"], expected)
