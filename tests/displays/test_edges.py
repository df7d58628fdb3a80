"""Advice is given if the best of at least three numbers is the first or last."""

import numpy as np
import pytest

from sklearn_cofi.displays._edges import edge_advice, edge_hint


@pytest.mark.parametrize(
    ("name", "values", "best", "advice"),
    [
        ("num_features", [5, 10, 20], 2, "larger num_features"),
        ("num_features", [5, 10, 20], 0, "smaller num_features"),
        ("num_features", [5, 10, 20], 1, ""),
        ("num_features", [1, 10, 20], 0, ""),  # there is no smaller number
        ("reg_param", [1, 10, 20], 0, "smaller reg_param"),
        ("reg_param", np.array([8.0, 4.0, 2.0]), 0, "larger reg_param"),
        ("reg_param", np.array([8.0, 4.0, 2.0]), 2, "smaller reg_param"),
        ("reg_param", [0.0, 1.0, 2.0], 0, ""),
        ("filter__reg_param", [0.5, 1.0, 2.0], 2, "larger reg_param"),
        ("reg_param", [1.0, 2.0], 1, ""),  # of two values, each is at an edge
        ("reg_param", [1.0], 0, ""),
        ("reg_param", ["0.5*auto", "auto", "2*auto"], 2, ""),
        ("solver", ["als", "cg", "lbfgs"], 2, ""),
        ("fit_bias", [None, False, True], 2, ""),
    ],
)
def test_advice_is_for_ordered_values_only(name, values, best, advice):
    scores = np.linspace(0.9, 1, len(values))
    assert edge_advice(name, values, best, scores) == advice


def test_no_advice_is_given_if_another_value_is_as_good():
    values = [5, 10, 20]
    assert edge_advice("a", values, 2, [0.9, 1.0, 1.0]) == ""
    assert edge_advice("a", values, 2, [1.0, np.nan, 1.0]) == ""
    assert edge_advice("a", values, 2, [0.9, np.nan, 1.0]) == "larger a"


def test_the_hint_lists_all_advice():
    assert edge_hint("", "") == ""
    hint = edge_hint("larger a", "", "smaller b")
    assert hint == "best at the edge of the grid:\ntry larger a, smaller b"
