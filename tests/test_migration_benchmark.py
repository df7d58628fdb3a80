"""Pages about other libraries show the code and the tables of benchmarks/migration."""

import doctest
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MIGRATION = ROOT / "benchmarks" / "migration"
SCRIPTS = sorted(MIGRATION.glob("from_*.py"))
JOB = re.compile(r'compare\.report\("(\w+)", "(\w+)"')
FENCED = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
TABLE = re.compile(r"(?:^\|.*\n?)+", re.MULTILINE)

pytestmark = pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)


def page_of(script: Path) -> str:
    name = script.stem.removeprefix("from_")
    return (ROOT / "docs" / "howto" / f"from-{name}.md").read_text("utf-8")


def lines_of(name: str) -> str:
    """Return the lines that the script runs, without the first, which is for ruff."""
    text = (MIGRATION / "lines" / f"{name}.py").read_text("utf-8")
    return text.split("\n", 1)[1]


def tables_in(text: str) -> list[str]:
    return [table.strip() for table in TABLE.findall(text)]


def test_the_page_has_the_code_that_ran_in_the_other_library(script):
    name, _ = JOB.search(script.read_text("utf-8")).groups()
    assert lines_of(name) in FENCED.findall(page_of(script))


def test_the_page_has_the_code_that_ran_here(script):
    _, job = JOB.search(script.read_text("utf-8")).groups()
    examples = doctest.DocTestParser().get_examples(page_of(script))
    tested = "".join(example.source for example in examples)
    ran = lines_of(f"ours_{job}")
    assert ran.replace("\n\n", "\n") in tested


def test_the_page_has_the_tables_that_the_script_printed(script):
    name, _ = JOB.search(script.read_text("utf-8")).groups()
    results = MIGRATION / "results" / f"{name}.md"
    printed = tables_in(results.read_text("utf-8"))
    shown = tables_in(page_of(script))
    assert len(printed) >= 2
    assert [table for table in printed if table not in shown] == []
