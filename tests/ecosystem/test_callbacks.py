"""Callbacks of scikit-learn and others are called each iteration and can stop a fit."""

from collections import Counter

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.metrics import mean_squared_error
from sklearn.model_selection import GridSearchCV, KFold

from sklearn_cofi.solvers import SOLVERS

callback = pytest.importorskip("sklearn.callback", reason="new in scikit-learn 1.9")
ProgressBar, ScoringMonitor = callback.ProgressBar, callback.ScoringMonitor


class Recorder:
    """Records all calls."""

    def __init__(self):
        self.setups = self.teardowns = 0
        self.begun, self.ended, self.estimators = [], [], []

    def setup(self, estimator, context):
        self.setups += 1

    def teardown(self, estimator, context):
        self.teardowns += 1

    def on_fit_task_begin(self, estimator, context):
        self.begun.append(context)

    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
        self.ended.append(context)
        if fitted_estimator is not None and context.task_name == "iteration":
            self.estimators.append(fitted_estimator)

    def assert_in_order(self):
        """Check that each task that began ended once, and the root task last."""
        assert Counter(map(id, self.begun)) == Counter(map(id, self.ended))
        assert max(Counter(map(id, self.begun)).values()) == 1
        assert self.begun[0] is self.ended[-1]
        assert self.setups == self.teardowns == 1


class Stopper(Recorder):
    """Returns True, which stops the fit, after ``n_iter`` iterations."""

    def __init__(self, n_iter):
        super().__init__()
        self.n_iter = n_iter

    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
        super().on_fit_task_end(estimator, context, fitted_estimator=fitted_estimator)
        return len(self.estimators) == self.n_iter


class InterruptedFitError(Exception):
    """Raised by the tests in the middle of a fit."""


class Breaker(Recorder):
    """Raises an error at the end of the first task."""

    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
        raise InterruptedFitError


@pytest.fixture(params=[{"solver": "lbfgs"}, {"solver": "cg", "fit_bias": True}])
def model(request, model):
    return model.set_params(**request.param)


def costs(estimators):
    return [estimator.cost_ for estimator in estimators]


def test_each_iteration_has_the_estimator_as_if_the_fit_ended_there(model, X, y):
    recorder = Recorder()
    fitted = model.set_callbacks(recorder).fit(X, y)
    recorder.assert_in_order()
    assert costs(recorder.estimators) == fitted.cost_path_[1:].tolist()
    last = recorder.estimators[-1]
    np.testing.assert_array_equal(last.predict(X), fitted.predict(X))
    # A later iteration must not overwrite the factors of an earlier one.
    third = recorder.estimators[2]
    residuals = y - third.predict(X)
    factors = third.user_factors_, third.item_factors_
    biases = third.user_bias_, third.item_bias_
    penalty = model.reg_param / 2 * sum((f**2).sum() for f in (*factors, *biases))
    assert fitted.cost_path_[3] == pytest.approx(residuals @ residuals / 2 + penalty)


def test_callbacks_do_not_change_the_fit(model, X, y):
    without = clone(model).fit(X, y)
    fitted = model.set_callbacks(Recorder()).fit(X, y)
    np.testing.assert_array_equal(fitted.item_factors_, without.item_factors_)
    assert vars(fitted).keys() - vars(without).keys() == {"_skl_callbacks"}


@pytest.mark.parametrize("n_iter", [1, 7])
def test_a_callback_that_returns_true_stops_without_a_warning(model, X, y, n_iter):
    stopper = Stopper(n_iter)
    stopped = clone(model).set_callbacks(stopper).fit(X, y)
    stopper.assert_in_order()
    assert stopped.n_iter_ == n_iter
    assert stopped.stop_reason_ == "callback"
    assert not stopped.converged_
    with pytest.warns(ConvergenceWarning, match="max_iter"):
        limited = clone(model).set_params(max_iter=n_iter).fit(X, y)
    np.testing.assert_array_equal(stopped.item_factors_, limited.item_factors_)
    assert stopped.cost_ == limited.cost_


def test_a_stop_at_the_last_iteration_is_a_stop_by_the_callback(model, X, y):
    stopper = Stopper(4)
    model.set_params(max_iter=4).set_callbacks(stopper).fit(X, y)
    stopper.assert_in_order()
    assert (model.n_iter_, model.stop_reason_) == (4, "callback")


def test_tasks_end_if_max_iter_ends_the_fit(model, X, y):
    recorder = Recorder()
    with pytest.warns(ConvergenceWarning, match="max_iter"):
        model.set_params(max_iter=3).set_callbacks(recorder).fit(X, y)
    recorder.assert_in_order()
    assert len(recorder.estimators) == model.n_iter_ == 3
    assert len(recorder.begun) == 1 + 3


def test_tasks_end_if_all_factors_are_zero(model, X, y):
    recorder = Recorder()
    with pytest.warns(UserWarning, match="the model predicts means"):
        model.set_params(reg_param=1e3).set_callbacks(recorder).fit(X, y)
    recorder.assert_in_order()
    assert len(recorder.estimators) == len(model.cost_path_) - 1


def test_a_callback_that_raises_is_torn_down(model, X, y):
    breaker, witness = Breaker(), Recorder()
    model.set_callbacks(witness, breaker)
    with pytest.raises(InterruptedFitError):
        model.fit(X, y)
    for callback in (breaker, witness):
        assert callback.setups == callback.teardowns == 1
    with pytest.raises(NotFittedError):
        model.predict(X)


def test_a_failing_fit_is_torn_down_and_keeps_the_previous_fit(model, X, y):
    def fail(objective, start, *, max_iter, tol, callback):
        callback(start, 1.0)
        raise InterruptedFitError

    before = model.fit(X, y).predict(X)
    recorder = Recorder()
    model.set_callbacks(recorder).set_params(solver=fail)
    with pytest.raises(InterruptedFitError):
        model.fit(X, y)
    assert recorder.setups == recorder.teardowns == 1
    assert len(recorder.estimators) == 1
    np.testing.assert_array_equal(model.predict(X), before)


def test_invalid_input_is_refused_before_callbacks_are_set_up(model, X, y):
    recorder = Recorder()
    with pytest.raises(ValueError, match="NaN"):
        model.set_callbacks(recorder).fit(X, y.where(y > 1))
    assert recorder.setups == recorder.teardowns == 0
    model.fit(X, y)
    recorder.assert_in_order()


def test_a_custom_solver_calls_callbacks_and_can_be_stopped(model, X, y):
    def custom(objective, start, *, max_iter, tol, callback):
        stops = []

        def record(factors, cost):
            stops.append(callback(factors, cost))
            return stops[-1]

        solve = SOLVERS["lbfgs"]
        solution = solve(objective, start, max_iter=max_iter, tol=tol, callback=record)
        assert stops == [False, False, True]
        return solution

    stopper = Stopper(3)
    model.set_params(solver=custom).set_callbacks(stopper).fit(X, y)
    stopper.assert_in_order()
    assert (model.n_iter_, model.stop_reason_) == (3, "callback")


@pytest.mark.parametrize(("stop_at", "max_iter"), [(3, 5), (None, 3)])
def test_a_solver_that_does_not_stop_is_told_again(model, X, y, stop_at, max_iter):
    """Callbacks are not called for the iterations after the stop."""
    results = []

    def heedless(objective, start, *, max_iter, tol, callback):
        solve = SOLVERS["cg"]
        solution = solve(objective, start, max_iter=5, tol=0, callback=None)
        results.extend(callback(solution.factors, solution.cost) for _ in range(6))
        return solution._replace(stop_reason="callback")

    stopper = Stopper(stop_at)
    model.set_params(solver=heedless, max_iter=max_iter)
    model.set_callbacks(stopper).fit(X, y)
    stopper.assert_in_order()
    assert len(stopper.estimators) == 3
    assert results == [False, False, stop_at == 3, True, True, True]


@pytest.mark.parametrize("weighted", [False, True])
def test_scoring_monitor_logs_each_iteration(model, X, y, weighted):
    weights = np.where(X["user"] % 2, 10.0, 1.0) if weighted else None
    monitor = ScoringMonitor(scoring="r2")
    model.set_callbacks(monitor).fit(X, y, sample_weight=weights)
    log = monitor.get_logs().data_as_pandas
    scores = log.loc[log["task_name"] == "iteration", "r2"]
    assert len(scores) == model.n_iter_
    assert scores.iloc[-1] == model.score(X, y, sample_weight=weights)
    assert scores.iloc[-1] > scores.iloc[0]
    # The whole fit is a task, too.
    assert log.loc[log["task_name"] == "fit", "r2"].tolist() == [scores.iloc[-1]]


def test_scoring_monitor_reads_the_rating_column_of_x(model, frame, X, y):
    monitor = ScoringMonitor(scoring=["neg_mean_squared_error", "r2"])
    model.set_callbacks(monitor).fit(frame)
    log = monitor.get_logs().data_as_pandas
    last = log[log["task_name"] == "iteration"].iloc[-1]
    error = mean_squared_error(y, model.predict(X))
    assert last["neg_mean_squared_error"] == pytest.approx(-error)
    assert last["r2"] == model.score(X, y)


def test_progress_bar_is_full_at_the_end(model, X, y, capsys):
    pytest.importorskip("rich")
    model.set_callbacks(ProgressBar()).fit(X, y)
    assert model.n_iter_ < model.max_iter
    shown = capsys.readouterr().out
    assert "CollaborativeFilter - fit" in shown
    assert "100%" in shown


def test_progress_bar_of_a_search_has_a_line_for_each_fit(model, X, y, capsys):
    pytest.importorskip("rich")
    search = GridSearchCV(model, {"reg_param": [6.0, 8.0]}, cv=KFold(3))
    search.set_callbacks(ProgressBar()).fit(X, y)
    shown = capsys.readouterr().out
    assert shown.count("candidate-split-evaluation") == 2 * 3
    assert shown.count("refit-with-best-params") == 1


def test_callbacks_of_the_filter_are_called_in_every_fit_of_a_search(model, X, y):
    stopper = Stopper(None)
    monitor = ScoringMonitor(scoring="r2")
    model.set_callbacks(stopper, monitor)
    grid = {"reg_param": [6.0, 8.0]}
    search = GridSearchCV(model, grid, cv=KFold(3), return_train_score=True)
    search.fit(X, y)
    assert stopper.setups == stopper.teardowns == 2 * 3 + 1
    assert Counter(map(id, stopper.begun)) == Counter(map(id, stopper.ended))
    log = monitor.get_logs().data_as_pandas
    steps = log[log["task_name"] == "iteration"].groupby("parent_task_id_path")
    last = steps["r2"].last()
    assert len(last) == 2 * 3 + 1
    trained = [search.cv_results_[f"split{k}_train_score"] for k in range(3)]
    for score in [*np.ravel(trained), search.score(X, y)]:
        assert np.isclose(last, score, rtol=1e-12).any()


def test_clones_have_the_same_callbacks(model, X, y):
    recorder = Recorder()
    clone(model.set_callbacks(recorder)).fit(X, y)
    recorder.assert_in_order()
    recorder = Recorder()
    clone(model.set_callbacks(recorder).set_callbacks()).fit(X, y)
    assert recorder.begun == []
