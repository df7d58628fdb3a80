"""What all displays do: draw where they are told, refuse what they cannot draw."""

import sys

import numpy as np
import pytest
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
    FactorMapDisplay,
    RankingCurveDisplay,
    RegPathDisplay,
    ResidualsDisplay,
)

OF_FITS = [
    (ConvergenceDisplay, CollaborativeFilter),
    (FactorMapDisplay, CollaborativeFilter),
    (RegPathDisplay, CollaborativeFilterCV),
]
OF_PREDICTIONS = [
    (CalibrationDisplay, BayesianCollaborativeFilter),
    (RankingCurveDisplay, CollaborativeFilter),
    (ResidualsDisplay, CollaborativeFilter),
]


@pytest.fixture
def models(fitted, chosen, bayesian):
    return {type(model): model for model in (fitted, chosen, bayesian)}


def draw(display, model, parts, **parameters):
    given = parts[2:] if display in dict(OF_PREDICTIONS) else ()
    return display.from_estimator(model, *given, **parameters)


@pytest.mark.parametrize(("display", "kind"), OF_FITS + OF_PREDICTIONS)
def test_axes_are_new_or_those_given(display, kind, models, parts):
    alone = draw(display, models[kind], parts)
    assert alone.figure_ is alone.ax_.figure
    _, ax = plt.subplots()
    assert ax is not alone.ax_
    given = draw(display, models[kind], parts, ax=ax)
    assert given.ax_ is ax
    assert ax.get_xlabel()
    assert ax.get_ylabel()
    assert given.plot() is given
    assert given.ax_ is not ax


@pytest.mark.parametrize(("display", "kind"), OF_FITS + OF_PREDICTIONS)
def test_unfitted_estimators_are_refused(display, kind, parts):
    with pytest.raises(NotFittedError):
        draw(display, kind(), parts)


@pytest.mark.parametrize(("display", "kind"), OF_FITS + OF_PREDICTIONS[:2])
def test_other_estimators_are_refused(display, kind, parts):
    with pytest.raises(TypeError, match="is drawn from .*, not from a LinearRegres"):
        draw(display, LinearRegression(), parts)


@pytest.mark.parametrize(("display", "kind"), OF_FITS + OF_PREDICTIONS)
def test_a_pipeline_is_taken_for_its_last_step(display, kind, models, parts):
    pipeline = make_pipeline(models[kind])
    drawn = draw(display, pipeline, parts), draw(display, models[kind], parts)
    ours, theirs = ([line.get_ydata() for line in d.ax_.lines] for d in drawn)
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(("display", "kind"), OF_PREDICTIONS)
def test_a_pipeline_changes_the_pairs_first(display, kind, models, parts):
    X, truth = parts[2:]
    backwards = FunctionTransformer(lambda X: X[::-1])
    pipeline = make_pipeline(backwards.fit(X), models[kind])
    ours = display.from_estimator(pipeline, X[::-1], truth)
    theirs = display.from_estimator(models[kind], X, truth)
    for a, b in zip(ours.ax_.lines, theirs.ax_.lines, strict=True):
        np.testing.assert_array_equal(a.get_ydata(), b.get_ydata())


def test_a_search_is_told_to_pass_its_best_estimator(parts):
    search = GridSearchCV(CollaborativeFilter(n_jobs=1), {"reg_param": [2.0]}, cv=2)
    search.fit(*parts[:2])
    with pytest.raises(TypeError, match="pass its `best_estimator_`"):
        FactorMapDisplay.from_estimator(search)


@pytest.mark.parametrize(("display", "kind"), OF_PREDICTIONS)
def test_ratings_may_be_a_column_of_the_frame(display, kind, models, parts):
    X, truth = parts[2:]
    together = display.from_estimator(models[kind], X.assign(rating=truth))
    apart = display.from_estimator(models[kind], X, truth)
    for a, b in zip(together.ax_.lines, apart.ax_.lines, strict=True):
        np.testing.assert_array_equal(a.get_ydata(), b.get_ydata())
    with pytest.raises(ValueError, match="Pass y"):
        display.from_estimator(models[kind], X)


def test_styles_replace_defaults_by_any_of_their_names(fitted):
    display = ConvergenceDisplay.from_estimator(fitted, c="red", label="mine")
    assert display.line_.get_color() == "red"
    assert display.line_.get_label() == "mine"
    with pytest.raises(TypeError, match="aliases"):
        ConvergenceDisplay.from_estimator(fitted, c="red", color="blue")


def test_without_matplotlib_the_extra_is_named(fitted, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r"ConvergenceDisplay.*sklearn-cofi\[plot\]"):
        ConvergenceDisplay.from_estimator(fitted)
