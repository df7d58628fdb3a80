"""Cross-validation along paths: errors of the folds, the choice and the last fit."""

import pickle
import re
import warnings

import numpy as np
import pandas as pd
import pytest
from choosing import DRAWN, WEIGHTED, assert_same, choose
from fitting import PLAIN, pairs
from sklearn import config_context
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import root_mean_squared_error
from sklearn.model_selection import GroupKFold, KFold, ShuffleSplit, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from versions import needs_callbacks, since

from sklearn_cofi import CollaborativeFilter, CollaborativeFilterCV
from sklearn_cofi.solvers import SOLVERS

X, Y = pairs(DRAWN), DRAWN.ratings


@pytest.mark.parametrize("drawn", [DRAWN, WEIGHTED], ids=["plain", "weighted"])
@pytest.mark.parametrize(
    "variant",
    [
        {},
        {"fit_bias": True, "rating_range": (0.1, 6.1)},
        {"fit_bias": True, "reg_bias": 3.0, "reg_scaling": 0.5, "mean_damping": 2.0},
    ],
)
def test_errors_equal_those_of_filters_fitted_to_the_folds(drawn, variant):
    folds = list(KFold(3, shuffle=True, random_state=1).split(X))
    folds[0] = folds[0][0][:25], folds[0][1]  # some users and items are unknown
    parameters = {"tol": 1e-6, "patience": None, "eps": 0.3, **variant}
    model = choose(drawn, cv=folds, num_features=[3, 20], **parameters)
    assert model.rmse_path_.shape == (2, 6, 3)
    frame = pairs(drawn)
    for fold, (train, test) in enumerate(folds):
        for point in (1, 4):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                alone = CollaborativeFilter(
                    20,
                    model.reg_params_[point],
                    tol=1e-6,
                    random_state=0,
                    **(PLAIN | variant),
                ).fit(
                    frame.iloc[train],
                    drawn.ratings[train],
                    None if drawn.weights is None else drawn.weights[train],
                )
            error = root_mean_squared_error(
                drawn.ratings[test],
                alone.predict(frame.iloc[test]),
                sample_weight=None if drawn.weights is None else drawn.weights[test],
            )
            assert model.rmse_path_[1, point, fold] == pytest.approx(error, rel=1e-3)


def test_the_choice_is_fitted_to_all_ratings_like_a_single_filter():
    model = choose(num_features=[4, 2])
    means = np.nan_to_num(model.rmse_path_.mean(axis=2), nan=np.inf)
    number, point = np.unravel_index(means.argmin(), means.shape)
    assert model.cv_rmse_ == means.min()
    assert model.num_features_ == [2, 4][number]
    assert model.reg_param_ == model.reg_params_[point]
    alone = CollaborativeFilter(
        model.num_features_, model.reg_param_, solver="als-ncg", random_state=0, **PLAIN
    ).fit(X, Y)
    np.testing.assert_array_equal(model.predict(X), alone.predict(X))
    assert model.score(X, Y) == alone.score(X, Y)
    pd.testing.assert_frame_equal(model.recommend([0, 1]), alone.recommend([0, 1]))
    new = pd.DataFrame({"item": [0, 1, 2], "rating": [5.0, 1.0, 2.0]})
    pd.testing.assert_frame_equal(
        model.recommend(ratings=new), alone.recommend(ratings=new)
    )


def test_the_grid_falls_from_where_all_factors_are_zero():
    model = choose(eps=0.01)
    largest = CollaborativeFilter(2, **PLAIN).fit(X, Y).reg_param_max_
    np.testing.assert_allclose(model.reg_params_, np.geomspace(1, 0.01, 6) * largest)
    given = choose(reg_params=[1, 5.0, 2, 5])
    assert given.reg_params_.tolist() == [5, 2, 1]


def test_patience_ends_paths_after_the_best_penalty():
    grid = {"n_reg_params": 20, "eps": 1e-3, "num_features": [2, 6]}
    hasty, patient = choose(**grid, patience=3), choose(**grid, patience=None)
    assert not np.isnan(patient.rmse_path_).any()
    tried = ~np.isnan(hasty.rmse_path_)
    assert 0 < tried.sum() < tried.size
    np.testing.assert_array_equal(tried.all(axis=2), tried.any(axis=2))
    for number, means in enumerate(hasty.rmse_path_.mean(axis=2)):
        n = tried[number, :, 0].sum()
        if n < 20:
            assert (means[n - 3 : n] > means[: n - 3].min()).all()
            assert not (means[n - 4 : n - 1] > means[: n - 4].min()).all()
    assert hasty.reg_param_ == patient.reg_param_
    assert hasty.num_features_ == patient.num_features_


def test_order_of_rows_and_threads_change_no_bit():
    order = np.random.default_rng(0).permutation(Y.size)
    model = choose(WEIGHTED)
    assert_same(choose(WEIGHTED.rows(order)), model)
    assert_same(choose(WEIGHTED, n_jobs=2), model)


def test_a_weight_equals_that_number_of_repeats():
    times = np.random.default_rng(0).integers(0, 3, Y.size)
    repeated = DRAWN.rows(np.repeat(np.arange(Y.size), times))
    a, b = choose(DRAWN._replace(weights=times * 1.0)), choose(repeated)
    np.testing.assert_allclose(a.rmse_path_, b.rmse_path_, rtol=1e-12)
    np.testing.assert_array_equal(a.item_factors_, b.item_factors_)


def test_rows_without_weight_are_in_no_fold():
    weights = np.where(np.arange(Y.size) % 4, 1.0, 0.0)
    kept = np.flatnonzero(weights)
    folds = list(KFold(3).split(X))
    position = np.full(Y.size, -1)
    position[kept] = np.arange(kept.size)
    moved = [tuple(p[p >= 0] for p in (position[tr], position[te])) for tr, te in folds]
    a = choose(DRAWN._replace(weights=weights), cv=folds)
    assert_same(a, choose(DRAWN.rows(kept), cv=moved))


@pytest.mark.parametrize("cv", [3, KFold(3), ShuffleSplit(2, random_state=0)])
def test_any_splitter_can_be_used(cv):
    n_folds = cv if isinstance(cv, int) else cv.get_n_splits()
    assert choose(cv=cv).rmse_path_.shape[2] == n_folds


def test_splits_may_be_masks():
    folds = list(KFold(3).split(X))
    masks = [tuple(np.isin(np.arange(Y.size), p) for p in fold) for fold in folds]
    assert_same(choose(cv=masks), choose(cv=folds))


def test_ratings_may_be_in_x():
    model = CollaborativeFilterCV(n_reg_params=4, random_state=0, n_jobs=1, **PLAIN)
    whole = clone(model).fit(DRAWN.frame())
    np.testing.assert_array_equal(whole.rmse_path_, model.fit(X, Y).rmse_path_)


def test_groups_are_routed_to_the_splitter():
    groups = np.arange(Y.size) % 3
    expected = choose(cv=list(GroupKFold(3).split(X, groups=groups)))
    model = CollaborativeFilterCV(
        n_reg_params=6, cv=GroupKFold(3), random_state=0, n_jobs=1, **PLAIN
    )
    with pytest.raises(ValueError, match="enable_metadata_routing"):
        model.fit(X, Y, groups=groups)
    with config_context(enable_metadata_routing=True):
        assert_same(model.fit(X, Y, groups=groups), expected)


@since("1.9", "routing without deep copies, which generators do not have,")
def test_a_generator_of_splits_is_read_once_with_routing():
    groups = np.arange(Y.size) % 3
    expected = choose(cv=list(GroupKFold(3).split(X, groups=groups)))
    splits = GroupKFold(3).split(X, groups=groups)
    with config_context(enable_metadata_routing=True):
        assert_same(choose(cv=splits), expected)


def test_pipelines_and_pickles():
    model = choose()
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    pipeline = make_pipeline(FunctionTransformer(), clone(model)).fit(X, Y)
    np.testing.assert_array_equal(pipeline.predict(X), model.predict(X))


@needs_callbacks
def test_callbacks_follow_the_last_fit():
    costs = []

    class Recorder:
        def setup(self, estimator, context):
            pass

        teardown = on_fit_task_begin = lambda self, *args, **kwargs: None

        def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
            if context.task_name == "iteration" and fitted_estimator is not None:
                costs.append(fitted_estimator.cost_)
                fitted_estimator.predict(X)

    model = CollaborativeFilterCV(n_reg_params=4, random_state=0, n_jobs=1, **PLAIN)
    model.set_callbacks(Recorder()).fit(X, Y)
    assert costs == model.cost_path_[1:].tolist()


INVALID = {
    "negative penalty": ({"reg_params": [1, -1]}, r"reg_params\[1\] == -1, must be"),
    "infinite penalty": (
        {"reg_params": [np.inf]},
        "== inf, must be finite",
    ),
    "no penalty": ({"reg_params": []}, "reg_params is empty. Give at least one"),
    "no features": ({"num_features": []}, "num_features is empty"),
    "zero features": ({"num_features": [2, 0]}, r"num_features\[1\] == 0, must be"),
    "eps": ({"eps": 1.0}, r"'eps' .* in the range \(0.0, 1.0\)"),
    "n_reg_params": ({"n_reg_params": 0}, "'n_reg_params' .* Got 0"),
    "patience": ({"patience": 0}, "'patience' .* Got 0"),
    "one fold": ({"cv": 1}, "'cv' parameter|k-fold cross-validation requires"),
    "no fold": ({"cv": []}, "cv holds no splits"),
    "empty fold": ({"cv": [([0, 1], [])]}, "Fold 0 of cv has no rating in its test"),
}


@pytest.mark.parametrize(("parameters", "message"), INVALID.values(), ids=INVALID)
def test_invalid_parameters(parameters, message):
    with pytest.raises(ValueError, match=message):
        choose(**parameters)


def test_unfinished_points_give_a_warning():
    settings = {"n_reg_params": 6, "cv": 3, "random_state": 0, "n_jobs": 1}
    model = CollaborativeFilterCV(**(PLAIN | settings), max_iter=1, tol=1e-9)
    with pytest.warns(ConvergenceWarning) as warned:
        model.fit(X, Y)
    messages = [str(w.message) for w in warned]
    part = "points of the folds' paths, solver 'als-ncg' stopped"
    assert any(part in message for message in messages)
    assert {w.filename for w in warned} == {__file__}


def test_real_held_out_errors_are_close_to_the_estimate(ml_100k):
    train, test = train_test_split(ml_100k, test_size=0.2, random_state=0)
    model = CollaborativeFilterCV(n_reg_params=10, cv=3, random_state=0, **PLAIN).fit(
        train
    )
    error = root_mean_squared_error(test["rating"], model.predict(test))
    # 0.968 in folds, which train on two thirds of the ratings, and 0.944 in the end.
    assert model.cv_rmse_ - 0.04 < error < model.cv_rmse_
    assert 0 < model.reg_param_ < model.reg_params_[0]


def test_folds_depend_on_the_seed():
    a, b = (choose(random_state=seed, patience=None) for seed in (0, 1))
    np.testing.assert_array_equal(a.reg_params_, b.reg_params_)
    assert (a.rmse_path_[:, -1] != b.rmse_path_[:, -1]).all()


def test_all_ratings_equal():
    model = CollaborativeFilterCV(
        num_features=2, n_reg_params=3, cv=2, random_state=0, **PLAIN
    )
    with pytest.warns(UserWarning, match="reg_param_max_ is 0"):
        model.fit(X, np.full(Y.size, 4.0))
    # The grid starts above zero, at the same value as scikit-learn's grids.
    smallest = np.finfo(np.float64).resolution
    np.testing.assert_allclose(model.reg_params_, smallest * np.array([1, 0.1, 0.01]))
    np.testing.assert_array_equal(model.predict(X), 4)
    np.testing.assert_array_equal(model.rmse_path_, 0)


def test_repeated_numbers_of_latent_factors_count_once():
    model = choose(num_features=[4, 2, 4])
    assert model.rmse_path_.shape[0] == 2
    assert_same(model, choose(num_features=[2, 4]))


def test_predictions_in_the_folds_are_clipped():
    grid = {"patience": None, "reg_params": [0.5, 0.1], "num_features": 6}
    free = choose(**grid).rmse_path_
    clipped = choose(**grid, rating_range=(Y.min(), Y.max())).rmse_path_
    assert (clipped <= free).all()
    assert (clipped < free).any()


def test_settings_of_the_solver_reach_the_folds_and_the_last_fit():
    calls = []

    def solver(objective, start, *, max_iter, tol, callback):
        calls.append((max_iter, tol))
        solve = SOLVERS["als-ncg"]
        return solve(objective, start, max_iter=max_iter, tol=tol, callback=callback)

    choose(solver=solver, max_iter=345, tol=0.02, n_reg_params=2)
    assert calls == [(345, 0.02)] * (3 * 2 + 1)


def test_unfinished_points_are_counted_among_evaluated_points():
    grid = {"n_reg_params": 20, "eps": 1e-3, "num_features": [2, 6], "patience": 2}
    with pytest.warns(ConvergenceWarning) as warned:
        model = choose(**grid, max_iter=2, tol=1e-9)
    n_tried = (~np.isnan(model.rmse_path_)).sum()
    assert n_tried < model.rmse_path_.size
    messages = [str(w.message) for w in warned]
    messages = [m for m in messages if "of the folds' paths" in m]
    counts = re.match(r"At (\d+) of (\d+)", *messages).groups()
    n_unfinished, n_points = map(int, counts)
    assert n_points == n_tried
    # At the largest penalties all factors are zero, which takes no iteration.
    assert n_tried - 2 * 2 * 3 <= n_unfinished < n_tried


def test_patience_ends_the_path_of_every_number_of_features():
    grid = {"n_reg_params": 20, "eps": 1e-3, "num_features": [3, 6]}
    errors = choose(**grid, patience=2).rmse_path_
    n_tried = (~np.isnan(errors[:, :, 0])).sum(axis=1)
    assert (n_tried < 20).all()
