"""The mask as side information: products, and draws of the link matrix."""

import numpy as np
import pytest
import reference
from hypothesis import given
from hypothesis import strategies as st
from strategies import Ratings, random_factors, random_ratings, ratings

from sklearn_cofi.bayesian import _link
from sklearn_cofi.bayesian._likelihood import NormalLikelihood
from sklearn_cofi.bayesian._link import Link, RatedMask, draw_link, no_link
from sklearn_cofi.data._matrix import rating_matrix

SIDES = pytest.mark.parametrize("side", [0, 1], ids=["users", "items"])


def masks(drawn, side):
    """Return the mask and the same mask as a dense array."""
    _, W = reference.merge(*drawn)
    likelihood = NormalLikelihood(rating_matrix(*drawn))
    return RatedMask(likelihood, side), reference.mask_rows(W.T if side else W)


@SIDES
@given(drawn=ratings(dtype=np.float64), k=st.integers(1, 9))
def test_products_equal_those_of_the_dense_mask(side, drawn, k):
    mask, F = masks(drawn.compact(), side)
    assert mask.shape == F.shape
    Y, X = random_factors(F.shape, k)
    np.testing.assert_allclose(mask.times(X), F @ X, atol=1e-12)
    np.testing.assert_allclose(mask.transposed_times(Y), F.T @ Y, atol=1e-12)
    gram = mask.gram
    found = np.square(gram.vectors) @ gram.values + gram.remainder[:, 0]
    np.testing.assert_allclose(found, np.diag(F.T @ F), atol=1e-7)


@pytest.fixture
def exact(monkeypatch):
    """Solve with the smallest tolerance."""
    monkeypatch.setattr(_link, "_TOL", 1e-24)
    monkeypatch.setattr(_link, "_MAX_STEPS", 500)


class Recorder:
    """A generator that records the noise it draws."""

    def __init__(self, seed):
        self._rng, self.noise = np.random.default_rng(seed), []

    def standard_normal(self, shape, dtype):
        self.noise.append(self._rng.standard_normal(shape))
        return self.noise[-1]

    def gamma(self, shape):
        return self._rng.gamma(shape)


@SIDES
@pytest.mark.usefixtures("exact")
def test_beta_solves_the_perturbed_normal_equations(side):
    mask, F = masks(random_ratings(3, (20, 14)), side)
    deviations, beta = random_factors(F.shape, 3)
    precision = np.array([[2.0, 0.3, 0], [0.3, 1, 0.1], [0, 0.1, 3]])
    rng = Recorder(0)
    link = Link(beta, F @ beta, 0.7)
    drawn = draw_link(mask, deviations, precision, link, rng)
    spread = np.linalg.inv(np.linalg.cholesky(precision))
    E = {len(z): z @ spread for z in rng.noise}
    target = F.T @ (deviations + E[F.shape[0]]) + np.sqrt(0.7) * E[F.shape[1]]
    expected = np.linalg.solve(F.T @ F + 0.7 * np.eye(F.shape[1]), target)
    np.testing.assert_allclose(drawn.beta, expected, atol=1e-9)
    np.testing.assert_allclose(drawn.shift, F @ drawn.beta, atol=1e-9)


@pytest.mark.usefixtures("exact")
def test_draws_have_the_moments_of_the_posterior():
    # Given the rows, each column of beta is a ridge regression on F.
    mask, F = masks(random_ratings(1, (8, 4)), 0)
    deviations, _ = random_factors(F.shape, 1)
    rng, link = np.random.default_rng(0), no_link(mask, 1, np.float64)
    draws = []
    for _ in range(4000):
        link = draw_link(mask, deviations, np.array([[2.0]]), link, rng)
        link = link._replace(strength=0.5)
        draws.append(link.beta[:, 0])
    inverse = np.linalg.inv(F.T @ F + 0.5 * np.eye(4))
    covariance = inverse / 2
    error = np.sqrt(np.diag(covariance) / len(draws))
    mean = inverse @ F.T @ deviations[:, 0]
    assert (np.abs(np.mean(draws, axis=0) - mean) < 4 * error).all()
    np.testing.assert_allclose(np.cov(np.transpose(draws)), covariance, atol=0.06)


def test_a_loose_solve_is_close_to_the_exact_one(monkeypatch):
    mask, F = masks(random_ratings(3, (60, 40)), 0)
    deviations, _ = random_factors(F.shape, 3)
    found = []
    for tol in (_link._TOL, 1e-24):
        monkeypatch.setattr(_link, "_TOL", tol)
        link = no_link(mask, 3, np.float64)
        rng = np.random.default_rng(0)
        found.append(draw_link(mask, deviations, np.eye(3), link, rng).beta)
    error = np.linalg.norm(found[0] - found[1]) / np.linalg.norm(found[1])
    assert error < 0.15


def test_popular_columns_do_not_slow_the_solver(monkeypatch):
    # The first columns are in almost all rows, so F.T @ F has large eigenvalues.
    rng = np.random.default_rng(0)
    dense = rng.random((300, 200)) < np.geomspace(0.9, 0.01, 200)
    dense[:, 0] = True
    users, items = np.nonzero(dense)
    mask, F = masks(Ratings(users, items, np.ones(users.size), None, dense.shape), 0)
    deviations, beta = random_factors(F.shape, 3)
    link = Link(beta, F @ beta, 1.0)
    drawn = draw_link(mask, deviations, np.eye(3), link, np.random.default_rng(0))
    monkeypatch.setattr(_link, "_TOL", 1e-24)
    exact = draw_link(mask, deviations, np.eye(3), link, np.random.default_rng(0))
    monkeypatch.setattr(_link, "_MAX_STEPS", 3)
    few_steps = draw_link(mask, deviations, np.eye(3), link, np.random.default_rng(0))
    np.testing.assert_array_equal(drawn.beta, few_steps.beta)
    assert distance(F, drawn.beta, exact.beta) < 0.1 * distance(F, beta, exact.beta)


def distance(F, beta, other):
    """Return the distance in the norm of the system, for a strength of one."""
    delta = beta - other
    return np.sqrt(np.square(F @ delta).sum() + np.square(delta).sum())


@pytest.mark.usefixtures("exact")
def test_columns_that_are_solved_first_stay_finite():
    # With one rating in each row and column, one step of the solver is exact.
    single = Ratings(np.arange(4), np.arange(4), np.ones(4), None, (4, 4))
    mask, _ = masks(single, 0)
    deviations = np.zeros((4, 2), np.float32)
    link = no_link(mask, 2, np.float32)
    for seed in range(20):
        rng = np.random.default_rng(seed)
        link = draw_link(mask, deviations, np.eye(2), link, rng)
        assert np.isfinite(link.beta).all()


@pytest.mark.usefixtures("exact")
def test_the_strength_has_the_mean_of_its_gamma():
    # The strength times its rate is a standard gamma variable of shape (1 + n * k) / 2.
    mask, F = masks(random_ratings(1, (8, 2)), 0)
    deviations, _ = random_factors(F.shape, 1)
    precision, rng = np.array([[5.0]]), np.random.default_rng(0)
    start, drawn = no_link(mask, 1, np.float64), []
    for _ in range(2000):
        link = draw_link(mask, deviations, precision, start, rng)
        rate = (1 + (link.beta.T @ link.beta * precision).sum()) / 2
        drawn.append(link.strength * rate)
    shape = (1 + 2 * 1) / 2
    assert np.mean(drawn) == pytest.approx(shape, abs=4 * np.sqrt(shape / 2000))


def test_a_chain_starts_with_beta_zero_and_strength_one():
    mask, F = masks(random_ratings(1, (8, 4)), 0)
    link = no_link(mask, 3, np.float64)
    assert link.strength == 1
    assert link.beta.shape == (F.shape[1], 3)
    assert link.shift.shape == (F.shape[0], 3)
    assert not link.beta.any()
    assert not link.shift.any()
