"""ConvergenceDisplay draws what fits have kept, against what it is labelled with."""

import numpy as np
import pytest

from sklearn_cofi import CollaborativeFilter
from sklearn_cofi.displays import ConvergenceDisplay

draw = ConvergenceDisplay.from_estimator


@pytest.mark.parametrize(
    ("quantity", "attribute", "scale"),
    [("cost", "cost_path_", "linear"), ("gradient_norm", "gradient_norm_path_", "log")],
)
def test_paths_begin_with_the_start(fitted, quantity, attribute, scale):
    display = draw(fitted, quantity=quantity)
    np.testing.assert_array_equal(display.line_.get_ydata(), getattr(fitted, attribute))
    assert display.line_.get_xdata().tolist() == list(range(fitted.n_iter_ + 1))
    assert display.ax_.get_yscale() == scale
    assert "[rating" in display.ax_.get_ylabel()
    assert display.ax_.get_xlabel() == "iteration"
    assert display.burn_in_ is display.lowest_ is None


def test_the_gap_is_relative_to_the_best(fitted):
    costs, best = fitted.cost_path_, 0.5 * fitted.cost_
    display = draw(fitted, best_cost=best)
    np.testing.assert_allclose(display.line_.get_ydata(), costs / best - 1)
    assert display.ax_.get_yscale() == "log"
    # Of its own best, a log axis cannot show the point: it is no number.
    alone = draw(fitted).line_.get_ydata()
    np.testing.assert_allclose(alone[:-1], costs[:-1] / costs.min() - 1)
    assert np.isnan(alone[-1])
    with pytest.raises(ValueError, match="above the lowest cost of this fit"):
        draw(fitted, best_cost=2 * fitted.cost_)


def test_a_best_cost_of_zero_has_no_gap(parts):
    X, y = parts[:2]
    with pytest.warns(UserWarning, match="nothing to learn"):
        model = CollaborativeFilter(2, n_jobs=1).fit(X, np.ones(y.size))
    with pytest.raises(ValueError, match="Draw quantity='cost' instead"):
        draw(model)


def test_the_lowest_validation_error_is_marked(stopped_early):
    display = draw(stopped_early, quantity="validation")
    scores = stopped_early.validation_scores_
    np.testing.assert_array_equal(display.line_.get_ydata(), scores)
    assert display.line_.get_xdata()[0] == 1
    assert display.lowest_.get_xdata() == [scores.argmin() + 1]
    assert display.lowest_.get_ydata() == [scores.min()]


def test_the_burn_in_of_a_chain_is_shaded(bayesian):
    display = draw(bayesian)
    np.testing.assert_array_equal(display.line_.get_ydata(), bayesian.noise_path_)
    assert display.line_.get_xdata().tolist() == list(range(1, 31))
    # Between the last sweep that is forgotten and the first that counts.
    assert display.burn_in_.get_x() + display.burn_in_.get_width() == 6.5
    assert display.ax_.get_xlabel() == "sweep"


def test_several_fits_share_axes_and_a_legend(bayesian):
    first = draw(bayesian, name="one")
    second = draw(bayesian, name="two", ax=first.ax_)
    told = [text.get_text() for text in second.ax_.get_legend().get_texts()]
    assert told == ["one", "burn-in: forgotten", "two"]
    assert len(second.ax_.lines) == 2


@pytest.mark.parametrize(
    ("quantity", "advice"),
    [("validation", "has kept no 'validation', but .*early_stopping=True"),
     ("noise", "has kept no 'noise', but 'cost_gap', 'cost', 'gradient_norm'")],
)  # fmt: skip
def test_what_was_not_kept_is_told(fitted, quantity, advice):
    with pytest.raises(ValueError, match=advice):
        draw(fitted, quantity=quantity)


def test_a_quantity_is_one_of_five(fitted):
    with pytest.raises(ValueError, match="quantity is 'loss'. Give one of 'cost_gap'"):
        draw(fitted, quantity="loss")
