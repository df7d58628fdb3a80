"""The whole chain: the distribution of its draws, threads and options."""

import numpy as np
import pytest
from side_information import random_rows
from strategies import Ratings, random_ratings

from sklearn_cofi.bayesian import _link
from sklearn_cofi.bayesian._feature_block import FeatureBlock
from sklearn_cofi.bayesian._gibbs import Draw, GibbsSampler
from sklearn_cofi.bayesian._likelihood import NormalLikelihood
from sklearn_cofi.bayesian._link import Link, RatedMask
from sklearn_cofi.bayesian._noise import DEGREES, Noise
from sklearn_cofi.bayesian._row_prior import RowPrior
from sklearn_cofi.data._matrix import rating_matrix
from sklearn_cofi.kernels._threads import kernel_threads

SHAPE = (5, 4)
PAIRS = random_ratings(3, SHAPE, density=0.6)


def likelihood_of(values):
    drawn = Ratings(PAIRS.users, PAIRS.items, values, None, SHAPE)
    return NormalLikelihood(rating_matrix(*drawn))


def drawn_from_prior(rng, blocks, k):
    """Draw all parameters from their prior, with the blocks of users and of items."""
    rows, priors = [], []
    for n, of_side in zip(SHAPE, blocks, strict=True):
        # Wishart(k, I): a sum of k squares of normal vectors.
        root = rng.standard_normal((k, k))
        precision = root.T @ root
        spread = np.linalg.inv(np.linalg.cholesky(precision))
        mean = rng.standard_normal(k) @ spread / np.sqrt(2)
        links = []
        for block in of_side:
            strength = block.unit * rng.gamma(0.5) / 0.5
            beta = rng.standard_normal((block.shape[1], k)) @ spread / np.sqrt(strength)
            links.append(Link(beta, block.times(beta), strength))
        means = mean + sum(link.shift for link in links)
        nu = rng.choice(DEGREES)
        omega = rng.gamma(nu / 2, 2 / nu, n)
        deviations = rng.standard_normal((n, k)) @ spread / np.sqrt(omega)[:, None]
        rows.append(means + deviations)
        priors.append(RowPrior(mean, precision, tuple(links), omega, nu))
    degrees = tuple(rng.choice(DEGREES, 2))
    own = (rng.gamma(d / 2, 2 / d, n) for d, n in zip(degrees, SHAPE, strict=True))
    noise = Noise(rng.gamma(1.0), tuple(own), degrees)
    return Draw(tuple(rows), tuple(priors), noise)


def ratings_given(draw, rng):
    users, items = (rows[codes] for rows, codes in zip(draw.rows, PAIRS, strict=False))
    exact = (users[:, :-1] * items[:, :-1]).sum(axis=1) + users[:, -1] + items[:, -1]
    of_users, of_items = draw.noise.rows
    precision = draw.noise.precision * of_users[PAIRS.users] * of_items[PAIRS.items]
    return exact + rng.standard_normal(exact.size) / np.sqrt(precision)


def statistics(draw, values):
    """Return bounded functions of all parameters, because the prior has heavy tails."""
    (users, items), (of_users, of_items) = draw.rows, draw.priors
    parts = [
        draw.noise.precision,
        draw.noise.rows[0][0],
        draw.noise.rows[1][1],
        np.log(draw.noise.degrees[0]) - 3,
        np.log(draw.noise.degrees[1]) - 3,
        of_users.own[0],
        of_items.own[1],
        np.log(of_users.own_degrees) - 3,
        np.log(of_items.own_degrees) - 3,
        of_users.precision[0, 0],
        of_items.precision[0, 1],
        of_users.mean[0],
        of_items.mean[-1] ** 2,
        of_users.links[0].strength,
        of_items.links[0].beta[0, 0] ** 2 if of_items.links else 0,
        of_users.links[-1].beta[0, 0] * of_users.links[0].beta[0, 0],
        of_users.links[-1].strength,
        of_users.links[-1].shift[1, 0] ** 2,
        users[0, 0] ** 2,
        items[1, 0] * items[2, 0],
        (users[0] * items[0])[0],
        items[0, -1] + users[1, -1],
        values[0] ** 2,
        values[0] * values[1],
    ]
    return np.arctan(parts)


def blocks_of(kind):
    """Return the mask, features or both as blocks of users, and of items."""
    likelihood = likelihood_of(PAIRS.ratings)
    masks = [(RatedMask(likelihood, side),) for side in (0, 1)]
    # Users have two blocks of features, items have none.
    rows = random_rows(SHAPE[0], 3)
    chosen = np.array([True, True, False]), np.array([False, False, True])
    features = tuple(FeatureBlock(rows.columns(columns)) for columns in chosen), ()
    return {
        "mask": (masks, ((), ())),
        "features": (features, features),
        "both": ([a + b for a, b in zip(masks, features, strict=True)], features),
    }[kind]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["mask", "features", "both"])
def test_draws_of_parameters_and_ratings_in_turn_keep_the_prior(kind, monkeypatch):
    """Geweke, "Getting It Right", JASA 99 (2004), doi:10.1198/016214504000001132.

    Draw parameters given ratings and ratings given parameters, in turn. If each
    conditional is correct, the parameters then have their prior distribution.
    """
    monkeypatch.setattr(_link, "_TOL", 1e-10)
    rng = np.random.default_rng(0)
    blocks, features = blocks_of(kind)
    expected = []
    for _ in range(8000):
        draw = drawn_from_prior(rng, blocks, 2)
        expected.append(statistics(draw, ratings_given(draw, rng)))
    found = []
    for _ in range(200):
        draw = drawn_from_prior(rng, blocks, 2)
        for _ in range(12):
            values = ratings_given(draw, rng)
            sampler = GibbsSampler(
                likelihood_of(values),
                1,
                rng,
                implicit_features=kind != "features",
                heteroscedastic=True,
                features=features,
            )
            draw = sampler.sweep(draw)
        found.append(statistics(draw, ratings_given(draw, rng)))
    # Each chain starts from the prior, and chains are independent of each other.
    delta = np.mean(found, axis=0) - np.mean(expected, axis=0)
    error = np.sqrt(np.var(found, axis=0) / len(found))
    assert (np.abs(delta) <= 3.5 * error).all(), delta / error


def sweeps(drawn, n, dtype=np.float32, **options):
    options = {"implicit_features": True, "heteroscedastic": True} | options
    matrix = rating_matrix(*drawn).over(2.0).astype(dtype)
    sampler = GibbsSampler(
        NormalLikelihood(matrix), 3, np.random.default_rng(0), **options
    )
    draw = sampler.start()
    for _ in range(n):
        draw = sampler.sweep(draw)
    return draw


def test_threads_change_no_bit():
    drawn = random_ratings(0, (300, 200), density=0.1)
    found = []
    for threads in (1, 2):
        with kernel_threads(threads):
            found.append(sweeps(drawn, 5))
    for one, two in zip(found[0].rows, found[1].rows, strict=True):
        np.testing.assert_array_equal(one, two)


def test_options_that_are_off_leave_their_part_out():
    drawn = random_ratings(0, (30, 20))
    plain = sweeps(drawn, 3, implicit_features=False, heteroscedastic=False)
    assert not plain.priors[0].links
    assert all((side == 1).all() for side in plain.noise.rows)
    full = sweeps(drawn, 3)
    assert full.priors[0].links[0].beta.any()
    assert all(np.ptp(side) > 0 for side in full.noise.rows)


def test_users_and_items_are_treated_alike():
    drawn = random_ratings(0, (60, 60), density=0.3)
    swapped = drawn._replace(users=drawn.items, items=drawn.users)
    found = [sweeps(x, 60).noise.precision for x in (drawn, swapped)]
    assert found[0] == pytest.approx(found[1], rel=0.2)
