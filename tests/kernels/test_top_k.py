"""The search for the best items equals a sort of all scores."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_cofi.kernels._blocks import HEIGHT, WIDTH
from sklearn_cofi.kernels._threads import kernel_threads
from sklearn_cofi.kernels._top_k import GROUPS, keep_best, panels_of

DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def found(W, Z, excluded, n_kept):
    """Return the items kept and the thresholds; each row has its excluded items."""
    stops = np.cumsum([len(items) for items in excluded])
    starts = np.r_[0, stops[:-1]]
    flat = np.array([item for items in excluded for item in sorted(items)], np.int32)
    kept = np.full((len(W), n_kept), 7, np.int32)
    thresholds = np.full(len(W), np.nan, W.dtype)
    panels = panels_of(Z)
    keep_best(W, panels, len(Z), starts, stops, flat, kept, thresholds)
    return kept, thresholds


def sorted_scores(W, Z, excluded, n_kept):
    """Return what `found` returns, by a sort of all scores."""
    kept = np.full((len(W), n_kept), -1, np.int32)
    thresholds = np.full(len(W), -np.inf, W.dtype)
    for row, scores in enumerate(W @ Z.T):
        allowed = np.ones(len(Z), bool)
        allowed[list(excluded[row])] = False
        items = np.flatnonzero(allowed & (scores > -np.inf))
        order = items[np.argsort(-scores[items], kind="stable")][:n_kept]
        kept[row, : order.size] = order
        if order.size == n_kept:
            thresholds[row] = scores[order[-1]]
    return kept, thresholds


def assert_same(W, Z, excluded, n_kept):
    got, expected = (f(W, Z, excluded, n_kept) for f in (found, sorted_scores))
    for one, other in zip(got, expected, strict=True):
        np.testing.assert_array_equal(one, other)


def whole_numbers(rng, largest, *shape):
    """Return whole numbers, whose sums and products are exact in both dtypes."""
    return rng.integers(-largest, largest + 1, shape)


@given(
    seed=st.integers(0, 2**32 - 1),
    n_rows=st.integers(1, 2 * HEIGHT + 1),
    n_items=st.integers(1, 5 * GROUPS),
    k=st.integers(1, 4),
    largest=st.sampled_from([0, 1, 3, 400]),
    share=st.sampled_from([0, 0.1, 0.9, 1]),
    n_kept=st.integers(1, 2 * GROUPS + 1),
    dtype=st.sampled_from([np.float32, np.float64]),
)
def test_items_equal_a_sort(seed, n_rows, n_items, k, largest, share, n_kept, dtype):
    rng = np.random.default_rng(seed)
    W = whole_numbers(rng, largest, n_rows, k).astype(dtype)
    Z = whole_numbers(rng, largest, n_items, k).astype(dtype)
    excluded = [np.flatnonzero(rng.random(n_items) < share) for _ in W]
    assert_same(W, Z, excluded, n_kept)


def increasing(n):
    return np.arange(n)


def decreasing(n):
    return -np.arange(n)


def equal(n):
    return np.ones(n)


def mixed(n):
    return np.random.default_rng(0).permutation(n)


def few_values(n):
    return np.random.default_rng(0).integers(3, size=n)


@DTYPES
@pytest.mark.parametrize("scores", [increasing, decreasing, equal, mixed, few_values])
@pytest.mark.parametrize("n_kept", [1, 18, 300])
def test_any_order_of_many_items_equals_a_sort(n_kept, scores, dtype):
    n_items = 2 * WIDTH + 5
    Z = scores(n_items)[:, None].astype(dtype)
    W = np.array([[1], [-1], [0]], dtype)
    excluded = [[0, 63, 64, WIDTH - 1, WIDTH, n_items - 1], range(WIDTH, n_items), []]
    assert_same(W, Z, excluded, n_kept)


@DTYPES
def test_infinite_scores_are_ordered_and_nan_is_left_out(dtype):
    Z = np.random.default_rng(0).permutation(4 * GROUPS)[:, None].astype(dtype)
    Z[5], Z[300], Z[301], Z[302] = np.inf, np.inf, -np.inf, np.nan
    kept, _ = found(np.ones((1, 1), dtype), Z, [[]], 18)
    assert kept[0, :2].tolist() == [5, 300]
    assert len(set(kept[0])) == 18
    assert not {301, 302} & set(kept[0])


@DTYPES
def test_the_result_does_not_depend_on_the_number_of_threads(dtype):
    rng = np.random.default_rng(0)
    W = rng.normal(size=(10 * HEIGHT + 1, 5)).astype(dtype)
    Z = rng.normal(size=(3 * GROUPS + 1, 5)).astype(dtype)
    results = []
    for n in (1, 2):
        with kernel_threads(n):
            results.append(found(W, Z, [[]] * len(W), 9))
    for one, other in zip(*results, strict=True):
        np.testing.assert_array_equal(one, other)


@DTYPES
def test_a_row_has_the_same_bits_in_any_block(dtype):
    rng = np.random.default_rng(0)
    W = rng.normal(size=(HEIGHT + 7, 5)).astype(dtype)
    Z = rng.normal(size=(3 * GROUPS + 1, 5)).astype(dtype)
    kept, thresholds = found(W, Z, [[]] * len(W), 9)
    for row in (0, 5, HEIGHT - 1, HEIGHT, HEIGHT + 6):
        alone, threshold = found(W[row : row + 1], Z, [[]], 9)
        np.testing.assert_array_equal(alone[0], kept[row])
        assert threshold[0] == thresholds[row]


@DTYPES
@pytest.mark.parametrize("n_items", [1, 16, 63, 64, 65, 200])
def test_panels_hold_the_columns_of_items(n_items, dtype):
    Z = np.random.default_rng(0).normal(size=(n_items, 3)).astype(dtype)
    panels = panels_of(Z)
    wide = panels.reshape(-1, 3, panels.shape[1]).transpose(1, 0, 2).reshape(3, -1)
    np.testing.assert_array_equal(wide[:, :n_items], Z.T)
    assert not wide[:, n_items:].any()
    assert wide.shape[1] - n_items < panels.shape[1], "not a panel more than needed"
