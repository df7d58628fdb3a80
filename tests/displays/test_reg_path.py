"""RegPathDisplay draws cross-validated errors and the quantities of a path."""

import numpy as np
import pytest
from fitting import PLAIN

from sklearn_cofi import CollaborativeFilterCV, collaborative_filter_path
from sklearn_cofi.displays import RegPathDisplay


def test_lines_are_mean_errors_and_bands_are_standard_errors(cross_validated):
    display = RegPathDisplay.from_estimator(cross_validated)
    errors = cross_validated.rmse_path_
    assert len(display.lines_) == len(display.bands_) == 2
    for line, band, of_folds in zip(
        display.lines_, display.bands_, errors, strict=True
    ):
        mean, error = of_folds.mean(axis=1), of_folds.std(axis=1, ddof=1) / np.sqrt(3)
        np.testing.assert_array_equal(line.get_xdata(), cross_validated.reg_params_)
        np.testing.assert_array_equal(line.get_ydata(), mean)
        low, high = np.nanmin(mean - error), np.nanmax(mean + error)
        bounds = band.get_datalim(display.ax_.transData)
        np.testing.assert_allclose([bounds.y0, bounds.y1], [low, high])
    assert display.ax_.get_xscale() == "log"
    labels = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert labels[:2] == ["2 latent factors", "4 latent factors"]


def test_the_chosen_point_is_marked(cross_validated):
    star = RegPathDisplay.from_estimator(cross_validated).chosen_
    assert star.get_xdata() == [cross_validated.reg_param_]
    assert star.get_ydata() == [cross_validated.cv_rmse_]


def chosen_at(parts, reg_params, num_features):
    """Return the label of the chosen point, and the chosen values."""
    settings = PLAIN | {"n_jobs": 1, "random_state": 0}
    model = CollaborativeFilterCV(
        reg_params, num_features, cv=2, patience=None, **settings
    ).fit(*parts[:2])
    display = RegPathDisplay.from_estimator(model)
    return display.chosen_.get_label(), model


def test_the_legend_says_if_the_choice_is_at_an_edge(parts, cross_validated):
    inner = cross_validated.reg_params_.tolist().index(cross_validated.reg_param_)
    assert 0 < inner < cross_validated.reg_params_.size - 1
    label = RegPathDisplay.from_estimator(cross_validated).chosen_.get_label()
    assert label == f"chosen: {cross_validated.reg_param_:.3g}"
    best = cross_validated.reg_param_
    label, model = chosen_at(parts, [best, 3 * best, 9 * best], [2, 3])
    assert model.reg_param_ == best
    hint = "best at the edge of the grid:\ntry smaller reg_param"
    assert label == f"chosen: {best:.3g}\n{hint}"
    label, model = chosen_at(parts, [best / 90, best / 30, best / 9], [2, 3])
    assert model.reg_param_ == best / 9
    assert label.endswith("try larger reg_param")


def test_no_larger_penalty_is_advised_where_all_factors_are_zero(parts):
    X, y = parts[:2]
    noise = np.random.default_rng(0).normal(size=len(y))
    with pytest.warns(UserWarning, match="all factors are zero"):
        label, model = chosen_at((X, noise), None, 2)
    assert model.reg_param_ == model.reg_params_[0]
    assert "edge" not in label


def test_a_single_fold_has_no_band(parts):
    model = CollaborativeFilterCV(
        [3.0, 1.0],
        1,
        cv=[(range(800), range(800, 1100))],
        n_jobs=1,
        random_state=0,
        **PLAIN,
    ).fit(*parts[:2])
    display = RegPathDisplay.from_estimator(model)
    assert display.bands_ == []
    labels = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert labels[0] == "1 latent factor"


def singular_values(model):
    return np.linalg.svd(model.user_factors_ @ model.item_factors_.T)[1][:3]


@pytest.mark.parametrize(
    ("quantity", "of_model"),
    [
        ("singular_values", singular_values),
        ("nuclear_norm", lambda model: [singular_values(model).sum()]),
        ("cost", lambda model: [model.cost_]),
    ],
)
def test_lines_of_a_path_equal_those_of_its_models(path, quantity, of_model):
    display = RegPathDisplay.from_path(path, quantity=quantity)
    expected = np.column_stack([of_model(model) for model in path.models])
    found = [line.get_ydata() for line in display.lines_]
    np.testing.assert_allclose(found, expected, atol=1e-8)
    np.testing.assert_array_equal(display.lines_[0].get_xdata(), path.reg_params)
    assert display.chosen_ is None


def test_ranks_of_a_path_are_drawn(path):
    display = RegPathDisplay.from_path(path, quantity="rank")
    np.testing.assert_array_equal(display.lines_[0].get_ydata(), path.ranks)


def test_latent_factors_beyond_the_items_have_singular_values_of_zero(parts):
    X, y = parts[:2]
    few = X["item"] < 2
    path = collaborative_filter_path(
        X[few], y[few], num_features=4, n_reg_params=3, n_jobs=1, **PLAIN
    )
    lines = RegPathDisplay.from_path(path).lines_
    assert len(lines) == 4
    assert not lines[2].get_ydata().any()


def test_a_penalty_of_zero_is_on_the_axis(parts):
    path = collaborative_filter_path(
        *parts[:2], reg_params=[5, 1, 0], num_features=1, n_jobs=1, **PLAIN
    )
    display = RegPathDisplay.from_path(path)
    assert display.ax_.get_xscale() == "symlog"
    x = display.ax_.transData.transform([[0, 0], [1, 0], [5, 0]])[:, 0]
    # The axis is linear up to the smallest positive penalty, and logarithmic above it.
    linear, logarithmic = np.diff(x)
    assert linear > logarithmic > 0


def test_other_types_and_quantities_are_refused(path, cross_validated):
    with pytest.raises(
        TypeError, match="draws the result of `collaborative_filter_path`"
    ):
        RegPathDisplay.from_path(cross_validated)
    with pytest.raises(ValueError, match="quantity is 'rmse'. Give one of 'singular"):
        RegPathDisplay.from_path(path, quantity="rmse")
