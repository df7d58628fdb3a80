"""Labels of points, placed so that none lies over another."""

from itertools import product
from typing import NamedTuple

import numpy as np


class Place(NamedTuple):
    """Where a text is, from its point, and how it is aligned there."""

    x: float
    y: float
    ha: str
    va: str


# Sides of a point, in order of preference.
_SIDES = [
    Place(1, 0, "left", "center"),
    Place(-1, 0, "right", "center"),
    Place(0, 1, "center", "bottom"),
    Place(0, -1, "center", "top"),
    Place(1, 1, "left", "bottom"),
    Place(-1, 1, "right", "bottom"),
    Place(1, -1, "left", "top"),
    Place(-1, -1, "right", "top"),
]
_MIDDLE = Place(0, 0, "center", "center")
# In points, a seventy-second of an inch. Beyond the first a thin line leads there.
_DISTANCES = (4, 14)
_LEADER = {
    "arrowstyle": "-",
    "color": "0.6",
    "linewidth": 0.6,
    "shrinkA": 0,
    "shrinkB": 2,
}
_ON_LEADER = (0.4, 0.6, 0.8)
# Where along a text its alignment is.
_SHARES = {"left": 0, "right": 1, "center": 0.5, "bottom": 0, "top": 1}
_MARKER = 5
_GAP = 4  # to the left and right of a text, or two read as one


class Box(NamedTuple):
    """A rectangle on the canvas, in pixels."""

    x0: float
    y0: float
    x1: float
    y1: float

    def overlaps(self, other: "Box") -> bool:
        across = self.x0 < other.x1 and other.x0 < self.x1
        return across and self.y0 < other.y1 and other.y0 < self.y1


def place_labels(ax, points: np.ndarray, names: list[str], **style):
    """Write names beside points where there is room, first come first served.

    Each name is tried at eight sides of its point and two distances. It is left out
    where at all of them it, or a line to it, would lie over a name, a point or a line,
    or leave the axes.
    The layout must be final: shrinking the axes afterwards moves points together,
    but does not shrink text.

    Parameters
    ----------
    ax : matplotlib Axes
    points : ndarray of shape (n, 2)
        In units of the data.
    names : list of str
        In order of importance.
    **style : dict
        Of the text, without alignment: passed to ``ax.annotate``.

    Returns
    -------
    list of matplotlib Annotation or None
        None where a name was left out.
    """
    figure = ax.figure.figure  # not the part of one that the axes may be in
    figure.draw_without_rendering()
    pixels = figure.dpi / 72  # a point has
    centres = ax.transData.transform(points)
    taken = [_box(centre, _MARKER, _MARKER, _MIDDLE, pixels) for centre in centres]
    inside = _widened(Box(*ax.get_window_extent().extents), -_GAP * pixels)
    labels = []
    for point, centre, name in zip(points, centres, names, strict=True):
        width, height = _size(ax, name, style)
        for distance, side in product(_DISTANCES, _SIDES):
            place = side._replace(x=side.x * distance, y=side.y * distance)
            box = _box(centre, width / pixels, height / pixels, place, pixels)
            line = _leader(centre, place, pixels) if distance > _DISTANCES[0] else []
            if _is_free([box, *line], inside, taken):
                taken += [_widened(box, _GAP * pixels), *line]
                labels.append(_written(ax, name, point, place, bool(line), style))
                break
        else:
            labels.append(None)
    return labels


def _size(ax, name: str, style: dict) -> tuple[float, float]:
    """Return width and height of a name, in pixels."""
    text = ax.text(0, 0, name, parse_math=False, **style)
    extent = text.get_window_extent()
    text.remove()
    return extent.width, extent.height


def _widened(box: Box, by: float) -> Box:
    return box._replace(x0=box.x0 - by, x1=box.x1 + by)


def _box(centre, width, height, place: Place, pixels: float) -> Box:
    """Return the rectangle of a text beside a point; sizes in points, box in pixels."""
    x0 = centre[0] + pixels * (place.x - _SHARES[place.ha] * width)
    y0 = centre[1] + pixels * (place.y - _SHARES[place.va] * height)
    return Box(x0, y0, x0 + pixels * width, y0 + pixels * height)


def _leader(centre, place: Place, pixels: float) -> list[Box]:
    """Return small boxes along the line from beside a point to its text."""
    along = (place._replace(x=t * place.x, y=t * place.y) for t in _ON_LEADER)
    return [
        _box(centre, 1, 1, step._replace(ha="center", va="center"), pixels)
        for step in along
    ]


def _is_free(boxes: list[Box], inside: Box, taken: list[Box]) -> bool:
    return not any(
        box.x0 < inside.x0
        or box.x1 > inside.x1
        or box.y0 < inside.y0
        or box.y1 > inside.y1
        or any(box.overlaps(other) for other in taken)
        for box in boxes
    )


def _written(ax, name: str, point, place: Place, with_leader: bool, style: dict):
    nearest = _SHARES[place.ha], _SHARES[place.va]
    return ax.annotate(
        name,
        point,
        xytext=(place.x, place.y),
        textcoords="offset points",
        ha=place.ha,
        va=place.va,
        arrowprops=_LEADER | {"relpos": nearest} if with_leader else None,
        parse_math=False,  # a title may have two dollar signs
        **style,
    )
