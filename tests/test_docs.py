"""Links lead to files, figures name their scripts, generated parts are as described."""

import ast
import importlib.util
import re
import tomllib
from pathlib import Path
from urllib.parse import unquote

import pytest
from scripts import load_script

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
    draw_imports = load_script(script)
    drawn = draw_imports.picture(draw_imports.layers())
    assert drawn == (script.parent / "imports.svg").read_text("utf-8")
    names = [name for layer in draw_imports.layers() for name in layer]
    assert [name for name in names if f">{name}</text>" not in drawn] == []


# The code is read and not imported, because importing `spark` needs pyspark. It is the
# installed package, because these tests also run where the source is not.
PACKAGE = Path(importlib.util.find_spec("sklearn_cofi").origin).parent
PUBLIC = ["", "datasets", "displays", "metrics", "model_selection", "spark"]


def docstrings_of_public_names() -> dict[str, str]:
    """Return the docstring of each class and function that is imported to be public."""
    found = {}
    for name in PUBLIC:
        init = PACKAGE / name / "__init__.py"
        for node in ast.walk(ast.parse(init.read_text("utf-8"))):
            if not isinstance(node, ast.ImportFrom):
                continue
            source = PACKAGE.parent / (node.module.replace(".", "/") + ".py")
            imported = {alias.name for alias in node.names}
            text = source.read_text("utf-8") if source.exists() else ""
            for made in ast.parse(text).body:
                if getattr(made, "name", None) in imported:
                    found[f"{name}.{made.name}"] = ast.get_docstring(made)
    return found


DOCSTRINGS = docstrings_of_public_names()


@pytest.mark.parametrize("name", sorted(DOCSTRINGS))
def test_public_names_refer_to_related_ones(name):
    _, heading, rest = DOCSTRINGS[name].partition("\nSee Also\n--------\n")
    assert heading
    related = re.findall(r"^(\S+) :", rest.split("\n\n")[0], re.MULTILINE)
    assert related
    package = name.split(".")[0]
    # A name with dots that leads nowhere is an error when the site is built.
    short = {one for one in related if "." not in one}
    assert {f"{package}.{one}" for one in short} <= set(DOCSTRINGS)


def test_the_install_page_has_the_oldest_versions():
    page = (DOCS / "install.md").read_text("utf-8")
    rows = re.findall(r"^\| ([a-z-]+) \| ([0-9.]+) \|", page, re.MULTILINE)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert [">=".join(row) for row in rows] == project["dependencies"]


def test_a_tutorial_becomes_cells_that_end_where_a_result_is_shown():
    page = """# Title

See [the list](../howto/lists.md) and [data](https://data).

```python
>>> a = 1
>>> for b in range(2):
...     print(a)  # doctest: +SKIP
1
1
>>> a = 2
>>> 1 / 0
Traceback (most recent call last):
ZeroDivisionError: division by zero
>>> a = 3

```

The end.
"""
    tutorial_notebooks = load_script(DOCS / "_extensions" / "tutorial_notebooks.py")
    cells = tutorial_notebooks.notebook(page)["cells"]
    assert [(cell["cell_type"], cell["source"]) for cell in cells] == [
        ("markdown", "# Title\n\nSee the list and [data](https://data)."),
        ("code", "a = 1\nfor b in range(2):\n    print(a)"),
        ("code", "a = 2\n1 / 0"),
        ("code", "a = 3"),
        ("markdown", "The end."),
    ]
    tags = [cell["metadata"].get("tags") for cell in cells]
    assert tags == [None, None, ["raises-exception"], None, None]


def test_changes_start_with_those_that_are_not_released(tmp_path):
    changes_page = load_script(DOCS / "_extensions" / "changes_page.py")
    docs = tmp_path / "docs"
    assert list(changes_page.released(docs)) == []
    assert list(changes_page.unreleased(docs)) == []
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\n## 0.1\n\n- a\n")
    assert list(changes_page.released(docs)) == ["## 0.1\n\n- a"]
