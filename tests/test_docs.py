"""Links lead to files, figures name their script, the picture of layers is current."""

import importlib.util
import re
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(
    page
    for folder in (DOCS, ROOT / "benchmarks")
    for page in folder.rglob("*.md")
    if not {"_build", "auto_gallery", "generated"} & set(page.parts)
) + [ROOT / "README.md"]
LINK = re.compile(r"\]\(([^)\s]+)\)")
FENCED = re.compile(r"^( *)```.*?^\1```", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+ .*$", re.MULTILINE)
# Three decimals, or a number with a unit of time or memory.
FIGURE = re.compile(r"(?<![\w.])(?:[01]\.\d{3,}|\d[\d,.]* (?:m?s|seconds|[KMG]i?B))\b")
SCRIPT = re.compile(r"benchmarks(?:[./]\w+)+")
# Its figures are of experiments, as its first paragraph says.
EXPERIMENTS = DOCS / "explanation" / "architecture.md"
# The pages of benchmarks/ are about scripts; changes are measured when they are made.
MEASURED = [p for p in PAGES if not {"benchmarks", "changelog"} & set(p.parts)]
TOCTREE = re.compile(r"```\{toctree\}\n(.*?)```", re.DOTALL)


def relative(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def links(text: str) -> list[str]:
    """Return the files in the repository that a page links to, without anchors."""
    targets = LINK.findall(FENCED.sub("", text))
    inside = [t for t in targets if not re.match(r"[a-z]+:|#", t)]
    return [unquote(target.split("#")[0]) for target in inside]


def test_links_to_files_are_found():
    text = "[a](b.md#c) [d](https://e) [f](#g) ![h](i.svg)\n```python\nx[0](j)\n```\n"
    assert links(text) == ["b.md", "i.svg"]


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_every_link_leads_to_a_file(page):
    targets = links(page.read_text("utf-8"))
    assert [to for to in targets if not (page.parent / to).exists()] == []


@pytest.mark.parametrize("index", sorted(DOCS.glob("*/index.md")), ids=relative)
def test_every_page_of_a_section_is_in_its_index(index):
    listed = " ".join(TOCTREE.findall(index.read_text("utf-8"))).split()
    pages = {page.stem for page in PAGES if page.parent == index.parent}
    assert pages - {"index"} <= set(listed)


def measured(text: str) -> list[tuple[str, str]]:
    """Return the sections of a page that contain figures, each with its scripts."""
    sections = HEADING.split(FENCED.sub("", text))
    return [(part, SCRIPT.findall(part)) for part in sections if FIGURE.search(part)]


def test_figures_and_their_scripts_are_found():
    text = "# a\n0.8714 by benchmarks/quality/table.py\n# b\n5 ms\n# c\n0.5, 3 sets\n"
    found = [(part.strip(), names) for part, names in measured(text)]
    script = "benchmarks/quality/table.py"
    assert found == [(f"0.8714 by {script}", [script]), ("5 ms", [])]


@pytest.mark.parametrize("page", MEASURED, ids=relative)
def test_every_section_with_figures_names_the_script_that_measured_them(page):
    if page == EXPERIMENTS:
        assert "experiment whose code is not kept" in page.read_text("utf-8")
        return
    for section, scripts in measured(page.read_text("utf-8")):
        assert scripts, f"no benchmark is named for the figures of: {section}"
        for script in scripts:
            path = script if "/" in script else script.replace(".", "/") + ".py"
            assert (ROOT / path).exists(), script


@pytest.mark.parametrize("page", ["README.md", "docs/explanation/comparison.md"])
def test_errors_and_gains_are_those_of_the_benchmarks(page):
    # The tables of these pages are written from results.csv.
    tables = "".join(
        (ROOT / "benchmarks" / name / "README.md").read_text("utf-8")
        for name in ("quality", "ranking")
    )
    found = re.findall(r"\b[01]\.\d{4}\b", (ROOT / page).read_text("utf-8"))
    assert len(found) > 10
    assert [figure for figure in found if figure not in tables] == []


def test_the_picture_of_the_layers_is_current():
    script = DOCS / "explanation" / "draw_imports.py"
    spec = importlib.util.spec_from_file_location("draw_imports", script)
    draw_imports = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(draw_imports)
    drawn = draw_imports.picture(draw_imports.layers())
    assert drawn == (script.parent / "imports.svg").read_text("utf-8")
    names = [name for layer in draw_imports.layers() for name in layer]
    assert [name for name in names if f">{name}</text>" not in drawn] == []
