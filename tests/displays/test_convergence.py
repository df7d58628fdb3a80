"""ConvergenceDisplay draws the quantities that fits have recorded."""

import numpy as np
import pytest
from fitting import PLAIN

from sklearn_cofi import CollaborativeFilter
from sklearn_cofi.displays import ConvergenceDisplay

draw = ConvergenceDisplay.from_estimator


@pytest.mark.parametrize(
    ("quantity", "attribute", "scale"),
    [("cost", "cost_path_", "linear"), ("gradient_norm", "gradient_norm_path_", "log")],
)
def test_paths_begin_at_iteration_zero(fitted, quantity, attribute, scale):
    display = draw(fitted, quantity=quantity)
    np.testing.assert_array_equal(display.line_.get_ydata(), getattr(fitted, attribute))
    assert display.line_.get_xdata().tolist() == list(range(fitted.n_iter_ + 1))
    assert display.ax_.get_yscale() == scale
    assert "[rating" in display.ax_.get_ylabel()
    assert display.ax_.get_xlabel() == "iteration"
    assert display.burn_in_ is display.lowest_ is None


def test_the_gap_is_relative_to_the_best_cost(fitted):
    costs, best = fitted.cost_path_, 0.5 * fitted.cost_
    display = draw(fitted, best_cost=best)
    np.testing.assert_allclose(display.line_.get_ydata(), costs / best - 1)
    assert display.ax_.get_yscale() == "log"
    # A log axis cannot show the gap of 0 to the lowest cost of the fit itself.
    gaps = draw(fitted).line_.get_ydata()
    np.testing.assert_allclose(gaps[:-1], costs[:-1] / costs.min() - 1)
    assert np.isnan(gaps[-1])
    with pytest.raises(ValueError, match="above the lowest cost of this fit"):
        draw(fitted, best_cost=2 * fitted.cost_)


def test_a_gap_to_a_best_cost_of_zero_is_refused(parts):
    X, y = parts[:2]
    with pytest.warns(UserWarning, match="nothing to learn"):
        model = CollaborativeFilter(2, n_jobs=1, **PLAIN).fit(X, np.ones(y.size))
    with pytest.raises(ValueError, match="Draw quantity='cost' instead"):
        draw(model)


def test_the_lowest_validation_error_is_marked(stopped_early):
    display = draw(stopped_early, quantity="validation")
    scores = stopped_early.validation_scores_
    np.testing.assert_array_equal(display.line_.get_ydata(), scores)
    assert display.line_.get_xdata()[0] == 1
    assert display.lowest_.get_xdata() == [scores.argmin() + 1]
    assert display.lowest_.get_ydata() == [scores.min()]


def test_the_burn_in_is_shaded(bayesian):
    display = draw(bayesian)
    np.testing.assert_array_equal(display.line_.get_ydata(), bayesian.noise_path_)
    assert display.line_.get_xdata().tolist() == list(range(1, 31))
    # The shade ends between the last discarded sweep and the first one that counts.
    assert display.burn_in_.get_x() + display.burn_in_.get_width() == 6.5
    assert display.ax_.get_xlabel() == "sweep"


def test_several_fits_have_one_label_of_the_burn_in(bayesian):
    first = draw(bayesian, name="one")
    second = draw(bayesian, name="two", ax=first.ax_)
    labels = [text.get_text() for text in second.ax_.get_legend().get_texts()]
    assert labels == ["one", "burn-in (discarded)", "two"]
    assert len(second.ax_.lines) == 2


@pytest.mark.parametrize(
    ("quantity", "advice"),
    [("validation", "has not recorded 'validation', only .*early_stopping=True"),
     ("noise", "has not recorded 'noise', only 'cost_gap', 'cost', 'gradient_norm'")],
)  # fmt: skip
def test_the_error_without_a_quantity_lists_the_recorded_ones(fitted, quantity, advice):
    with pytest.raises(ValueError, match=advice):
        draw(fitted, quantity=quantity)


def test_a_quantity_that_does_not_exist_is_refused(fitted):
    with pytest.raises(ValueError, match="quantity is 'loss'. Give one of 'cost_gap'"):
        draw(fitted, quantity="loss")
