"""TraceDisplay draws the quantities that chains have recorded."""

import numpy as np
import pytest

from sklearn_cofi import BayesianCollaborativeFilter
from sklearn_cofi.displays import TraceDisplay

draw = TraceDisplay.from_estimator


@pytest.fixture(scope="module")
def two_chains(parts):
    model = BayesianCollaborativeFilter(
        3, 30, burn_in=6, n_chains=2, n_jobs=1, random_state=0
    )
    return model.fit(*parts[:2])


def test_each_chain_has_a_line_with_r_hat_and_ess(two_chains):
    display = draw(two_chains)
    assert display.ax_.get_xlabel() == "sweep"
    assert display.ax_.get_ylabel() == "noise (std) [rating]"
    for line, trace in zip(display.lines_, two_chains.traces_[0], strict=True):
        assert line.get_xdata().tolist() == list(range(1, 31))
        np.testing.assert_array_equal(line.get_ydata(), trace)
    r_hat, ess = two_chains.r_hat_[0], two_chains.ess_[0]
    assert display.ax_.get_title() == f"R-hat {r_hat:.2f}, ESS {ess:.0f}"
    labels = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert labels == ["chain 1", "chain 2", "burn-in (discarded)"]
    # The shade ends between the last discarded sweep and the first one that counts.
    assert display.burn_in_.get_x() + display.burn_in_.get_width() == 6.5


def test_every_quantity_with_a_trace_can_be_drawn(two_chains):
    for position, name in enumerate(two_chains.trace_names_[:-1]):
        display = draw(two_chains, quantity=name)
        np.testing.assert_array_equal(
            display.lines_[1].get_ydata(), two_chains.traces_[position, 1]
        )
        assert f"{two_chains.r_hat_[position]:.2f}" in display.ax_.get_title()


@pytest.mark.parametrize("quantity", ["predictions", "cost", None])
def test_other_quantities_are_refused(two_chains, quantity):
    with pytest.raises(ValueError, match="Give one of 'noise', 'user_means'"):
        draw(two_chains, quantity=quantity)


def test_one_chain_has_no_name_in_the_legend(bayesian):
    labels = [text.get_text() for text in draw(bayesian).ax_.get_legend().get_texts()]
    assert labels == ["burn-in (discarded)"]


def test_many_chains_have_no_names():
    traces = np.random.default_rng(0).random((9, 20))
    display = TraceDisplay(traces=traces, quantity="noise").plot()
    assert len(display.lines_) == 9
    assert display.burn_in_ is None
    assert display.ax_.get_legend() is None
    assert not display.ax_.get_title()


def test_measures_of_few_draws_are_left_out():
    display = TraceDisplay(traces=[[1, 2]], quantity="x", r_hat=np.nan, ess=12.3).plot()
    assert display.ax_.get_title() == "ESS 12"
    assert display.ax_.get_ylabel() == "x"


def test_style_and_axes_are_the_users(two_chains):
    display = draw(two_chains, color="black", lw=3)
    again = display.plot(ax=display.ax_)
    assert again is display
    assert display.lines_[0].get_color() != "black"
    line = draw(two_chains, c="black", lw=3).lines_[0]
    assert (line.get_color(), line.get_linewidth()) == ("black", 3)


def test_a_model_of_an_earlier_version_has_no_traces(parts):
    model = BayesianCollaborativeFilter(2, 8, burn_in=1, n_jobs=1, random_state=0)
    del model.fit(*parts[:2]).traces_
    with pytest.raises(ValueError, match="Fit it again"):
        draw(model)


def test_other_estimators_are_refused(fitted):
    with pytest.raises(TypeError, match="TraceDisplay is drawn from a Bayesian"):
        draw(fitted)
