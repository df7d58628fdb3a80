"""The recorded quantities of draws."""

import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from strategies import random_factors, random_ratings

from sklearn_cofi.bayesian._gibbs import Draw
from sklearn_cofi.bayesian._link import Link
from sklearn_cofi.bayesian._mixing import bulk_ess, split_r_hat
from sklearn_cofi.bayesian._noise import Noise
from sklearn_cofi.bayesian._row_prior import RowPrior
from sklearn_cofi.bayesian._traces import (
    N_PAIRS,
    TraceRecorder,
    Traces,
    warn_of_mixing,
)
from sklearn_cofi.data._matrix import rating_matrix

SHAPE = 12, 9
NAMES = ["noise", "user_means", "item_means", "interactions"]
LINKS = ["user_link", "item_link"]


def draw(seed, links=((), ())):
    priors = tuple(
        RowPrior(np.zeros(4), np.eye(4), link, np.ones(n), 10.0)
        for link, n in zip(links, SHAPE, strict=True)
    )
    noise = Noise(4.0, tuple(np.ones(n) for n in SHAPE), (10.0, 5.0))
    return Draw(random_factors(SHAPE, 4, seed=seed), priors, noise)


def linked(seed):
    empty = np.zeros((0, 4))
    return draw(seed, [(Link(empty, empty, strength),) for strength in (3.0, 0.5)])


def recorder(burn_in=0, implicit_features=True):
    matrix = rating_matrix(*random_ratings(0, SHAPE))
    rng = np.random.default_rng(0)
    return TraceRecorder(matrix, rng, burn_in, implicit_features=implicit_features)


def predictions(draw):
    users, items = draw.rows
    product = users[:, :-1] @ items[:, :-1].T
    return product + users[:, -1:] + items[:, -1]


def test_quantities_are_those_of_the_predictions_of_all_pairs():
    found = recorder().record(linked(1))
    P = predictions(linked(1))
    of_users, of_items = P.mean(axis=1), P.mean(axis=0)
    left = P - of_users[:, None] - of_items + P.mean()
    expected = [
        *(0.5, of_users.std(), of_items.std(), np.sqrt(np.mean(left**2))),
        *(3.0, 0.5),
    ]
    np.testing.assert_allclose(found[:6], expected)
    assert recorder().names == [*NAMES, *LINKS]
    assert found.size == 6 + N_PAIRS
    assert np.isclose(found[6:, None], P.ravel()).any(axis=1).all()


@pytest.mark.parametrize("other", [draw(1), linked(1)], ids=["no link", "features"])
def test_only_the_link_of_the_mask_is_recorded(other):
    plain = recorder(implicit_features=False)
    assert plain.names == NAMES
    found, full = plain.record(other), recorder().record(linked(1))
    np.testing.assert_array_equal(found, np.delete(full, [4, 5]))


def test_rotations_of_the_factors_change_no_quantity():
    one = linked(1)
    rotation = np.eye(4)
    rotation[:3, :3] = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3))).Q
    other = one._replace(rows=tuple(rows @ rotation for rows in one.rows))
    np.testing.assert_allclose(recorder().record(other), recorder().record(one))


def test_traces_have_the_units_of_ratings_and_leave_out_the_burn_in():
    recorded, sweeps = recorder(burn_in=3), []
    for sweep in range(20):
        sweeps.append([linked(2 * sweep), linked(2 * sweep + 1)])
        recorded.update(sweeps[-1])
    found = recorded.traces(scale=2.0, noise_scale=10.0)
    assert found.names.tolist() == [*NAMES, *LINKS, "predictions"]
    assert found.values.shape == (6, 2, 20)
    rows = np.array([[recorder().record(each) for each in sweep] for sweep in sweeps])
    units = np.array([10, 2, 2, 2, 1, 1])[:, None, None]
    np.testing.assert_allclose(found.values, units * rows[..., :6].transpose(2, 1, 0))
    after = rows[3:].transpose(2, 1, 0)
    for measure, values in ((split_r_hat, found.r_hat), (bulk_ess, found.ess)):
        each = measure(after)
        np.testing.assert_allclose(values[:6], each[:6])
        assert values[-1] == pytest.approx(np.median(each[6:]))


def traces(r_hat, n_sweeps):
    values = np.zeros((1, 1, n_sweeps))
    return Traces(
        np.array(["noise", "predictions"]), values, np.array([9, r_hat]), np.ones(2)
    )


def test_predictions_that_have_not_mixed_raise_a_warning():
    with pytest.warns(ConvergenceWarning, match=r"R-hat of the predictions is 1\.30"):
        warn_of_mixing(traces(1.3, 120), 20)


@pytest.mark.parametrize(("r_hat", "n"), [(1.05, 120), (np.nan, 120), (1.3, 119)])
def test_mixed_predictions_and_few_draws_raise_no_warning(r_hat, n):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_mixing(traces(r_hat, n), 20)
