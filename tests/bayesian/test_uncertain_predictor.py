"""Predictions, standard deviations and intervals."""

import copy
import itertools

import numpy as np
import pandas as pd
import pytest
from sampling import PAIRS, RATINGS, model
from sklearn.exceptions import NotFittedError
from sklearn.metrics import root_mean_squared_error
from sklearn.model_selection import KFold

from sklearn_cofi import BayesianCollaborativeFilter


def test_predictions_are_means_over_all_draws():
    # All draws are kept, and the rank of the mean is high enough to be exact.
    found = model(n_kept_draws=25).fit(PAIRS, RATINGS)
    users, items = PAIRS["user"], PAIRS["item"]
    U, V = found.user_draws_[:, users], found.item_draws_[:, items]
    drawn = (U[..., :-1] * V[..., :-1]).sum(axis=-1) + U[..., -1] + V[..., -1]
    assert len(drawn) == 25
    expected = found.global_mean_ + found.rating_scale_ * drawn.mean(axis=0)
    np.testing.assert_allclose(found.predict(PAIRS), expected, atol=2e-6)
    of_users, of_items = found._user_variance_draws, found._item_ratio_draws
    noise = (of_users[:, users] * of_items[:, items]).mean(axis=0)
    variance = drawn.var(axis=0, ddof=1) + noise
    _, std = found.predict(PAIRS, return_std=True)
    np.testing.assert_allclose(std, found.rating_scale_ * np.sqrt(variance), rtol=1e-5)
    assert found.noise_**2 == pytest.approx(np.mean(found.noise_path_[5:] ** 2))
    assert found.user_noise_.shape == found.user_ids_.shape
    assert found.item_noise_.shape == found.item_ids_.shape


def test_predictions_are_sums_of_factors_and_biases(fitted):
    U, V = fitted.user_factors_[PAIRS["user"]], fitted.item_factors_[PAIRS["item"]]
    biases = fitted.user_bias_[PAIRS["user"]] + fitted.item_bias_[PAIRS["item"]]
    expected = fitted.global_mean_ + biases + (U * V).sum(axis=1)
    np.testing.assert_allclose(fitted.predict(PAIRS), expected)


def test_predictions_do_not_depend_on_the_other_pairs(fitted):
    # A prediction depends neither on the other pairs nor on their order.
    held_out = pd.DataFrame({"user": [0, 3, 7, 99], "item": [1, 29, 5, 2]})
    alone = [fitted.predict(held_out[i : i + 1])[0] for i in range(4)]
    np.testing.assert_array_equal(fitted.predict(held_out), alone)
    turned = fitted.predict(held_out[::-1])
    np.testing.assert_array_equal(turned[::-1], alone)


def test_unknown_users_and_items_are_predicted_from_the_population(fitted):
    users, items = fitted.user_ids_, fitted.item_ids_
    cold_user = pd.DataFrame({"user": -1, "item": items})
    cold_item = pd.DataFrame({"user": users, "item": -1})
    expected = fitted.unknown_user_predictions_
    np.testing.assert_array_equal(fitted.predict(cold_user), expected)
    expected = fitted.unknown_item_predictions_
    np.testing.assert_array_equal(fitted.predict(cold_item), expected)
    both = pd.DataFrame({"user": [-1, 0], "item": [-1, 0]})
    assert fitted.predict(both)[0] == fitted.unknown_pair_prediction_
    # Predictions for unknown users are less certain, and close to the mean over users.
    known = fitted.predict(PAIRS, return_std=True)[1].mean()
    assert fitted.predict(cold_user, return_std=True)[1].mean() > known
    everyone = [
        fitted.predict(pd.DataFrame({"user": users, "item": item})).mean()
        for item in items
    ]
    assert np.corrcoef(everyone, fitted.unknown_user_predictions_)[0, 1] > 0.9


def test_unknown_ids_raise_an_error_with_unknown_error():
    found = model(unknown="error").fit(PAIRS, RATINGS)
    with pytest.raises(ValueError, match="1 pairs have a user .* not seen in fit"):
        found.predict(pd.DataFrame({"user": [-1, 0], "item": [0, 0]}))


def test_intervals_contain_their_coverage_of_the_predictive_distribution(fitted):
    mean = fitted.predict(PAIRS)
    draws, scale = fitted._draws(), fitted.rating_scale_
    users, items = PAIRS["user"], PAIRS["item"]
    U, V = draws.users[:, users], draws.items[:, items]
    drawn = (U[..., :-1] * V[..., :-1]).sum(axis=-1) + U[..., -1] + V[..., -1]
    noise = draws.user_variances[:, users] * draws.item_ratios[:, items]
    sd = scale * np.sqrt(drawn.var(axis=0, ddof=1) + noise)
    points = np.linspace(-8, 8, 1601)
    for coverage in (0.5, 0.95):
        for level, end in zip(
            ((1 - coverage) / 2, (1 + coverage) / 2),
            fitted.predict_interval(PAIRS, coverage).T,
            strict=True,
        ):
            below = np.interp((end - mean) / sd, points, fitted._noise_distribution)
            np.testing.assert_allclose(below.mean(axis=0), level, atol=1e-5)


def test_intervals_of_a_file_without_a_distribution_have_normal_noise(fitted):
    old = copy.copy(fitted)
    del old._noise_distribution
    low, high = old.predict_interval(PAIRS, 0.8).T
    mean, std = old.predict(PAIRS, return_std=True)
    np.testing.assert_allclose(high - mean, mean - low, atol=1e-6)
    np.testing.assert_allclose((high - mean) / std, 1.2816, rtol=0.1)


def test_wider_coverage_gives_wider_intervals(fitted):
    pairs = pd.DataFrame({"user": [0, 3, -1, 0, -1], "item": [1, 2, 1, -1, -1]})
    ends = [fitted.predict_interval(pairs, x).T for x in (0.1, 0.5, 0.9, 0.999)]
    for (low, high), (lower, higher) in itertools.pairwise(ends):
        assert (lower < low).all()
        assert (high < higher).all()


def test_the_number_of_threads_changes_no_bit(fitted):
    pairs = pd.concat([PAIRS] * 40)
    pairs.iloc[::7, 1] = -1
    found = []
    for n_jobs in (1, 2, 3):
        many = copy.copy(fitted).set_params(n_jobs=n_jobs)
        found.append([many.predict(pairs, return_std=True)[1]])
        found[-1].append(many.predict_interval(pairs))
    for other in found[1:]:
        for one, same in zip(found[0], other, strict=True):
            np.testing.assert_array_equal(one, same)


def test_clipped_intervals_are_in_the_range():
    clipped = model(rating_range=(-2, 5)).fit(PAIRS, RATINGS).predict_interval(PAIRS)
    assert clipped.min() >= -2
    assert clipped.max() <= 5


@pytest.mark.parametrize("coverage", [0, 1, -0.1, 1.5, np.nan, "90"])
def test_a_coverage_outside_0_to_1_raises_an_error(fitted, coverage):
    with pytest.raises((ValueError, TypeError), match="coverage"):
        fitted.predict_interval(PAIRS, coverage)


def test_an_interval_requires_a_fit():
    with pytest.raises(NotFittedError):
        model().predict_interval(PAIRS)


@pytest.mark.slow
def test_real_ratings_have_small_errors_and_nominal_coverage(ml_100k):
    train, test = next(KFold(5, shuffle=True, random_state=0).split(ml_100k))
    pairs, ratings = ml_100k[["user", "item"]], ml_100k["rating"].to_numpy()
    found = BayesianCollaborativeFilter(
        10, 60, burn_in=10, rating_range=(1, 5), random_state=0
    ).fit(pairs.iloc[train], ratings[train])
    held_out, truth = pairs.iloc[test], ratings[test]
    assert root_mean_squared_error(truth, found.predict(held_out)) < 0.886
    for coverage in (0.5, 0.8, 0.95):
        low, high = found.predict_interval(held_out, coverage).T
        inside = np.mean((low <= truth) & (truth <= high))
        assert inside == pytest.approx(coverage, abs=0.01)


def test_a_prediction_outside_of_the_range_is_not_the_middle_of_its_interval():
    # The range cuts the ends of an interval, and its middle only after the ends.
    found = model().fit(PAIRS, RATINGS)
    low, high = np.quantile(found.predict(PAIRS), [0.3, 0.7])
    free = found.predict_interval(PAIRS, 0.1)
    cut = found.set_params(rating_range=(low, high)).predict_interval(PAIRS, 0.1)
    assert (free[:, 0] > high).any()
    np.testing.assert_array_equal(cut, np.clip(free, low, high))
