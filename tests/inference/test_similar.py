"""The most similar rows are those that a full sort of all scores puts first."""

import numpy as np
import pytest
import reference
from hypothesis import given
from hypothesis import strategies as st
from sklearn import config_context

from sklearn_cofi.inference import _similar
from sklearn_cofi.inference._item_ranking import ItemRanking
from sklearn_cofi.inference._similar import similarity_model, unit_rows

# Products of small integers are exact, and many scores are equal.
ROWS = st.integers(1, 3).flatmap(
    lambda k: st.lists(
        st.lists(st.integers(-2, 2), min_size=k, max_size=k), min_size=1, max_size=20
    )
)
METRICS = st.sampled_from(["cosine", "dot"])


def similar_rows(X, queried, n, metric, candidates=None):
    model = similarity_model(X, metric)
    ranking = lambda: ItemRanking(model)  # noqa: E731
    return _similar.similar_rows(model, ranking, queried, n, candidates)


@given(ROWS, st.integers(1, 25), METRICS, st.data())
def test_similar_rows_are_those_of_a_full_sort(rows, n, metric, data):
    X = np.array(rows, float)
    numbers = st.integers(0, len(X) - 1)
    queried = np.array(data.draw(st.lists(numbers, min_size=1, max_size=5)))
    candidates = data.draw(st.none() | st.lists(numbers, min_size=1))
    got = similar_rows(X, queried, n, metric, candidates)
    # Equal cosines have equal bits only if they come from the same unit rows.
    unit = unit_rows(X) if metric == "cosine" else X
    for position, i in enumerate(queried):
        best, scores = reference.similar(unit, i, n, "dot", candidates)
        mine = got.rows == position
        if metric == "dot":
            assert got.items[mine].tolist() == best
        np.testing.assert_allclose(got.scores[mine], scores, rtol=1e-12, atol=1e-12)
        assert got.ranks[mine].tolist() == list(range(1, len(best) + 1))
    assert (np.diff(got.rows) >= 0).all()


@given(ROWS, st.sampled_from([1e-200, 1.0, 1e200]))
def test_cosines_equal_the_dense_twins_at_any_scale(rows, scale):
    X = np.array(rows, float)
    n = len(X)
    got = similar_rows(scale * X, np.arange(n), n, "cosine")
    for i in range(n):
        _, scores = reference.similar(X, i, n, "cosine")
        np.testing.assert_allclose(got.scores[got.rows == i], scores, atol=1e-12)


@given(ROWS, METRICS)
def test_scores_are_symmetric_to_the_bit(rows, metric):
    X = np.array(rows) / 3
    n = len(X)
    got = similar_rows(X, np.arange(n), n, metric)
    scores = np.zeros((n, n))
    scores[got.rows, got.items] = got.scores
    np.testing.assert_array_equal(scores, scores.T)


@given(ROWS, METRICS, st.integers(0, 2**16))
def test_rotated_factors_have_the_same_scores(rows, metric, seed):
    X = np.array(rows, float)
    n, k = X.shape
    turn = np.linalg.qr(np.random.default_rng(seed).normal(size=(k, k)))[0]
    got, turned = (similar_rows(Y, np.arange(n), n, metric) for Y in (X, X @ turn))
    np.testing.assert_allclose(turned.scores, got.scores, atol=1e-12)


def test_rows_of_zeros_have_a_cosine_of_zero_with_every_row():
    X = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 0.0], [-1.0, 0.0]])
    got = similar_rows(X, np.array([0, 1]), 4, "cosine")
    assert got.items.tolist() == [1, 2, 3, 0, 2, 3]
    assert got.scores.tolist() == [0, 0, 0, 0, 0, -1]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("metric", ["cosine", "dot"])
def test_the_size_of_blocks_changes_no_bit(dtype, metric):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(3000, 4)).astype(dtype)
    X[1000:2000] = X[:1000]  # ties
    queried = rng.permutation(3000)[:200]
    whole = similar_rows(X, queried, 7, metric)
    assert whole.scores.dtype == dtype
    with config_context(working_memory=1):
        parts = similar_rows(X, queried, 7, metric)
    for one, other in zip(whole, parts, strict=True):
        np.testing.assert_array_equal(one, other)
    alone = similar_rows(X, queried[5:6], 7, metric)
    np.testing.assert_array_equal(alone.items, whole.items[whole.rows == 5])
    np.testing.assert_array_equal(alone.scores, whole.scores[whole.rows == 5])


def test_tiny_and_huge_rows_have_length_one():
    X = np.array([[3e-200, 4e-200], [3e200, 4e200], [0.0, 0.0]])
    expected = [[0.6, 0.8], [0.6, 0.8], [0, 0]]
    np.testing.assert_allclose(unit_rows(X), expected, rtol=1e-15)
