"""A kept draw: the priors of both sides, with links and coefficients of features."""

import numpy as np
import pytest
from side_information import random_rows
from strategies import random_factors

from sklearn_cofi.bayesian._draws import stacked_draws
from sklearn_cofi.bayesian._feature_regression import FeatureRegression
from sklearn_cofi.bayesian._gibbs import Draw
from sklearn_cofi.bayesian._kept_draw import kept_draw
from sklearn_cofi.bayesian._link import Link
from sklearn_cofi.bayesian._noise import Noise
from sklearn_cofi.bayesian._row_prior import RowPrior

SHAPE, WIDTH = (5, 4), 3
# The columns of the two blocks of users are mixed.
BLOCKS = np.array([1, 0, 1]), np.array([0, 0])
SHARES = np.full(5, 0.2), np.full(4, 0.25)


def link(n_rows, n_columns, value):
    beta = value + np.arange(n_columns * WIDTH).reshape(n_columns, WIDTH)
    return Link(beta.astype(float), np.zeros((n_rows, WIDTH)), 1.0)


def draw(*, mask):
    priors = []
    for side, n in enumerate(SHAPE):
        links = [link(n, SHAPE[1 - side], 1000 + 100 * side)] if mask else []
        numbers, sizes = np.unique(BLOCKS[side], return_counts=True)
        links += [
            link(n, size, 10 * number + 50 * side)
            for number, size in zip(numbers, sizes, strict=True)
        ]
        mean, precision = np.full(WIDTH, 1.0 + side), (1.0 + side) * np.eye(WIDTH)
        priors.append(RowPrior(mean, precision, tuple(links), np.ones(n), 7.0 + side))
    noise = Noise(4.0, (np.ones(5), np.ones(4)), (10.0, 5.0))
    return Draw(random_factors(SHAPE, WIDTH), tuple(priors), noise)


def regressions():
    return tuple(
        FeatureRegression(random_rows(n, blocks.size), blocks)
        for n, blocks in zip(SHAPE, BLOCKS, strict=True)
    )


@pytest.mark.parametrize("mask", [True, False])
def test_priors_are_those_of_each_side(mask):
    found = kept_draw(draw(mask=mask), SHARES, regressions())
    users, items = found.user_prior, found.item_prior
    assert (users.means == 1).all()
    assert (items.means == 2).all()
    assert (items.precisions == 2 * np.eye(WIDTH)).all()
    assert (users.degrees, items.degrees) == (10, 5)
    assert (users.own_degrees, items.own_degrees) == (7, 8)
    of_users, of_items = (link(1, n, 1000 + 100 * s).beta for s, n in ((0, 4), (1, 5)))
    np.testing.assert_array_equal(users.links, of_users[: 4 if mask else 0])
    np.testing.assert_array_equal(items.links, of_items[: 5 if mask else 0])


def test_coefficients_have_the_order_of_the_features():
    found = kept_draw(draw(mask=True), SHARES, regressions())
    expected = [[10, 11, 12], [0, 1, 2], [13, 14, 15]]
    np.testing.assert_array_equal(found.user_prior.coef, expected)
    expected = [[50, 51, 52], [53, 54, 55]]
    np.testing.assert_array_equal(found.item_prior.coef, expected)


def test_a_side_without_features_has_no_coefficients():
    one = draw(mask=True)
    users, items = one.priors
    one = one._replace(priors=(users, items._replace(links=items.links[:1])))
    of_items = FeatureRegression(None, np.empty(0, int))
    found = kept_draw(one, SHARES, (regressions()[0], of_items))
    assert found.item_prior.coef.shape == (0, WIDTH)
    assert found.item_prior.links.shape == (5, WIDTH)
    assert found.user_prior.coef.shape == (3, WIDTH)


def test_draws_are_stacked_field_by_field():
    draws = [kept_draw(draw(mask=mask), SHARES, regressions()) for mask in (True, True)]
    draws[1] = draws[1]._replace(item_prior=draws[1].user_prior)
    draws[0] = draws[0]._replace(item_prior=draws[0].user_prior)
    found = stacked_draws(draws)
    assert found.users.shape == (2, 6, WIDTH)
    for number, one in enumerate(draws):
        np.testing.assert_array_equal(found.items[number], one.items)
        for field in ("means", "links", "coef", "degrees"):
            stacked, single = (getattr(x.item_prior, field) for x in (found, one))
            np.testing.assert_array_equal(stacked[number], single)
