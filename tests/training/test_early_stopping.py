"""Early stopping: the validation set, the stop, and the factors that are kept."""

import warnings

import numpy as np
import pandas as pd
import pytest
from fitting import PLAIN, fit
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.metrics import root_mean_squared_error
from sklearn.model_selection import train_test_split
from strategies import random_ratings, ratings
from versions import needs_callbacks

from sklearn_cofi import CollaborativeFilter
from sklearn_cofi._types import Factors
from sklearn_cofi.data._matrix import rating_matrix
from sklearn_cofi.datasets import make_ratings
from sklearn_cofi.solvers import SOLVERS
from sklearn_cofi.training._validation import validation_split

DRAWN = random_ratings(3, (40, 30))
WEIGHTED = random_ratings(3, (40, 30), weighted=True)
# Overfits in the first iterations: many latent factors and a small penalty.
OVERFITTED = {"num_features": 10, "reg_param": 0.05, "tol": 1e-4}


def split_of(drawn, fraction=0.3, seed=0):
    matrix = rating_matrix(*drawn.compact())
    ids = tuple(np.arange(n) for n in matrix.shape)
    rng = np.random.RandomState(seed)
    return matrix, validation_split(matrix, ids, fraction, None, rng)


def pairs_of(rows, chosen):
    pairs = zip(rows.row_of_entry[chosen], rows.indices[chosen], strict=True)
    return {(int(user), int(item)) for user, item in pairs}


@given(ratings(), st.floats(0.01, 0.99), st.integers(0, 9))
def test_every_user_and_item_keeps_a_rating(drawn, fraction, seed):
    matrix, split = split_of(drawn, fraction, seed)
    if split is None:
        # Training keeps one rating of each user and of each item, which are all.
        assert matrix.n_ratings <= sum(matrix.shape)
        return
    train, rows = split.train.by_user, matrix.by_user
    assert split.train.shape == matrix.shape
    assert (np.diff(train.indptr) > 0).all()
    assert (np.diff(split.train.by_item.indptr) > 0).all()
    everything = np.ones(train.indices.size, bool)
    assert pairs_of(train, everything) == pairs_of(rows, ~split.mask)
    assert 1 <= split.mask.sum() <= max(1, round(fraction * matrix.n_ratings))


def test_the_fraction_is_met_with_many_ratings():
    matrix, split = split_of(DRAWN, 0.25)
    assert split.mask.sum() == round(0.25 * matrix.n_ratings)


@pytest.mark.parametrize("fit_bias", [False, True])
@pytest.mark.parametrize("drawn", [DRAWN, WEIGHTED], ids=["plain", "weighted"])
@pytest.mark.parametrize("solver", SOLVERS)
def test_the_lowest_error_is_that_of_the_model(solver, drawn, fit_bias):
    model = fit(
        drawn, **OVERFITTED, solver=solver, early_stopping=True, fit_bias=fit_bias
    )
    assert model.stop_reason_ == "early_stopping"
    assert not model.converged_
    assert model.validation_scores_.size == model.n_iter_ == model.cost_path_.size - 1
    matrix, split = split_of(drawn, 0.1)
    rows, held_out = matrix.by_user, split.mask
    frame = pd.DataFrame({"user": rows.row_of_entry, "item": rows.indices})[held_out]
    error = root_mean_squared_error(
        rows.ratings[held_out],
        model.predict(frame),
        sample_weight=rows.weight_of_entry[held_out],
    )
    assert error == pytest.approx(model.validation_scores_.min(), rel=1e-12)
    # The means are those of the training ratings, too.
    train = split.train.by_user
    mean = np.average(train.ratings, weights=train.weight_of_entry)
    assert model.global_mean_ == pytest.approx(mean)
    best = model.validation_scores_.argmin()
    assert model.cost_ == pytest.approx(model.cost_path_[best + 1], rel=1e-9)


def test_a_held_out_rating_has_no_effect_on_the_fit():
    matrix, split = split_of(DRAWN, 0.1)
    rows, entry = matrix.by_user, np.flatnonzero(split.mask)[0]
    row = np.flatnonzero(
        (DRAWN.users == rows.row_of_entry[entry]) & (DRAWN.items == rows.indices[entry])
    )
    changed = DRAWN._replace(ratings=DRAWN.ratings.copy())
    changed.ratings[row] += 3
    stop = {"early_stopping": True, "tol": 1e-4, "n_iter_no_change": 500}
    a, b = (fit(rows, 2, 3.0, **stop) for rows in (DRAWN, changed))
    assert a.stop_reason_ == b.stop_reason_ == "tolerance"
    np.testing.assert_array_equal(a.cost_path_, b.cost_path_)
    np.testing.assert_array_equal(a.item_means_, b.item_means_)
    assert (a.validation_scores_ != b.validation_scores_).all()


@pytest.mark.parametrize("n_iter_no_change", [1, 4])
@pytest.mark.parametrize("tol", [1e-4, 0.05])
def test_it_stops_after_n_iter_no_change_iterations_without_improvement(
    n_iter_no_change, tol
):
    model = fit(
        DRAWN,
        10,
        0.05,
        early_stopping=True,
        n_iter_no_change=n_iter_no_change,
        tol=tol,
        solver="als",
    )
    scores = model.validation_scores_
    mark, since = scores[0], 0
    for n, score in enumerate(scores[1:], 1):
        since += 1
        if score < mark * (1 - tol):
            mark, since = score, 0
        assert (since == n_iter_no_change) == (n == scores.size - 1)


@given(ratings(repeats=False), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_no_bit(drawn, random):
    order = list(range(drawn.users.size))
    random.shuffle(order)
    a, b = (stopped(rows) for rows in (drawn, drawn.rows(order)))
    np.testing.assert_array_equal(a.item_factors_, b.item_factors_)
    if a.validation_scores_ is not None:
        np.testing.assert_array_equal(a.validation_scores_, b.validation_scores_)


def test_a_weight_of_n_equals_n_repeats():
    times = np.random.default_rng(0).integers(1, 4, DRAWN.users.size)
    repeated = DRAWN.rows(np.repeat(np.arange(times.size), times))
    a, b = (stopped(rows) for rows in (DRAWN._replace(weights=times * 1.0), repeated))
    np.testing.assert_array_equal(a.item_factors_, b.item_factors_)
    np.testing.assert_array_equal(a.validation_scores_, b.validation_scores_)


def stopped(drawn):
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "early_stopping has no rating")
        return fit(drawn, 2, 0.1, early_stopping=True, tol=1e-2)


def test_the_seed_determines_the_validation_set():
    a, b, c = (
        fit(DRAWN, **OVERFITTED, early_stopping=True, random_state=seed)
        for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(a.validation_scores_, b.validation_scores_)
    assert not np.array_equal(a.item_means_, c.item_means_)


def test_without_a_rating_to_hold_out_all_ratings_are_fitted():
    frame = pd.DataFrame({"user": [0, 1, 2], "item": [0, 0, 1], "rating": [1, 4, 2.0]})
    model = CollaborativeFilter(2, 0.1, early_stopping=True, random_state=0, **PLAIN)
    with pytest.warns(UserWarning, match="no rating to validate on") as warned:
        model.fit(frame)
    assert warned[0].filename == __file__
    assert model.validation_scores_ is None
    whole = CollaborativeFilter(2, 0.1, random_state=0, **PLAIN).fit(frame)
    np.testing.assert_array_equal(model.item_factors_, whole.item_factors_)


def test_a_refit_without_early_stopping_removes_the_scores():
    model = fit(DRAWN, **OVERFITTED, early_stopping=True)
    frame = DRAWN.frame()
    model.set_params(early_stopping=False).fit(frame)
    assert model.validation_scores_ is None


def test_errors_are_those_of_clipped_predictions():
    free = fit(DRAWN, **OVERFITTED, early_stopping=True)
    clipped = fit(DRAWN, **OVERFITTED, early_stopping=True, rating_range=(-2, 5))
    n = min(free.n_iter_, clipped.n_iter_)
    assert (clipped.validation_scores_[:n] <= free.validation_scores_[:n]).all()
    assert (clipped.validation_scores_[:n] < free.validation_scores_[:n]).any()


def test_a_solver_of_the_user_is_stopped_and_its_best_factors_are_kept():
    kept = []

    def own(objective, start, *, max_iter, tol, callback):
        def watched(factors, cost):
            kept.append(factors.item.copy())
            return callback(factors, cost)

        solve = SOLVERS["als"]
        return solve(objective, start, max_iter=max_iter, tol=tol, callback=watched)

    model = fit(DRAWN, **OVERFITTED, solver=own, early_stopping=True)
    assert model.stop_reason_ == "early_stopping"
    best = model.validation_scores_.argmin()
    np.testing.assert_array_equal(model.item_factors_, kept[best])


@pytest.mark.parametrize("solver", ["cg", "als-ncg"])
def test_early_stopping_lowers_the_error_on_real_ratings(ml_100k, solver):
    train, test = train_test_split(ml_100k, test_size=0.2, random_state=0)
    X, y = test[["user", "item"]], test["rating"]
    errors = []
    for early_stopping in (False, True):
        model = CollaborativeFilter(
            20,
            3.0,
            solver=solver,
            early_stopping=early_stopping,
            random_state=0,
            **PLAIN,
        )
        errors.append(root_mean_squared_error(y, model.fit(train).predict(X)))
    # With als-ncg the errors were 1.078 and 1.055 when this test was written.
    assert errors[1] < errors[0] - 0.015


def test_an_improvement_below_tol_does_not_count():
    X, y = make_ratings(2000, n_users=80, n_items=50, rank=3, noise=0.3, random_state=0)
    settings = {"n_iter_no_change": 2, "random_state": 0, "n_jobs": 1}
    model = CollaborativeFilter(
        3, 1.0, early_stopping=True, tol=0.02, **(PLAIN | settings)
    )
    scores = model.fit(X, y).validation_scores_
    assert model.stop_reason_ == "early_stopping"
    # The lowest of the last two errors is below the error before them, but not by as
    # much as `tol`.
    assert scores[-2:].min() < scores[-3]
    assert scores[-2:].min() > scores[:-2].min() * (1 - 0.02)


def test_the_size_of_the_validation_set_is_rounded():
    n = rating_matrix(*DRAWN).n_ratings
    for wanted, size in ((100.6, 101), (100.4, 100)):
        _, split = split_of(DRAWN, wanted / n)
        assert split.mask.sum() == size


def test_a_solver_can_overwrite_its_factors():
    visited = []

    def in_place(objective, start, *, max_iter, tol, callback):
        factors = Factors(start.user.copy(), start.item.copy())
        for _ in range(max_iter):
            step = SOLVERS["als"](objective, factors, max_iter=1, tol=0)
            for side, new in zip(factors, step.factors, strict=True):
                side[:] = new
            visited.append(step.factors)
            if callback(factors, step.cost):
                break
        return step._replace(factors=factors, stop_reason="callback")

    model = fit(DRAWN, **OVERFITTED, solver=in_place, early_stopping=True)
    assert model.stop_reason_ == "early_stopping"
    best = model.validation_scores_.argmin()
    assert best < len(visited) - 1
    np.testing.assert_array_equal(model.user_factors_, visited[best].user)
    np.testing.assert_array_equal(model.item_factors_, visited[best].item)


class StopAt:
    """A callback that stops the fit after n_iter iterations."""

    def __init__(self, n_iter):
        self.n_iter, self.n_done = n_iter, 0

    def setup(self, estimator, context):
        pass

    def teardown(self, estimator, context):
        pass

    def on_fit_task_begin(self, estimator, context):
        pass

    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
        if context.task_name != "iteration" or fitted_estimator is None:
            return False
        self.n_done += 1
        return self.n_done == self.n_iter


@needs_callbacks
def test_a_callback_at_the_same_iteration_is_the_stop_reason():
    settings = {"early_stopping": True, "random_state": 0, "n_jobs": 1}
    model = CollaborativeFilter(**(PLAIN | OVERFITTED), **settings)
    alone = clone(model).fit(DRAWN.frame())
    assert alone.stop_reason_ == "early_stopping"
    stopped = model.set_callbacks(StopAt(alone.n_iter_)).fit(DRAWN.frame())
    assert stopped.stop_reason_ == "callback"
    np.testing.assert_array_equal(stopped.item_factors_, alone.item_factors_)


def leaky(solver="als", **more):
    """A filter that learns training ratings by heart within a few iterations."""
    settings = {"early_stopping": True, "warm_start": True, "n_iter_no_change": 5}
    settings |= {"random_state": 0, "solver": solver, **PLAIN}
    return CollaborativeFilter(20, 0.2, **settings | more)


def held_out_pairs(model):
    rows = model._rated()
    entries = pairs_of(rows, model._rated_validation)
    return {(int(model.user_ids_[u]), int(model.item_ids_[i])) for u, i in entries}


def all_pairs(frame):
    return set(zip(frame["user"].tolist(), frame["item"].tolist(), strict=True))


X, Y = make_ratings(6000, 200, 120, rank=4, noise=0.6, random_state=0)
GROWING = X.assign(rating=Y).drop_duplicates(["user", "item"]).reset_index(drop=True)


@pytest.mark.parametrize("solver", SOLVERS)
def test_a_warm_start_validates_on_ratings_that_no_fit_has_learned(solver):
    test = GROWING.sample(500, random_state=1)
    rest = GROWING.drop(test.index)
    first = rest.sample(frac=0.8, random_state=2)
    model = leaky(solver).fit(first)
    before, learned = held_out_pairs(model), all_pairs(first) - held_out_pairs(model)
    model.fit(rest)
    after = held_out_pairs(model)
    assert not after & learned
    assert before <= after
    unseen = len(rest) - len(first)
    assert len(after) == len(before) + round(0.1 * unseen)
    error = root_mean_squared_error(test["rating"], model.predict(test))
    # With learned ratings among them, the lowest error was 0.25 below that of the test.
    assert model.validation_scores_.min() > error - 0.1


@given(ratings(repeats=False), ratings(repeats=False), st.floats(0.05, 0.9))
def test_no_sequence_of_warm_fits_holds_out_a_learned_rating(drawn, more, fraction):
    frames = drawn.frame(), pd.concat([drawn.frame(), more.frame()]), more.frame()
    model = CollaborativeFilter(2, 1.0, warm_start=True, early_stopping=True, **PLAIN)
    model.set_params(validation_fraction=fraction, random_state=0, max_iter=2)
    learned = set()
    for frame in frames:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            model.fit(frame)
        if any("starts without it" in str(w.message) for w in caught):
            learned = set()
        held_out = held_out_pairs(model) if model._rated_validation.size else set()
        assert not held_out & learned
        learned |= all_pairs(frame) - held_out


def test_a_warm_start_after_all_ratings_were_learned_starts_without_the_fit():
    model = leaky("als-ncg").set_params(early_stopping=False).fit(GROWING)
    model.set_params(early_stopping=True)
    with pytest.warns(UserWarning, match="has learned all ratings.*starts without it"):
        model.fit(GROWING)
    cold = leaky("als-ncg").fit(GROWING)
    np.testing.assert_array_equal(model.item_factors_, cold.item_factors_)
    np.testing.assert_array_equal(model.validation_scores_, cold.validation_scores_)


def test_new_ratings_are_validated_on_although_the_previous_fit_held_out_none():
    old = GROWING.sample(frac=0.7, random_state=0)
    model = leaky("als-ncg").set_params(early_stopping=False).fit(old)
    model.set_params(early_stopping=True).fit(GROWING)
    unseen = all_pairs(GROWING) - all_pairs(old)
    assert held_out_pairs(model) <= unseen
    assert len(held_out_pairs(model)) == round(0.1 * len(unseen))


def test_ratings_that_were_folded_in_are_not_held_out():
    model = leaky().fit(GROWING)
    user = GROWING["user"].value_counts().index[0]
    own = GROWING[GROWING["user"] == user]
    folded = model.fold_in(own.head(1))
    folded.fit(GROWING)
    assert user in {u for u, _ in held_out_pairs(model)}
    assert user not in {u for u, _ in held_out_pairs(folded)}
