"""Labels do not overlap, and are left out if there is no room for them."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib import pyplot as plt
from matplotlib.text import Text

from sklearn_cofi.displays._labels import place_labels


def boxes_of(ax, labels):
    renderer = ax.figure.canvas.get_renderer()
    return [Text.get_window_extent(label, renderer) for label in labels]


@settings(max_examples=50)  # because each figure takes a tenth of a second
@given(
    seed=st.integers(0, 1000),
    n=st.integers(1, 40),
    length=st.integers(1, 30),
    dpi=st.sampled_from([50, 100, 200]),
)
def test_labels_overlap_no_label_and_no_point(seed, n, length, dpi):
    points = np.random.default_rng(seed).normal(size=(n, 2))
    figure, ax = plt.subplots(dpi=dpi)
    ax.scatter(*points.T)
    labels = place_labels(ax, points, ["x" * length] * n, fontsize=8)
    figure.canvas.draw()
    boxes = boxes_of(ax, [label for label in labels if label is not None])
    centres = ax.transData.transform(points)
    inside = ax.get_window_extent()
    for number, box in enumerate(boxes):
        for other in boxes[:number]:
            # Labels in a row need a gap, labels in a column may touch.
            gap_x, gap_y = np.maximum(box.min, other.min) - np.minimum(
                box.max, other.max
            )
            assert gap_x > 4 * dpi / 72 - 0.1 or gap_y > -0.1
        assert not ((box.min < centres) & (centres < box.max)).all(axis=1).any()
        assert (box.min >= inside.min - 1).all()
        assert (box.max <= inside.max + 1).all()
    plt.close(figure)


def test_without_room_for_all_labels_the_first_is_placed():
    figure, ax = plt.subplots(figsize=(2, 0.5))
    labels = place_labels(ax, np.full((3, 2), 0.5), ["first", "then", "last"])
    assert labels[0].get_text() == "first"
    assert None in labels


def test_a_label_is_next_to_its_point():
    _, ax = plt.subplots()
    (label,) = place_labels(ax, np.array([[0.5, 0.5]]), ["alone"])
    assert tuple(label.xy) == (0.5, 0.5)
    assert label.get_position() == (4, 0)
    assert label.arrow_patch is None
    assert len(ax.texts) == 1


def test_a_leader_connects_a_point_with_a_distant_label():
    points = 0.5 + 0.05 * np.random.default_rng(0).normal(size=(30, 2))
    _, ax = plt.subplots()
    labels = place_labels(ax, points, [str(n) * 4 for n in range(10, 40)])
    is_distant = [max(np.abs(label.get_position())) > 4 for label in labels if label]
    has_leader = [label.arrow_patch is not None for label in labels if label]
    assert is_distant == has_leader
    assert any(has_leader)
    assert not all(has_leader)


def test_dollar_signs_are_not_parsed_as_formulas():
    figure, ax = plt.subplots()
    title = r"$9.99 \or $"
    (label,) = place_labels(ax, np.array([[0.5, 0.5]]), [title])
    figure.canvas.draw()
    assert label.get_text() == title


def test_axes_may_be_in_a_subfigure():
    left, _ = plt.figure().subfigures(1, 2)
    (label,) = place_labels(left.subplots(), np.array([[0.5, 0.5]]), ["alone"])
    assert label.get_text() == "alone"
