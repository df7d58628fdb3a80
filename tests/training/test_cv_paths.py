"""Scores along paths: when a path ends, and which point is chosen."""

import numpy as np
import pytest

from sklearn_cofi.training._cv_paths import PathScores, choose, has_declined


@pytest.mark.parametrize(
    ("errors", "patience", "declined"),
    [
        ([3, 2, 2.5, 2.6], 2, True),
        ([3, 2, 2.5, 1.9], 2, False),
        ([3, 2, 2.5, 2], 2, False),  # an equal score is not a decline
        ([3, 2, 2.5], 2, False),
        ([1, 2], 2, False),
        ([1, 2], 1, True),
    ],
)
def test_scores_have_declined_if_the_last_ones_are_below_the_highest(
    errors, patience, declined
):
    assert has_declined(-np.array(errors), patience) == declined


def test_paths_of_different_lengths_are_compared():
    one, two = (
        PathScores(weight, np.array(penalties), -scores, scores, 0)
        for weight, penalties, scores in (
            (0.1, [2.0], np.array([[[0.3, 0.5]]])),
            (0.2, [3.0, 1.0], np.array([[[0.1, 0.1], [0.4, 0.6]]])),
        )
    )
    choice = choose([one, two], [5])
    assert (choice.unrated_weight, choice.reg_param, choice.score) == (0.2, 1.0, 0.5)
    np.testing.assert_array_equal(choice.reg_params_grid, [[2, np.nan], [3, 1]])
    np.testing.assert_array_equal(choice.scores[0, 0, 1], [np.nan, np.nan])
    # Of equal scores, the first is chosen.
    assert choose([one, one], [5]).unrated_weights.tolist() == [0.1, 0.1]
    better = PathScores(0.1, one.reg_params, -one.scores, one.scores + 0.1, 0)
    assert choose([better, two], [5]).unrated_weight == 0.1
