"""`BayesianCollaborativeFilter`: fits, fitted values, parameters and callbacks."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sampling import FRAME, PAIRS, RATINGS, StopAfter, model
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import KFold, cross_val_score
from strategies import random_ratings
from versions import needs_callbacks

from sklearn_cofi.bayesian import _traces
from sklearn_cofi.bayesian._mixing import bulk_ess, split_r_hat
from sklearn_cofi.data._centering import FALLBACK_DAMPING


def test_the_order_of_the_rows_changes_no_bit(fitted):
    shuffled = FRAME.sample(frac=1, random_state=1)
    other = model().fit(shuffled[["user", "item"]], shuffled["rating"])
    np.testing.assert_array_equal(other.predict(PAIRS), fitted.predict(PAIRS))


def test_other_ids_in_the_same_order_change_nothing(fitted):
    named = PAIRS.assign(user=PAIRS["user"].map("u{:03d}".format))
    other = model().fit(named, RATINGS)
    np.testing.assert_array_equal(other.predict(named), fitted.predict(PAIRS))


def test_a_weight_of_two_is_the_rating_twice():
    twice = pd.concat([FRAME, FRAME[::3]])
    repeated = model().fit(twice[["user", "item"]], twice["rating"])
    weights = np.where(np.arange(len(FRAME)) % 3, 1.0, 2.0)
    weighted = model().fit(PAIRS, RATINGS, sample_weight=weights)
    np.testing.assert_array_equal(weighted.predict(PAIRS), repeated.predict(PAIRS))


def test_ratings_of_another_scale_give_the_same_model(fitted):
    other = model().fit(PAIRS, 4 * RATINGS)
    expected, std = fitted.predict(PAIRS, return_std=True)
    found, other_std = other.predict(PAIRS, return_std=True)
    np.testing.assert_allclose(found, 4 * expected, rtol=1e-12)
    np.testing.assert_allclose(other_std, 4 * std, rtol=1e-12)


def test_equal_seeds_give_equal_predictions_and_others_do_not(fitted):
    same, other = model().fit(PAIRS, RATINGS), model(random_state=1).fit(PAIRS, RATINGS)
    np.testing.assert_array_equal(same.predict(PAIRS), fitted.predict(PAIRS))
    assert (other.predict(PAIRS) != fitted.predict(PAIRS)).any()


@pytest.mark.parametrize("implicit_features", [True, False])
def test_permuted_held_out_pairs_change_no_bit(implicit_features):
    # The held-out rows have weight zero, and their items and ratings are permuted. The
    # model must be the same as without these rows.
    train, test = next(KFold(5, shuffle=True, random_state=0).split(FRAME))
    chosen = model(implicit_features=implicit_features)
    alone = clone(chosen).fit(PAIRS.iloc[train], RATINGS.iloc[train])
    weights = np.isin(np.arange(len(FRAME)), train).astype(float)
    grid = pd.MultiIndex.from_product([range(40), range(30)], names=["user", "item"])
    everything = grid.to_frame(index=False)
    for seed in (0, 1):
        changed = FRAME.copy()
        order = np.random.default_rng(seed).permutation(test)
        for column in ("item", "rating"):
            changed.loc[test, column] = FRAME.loc[order, column].to_numpy()
        found = clone(chosen).fit(
            changed[["user", "item"]], changed["rating"], sample_weight=weights
        )
        np.testing.assert_array_equal(found._rated_items, alone._rated_items)
        np.testing.assert_array_equal(found._link_draws, alone._link_draws)
        np.testing.assert_array_equal(
            found.predict(everything), alone.predict(everything)
        )


def test_an_item_without_training_ratings_has_no_column_in_the_mask():
    rare = FRAME[FRAME["item"] != 7]
    found = model().fit(rare[["user", "item"]], rare["rating"])
    assert 7 not in found.item_ids_
    assert found._link_draws.shape[1] == 29


INVALID = {
    "num_features": ({"num_features": 0}, r"int in the range \[1, inf\). Got 0"),
    "n_sweeps": ({"n_sweeps": 0}, r"int in the range \[1, inf\). Got 0"),
    "burn_in": ({"burn_in": -1}, r"int in the range \[0, inf\). Got -1"),
    "no draw": ({"burn_in": 30}, "burn_in=30 must be less than n_sweeps=30. Lower"),
    "n_kept_draws": ({"n_kept_draws": 1}, r"int in the range \[2, inf\). Got 1"),
    "implicit_features": ({"implicit_features": "yes"}, "bool.* Got 'yes'"),
    "heteroscedastic": ({"heteroscedastic": None}, "bool.* Got None"),
    "unknown": ({"unknown": "mean"}, "among {.*'prior'.*}. Got 'mean'"),
    "dtype": ({"dtype": "float16"}, "among {.*'float32'.*. Got 'float16'"),
    "rating_range": ({"rating_range": (0, 1)}, "outside of rating_range"),
}


@pytest.mark.parametrize(("parameters", "message"), INVALID.values(), ids=INVALID)
def test_invalid_parameters_raise_and_keep_the_previous_fit(parameters, message):
    found = model().fit(PAIRS, RATINGS)
    before = found.predict(PAIRS)
    attributes = vars(found).copy()
    with pytest.raises(ValueError, match=message):
        found.set_params(**parameters).fit(PAIRS, RATINGS)
    found.set_params(**model().get_params())
    assert vars(found).keys() == attributes.keys()
    np.testing.assert_array_equal(found.predict(PAIRS), before)


@needs_callbacks
@pytest.mark.parametrize("n", [2, 12])
def test_a_callback_stops_the_fit_and_gets_fitted_models(n):
    callback = StopAfter(n)
    found = model().set_callbacks(callback).fit(PAIRS, RATINGS)
    assert found.n_iter_ == n == len(found.noise_path_)
    np.testing.assert_array_equal(callback.biases[-1], found.user_bias_)
    assert np.isfinite(found.predict(PAIRS, return_std=True)).all()


@needs_callbacks
def test_a_callback_that_reads_each_sweep_changes_no_bit(fitted):
    observed = model().set_callbacks(StopAfter(10**6)).fit(PAIRS, RATINGS)
    np.testing.assert_array_equal(observed.predict(PAIRS), fitted.predict(PAIRS))


def test_each_quantity_has_a_trace_in_each_chain():
    found = model(n_chains=2).fit(PAIRS, RATINGS)
    assert found.trace_names_.tolist() == [
        *("noise", "user_means", "item_means", "interactions"),
        *("user_link", "item_link", "predictions"),
    ]
    assert found.traces_.shape == (6, 2, 30)
    np.testing.assert_allclose(found.traces_[0].mean(axis=0), found.noise_path_)
    after = found.traces_[:, :, 5:]
    np.testing.assert_allclose(found.r_hat_[:-1], split_r_hat(after))
    np.testing.assert_allclose(found.ess_[:-1], bulk_ess(after))
    assert 0.9 < found.r_hat_[-1] < 2
    assert 5 < found.ess_[-1] < 200
    plain = model(implicit_features=False).fit(PAIRS, RATINGS)
    assert "user_link" not in plain.trace_names_
    assert plain.traces_.shape == (4, 1, 30)


def test_the_first_chain_is_the_fit_of_one_chain(fitted):
    found = model(n_chains=3).fit(PAIRS, RATINGS)
    np.testing.assert_array_equal(found.traces_[:, :1], fitted.traces_)
    assert len(np.unique(found.traces_[0, :, -1])) == 3
    # The kept draws come from the chains in turn.
    kept = np.sqrt(found._noise_draws) * found.rating_scale_
    chains = [
        np.isclose(chain, kept[:, None]).any(axis=1) for chain in found.traces_[0]
    ]
    assert [chain.sum() for chain in chains] == [2, 2, 2]


def test_threads_change_no_bit_of_several_chains():
    one, two = (
        model(n_chains=2, n_jobs=n_jobs).fit(PAIRS, RATINGS) for n_jobs in (1, 2)
    )
    np.testing.assert_array_equal(one.traces_, two.traces_)
    np.testing.assert_array_equal(one.predict(PAIRS), two.predict(PAIRS))


def test_few_draws_have_no_r_hat():
    found = model(n_sweeps=12).fit(PAIRS, RATINGS)
    assert np.isnan(found.r_hat_).all()
    assert np.isnan(found.ess_).all()


def test_chains_that_have_not_mixed_raise_a_warning(monkeypatch):
    monkeypatch.setattr(_traces, "_LARGEST_R_HAT", 0.9)
    model(n_sweeps=104).fit(PAIRS, RATINGS)  # 99 draws are too few to tell
    with pytest.warns(ConvergenceWarning, match="The chains have not mixed"):
        model(n_sweeps=105).fit(PAIRS, RATINGS)


def test_verbose_prints_the_noise_of_each_sweep(capsys):
    found = model(verbose=1).fit(PAIRS, RATINGS)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 30
    last = f"standard deviation of the noise {found.noise_path_[-1]:.6f}"
    assert lines[-1] == f"iteration 30: {last}"


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_draws_have_the_requested_dtype(dtype):
    found = model(dtype=dtype).fit(PAIRS, RATINGS)
    assert found.user_draws_.dtype == dtype
    assert found.predict(PAIRS).dtype == np.float64


@pytest.mark.parametrize("constant", [0.0, 1e-6, -3.0, 1e6])
def test_equal_ratings_are_predicted_exactly_with_a_warning(constant):
    with pytest.warns(UserWarning, match="All ratings are equal to"):
        found = model().fit(PAIRS, np.full(len(PAIRS), constant))
    cold = pd.DataFrame({"user": [0, 99], "item": [99, 0]})
    for pairs in (PAIRS, cold):
        predicted, std = found.predict(pairs, return_std=True)
        exact = predicted if constant else predicted.round(30)
        np.testing.assert_array_equal(exact, constant)
        assert std.max() < 1e-20 * (abs(constant) or 1)
    new = pd.DataFrame({"item": [0, 1], "rating": [constant + 1, constant + 2]})
    assert np.isfinite(found.recommend(ratings=new, return_std=True)["std"]).all()


@pytest.mark.parametrize("weight", [1e-3, 10.0, 1e4])
def test_a_common_factor_of_all_weights_changes_no_prediction(fitted, weight):
    # The standard deviation is that of a new rating of weight 1.
    weighted = model().fit(PAIRS, RATINGS, sample_weight=np.full(len(PAIRS), weight))
    pairs = pd.concat([PAIRS, pd.DataFrame({"user": [0, 99], "item": [99, 0]})])
    one, std = fitted.predict(pairs, return_std=True)
    other, other_std = weighted.predict(pairs, return_std=True)
    np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-3)
    assert weighted.noise_ == pytest.approx(np.sqrt(weight) * fitted.noise_, rel=1e-3)
    # The spread of the draws and of unknown rows does not depend on the weights.
    between = std**2 - noise_of(fitted, pairs)
    other_between = other_std**2 - noise_of(weighted, pairs)
    if weight <= 10:  # else rounding hides the difference
        np.testing.assert_allclose(between, other_between, rtol=0.01, atol=1e-3)
    new = FRAME[FRAME["user"] == 3][["item", "rating"]]
    one, other = (
        each.recommend(ratings=new, n=5)["prediction"] for each in (fitted, weighted)
    )
    np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-3)


def noise_of(found, pairs):
    """Return the variance of the noise of pairs, in units of the rating."""
    users, items = pairs["user"].to_numpy(), pairs["item"].to_numpy()
    users, items = np.where(users == 99, -1, users), np.where(items == 99, -1, items)
    noise = found._user_variance_draws[:, users] * found._item_ratio_draws[:, items]
    return found.rating_scale_**2 * noise.mean(axis=0)


def test_repeats_and_weights_give_the_noise_of_one_rating():
    # Each mean of w ratings has the variance of one rating, divided by w.
    rng = np.random.default_rng(0)
    users, items = np.divmod(rng.permutation(60 * 40)[:1500], 40)
    weights = rng.choice([1.0, 4.0, 16.0], users.size)
    pairs = pd.DataFrame({"user": users, "item": items})
    expected = rng.normal(size=60)[users] + rng.normal(size=40)[items]
    values = expected + 0.7 * rng.normal(size=users.size) / np.sqrt(weights)
    found = model(n_sweeps=60, burn_in=20).fit(pairs, values, sample_weight=weights)
    _, std = found.predict(pairs, return_std=True)
    assert 0.6 < found.noise_ < 0.8
    assert 0.65 < np.sqrt(np.mean(std**2)) < 0.85


def test_repeats_of_a_new_user_count_as_those_of_the_fit():
    four = pd.concat([FRAME] * 4, ignore_index=True)
    once, fourfold = model().fit(PAIRS, RATINGS), model().fit(four)
    new = FRAME[FRAME["user"] == 3][["item", "rating"]]
    options = {"n": 30, "exclude_rated": False, "return_std": True}
    expected = once.recommend(ratings=new, **options).sort_values("item")
    for ratings in (new, pd.concat([new] * 4)):
        best = fourfold.recommend(ratings=ratings, **options).sort_values("item")
        np.testing.assert_allclose(
            best["prediction"], expected["prediction"], rtol=1e-3, atol=1e-3
        )
    # A pair that is repeated more often than the others counts more.
    more = pd.concat([new, *[new.iloc[:1]] * 9])
    best = once.recommend(ratings=more, **options).sort_values("item")
    item = new["item"].iloc[0]
    error, before = (
        abs(frame.set_index("item")["prediction"][item] - new["rating"].iloc[0])
        for frame in (best, expected)
    )
    assert error < before
    # The result for a user does not depend on the repeats of other users.
    both = pd.concat([new.assign(user=1), more.assign(user=2)])
    best = once.recommend(ratings=both, **options)
    found = best[best["user"] == 1].sort_values("item")
    np.testing.assert_allclose(found["prediction"], expected["prediction"], rtol=1e-12)


def test_ratings_of_large_weight_have_small_errors():
    weights = np.where(np.arange(len(PAIRS)) % 20, 1.0, 1000.0)
    found = model().fit(PAIRS, RATINGS, sample_weight=weights)
    errors = np.abs(found.predict(PAIRS) - RATINGS)
    assert errors[weights > 1].mean() < errors[weights == 1].mean() / 2


def test_the_number_of_kept_draws_changes_no_prediction(fitted):
    more = model(n_kept_draws=20).fit(PAIRS, RATINGS)
    np.testing.assert_array_equal(more.predict(PAIRS), fitted.predict(PAIRS))


def test_without_heteroscedastic_all_rows_have_the_same_noise():
    found = model(heteroscedastic=False).fit(PAIRS, RATINGS)
    assert (found.user_noise_ == 1).all()
    assert (found.item_noise_ == 1).all()
    of_users, of_unknown = np.split(found._user_variance_draws, [-1], axis=1)
    assert np.ptp(of_users, axis=1).max() == 0
    np.testing.assert_allclose(of_unknown, of_users[:, :1], rtol=1e-12)
    of_items, of_unknown = np.split(found._item_ratio_draws, [-1], axis=1)
    assert (of_items == 1).all()
    np.testing.assert_allclose(of_unknown, 1, rtol=1e-12)


def test_models_are_pickled_as_plain_arrays(fitted):
    loaded = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(loaded.predict(PAIRS), fitted.predict(PAIRS))
    kinds = {type(value) for name, value in vars(fitted).items() if name[-1] == "_"}
    assert kinds <= {np.ndarray, float, int}


def test_one_rating_suffices_for_a_fit():
    with pytest.warns(UserWarning, match="All ratings are equal to 4"):
        found = model(5).fit(pd.DataFrame({"user": [1], "item": [2]}), [4.0])
    mean, std = found.predict(pd.DataFrame({"user": [1], "item": [2]}), return_std=True)
    assert np.isfinite([mean, std]).all()


def test_it_is_cross_validated_like_any_estimator():
    scores = cross_val_score(
        model(), PAIRS, RATINGS, cv=3, scoring="neg_root_mean_squared_error"
    )
    assert np.isfinite(scores).all()
    assert clone(model()).get_params() == model().get_params()


@pytest.fixture(scope="module")
def all_kept():
    """A model that keeps all draws, whose means can be compared with the fit."""
    return model(n_kept_draws=25).fit(PAIRS, RATINGS)


@pytest.mark.parametrize("weighted", [False, True])
def test_unknown_ids_are_predicted_from_the_population_of_ratings(weighted):
    weights = np.where(np.arange(len(PAIRS)) % 3, 1.0, 5.0) if weighted else None
    found = model(n_kept_draws=25).fit(PAIRS, RATINGS, sample_weight=weights)
    U, V = found.user_draws_[:, :-1], found.item_draws_[:, :-1]
    P = U[..., :-1] @ V[..., :-1].swapaxes(1, 2)
    P = (P + U[..., -1:] + V[:, None, :, -1]).mean(axis=0, dtype=float)
    P = found.global_mean_ + found.rating_scale_ * P
    W = np.zeros(P.shape)
    W[PAIRS["user"], PAIRS["item"]] = 1 if weights is None else weights / weights.mean()
    for predicted, own, mask in (
        (found.unknown_user_predictions_, P.T, W.T),
        (found.unknown_item_predictions_, P, W),
    ):
        typical = own @ mask.sum(axis=0) / mask.sum()
        expected = (mask * own).sum(axis=1) + FALLBACK_DAMPING * typical
        expected /= mask.sum(axis=1) + FALLBACK_DAMPING
        np.testing.assert_allclose(predicted, expected, atol=5e-6)
    assert found.unknown_pair_prediction_ == found.global_mean_


def test_noise_of_users_and_items_is_in_multiples_of_noise_(all_kept):
    found = all_kept
    ratios = found._user_variance_draws / found._noise_draws[:, None]
    expected = np.sqrt(ratios[:, :-1].mean(axis=0))
    np.testing.assert_allclose(found.user_noise_, expected, rtol=1e-6)
    expected = np.sqrt(found._item_ratio_draws[:, :-1].mean(axis=0))
    np.testing.assert_allclose(found.item_noise_, expected, rtol=1e-6)
    assert np.ptp(found.user_noise_) > 0.01
    assert np.ptp(found.item_noise_) > 0.01


def test_the_scale_is_the_weighted_spread_of_the_ratings():
    weights = np.where(RATINGS > RATINGS.median(), 9.0, 1.0)
    found = model(n_sweeps=6).fit(PAIRS, RATINGS, sample_weight=weights)
    delta = RATINGS - np.average(RATINGS, weights=weights)
    expected = np.sqrt(np.average(delta**2, weights=weights))
    assert found.rating_scale_ == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(("num_features", "rank"), [(2, 64), (20, 80)])
def test_the_rank_of_the_mean_grows_with_num_features(num_features, rank):
    drawn = random_ratings(0, (90, 85), density=0.1).frame()
    found = model(num_features, n_sweeps=41, burn_in=1)
    found.fit(drawn[["user", "item"]], drawn["rating"])
    assert found.user_factors_.shape == (90, rank)
    assert found.item_factors_.shape == (85, rank)
