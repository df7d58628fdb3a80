"""Draw the layers that import-linter holds the package to: ``imports.svg``.

Run in the root of the checkout, after the layers in ``pyproject.toml`` have changed::

    python docs/explanation/draw_imports.py
"""

import tomllib
from pathlib import Path
from xml.sax.saxutils import escape

HERE = Path(__file__).parent
WIDTH, ROW, GAP, MARGIN = 760, 26, 8, 12
LETTER = 7.25  # width of one, in the font below
STYLE = """<style>
  text { font: 12px ui-monospace, Menlo, Consolas, monospace; text-anchor: middle;
    fill: #1b1f24; }
  rect { fill: #dfeaf5; stroke: #5b7fa3; }
  path { stroke: #5b6570; fill: none; }
</style>"""


def layers() -> list[list[str]]:
    """Return the names in each layer, from the top of the road down."""
    settings = tomllib.loads((HERE.parents[1] / "pyproject.toml").read_text("utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    road = next(c for c in contracts if c["type"] == "layers")
    return [[name.strip() for name in line.split("|")] for line in road["layers"]]


def lines_of(names: list[str]) -> list[list[str]]:
    """Break one layer into lines that fit the width."""
    lines, room = [[]], WIDTH - 2 * MARGIN
    for name in names:
        if sum(map(box_width, [*lines[-1], name])) > room:
            lines.append([])
        lines[-1].append(name)
    return lines


def box_width(name: str) -> float:
    """Return the width of a name's box, with the gap beside it."""
    return LETTER * len(name) + 16 + GAP


def picture(road: list[list[str]]) -> str:
    """Return the SVG: a box for each name, an arrow from each layer to the next."""
    parts, top = [], MARGIN
    for number, names in enumerate(road):
        if number:
            middle = WIDTH / 2
            parts.append(
                f'<path d="M{middle} {top} v12 m-4 -4 l4 4 l4 -4"/>',
            )
            top += 12 + GAP / 2
        for line in lines_of(names):
            left = (WIDTH - sum(map(box_width, line)) + GAP) / 2
            for name in line:
                parts.append(_box(name, left, top))
                left += box_width(name)
            top += ROW + GAP / 2
    height = top + MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" '
        f'width="{WIDTH}" height="{height:g}" role="img">\n'
        "<title>Layers of the package; each imports only what is below</title>\n"
        f'{STYLE}\n<rect width="100%" height="100%" style="fill:#fff;stroke:none"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _box(name: str, left: float, top: float) -> str:
    width = box_width(name) - GAP
    return (
        f'<rect x="{left:g}" y="{top:g}" width="{width:g}" height="{ROW}" rx="4"/>'
        f'<text x="{left + width / 2:g}" y="{top + ROW / 2 + 4:g}">'
        f"{escape(name)}</text>"
    )


if __name__ == "__main__":
    (HERE / "imports.svg").write_text(picture(layers()), encoding="utf-8")
