"""ComparisonDisplay draws the differences and intervals of compare_models."""

import numpy as np
import pandas as pd
import pytest
from fitting import PLAIN

from sklearn_cofi import CollaborativeFilter
from sklearn_cofi.displays import ComparisonDisplay
from sklearn_cofi.model_selection import compare_models

draw = ComparisonDisplay.from_comparison
RMSE = "neg_root_mean_squared_error"


def comparison(*pairs, metric=RMSE, **scores):
    """Return rows of two models each, whose intervals are 0.02 wide on each side."""
    rows = []
    for model, baseline in pairs:
        difference = scores[model] - scores[baseline]
        row = {"metric": metric, "model": model, "baseline": baseline}
        row |= {"score": scores[model], "baseline_score": scores[baseline]}
        row |= {"difference": difference, "p_value": 0.5, "n_folds": 5}
        row |= {"lower": difference - 0.02, "upper": difference + 0.04}
        rows.append(row | {"confidence": 0.9})
    return pd.DataFrame(rows)


ALL_PAIRS = comparison(("b", "a"), ("c", "a"), ("c", "b"), a=-1.0, b=-0.8, c=-0.9)


def drawn(display):
    """Return the points and the ends of the intervals."""
    line, _, (segments,) = display.errorbar_.lines
    return line.get_xydata(), np.array(segments.get_segments())[:, :, 0]


def test_errors_are_positive_and_the_best_model_is_first():
    display = draw(comparison(("c", "a"), ("b", "a"), a=-1.0, b=-0.8, c=-0.9))
    points, ends = drawn(display)
    assert display.models == ["b", "c"]
    np.testing.assert_allclose(points, [[-0.2, 0], [-0.1, 1]])
    # Scores differ by +0.2, in (0.18, 0.24), so errors by -0.2, in (-0.24, -0.18).
    np.testing.assert_allclose(ends, [[-0.24, -0.18], [-0.14, -0.08]])
    labels = [text.get_text() for text in display.ax_.get_yticklabels()]
    assert labels == ["b (0.800)", "c (0.900)"]
    assert display.ax_.get_xlabel() == "difference from a (1.000); lower is better"
    title = "root mean squared error, 90% confidence intervals"
    assert display.ax_.get_title() == title
    top, bottom = display.ax_.transData.transform([[0, 0], [0, 1]])[:, 1]
    assert top > bottom
    assert display.line_.get_xdata() == [0, 0]


def test_of_all_pairs_the_others_are_compared_with_the_best():
    display = draw(ALL_PAIRS)
    assert display.baseline == "b"
    assert display.models == ["c", "a"]
    points, ends = drawn(display)
    np.testing.assert_allclose(points[:, 0], [0.1, 0.2])
    # The row of c has (-0.12, -0.06); that of b minus a, (0.18, 0.24), is turned around
    # twice: once to a minus b, and once to errors.
    np.testing.assert_allclose(ends, [[0.06, 0.12], [0.18, 0.24]])


def test_another_baseline_can_be_chosen():
    display = draw(ALL_PAIRS, baseline="c")
    assert display.models == ["b", "a"]
    np.testing.assert_allclose(display.differences, [-0.1, 0.1])
    assert display.baseline_score == pytest.approx(0.9)


def test_higher_scores_are_better_without_a_negated_name():
    scores = {"a": 0.1, "b": 0.3, "c": 0.2}
    display = draw(comparison(("b", "a"), ("c", "a"), metric="ndcg", **scores))
    assert display.models == ["b", "c"]
    np.testing.assert_allclose(drawn(display)[0][:, 0], [0.2, 0.1])
    assert display.ax_.get_xlabel() == "difference from a (0.1000); higher is better"


def test_the_intervals_are_those_of_compare_models(parts):
    models = {
        f"{k} factors": CollaborativeFilter(k, 2.0, n_jobs=1, random_state=0, **PLAIN)
        for k in (1, 3, 4)
    }
    found = compare_models(
        models, *parts[:2], cv=3, baseline="1 factors", confidence=0.8, random_state=0
    )
    display = draw(found, capsize=0, color="black")
    rows = found.set_index("model").loc[display.models]
    points, ends = drawn(display)
    np.testing.assert_allclose(points[:, 0], -rows["difference"])
    np.testing.assert_allclose(ends, -rows[["upper", "lower"]])
    assert display.confidence == 0.8
    assert display.errorbar_.lines[0].get_color() == "black"
    again = display.plot(ax=display.ax_)
    assert again is display


def test_one_of_several_metrics_is_drawn():
    both = pd.concat(
        [ALL_PAIRS, comparison(("b", "a"), metric="ndcg", a=0.1, b=0.2)],
        ignore_index=True,
    )
    assert draw(both, metric="ndcg").models == ["b"]
    with pytest.raises(ValueError, match="metric is None. Give one of 'neg_root_mean"):
        draw(both)


def test_other_tables_and_names_are_refused():
    with pytest.raises(TypeError, match="result of `compare_models`, not from a dict"):
        draw({})
    with pytest.raises(TypeError, match="a DataFrame without the columns upper"):
        draw(ALL_PAIRS.drop(columns="upper"))
    with pytest.raises(ValueError, match="baseline is 'd'. Give one of 'b', 'c', 'a'"):
        draw(ALL_PAIRS, baseline="d")
    with pytest.raises(ValueError, match="metric is 'ndcg'. Give one of 'neg_root"):
        draw(ALL_PAIRS, metric="ndcg")
