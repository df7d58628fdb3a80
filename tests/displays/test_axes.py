"""Laws of all displays: axes, pipelines, rating columns, styles and errors."""

import sys

import numpy as np
import pytest
from fitting import PLAIN
from matplotlib import pyplot as plt
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sklearn_cofi import (
    BayesianCollaborativeFilter,
    CollaborativeFilter,
    CollaborativeFilterCV,
)
from sklearn_cofi.displays import (
    CalibrationDisplay,
    ConvergenceDisplay,
    ErrorByCountDisplay,
    FactorMapDisplay,
    RankingCurveDisplay,
    RegPathDisplay,
    ResidualsDisplay,
    TraceDisplay,
)

FROM_MODELS = [
    (ConvergenceDisplay, CollaborativeFilter),
    (FactorMapDisplay, CollaborativeFilter),
    (RegPathDisplay, CollaborativeFilterCV),
]
FROM_HELD_OUT = [
    (CalibrationDisplay, BayesianCollaborativeFilter),
    (RankingCurveDisplay, CollaborativeFilter),
    (ErrorByCountDisplay, CollaborativeFilter),
    (ResidualsDisplay, CollaborativeFilter),
]


@pytest.fixture
def models(fitted, cross_validated, bayesian):
    return {type(model): model for model in (fitted, cross_validated, bayesian)}


def draw(display, model, parts, **parameters):
    held_out = parts[2:] if display in dict(FROM_HELD_OUT) else ()
    return display.from_estimator(model, *held_out, **parameters)


@pytest.mark.parametrize(("display", "kind"), FROM_MODELS + FROM_HELD_OUT)
def test_axes_are_new_or_the_ones_passed(display, kind, models, parts):
    on_new_axes = draw(display, models[kind], parts)
    assert on_new_axes.figure_ is on_new_axes.ax_.figure
    _, ax = plt.subplots()
    assert ax is not on_new_axes.ax_
    on_ax = draw(display, models[kind], parts, ax=ax)
    assert on_ax.ax_ is ax
    assert ax.get_xlabel()
    assert ax.get_ylabel()
    assert on_ax.plot() is on_ax
    assert on_ax.ax_ is not ax


@pytest.mark.parametrize(("display", "kind"), FROM_MODELS + FROM_HELD_OUT)
def test_unfitted_estimators_are_refused(display, kind, parts):
    with pytest.raises(NotFittedError):
        draw(display, kind(), parts)


@pytest.mark.parametrize(("display", "kind"), FROM_MODELS + FROM_HELD_OUT[:3])
def test_other_estimators_are_refused(display, kind, parts):
    with pytest.raises(TypeError, match="is drawn from .*, not from a LinearRegres"):
        draw(display, LinearRegression(), parts)


@pytest.mark.parametrize(("display", "kind"), FROM_MODELS + FROM_HELD_OUT)
def test_a_pipeline_is_drawn_like_its_last_step(display, kind, models, parts):
    of_pipeline = draw(display, make_pipeline(models[kind]), parts)
    of_model = draw(display, models[kind], parts)
    for line, expected in zip(of_pipeline.ax_.lines, of_model.ax_.lines, strict=True):
        np.testing.assert_array_equal(line.get_ydata(), expected.get_ydata())


@pytest.mark.parametrize(("display", "kind"), FROM_HELD_OUT)
def test_the_first_steps_of_a_pipeline_transform_the_pairs(
    display, kind, models, parts
):
    X, truth = parts[2:]
    reverse = FunctionTransformer(lambda X: X[::-1])
    pipeline = make_pipeline(reverse.fit(X), models[kind])
    of_pipeline = display.from_estimator(pipeline, X[::-1], truth)
    of_model = display.from_estimator(models[kind], X, truth)
    for line, expected in zip(of_pipeline.ax_.lines, of_model.ax_.lines, strict=True):
        np.testing.assert_array_equal(line.get_ydata(), expected.get_ydata())


def test_the_error_for_a_search_names_its_best_estimator(parts):
    search = GridSearchCV(
        CollaborativeFilter(n_jobs=1, **PLAIN), {"reg_param": [2.0]}, cv=2
    )
    search.fit(*parts[:2])
    with pytest.raises(TypeError, match="pass its `best_estimator_`"):
        FactorMapDisplay.from_estimator(search)


@pytest.mark.parametrize(("display", "kind"), FROM_HELD_OUT)
def test_ratings_may_be_a_column_of_the_frame(display, kind, models, parts):
    X, truth = parts[2:]
    from_column = display.from_estimator(models[kind], X.assign(rating=truth))
    from_y = display.from_estimator(models[kind], X, truth)
    for line, expected in zip(from_column.ax_.lines, from_y.ax_.lines, strict=True):
        np.testing.assert_array_equal(line.get_ydata(), expected.get_ydata())
    with pytest.raises(ValueError, match="Pass y"):
        display.from_estimator(models[kind], X)


@pytest.mark.parametrize("n", [2, 3, 12, 400])
def test_ticks_of_iterations_sweeps_ranks_and_k_are_integers(n):
    numbers, values = np.arange(1, n + 1), np.linspace(1, 2, n)
    kinds = {"iterations": numbers, "values": values, "quantity": "cost"}
    ranks = {"reg_params": values, "values": numbers[None], "quantity": "rank"}
    axes = [
        ConvergenceDisplay(**kinds).plot().ax_.xaxis,
        TraceDisplay(traces=values[None], quantity="noise").plot().ax_.xaxis,
        RankingCurveDisplay(ks=numbers, means=values, metric="ndcg").plot().ax_.xaxis,
        RegPathDisplay(**ranks).plot().ax_.yaxis,
    ]
    for axis in axes:
        ticks = axis.get_majorticklocs()
        assert ticks.tolist() == np.round(ticks).tolist()


def test_a_log_axis_of_the_user_stays(fitted):
    _, ax = plt.subplots()
    ax.set_xscale("log")
    locator = ax.xaxis.get_major_locator()
    ConvergenceDisplay.from_estimator(fitted, ax=ax)
    assert ax.xaxis.get_major_locator() is locator


def test_styles_replace_defaults_by_full_name_or_alias(fitted):
    display = ConvergenceDisplay.from_estimator(fitted, c="red", label="mine")
    assert display.line_.get_color() == "red"
    assert display.line_.get_label() == "mine"
    with pytest.raises(TypeError, match="aliases"):
        ConvergenceDisplay.from_estimator(fitted, c="red", color="blue")


def test_the_error_without_matplotlib_names_the_extra(fitted, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r"ConvergenceDisplay.*sklearn-cofi\[plot\]"):
        ConvergenceDisplay.from_estimator(fitted)
