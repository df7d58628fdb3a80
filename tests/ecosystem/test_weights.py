"""Laws of sample weights, most of them bit for bit."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone


def assert_same_fit(first, second):
    """Compare all fitted attributes."""
    assert vars(first).keys() == vars(second).keys()
    for name, value in vars(first).items():
        if name not in first.get_params():
            np.testing.assert_array_equal(value, getattr(second, name), name)


@pytest.fixture(params=["cg", "lbfgs"])
def model(request, model):
    return model.set_params(solver=request.param, max_iter=2000)


@pytest.fixture(
    params=[
        {"mean_normalization": "item"},
        {"mean_normalization": "user"},
        {"mean_normalization": "global", "fit_bias": True},
        {"mean_normalization": None},
    ],
    ids=lambda settings: str(settings["mean_normalization"]),
)
def centred(request, model):
    """The model with each kind of mean normalization, one of them with biases."""
    return model.set_params(**request.param)


@pytest.fixture
def counts(y):
    return np.random.default_rng(0).integers(0, 4, len(y))


def squared_error(fitted, X, y):
    return ((fitted.predict(X) - y) ** 2).sum()


def test_large_weights_fit_their_ratings_better_and_other_ratings_worse(model, X, y):
    heavy = X["user"] == X["user"].iloc[0]
    plain = clone(model).fit(X, y)
    weighted = clone(model).fit(X, y, sample_weight=np.where(heavy, 20.0, 1.0))
    for rows, sign in ((heavy, 1), (~heavy, -1)):
        before, after = (squared_error(m, X[rows], y[rows]) for m in (plain, weighted))
        assert sign * before > sign * after


def test_weights_equal_repeats(centred, X, y, counts):
    weighted = clone(centred).fit(X, y, sample_weight=counts)
    rows = np.random.default_rng(1).permutation(np.repeat(np.arange(len(y)), counts))
    assert_same_fit(weighted, clone(centred).fit(X.iloc[rows], y.iloc[rows]))


def test_weights_equal_repeats_if_the_ratings_of_a_pair_differ(centred, X, y, counts):
    """The rounding of sums of thirds must not depend on the order of the rows."""
    pairs, ratings = pd.concat([X, X, X]), pd.concat([y / 3, y / 3 + 1, 2 - y / 3])
    counts = np.concatenate([counts, counts[::-1], counts + 1])
    rows = np.random.default_rng(1).permutation(
        np.repeat(np.arange(3 * len(y)), counts)
    )
    with pytest.warns(UserWarning, match="more than one rating"):
        weighted = clone(centred).fit(pairs, ratings, sample_weight=counts)
    with pytest.warns(UserWarning, match="more than one rating"):
        repeated = clone(centred).fit(pairs.iloc[rows], ratings.iloc[rows])
    assert_same_fit(weighted, repeated)


def test_weight_of_one_equals_no_weight(centred, X, y):
    ones = np.ones(len(y))
    assert_same_fit(
        clone(centred).fit(X, y), clone(centred).fit(X, y, sample_weight=ones)
    )


def test_weight_of_zero_equals_a_missing_row(centred, X, y, counts):
    kept = counts > 0
    # Without any row left, a user and an item must not be in the fit.
    kept &= ((X["user"] != X["user"].iloc[0]) & (X["item"] != X["item"].iloc[1])).values
    weighted = clone(centred).fit(X, y, sample_weight=kept.astype(float))
    without = clone(centred).fit(X[kept], y[kept])
    assert X["user"].iloc[0] not in weighted.user_ids_
    assert_same_fit(weighted, without)


@pytest.mark.parametrize("scale", [1 / 4, 2, 64])
def test_scaling_weights_and_penalty_together_keeps_the_predictions(
    centred, X, y, counts, scale
):
    weighted = clone(centred).set_params(tol=1e-6).fit(X, y, sample_weight=counts)
    scaled = clone(weighted).set_params(reg_param=scale * centred.reg_param)
    scaled.fit(X, y, sample_weight=scale * counts)
    # Roots of powers of four are exact, and solvers scale variables by roots. But
    # L-BFGS starts with a step of absolute length, and the start of biases has other
    # roots: these two reach the same predictions by other iterates.
    if centred.solver == "cg" and not centred.fit_bias and scale != 2:
        np.testing.assert_array_equal(scaled.item_factors_, weighted.item_factors_)
        np.testing.assert_array_equal(scaled.user_factors_, weighted.user_factors_)
    np.testing.assert_allclose(scaled.predict(X), weighted.predict(X), atol=2e-2)
    assert scaled.cost_ == pytest.approx(scale * weighted.cost_, rel=1e-6)
    threshold = scale * weighted.reg_param_max_
    assert scaled.reg_param_max_ == pytest.approx(threshold, rel=1e-9)


def test_score_weighs_squared_errors(model, X, y, counts):
    fitted = model.fit(X, y)
    predicted, mean = fitted.predict(X), np.average(y, weights=counts)
    r2 = 1 - (counts @ (y - predicted) ** 2) / (counts @ (y - mean) ** 2)
    assert fitted.score(X, y, sample_weight=counts) == pytest.approx(r2, rel=1e-12)
    assert r2 != pytest.approx(fitted.score(X, y), rel=1e-3)
