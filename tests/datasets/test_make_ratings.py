"""Made ratings follow their documented distribution."""

import numpy as np
import pandas as pd
import pytest

from sklearn_cofi.datasets import make_ratings


def complete(**settings):
    """Return all 60 x 40 ratings as a matrix, and the truth."""
    X, y, truth = make_ratings(
        2400, 60, 40, return_truth=True, random_state=3, **settings
    )
    matrix = np.full((60, 40), np.nan)
    matrix[X["user"], X["item"]] = y
    return matrix, truth


def test_the_result_is_a_frame_and_a_series():
    X, y = make_ratings(random_state=0)
    assert list(X) == ["user", "item"]
    assert X.shape == (10_000, 2)
    assert X.dtypes.tolist() == [np.int32, np.int32]
    assert y.name == "rating"
    assert y.dtype == np.float64
    assert X.index.equals(y.index)


def test_arrays_hold_the_same_ratings():
    X, y = make_ratings(300, random_state=0)
    X_array, y_array = make_ratings(300, random_state=0, as_frame=False)
    assert X_array.dtype == np.int32
    np.testing.assert_array_equal(X_array, X)
    np.testing.assert_array_equal(y_array, y)


def test_the_same_seed_gives_the_same_ratings():
    first, again = make_ratings(random_state=7), make_ratings(random_state=7)
    pd.testing.assert_frame_equal(first[0], again[0])
    pd.testing.assert_series_equal(first[1], again[1])
    other = make_ratings(random_state=8)
    assert not first[0].equals(other[0])
    from_state = make_ratings(random_state=np.random.RandomState(7))
    pd.testing.assert_series_equal(first[1], from_state[1])


@pytest.mark.parametrize(
    ("n_ratings", "n_users", "n_items"),
    [(1, 1, 1), (12, 4, 3), (999, 1, 1000), (999, 1000, 1), (200_000, 3000, 5000)],
)
def test_exact_number_without_repeats_in_range(n_ratings, n_users, n_items):
    X, y = make_ratings(n_ratings, n_users, n_items, random_state=0)
    assert len(X) == len(y) == n_ratings
    assert not X.duplicated().any()
    assert X.min().min() >= 0
    assert X["user"].max() < n_users
    assert X["item"].max() < n_items


def test_the_most_popular_items_follow_zipf():
    # With one rating for each user, each item is drawn by its weight, and the most
    # popular one has weight 1 / H_n.
    n = 50_000
    X, _, truth = make_ratings(
        n, n, 100, activity=0.0, popularity=1.0, return_truth=True, random_state=0
    )
    counts = X["item"].value_counts()
    head = 1 / np.sum(1 / np.arange(1, 101))
    assert counts.idxmax() == truth.item_popularity.argmax()
    for rank in (1, 2, 3):
        share = head / rank
        error = np.sqrt(share * (1 - share) / n)
        assert abs(counts.iloc[rank - 1] / n - share) < 5 * error


@pytest.mark.parametrize("rank", [0, 1, 4])
def test_noise_free_ratings_are_biases_and_a_low_rank(rank):
    matrix, truth = complete(rank=rank, noise=0.0)
    np.testing.assert_allclose(
        matrix,
        3.5
        + truth.user_bias[:, np.newaxis]
        + truth.item_bias
        + truth.user_factors @ truth.item_factors.T,
    )
    # Centring rows and columns removes the biases and keeps the rank.
    centred = matrix - matrix.mean(axis=0)
    centred -= centred.mean(axis=1, keepdims=True)
    assert np.linalg.matrix_rank(centred, tol=1e-8) == rank


def test_scales_are_standard_deviations():
    *_, truth = make_ratings(
        1, 20_000, 20_000, rank=3, user_scale=0.3, item_scale=0.2, factor_scale=2.0,
        return_truth=True, random_state=0,
    )  # fmt: skip
    products = np.einsum("nk,nk->n", truth.user_factors, truth.item_factors)
    assert truth.user_bias.std() == pytest.approx(0.3, rel=0.05)
    assert truth.item_bias.std() == pytest.approx(0.2, rel=0.05)
    assert products.std() == pytest.approx(2.0, rel=0.05)


def test_noise_has_its_variance_and_changes_nothing_else():
    settings = {"n_ratings": 100_000, "n_users": 2000, "random_state": 0}
    X, clean = make_ratings(noise=0.0, **settings)
    X_noisy, noisy = make_ratings(noise=0.7, **settings)
    pd.testing.assert_frame_equal(X, X_noisy)
    noise = noisy - clean
    # The standard error of a mean is sigma / sqrt(n), that of a variance is
    # sigma**2 sqrt(2 / n).
    assert abs(noise.mean()) < 5 * 0.7 / np.sqrt(100_000)
    assert abs(noise.var() - 0.7**2) < 5 * 0.7**2 * np.sqrt(2 / 100_000)


def test_range_clips_and_step_rounds():
    exact = make_ratings(random_state=0)[1]
    scaled = make_ratings(random_state=0, rating_range=(0.5, 5), step=0.5)[1]
    assert set(scaled) == set(np.arange(0.5, 5.5, 0.5))
    inside = exact.between(0.5, 5)
    assert (scaled - exact)[inside].abs().max() <= 0.25
    assert set(scaled[exact > 5]) == {5.0}


def test_steps_count_from_the_low_end_of_the_range():
    """The low end, 0.7, is not a multiple of the step."""
    exact = make_ratings(random_state=0)[1]
    stepped = make_ratings(random_state=0, rating_range=(0.7, 5.7), step=1)[1]
    levels = 0.7 + np.arange(6)
    assert set(stepped.round(12)) == set(levels.round(12))
    inside = exact.between(0.7, 5.7)
    assert (stepped - exact)[inside].abs().max() <= 0.5 + 1e-12


def test_step_without_a_range_counts_from_zero():
    y = make_ratings(random_state=0, step=2)[1]
    assert (y % 2 == 0).all()
    assert y.min() < 1


def test_clipping_changes_neither_pairs_nor_ratings_inside_the_range():
    X, y = make_ratings(random_state=0)
    X_clipped, clipped = make_ratings(random_state=0, rating_range=[3, 4])
    pd.testing.assert_frame_equal(X, X_clipped)
    pd.testing.assert_series_equal(y.clip(3, 4), clipped)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n_ratings": 7, "n_users": 2, "n_items": 3}, "exceeds the 2 x 3 pairs"),
        ({"rating_range": (5, 1)}, "not two numbers, low < high"),
        ({"rating_range": (1, 2, 3)}, "not two numbers, low < high"),
        ({"rating_range": (1, np.nan)}, "not two numbers, low < high"),
        ({"rating_range": (1, np.inf)}, "not two numbers, low < high"),
        ({"rating_range": (1, 5), "step": 3}, "not a whole number of steps of 3"),
        ({"noise": -1.0}, "noise"),
        ({"n_users": 0}, "n_users"),
    ],
)
def test_invalid_parameters_are_errors(settings, message):
    with pytest.raises(ValueError, match=message):
        make_ratings(**settings)
