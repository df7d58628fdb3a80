"""Standard deviations of similarities and of biases over draws."""

import numpy as np
import pandas as pd
import pytest

from sklearn_cofi.bayesian._similarity_draws import similarities_of_draws

RNG = np.random.default_rng(0)
U, V = RNG.standard_normal((3, 12, 2)), RNG.standard_normal((3, 8, 2))
PAIRS = np.array([0, 3, 5]), np.array([1, 2, 5])


@pytest.mark.parametrize("metric", ["cosine", "dot"])
def test_a_linear_map_of_the_factors_changes_no_similarity(metric):
    maps = RNG.standard_normal((3, 2, 2))
    inverses = np.linalg.inv(maps).transpose(0, 2, 1)
    found = similarities_of_draws(V, U, PAIRS, metric)
    mapped = similarities_of_draws(V @ maps, U @ inverses, PAIRS, metric)
    np.testing.assert_allclose(mapped, found)
    if metric == "cosine":
        np.testing.assert_allclose(found[:, 2], 1)


def test_the_metric_is_that_of_balanced_factors():
    # Singular vectors with roots of the singular values are balanced.
    found = similarities_of_draws(V, U, PAIRS, "dot")
    for s in range(3):
        _, values, right = np.linalg.svd(U[s] @ V[s].T, full_matrices=False)
        X = right[:2].T * np.sqrt(values[:2])
        expected = (X[PAIRS[0]] * X[PAIRS[1]]).sum(axis=1)
        np.testing.assert_allclose(found[s], expected)


def test_unused_factors_have_no_similarity():
    zero = V.copy()
    zero[:, :, 1] = 0
    found = similarities_of_draws(zero, U, PAIRS, "cosine")
    np.testing.assert_allclose(np.abs(found), 1)
    nothing = similarities_of_draws(0 * V, U, PAIRS, "cosine")
    np.testing.assert_array_equal(nothing, 0)


def test_similar_rows_have_standard_deviations(fitted):
    plain = fitted.similar_items([0, 3], n=4)
    found = fitted.similar_items([0, 3], n=4, return_std=True)
    pd.testing.assert_frame_equal(found.drop(columns="std"), plain)
    sides = fitted.item_draws_[:, :-1, :-1], fitted.user_draws_[:, :-1, :-1]
    rows = found["item"].to_numpy(), found["similar_item"].to_numpy()
    drawn = similarities_of_draws(*sides, rows, "cosine")
    np.testing.assert_allclose(found["std"], drawn.std(axis=0, ddof=1))
    users = fitted.similar_users(2, n=3, metric="dot", return_std=True)
    assert (users["std"] > 0).all()
    one = fitted.similar_items(3, n=4, return_std=True)
    np.testing.assert_array_equal(one["std"], found["std"][4:])


@pytest.mark.parametrize("side", ["user", "item"])
def test_frames_have_standard_deviations_of_biases_and_effects(fitted, side):
    frame = fitted.as_frame(side)
    assert list(frame)[:7] == [
        side,
        "mean",
        "bias",
        "bias_std",
        "effect",
        "effect_std",
        "count",
    ]
    draws = getattr(fitted, f"{side}_draws_")
    other = fitted.item_draws_ if side == "user" else fitted.user_draws_
    scale = fitted.rating_scale_
    bias = scale * draws[:, :-1, -1]
    np.testing.assert_allclose(frame["bias_std"], bias.std(axis=0, ddof=1), rtol=1e-5)
    drawn = [
        scale * (own[:-1, -1] + own[:-1, :-1] @ mean[-1, :-1])
        for own, mean in zip(draws, other, strict=True)
    ]
    np.testing.assert_allclose(frame["effect"], np.mean(drawn, axis=0), atol=1e-5)
    std = np.std(drawn, axis=0, ddof=1)
    np.testing.assert_allclose(frame["effect_std"], std, rtol=1e-4)
