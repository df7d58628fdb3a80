"""Labels of points, placed without overlaps."""

from itertools import product
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from sklearn_cofi._typing import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Annotation


class Anchor(NamedTuple):
    """Offset of a text from its point, in points, and alignment of the text there."""

    x: float
    y: float
    ha: Literal["left", "center", "right"]
    va: Literal["top", "center", "bottom"]


# Anchors around a point at distance 1, in order of preference.
_SIDES = [
    Anchor(1, 0, "left", "center"),
    Anchor(-1, 0, "right", "center"),
    Anchor(0, 1, "center", "bottom"),
    Anchor(0, -1, "center", "top"),
    Anchor(1, 1, "left", "bottom"),
    Anchor(-1, 1, "right", "bottom"),
    Anchor(1, -1, "left", "top"),
    Anchor(-1, -1, "right", "top"),
]
_CENTRED = Anchor(0, 0, "center", "center")
# Distances of a text from its point, in points (1/72 inch). A leader, which is a thin
# line, connects the point and a text at a distance above the first.
_DISTANCES = (4, 14)
_LEADER: dict[str, Any] = {
    "arrowstyle": "-",
    "color": "0.6",
    "linewidth": 0.6,
    "shrinkA": 0,
    "shrinkB": 2,
}
# Positions along a leader that must be free, as shares of its length.
_ON_LEADER = (0.4, 0.6, 0.8)
# Position of the aligned edge of a text, as a share of its width or height.
_EDGES = {"left": 0, "right": 1, "center": 0.5, "bottom": 0, "top": 1}
# Width and height of a marker, in points.
_MARKER = 5
# Free space left and right of a text, in points. Closer texts read like one.
_GAP = 4


class Box(NamedTuple):
    """A rectangle on the canvas, in pixels."""

    x0: float
    y0: float
    x1: float
    y1: float

    def overlaps(self, other: "Box") -> bool:
        """Return whether the two rectangles have a common area."""
        in_x = self.x0 < other.x1 and other.x0 < self.x1
        return in_x and self.y0 < other.y1 and other.y0 < self.y1


def place_labels(
    ax: "Axes", points: Floats, names: list[str], **style: Any
) -> "list[Annotation | None]":
    """Label points in the order given, and leave out the names without room.

    Each name is tried at two distances and eight sides of its point. A position has no
    room if the name or its leader would overlap a name, a point or a leader, or leave
    the axes.
    The layout must be final, because smaller axes have smaller distances between the
    points, but text of the same size.

    Parameters
    ----------
    ax : matplotlib Axes
        Axes with the points.
    points : ndarray of shape (n, 2)
        Positions of the points, in data coordinates.
    names : list of str
        Names of the points, most important name first.
    **style : dict
        Style of the text without alignment, passed to ``ax.annotate``.

    Returns
    -------
    list of matplotlib Annotation or None
        Labels of the points. None for a name that is left out.
    """
    figure = ax.figure.figure  # the whole figure, even if the axes are in a subfigure
    figure.draw_without_rendering()
    pixels = figure.dpi / 72  # in a point
    centres = ax.transData.transform(points)
    occupied = [_box(centre, _MARKER, _MARKER, _CENTRED, pixels) for centre in centres]
    inside = _widened(Box(*ax.get_window_extent().extents), -_GAP * pixels)
    labels: list[Annotation | None] = []
    for point, centre, name in zip(points, centres, names, strict=True):
        width, height = _size(ax, name, style)
        for distance, side in product(_DISTANCES, _SIDES):
            anchor = side._replace(x=side.x * distance, y=side.y * distance)
            box = _box(centre, width / pixels, height / pixels, anchor, pixels)
            leader = _leader(centre, anchor, pixels) if distance > _DISTANCES[0] else []
            if _is_free([box, *leader], inside, occupied):
                occupied += [_widened(box, _GAP * pixels), *leader]
                labels.append(_annotate(ax, name, point, anchor, bool(leader), style))
                break
        else:
            labels.append(None)
    return labels


def _size(ax: "Axes", name: str, style: dict[str, Any]) -> tuple[float, float]:
    """Return width and height of a name, in pixels."""
    text = ax.text(0, 0, name, parse_math=False, **style)
    extent = text.get_window_extent()
    text.remove()
    return extent.width, extent.height


def _widened(box: Box, margin: float) -> Box:
    return box._replace(x0=box.x0 - margin, x1=box.x1 + margin)


def _box(
    centre: Floats, width: float, height: float, anchor: Anchor, pixels: float
) -> Box:
    """Return the box of a text, given its size in points and its point in pixels."""
    x0 = centre[0] + pixels * (anchor.x - _EDGES[anchor.ha] * width)
    y0 = centre[1] + pixels * (anchor.y - _EDGES[anchor.va] * height)
    return Box(x0, y0, x0 + pixels * width, y0 + pixels * height)


def _leader(centre: Floats, anchor: Anchor, pixels: float) -> list[Box]:
    """Return small boxes along the leader from a point to its text."""
    steps = (
        _CENTRED._replace(x=share * anchor.x, y=share * anchor.y)
        for share in _ON_LEADER
    )
    return [_box(centre, 1, 1, step, pixels) for step in steps]


def _is_free(boxes: list[Box], inside: Box, occupied: list[Box]) -> bool:
    """Return whether the boxes are inside and do not overlap an occupied one."""
    return not any(
        box.x0 < inside.x0
        or box.x1 > inside.x1
        or box.y0 < inside.y0
        or box.y1 > inside.y1
        or any(box.overlaps(other) for other in occupied)
        for box in boxes
    )


def _annotate(
    ax: "Axes",
    name: str,
    point: Floats,
    anchor: Anchor,
    with_leader: bool,
    style: dict[str, Any],
) -> "Annotation":
    nearest_edge = _EDGES[anchor.ha], _EDGES[anchor.va]
    return ax.annotate(
        name,
        (point[0], point[1]),
        xytext=(anchor.x, anchor.y),
        textcoords="offset points",
        ha=anchor.ha,
        va=anchor.va,
        arrowprops=_LEADER | {"relpos": nearest_edge} if with_leader else None,
        parse_math=False,  # two dollar signs in a title are not a formula
        **style,
    )
