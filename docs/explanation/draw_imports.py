"""Draw the package's layers, as import-linter checks them, to ``imports.svg``.

Run it in the root of the checkout after a change of the layers in ``pyproject.toml``::

    python docs/explanation/draw_imports.py
"""

import tomllib
from pathlib import Path
from xml.sax.saxutils import escape

HERE = Path(__file__).parent
WIDTH, ROW, GAP, MARGIN = 460, 26, 8, 10  # narrow enough for a phone
LETTER = 7.25  # width of a letter in the font below
STYLE = """<style>
  text { font: 12px ui-monospace, Menlo, Consolas, monospace; text-anchor: middle;
    fill: #1b1f24; }
  rect { fill: #dfeaf5; stroke: #5b7fa3; }
  rect.layer { fill: #f4f6f8; stroke: #d5dae0; }
  path { stroke: #6b7580; fill: none; }
</style>"""


def layers() -> list[list[str]]:
    """Return the names in each layer, from the top layer down."""
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
    """Return the width of a name's box plus the gap next to it."""
    return LETTER * len(name) + 16 + GAP


def picture(road: list[list[str]]) -> str:
    """Return the SVG, with a band for each layer and a box for each name."""
    parts, top = [], 0.0
    for number, names in enumerate(road):
        if number:
            parts.append(f'<path d="M{WIDTH / 2:g} {top:g} v12 m-4 -4 l4 4 l4 -4"/>')
            top += 14
        lines = lines_of(names)
        height = len(lines) * (ROW + GAP) + GAP
        parts.append(
            f'<rect class="layer" x="1" y="{top:g}" width="{WIDTH - 2}" '
            f'height="{height:g}" rx="6"/>'
        )
        for place, line in enumerate(lines):
            left = (WIDTH - sum(map(box_width, line)) + GAP) / 2
            for name in line:
                parts.append(_box(name, left, top + GAP + place * (ROW + GAP)))
                left += box_width(name)
        top += height + 2
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top:g}" '
        f'width="{WIDTH}" height="{top:g}" role="img">\n'
        "<title>Layers of the package; each imports only what is below</title>\n"
        f"{STYLE}\n" + "\n".join(parts) + "\n</svg>\n"
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
