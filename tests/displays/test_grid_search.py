"""GridSearchDisplay: each cell has the mean score of its two parameters."""

import numpy as np
import pytest
from fitting import PLAIN
from hypothesis import given
from hypothesis import strategies as st
from sklearn.exceptions import NotFittedError
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV
from sklearn.pipeline import make_pipeline

from sklearn_cofi import CollaborativeFilter
from sklearn_cofi.displays import GridSearchDisplay
from sklearn_cofi.displays._grid_search import _text_color

draw = GridSearchDisplay.from_search
FILTER = CollaborativeFilter(reg_param=2.0, n_jobs=1, random_state=0, **PLAIN)
GRID = {"reg_param": [4.0, 1.0, 2.0], "num_features": [3, 1]}


def searched(parts, grid=GRID, estimator=FILTER, **parameters):
    return GridSearchCV(estimator, grid, cv=2, **parameters).fit(*parts[:2])


@pytest.fixture(scope="module")
def search(parts):
    return searched(parts, scoring="neg_root_mean_squared_error")


def texts_of(display):
    return [[text.get_text() for text in row] for row in display.texts_]


def test_cells_are_mean_errors_sorted_by_the_parameters(search):
    display = draw(search)
    assert display.x_values == [1.0, 2.0, 4.0]
    assert display.y_values == [1, 3]
    results = search.cv_results_
    for params, score in zip(
        results["params"], results["mean_test_score"], strict=True
    ):
        row = display.y_values.index(params["num_features"])
        column = display.x_values.index(params["reg_param"])
        assert display.scores[row, column] == -score
        assert display.texts_[row, column].get_position() == (column + 0.5, row + 0.5)
        assert float(texts_of(display)[row][column]) == pytest.approx(-score, abs=1e-3)
    np.testing.assert_array_equal(display.im_.get_array(), display.scores)
    assert display.lower_is_better
    label = display.colorbar_.ax.get_ylabel()
    assert label == "root mean squared error (lower is better)"
    labels = [text.get_text() for text in display.ax_.get_xticklabels()]
    assert labels == ["1", "2", "4"]
    assert display.ax_.get_title() == ""


def test_the_best_cell_is_framed(search):
    display = draw(search)
    column, row = display.best_.get_xy()
    assert display.scores[row, column] == display.scores.min() == -search.best_score_


def test_axes_can_be_exchanged(search):
    display, exchanged = draw(search), draw(search, x="num_features", y="reg_param")
    np.testing.assert_array_equal(display.scores, exchanged.scores.T)
    assert display.best == exchanged.best[::-1]


def test_names_of_steps_may_be_left_out(search, parts):
    grid = {f"collaborativefilter__{name}": values for name, values in GRID.items()}
    scoring = "neg_root_mean_squared_error"
    display = draw(searched(parts, grid, make_pipeline(FILTER), scoring=scoring))
    np.testing.assert_allclose(display.scores, draw(search).scores)
    assert display.x_name == "collaborativefilter__reg_param"


def test_cells_have_the_best_score_over_further_parameters(parts):
    grid = GRID | {"mean_normalization": ["item", None], "max_iter": [500]}
    display = draw(search := searched(parts, grid))
    assert display.best_over == ["mean_normalization"]
    assert display.ax_.get_title() == "best over mean_normalization"
    scores = search.cv_results_["mean_test_score"].reshape(1, 2, 2, 3)
    shape = [len(values) for _, values in sorted(grid.items())]
    assert shape == [1, 2, 2, 3]  # scikit-learn sorts the parameters by name
    unsorted = scores.max(axis=(0, 1))
    order = np.ix_(np.argsort(grid["num_features"]), np.argsort(grid["reg_param"]))
    np.testing.assert_array_equal(display.scores, unsorted[order])
    assert display.scores[display.best] == search.best_score_


def map_of(best, x_values=(1.0, 2.0, 4.0), y_values=(2, 4, 8), **parameters):
    scores = np.arange(len(y_values) * len(x_values)).reshape(len(y_values), -1)
    return GridSearchDisplay(
        x_name="reg_param",
        y_name="num_features",
        x_values=x_values,
        y_values=y_values,
        scores=scores,
        best=best,
        **parameters,
    ).plot()


@pytest.mark.parametrize(
    ("best", "advice"),
    [
        ((1, 1), ""),
        ((2, 1), "larger num_features"),
        ((1, 0), "smaller reg_param"),
        ((0, 2), "larger reg_param, smaller num_features"),
    ],
)
def test_the_title_says_if_the_best_cell_is_at_the_edge(best, advice):
    hint = advice and f"best at the edge of the grid:\ntry {advice}"
    assert map_of(best).ax_.get_title() == hint
    title = map_of(best, best_over=["tol"]).ax_.get_title()
    assert title == "best over tol" + (hint and f"\n{hint}")


def test_without_an_order_or_three_values_there_is_no_edge():
    assert map_of((0, 0), ("auto", "2*auto", "3*auto"), (2, 4)).ax_.get_title() == ""


def test_one_parameter_makes_one_row(parts):
    grid = {"solver": ["lbfgs", "als", "cg"]}
    display = draw(searched(parts, grid), x="solver", y=None)
    assert display.x_values == ["lbfgs", "als", "cg"]  # in the order of the grid
    assert display.scores.shape == (1, 3)
    assert [text.get_text() for text in display.ax_.get_yticklabels()] == [""]


def test_a_list_of_grids_leaves_cells_empty(parts):
    grids = [{"reg_param": [1.0], "num_features": [2]}, {"reg_param": [2.0]}]
    display = draw(searched(parts, grids))
    assert display.y_values == [2, 20]  # 20 is the default of the estimator
    assert np.isnan(display.scores).tolist() == [[False, True], [True, False]]
    assert texts_of(display)[0][1] == ""


def test_one_of_several_metrics_is_drawn(parts):
    def size(estimator, X, y):  # highest for the largest error
        return np.abs(estimator.predict(X) - y).mean()

    scoring = {"error": "neg_mean_absolute_error", "size": size}
    search = searched(parts, scoring=scoring, refit="error")
    results = search.cv_results_
    display = draw(search)
    assert display.scores.min() == -results["mean_test_error"].max()
    assert display.score_name == "mean absolute error"
    other = draw(search, metric="size")
    assert other.scores[other.best] == results["mean_test_size"].max()
    assert other.best != display.best
    assert not other.lower_is_better
    with pytest.raises(ValueError, match="metric is 'rmse'. Give one of 'error', 'si"):
        draw(search, metric="rmse")
    without_refit = searched(parts, scoring=scoring, refit=False)
    with pytest.raises(ValueError, match="metric is None. Give one of"):
        draw(without_refit)
    assert draw(without_refit, metric="error").best == display.best


def test_without_scoring_the_score_is_that_of_the_estimator(parts):
    display = draw(searched(parts, {"reg_param": [1.0, 2.0]}), y=None)
    assert display.score_name == "score of the estimator"
    assert not display.lower_is_better


@given(color=st.tuples(*[st.floats(0, 1)] * 3))
def test_text_is_text_color_any_color(color):
    def luminance(color):
        linear = [
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in color
        ]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    text = {"black": 0.0, "white": 1.0}[_text_color(color)]
    low, high = sorted([text, luminance(color)])
    assert (high + 0.05) / (low + 0.05) >= 4.5  # level AA of WCAG 2.1


def test_invalid_searches_and_parameters_are_refused(search, parts):
    with pytest.raises(TypeError, match="not from a CollaborativeFilter"):
        draw(FILTER)
    with pytest.raises(NotFittedError):
        draw(GridSearchCV(FILTER, GRID))
    with pytest.raises(
        ValueError, match="no parameter 'tol'. Its .*'num_features', 'reg_"
    ):
        draw(search, x="tol")
    with pytest.raises(ValueError, match="For a map of one row, pass y=None"):
        draw(searched(parts, {"reg_param": [1.0]}))
    small = {"reg_param": [0.1, 0.2, 0.4]}
    halving = HalvingGridSearchCV(FILTER, small, cv=2, random_state=0)
    with pytest.raises(TypeError, match="different numbers of ratings"):
        draw(halving.fit(parts[0], parts[1]))


@pytest.mark.filterwarnings("ignore:One or more of the test scores are non-finite")
def test_a_search_with_only_nan_scores_is_refused(parts):
    def undefined(estimator, X, y):
        return np.nan

    with pytest.raises(ValueError, match="No fit of the search has a 'score'"):
        draw(searched(parts, scoring=undefined))


@pytest.mark.parametrize(
    ("largest", "text"), [(0.9312, "0.9312"), (12.345, "12.35"), (12345, "12345")]
)
def test_scores_have_four_digits(largest, text):
    display = GridSearchDisplay(
        x_name="a",
        y_name=None,
        x_values=[1],
        y_values=[None],
        scores=np.array([[largest]]),
        best=(0, 0),
    ).plot()
    assert texts_of(display) == [[text]]
    assert display.plot(value_format=".1f").texts_[0, 0].get_text() == f"{largest:.1f}"
