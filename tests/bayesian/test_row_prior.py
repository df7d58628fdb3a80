"""The prior of the rows, drawn given the rows."""

import numpy as np
import pytest
import reference
from scipy.stats import gamma
from side_information import dense, random_rows
from strategies import random_ratings

from sklearn_cofi.bayesian import _link
from sklearn_cofi.bayesian._feature_block import FeatureBlock
from sklearn_cofi.bayesian._likelihood import NormalLikelihood
from sklearn_cofi.bayesian._link import Link, RatedMask
from sklearn_cofi.bayesian._noise import DEGREES
from sklearn_cofi.bayesian._row_prior import (
    _draw_own_degrees,
    draw_own,
    draw_prior,
    first_prior,
    prior_means,
)
from sklearn_cofi.data._matrix import rating_matrix


def test_draws_have_the_moments_of_the_normal_wishart():
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((30, 2)) @ [[1, 0.5], [0, 2]] + [1, -1]
    prior, draws = first_prior(rows.shape, (), np.float64), []
    for _ in range(3000):
        prior = draw_prior(rows, prior, (), rng)
        draws.append(prior)
    m = rows.mean(axis=0)
    deviations = rows - m
    scale = np.eye(2) + deviations.T @ deviations + 60 / 32 * np.outer(m, m)
    precision = np.mean([prior.precision for prior in draws], axis=0)
    np.testing.assert_allclose(precision, 32 * np.linalg.inv(scale), rtol=0.05)
    means = np.array([prior.mean for prior in draws])
    np.testing.assert_allclose(means.mean(axis=0), 30 * m / 32, atol=0.02)
    # The mean is normal given the precision, so over all draws it has a t distribution.
    covariance = scale / (32 * (32 - 2 - 1))
    np.testing.assert_allclose(np.cov(means.T), covariance, rtol=0.15, atol=2e-3)


def test_the_dependence_on_the_mask_is_learned():
    drawn = random_ratings(0, (400, 30), density=0.3)
    _, W = reference.merge(*drawn)
    F = reference.mask_rows(W)
    rng = np.random.default_rng(0)
    beta = rng.standard_normal((30, 2))
    rows = F @ beta + 0.1 * rng.standard_normal((400, 2))
    mask = RatedMask(NormalLikelihood(rating_matrix(*drawn)), 0)
    prior, found = first_prior(rows.shape, (mask,), np.float64), []
    for sweep in range(60):
        prior = draw_prior(rows, prior, (mask,), rng)
        if sweep >= 20:
            found.append(prior_means(prior, rows.shape))
    error = np.mean(found, axis=0) - F @ beta
    assert np.sqrt(np.mean(error**2)) < 0.05
    spread = np.linalg.inv(prior.precision)
    assert np.sqrt(np.diag(spread)) == pytest.approx(0.1, rel=0.3)


def test_draws_from_few_rows_have_the_exact_moments():
    # The terms of the prior matter most for few rows; here n is 3.
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((3, 2)) @ [[1, 0.5], [0, 2]] + [1, -1]
    m = rows.mean(axis=0)
    scale = np.eye(2) + (rows - m).T @ (rows - m) + 2 * 3 / (2 + 3) * np.outer(m, m)
    start, n_draws = first_prior(rows.shape, (), np.float64), 4000
    draws = [draw_prior(rows, start, (), rng) for _ in range(n_draws)]
    # The mean of a Wishart is its degrees of freedom, k + n, times its scale.
    root = np.linalg.cholesky(scale)
    whitened = np.mean([root.T @ x.precision @ root for x in draws], axis=0)
    np.testing.assert_allclose(whitened, (2 + 3) * np.eye(2), atol=0.3)
    # Given the precision, the mean is normal with n + 2 times that precision.
    deviations = np.array([x.mean - 3 * m / (2 + 3) for x in draws])
    precisions = np.array([x.precision for x in draws])
    squares = (2 + 3) * np.einsum("ni,nij,nj->n", deviations, precisions, deviations)
    assert squares.mean() == pytest.approx(2, abs=4 * 2 / np.sqrt(n_draws))


def test_a_link_shares_the_precision_and_moves_the_rows():
    # The link is strong and has 5 columns for 6 rows, so its terms matter.
    drawn = random_ratings(0, (6, 5), density=0.5)
    mask = RatedMask(NormalLikelihood(rating_matrix(*drawn)), 0)
    rng, k = np.random.default_rng(0), 2
    beta = rng.standard_normal((5, k)) @ [[1, 0.5], [0, 2]]
    rows = rng.standard_normal((6, k)) + 1
    link = Link(beta, mask.times(beta), 3.0)
    start = first_prior((6, k), (mask,), np.float64)._replace(links=(link,))
    n_draws = 3000
    draws = [draw_prior(rows, start, (mask,), rng) for _ in range(n_draws)]
    D = rows - mask.times(beta)
    m = D.mean(axis=0)
    scale = np.eye(k) + (D - m).T @ (D - m) + 2 * 6 / (2 + 6) * np.outer(m, m)
    scale += 3.0 * beta.T @ beta
    root = np.linalg.cholesky(scale)
    whitened = np.mean([root.T @ x.precision @ root for x in draws], axis=0)
    # The mean of a Wishart is its degrees of freedom times its scale.
    np.testing.assert_allclose(whitened, (k + 6 + 5) * np.eye(k), atol=0.5)
    deviations = np.array([x.mean - 6 * m / (2 + 6) for x in draws])
    precisions = np.array([x.precision for x in draws])
    squares = (2 + 6) * np.einsum("ni,nij,nj->n", deviations, precisions, deviations)
    assert squares.mean() == pytest.approx(k, abs=4 * k / np.sqrt(n_draws))
    shifted = np.einsum("nij,nj->ni", precisions, deviations).mean(axis=0)
    spread = np.sqrt(np.mean(precisions, axis=0).diagonal() / (2 + 6) / n_draws)
    assert (np.abs(shifted) < 4 * spread).all()


def test_blocks_share_the_precision_and_have_links_of_their_own():
    # Each of two blocks has a strength that matters, and they differ.
    rows_of = random_rows(6, 3)
    columns = np.array([True, True, False]), np.array([False, False, True])
    blocks = [FeatureBlock(rows_of.columns(chosen)) for chosen in columns]
    rng, k, strengths = np.random.default_rng(0), 2, (3.0, 0.5)
    rows = rng.standard_normal((6, k)) @ [[1, 0.5], [0, 2]] + 1
    links = []
    for block, strength in zip(blocks, strengths, strict=True):
        beta = rng.standard_normal((block.shape[1], k))
        links.append(Link(beta, block.times(beta), strength))
    start, n_draws = first_prior((6, k), blocks, np.float64), 3000
    start = start._replace(links=tuple(links))
    draws = [draw_prior(rows, start, blocks, rng) for _ in range(n_draws)]
    D = rows - sum(link.shift for link in links)
    m = D.mean(axis=0)
    scale = np.eye(k) + (D - m).T @ (D - m) + 2 * 6 / (2 + 6) * np.outer(m, m)
    scale += sum(link.strength * link.beta.T @ link.beta for link in links)
    root = np.linalg.cholesky(scale)
    whitened = np.mean([root.T @ x.precision @ root for x in draws], axis=0)
    # The mean of a Wishart is its degrees of freedom times its scale.
    np.testing.assert_allclose(whitened, (k + 6 + 3) * np.eye(k), atol=0.5)
    # The first link is drawn given the previous second one.
    F = dense(rows_of)[:, :2]
    system = F.T @ F + 3.0 * np.eye(2)
    found = []
    for x in draws:
        ridge = np.linalg.solve(system, F.T @ (rows - x.mean - links[1].shift))
        found.append(x.links[0].beta - ridge)
        np.testing.assert_allclose(x.links[1].shift, blocks[1].times(x.links[1].beta))
    error = np.std(found, axis=0) / np.sqrt(n_draws)
    assert (np.abs(np.mean(found, axis=0)) < 4 * error).all()
    # The second one is drawn given the new first one.
    g = dense(rows_of)[:, 2:]
    found = []
    for x in draws:
        ridge = g.T @ (rows - x.mean - x.links[0].shift) / (g.T @ g + 0.5)
        found.append(x.links[1].beta - ridge)
    error = np.std(found, axis=0) / np.sqrt(n_draws)
    assert (np.abs(np.mean(found, axis=0)) < 4 * error).all()
    # The strength of a block is a gamma variable given its own beta.
    for number in (0, 1):
        squares = [
            np.sum((x.links[number].beta @ x.precision) * x.links[number].beta)
            for x in draws
        ]
        size, unit = blocks[number].shape[1] * k, blocks[number].unit
        ratios = [
            x.links[number].strength * (1 / unit + square) / (1 + size)
            for x, square in zip(draws, squares, strict=True)
        ]
        assert np.mean(ratios) == pytest.approx(
            1, abs=4 * np.std(ratios) / n_draws**0.5
        )


def test_a_block_of_noise_gets_a_large_strength():
    rng = np.random.default_rng(0)
    rows_of = random_rows(400, 6)
    columns = np.arange(6) < 3
    blocks = [FeatureBlock(rows_of.columns(chosen)) for chosen in (columns, ~columns)]
    beta = np.vstack([rng.standard_normal((3, 2)), np.zeros((3, 2))])
    rows = dense(rows_of) @ beta + rng.standard_normal((400, 2))
    prior, found = first_prior(rows.shape, blocks, np.float64), []
    for sweep in range(300):
        prior = draw_prior(rows, prior, blocks, rng)
        if sweep >= 50:
            found.append([link.strength for link in prior.links])
    helpful, noise = np.median(found, axis=0)
    # Without a strength of its own, its effects would be those of a regression.
    assert noise > 400 > 20 * helpful


def weighted_twin(F, rows, prior, strength):
    """Return the ridge regression of rows on F, with the precisions of the rows."""
    system = F.T @ (prior.own[:, None] * F) + strength * np.eye(F.shape[1])
    return np.linalg.solve(system, F.T @ (prior.own[:, None] * rows))


def mask_and_twin():
    drawn = random_ratings(0, (8, 5), density=0.5)
    _, W = reference.merge(*drawn)
    likelihood = NormalLikelihood(rating_matrix(*drawn))
    return RatedMask(likelihood, 0), reference.mask_rows(W)


def features_and_twin():
    rows = random_rows(8, 3)
    return FeatureBlock(rows), dense(rows)


@pytest.mark.parametrize("twin", [mask_and_twin, features_and_twin])
def test_rows_count_by_their_own_precision(twin, monkeypatch):
    monkeypatch.setattr(_link, "_TOL", 1e-20)
    block, F = twin()
    (n, m), k, n_draws = F.shape, 2, 4000
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((n, k)) + 1
    start = first_prior((n, k), (block,), np.float64)
    start = start._replace(own=np.geomspace(0.1, 8, n))
    draws = [draw_prior(rows, start, (block,), rng) for _ in range(n_draws)]
    # The mean of a Wishart is its degrees of freedom times its scale.
    total = start.own.sum()
    mean = start.own @ rows / total
    scale = np.eye(k) + 2 * total / (2 + total) * np.outer(mean, mean)
    scale += (rows - mean).T @ (start.own[:, None] * (rows - mean))
    root = np.linalg.cholesky(scale)
    whitened = np.mean([root.T @ x.precision @ root for x in draws], axis=0)
    np.testing.assert_allclose(whitened, (k + n + m) * np.eye(k), atol=0.5)
    deviations = np.array([x.mean - total * mean / (2 + total) for x in draws])
    precisions = np.array([x.precision for x in draws])
    squares = np.einsum("ni,nij,nj->n", deviations, precisions, deviations)
    assert (2 + total) * squares.mean() == pytest.approx(k, abs=4 * k / n_draws**0.5)
    # Given the mean, beta is a ridge regression.
    twins = [weighted_twin(F, rows - x.mean, start, block.unit) for x in draws]
    found = [x.links[0].beta - twin for x, twin in zip(draws, twins, strict=True)]
    error = np.std(found, axis=0) / np.sqrt(n_draws)
    assert (np.abs(np.mean(found, axis=0)) < 4 * error).all()
    for x in draws[:5]:
        np.testing.assert_allclose(x.links[0].shift, F @ x.links[0].beta, atol=1e-9)


def test_a_weighted_block_is_the_product_with_the_roots():
    for block, F in (mask_and_twin(), features_and_twin()):
        roots = np.geomspace(0.2, 3, F.shape[0])
        weighted, F = block.weighted(roots), roots[:, None] * F
        np.testing.assert_allclose(weighted.times(np.eye(F.shape[1])), F, atol=1e-12)
        found = weighted.transposed_times(np.eye(F.shape[0]))
        np.testing.assert_allclose(found, F.T, atol=1e-12)
        assert weighted.unit == block.unit


def test_the_approximation_of_a_weighted_mask_has_the_exact_diagonal():
    mask, F = mask_and_twin()
    roots = np.geomspace(0.2, 3, F.shape[0])
    gram = mask.weighted(roots).gram
    found = gram.vectors * gram.values @ gram.vectors.T + np.diag(gram.remainder[:, 0])
    # The subspace is the whole space, so that the approximation is exact.
    exact = F.T @ (roots[:, None] ** 2 * F)
    np.testing.assert_allclose(found, exact, atol=1e-7)


def test_own_precisions_have_the_moments_of_their_gamma():
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((5, 3)) * np.geomspace(0.1, 4, 5)[:, None]
    start = first_prior(rows.shape, (), np.float64)
    start = start._replace(precision=np.diag([1.0, 2, 3]), mean=np.full(3, 0.5))
    draws = [draw_own(rows, start, rng) for _ in range(8000)]
    own = np.array([draw.own for draw in draws])
    kappa = np.array([[draw.own_degrees] for draw in draws])
    squares = np.square(rows - 0.5) @ [1, 2, 3]
    # A precision times its rate is a standard gamma variable.
    scaled, shape = own * (kappa + squares) / 2, (kappa + 3) / 2
    error = np.sqrt(shape.mean() / len(own))
    assert (np.abs((scaled - shape).mean(axis=0)) < 4 * error).all()
    ratio = np.square(scaled - shape).mean(axis=0) / shape.mean()
    np.testing.assert_allclose(ratio, 1, atol=0.15)


@pytest.mark.parametrize("start", [1.5, 700.0])
@pytest.mark.parametrize("kappa", [2.0, 30.0])
def test_the_degrees_of_many_rows_are_found_from_any_start(kappa, start):
    rng, n = np.random.default_rng(0), 20_000
    omega = rng.gamma(kappa / 2, 2 / kappa, n)
    rows = rng.standard_normal((n, 4)) / np.sqrt(omega)[:, None]
    prior, found = first_prior(rows.shape, (), np.float64), []
    prior = prior._replace(own_degrees=start)
    for sweep in range(40):
        prior = draw_own(rows, draw_prior(rows, prior, (), rng), rng)
        if sweep >= 20:
            found.append(prior.own_degrees)
    assert np.mean(found) == pytest.approx(kappa, rel=0.25)


def test_the_degrees_have_the_probabilities_of_the_t_distribution():
    # The density of each row, integrated over its own precision by quadrature.
    rng, n_draws = np.random.default_rng(0), 20_000
    squares, k = np.array([0.5, 3.0, 40.0]), 3
    omega = np.geomspace(1e-8, 100, 40_001)
    densities = [
        np.prod(
            [
                np.trapezoid(
                    gamma.pdf(omega, kappa / 2, scale=2 / kappa)
                    * omega ** (k / 2)
                    * np.exp(-omega * q / 2),
                    omega,
                )
                for q in squares
            ]
        )
        for kappa in DEGREES
    ]
    expected = np.array(densities) / np.sum(densities)
    drawn = [_draw_own_degrees(squares, k, rng) for _ in range(n_draws)]
    shares = np.mean(np.equal.outer(drawn, DEGREES), axis=0)
    np.testing.assert_allclose(shares, expected, atol=4 * np.sqrt(0.1 / n_draws))
