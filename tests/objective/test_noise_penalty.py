"""The automatic penalty: against a dense twin, and its laws of scale."""

import numpy as np
import pytest
import reference
from fitting import PLAIN
from hypothesis import given
from hypothesis import strategies as st
from strategies import random_ratings, ratings

from sklearn_cofi import CollaborativeFilter, CollaborativeFilterCV
from sklearn_cofi.data._matrix import rating_matrix
from sklearn_cofi.datasets import make_ratings
from sklearn_cofi.objective._certificate import reg_param_max
from sklearn_cofi.objective._noise_penalty import noise_penalty
from sklearn_cofi.objective._penalty import Penalty
from sklearn_cofi.objective._squared import MaskedSquaredLoss
from sklearn_cofi.training._auto_penalty import multiple_of_auto


def dense_penalty(drawn, scaling, reg_bias):
    """Return the penalty by dense linear algebra; no biases for ``reg_bias=None``."""
    R, W = reference.merge(*drawn)
    n_users, n_items = R.shape
    errors = R
    if reg_bias is not None:
        system = np.zeros((n_users + n_items,) * 2)
        system[:n_users, n_users:] = W
        system[n_users:, :n_users] = W.T
        system += np.diag(np.concatenate([W.sum(1), W.sum(0)]) + reg_bias)
        sums = np.concatenate([(W * R).sum(1), (W * R).sum(0)])
        b, c = np.split(np.linalg.solve(system, sums), [n_users])
        errors = R - b[:, None] - c
    rated = W > 0
    variance = (W * errors**2)[rated].mean()
    counts = W.sum(1)[:, None] * W.sum(0)
    m = np.exp(np.log(counts[rated]).mean() / 2)
    return 1.5 * np.sqrt(variance) * m ** (0.5 - scaling)


@given(ratings(), st.floats(0, 1), st.sampled_from([None, 0.5, 3.0]))
def test_the_penalty_equals_that_of_dense_matrices(drawn, scaling, reg_bias):
    drawn = drawn.compact()
    penalty = Penalty(1.0, scaling, reg_bias is not None, reg_bias)
    got = noise_penalty(rating_matrix(*drawn), penalty)
    expected = dense_penalty(drawn, scaling, reg_bias)
    # Where biases explain the ratings, the residuals are rounding errors.
    rounding = 1e-5 * float(abs(drawn.ratings).max())
    assert got == pytest.approx(expected, rel=1e-5, abs=rounding)


def test_noise_ends_at_twice_its_standard_deviation():
    """The largest singular value of noise is near 2 s, of which the penalty is 75%."""
    rng = np.random.default_rng(0)
    for density in (0.1, 1.0):
        users, items = np.nonzero(rng.random((400, 400)) < density)
        noise = rng.standard_normal(users.size)
        matrix = rating_matrix(users, items, noise, None, (400, 400))
        penalty = Penalty(1.0, 0.5)
        largest = reg_param_max(MaskedSquaredLoss(matrix, penalty))
        assert 1.9 < largest / noise.std() < 2.2
        assert noise_penalty(matrix, penalty) == pytest.approx(1.5 * noise.std(), 1e-3)


@pytest.mark.parametrize("scaling", [0.0, 0.5, 1.0])
def test_the_penalty_has_the_unit_of_weights(scaling):
    matrix = rating_matrix(*random_ratings(4, (30, 20), weighted=True))
    rows = matrix.by_user
    heavy = matrix._with_sides(
        side._replace(weights=3 * side.weights)
        for side in (matrix.by_user, matrix.by_item)
    )
    one, three = (
        Penalty(noise_penalty(each, Penalty(1.0, scaling)), scaling).of_rows(
            0, side.weight_sums
        )
        for each, side in ((matrix, rows), (heavy, heavy.by_user))
    )
    np.testing.assert_allclose(three, 3 * one, rtol=1e-12)


@pytest.mark.parametrize("scale", [10.0, 1 / 64])
@pytest.mark.parametrize("solver", ["cg", "als-ncg"])
def test_predictions_have_the_unit_of_ratings(scale, solver):
    X, y = make_ratings(2000, n_users=80, n_items=50, rank=3, random_state=0)
    model = CollaborativeFilter(solver=solver, tol=1e-6, random_state=0, n_jobs=1)
    one = model.fit(X, y)
    penalty, predicted = one.reg_param_, one.predict(X)
    other = model.fit(X, scale * y)
    assert other.reg_param_ == pytest.approx(scale * penalty, rel=1e-12)
    np.testing.assert_allclose(other.predict(X) / scale, predicted, rtol=1e-4)


def test_multiples():
    X, y = make_ratings(2000, n_users=80, n_items=50, rank=3, random_state=0)
    settings = {"random_state": 0, "n_jobs": 1}
    auto = CollaborativeFilter(3, **settings).fit(X, y)
    half = CollaborativeFilter(3, "0.5*auto", **settings).fit(X, y)
    assert half.reg_param_ == auto.reg_param_ / 2
    same = CollaborativeFilter(3, auto.reg_param_, **settings).fit(X, y)
    np.testing.assert_array_equal(same.item_factors_, auto.item_factors_)
    tuned = CollaborativeFilterCV(["auto", 0.3, "2e-1 * auto"], 3, cv=2, **settings)
    tuned.fit(X, y)
    expected = sorted([auto.reg_param_, 0.3, 0.2 * auto.reg_param_], reverse=True)
    assert tuned.reg_params_.tolist() == pytest.approx(expected, rel=1e-12)
    assert tuned.reg_param_ in tuned.reg_params_


@pytest.mark.parametrize(
    ("text", "multiple"),
    [("auto", 1), (" 2 * auto ", 2), ("0.5*auto", 0.5), ("1e-3*auto", 1e-3)],
)
def test_text_of_multiples(text, multiple):
    assert multiple_of_auto(text) == multiple


@pytest.mark.parametrize(
    "text",
    ["", "Auto", "0*auto", "-1*auto", "nan*auto", "inf*auto", "*auto", "auto*2", "2"],
)
def test_other_text_is_an_error(text):
    with pytest.raises(ValueError, match="positive multiple such as '0.5\\*auto'"):
        multiple_of_auto(text)


def test_a_pair_and_a_number_are_kept():
    X, y = make_ratings(500, n_users=30, n_items=20, rank=3, random_state=0)
    for given_one in (0.5, (0.25, 1.0)):
        model = CollaborativeFilter(2, given_one, random_state=0, **PLAIN).fit(X, y)
        assert model.reg_param_ == given_one


def test_ratings_like_noise_give_a_warning():
    # Each user has rated another item: all singular values are those of one rating.
    rows = np.column_stack([range(6), range(6)])
    with pytest.warns(UserWarning, match="do not differ from noise.*means and biases"):
        model = CollaborativeFilter(random_state=0).fit(rows, [1, 5, 1, 5, 1, 5])
    assert model.reg_param_ >= model.reg_param_max_
    assert not model.item_factors_.any()
