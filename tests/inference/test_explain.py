"""A prediction is the sum of the terms of the user's ratings."""

import numpy as np
import pytest
import reference
from hypothesis import given
from hypothesis import strategies as st

from sklearn_cofi.inference._explain import rating_terms

CASES = st.tuples(
    st.integers(0, 2**16), st.integers(0, 12), st.integers(1, 6), st.booleans()
)


def drawn(seed, n_ratings, k, weighted):
    rng = np.random.default_rng(seed)
    weights = rng.uniform(0.2, 3, n_ratings) if weighted else np.ones(n_ratings)
    V = rng.normal(size=(n_ratings, k))
    return rng.normal(size=k), V, rng.normal(size=n_ratings), weights


@given(CASES, st.sampled_from([0.3, 4.0]))
def test_terms_equal_the_dense_twins_and_add_up(case, penalty):
    v, V, d, w = drawn(*case)
    got = rating_terms(v, V, d, w, penalty, np.zeros(v.size))
    twin = reference.similarities(v, V, w, penalty)
    np.testing.assert_allclose(got.similarities, twin, rtol=1e-9, atol=1e-12)
    x = reference.fold_in(d, w, V, penalty) if len(d) else np.zeros_like(v)
    assert got.contributions.sum() == pytest.approx(v @ x, abs=1e-10)


@given(CASES, st.sampled_from([0.3, 4.0]), st.data())
def test_one_more_star_moves_the_prediction_by_the_similarity(case, penalty, data):
    v, V, d, w = drawn(*case)
    if not len(d):
        return
    j = data.draw(st.integers(0, len(d) - 1))
    more = d + np.eye(len(d))[j]
    before, after = (reference.fold_in(x, w, V, penalty) for x in (d, more))
    got = rating_terms(v, V, d, w, penalty, np.zeros(v.size))
    assert got.similarities[j] == pytest.approx(v @ (after - before), abs=1e-10)


@pytest.mark.parametrize("n_ratings", [2, 3, 9])
def test_without_penalty_the_terms_are_those_of_the_shortest_minimiser(n_ratings):
    v, V, d, w = drawn(0, n_ratings, 4, True)
    root = np.sqrt(w)
    shortest = np.linalg.pinv(root[:, None] * V) @ (root * d)
    got = rating_terms(v, V, d, w, 0.0, np.zeros(v.size))
    assert got.contributions.sum() == pytest.approx(v @ shortest, abs=1e-10)


def test_one_latent_factor_by_hand():
    # Item factors 1 and 2, weights 1 and 3, penalty 2: 1 + 3 * 4 + 2 = 15.
    V, w = np.array([[1.0], [2.0]]), np.array([1.0, 3.0])
    got = rating_terms(np.array([5.0]), V, np.array([3.0, -1.0]), w, 2.0, np.zeros(1))
    np.testing.assert_allclose(got.similarities, [5 * 1 / 15, 5 * 2 * 3 / 15])
    np.testing.assert_allclose(got.contributions, [5 * 1 / 15 * 3, -5 * 2 * 3 / 15])
