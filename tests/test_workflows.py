"""Hosted workflows call the scripts of `.ci`, with pinned actions and few rights."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
WORKFLOWS = [yaml.safe_load(file.read_text("utf-8")) for file in FILES]
JOBS = [job for workflow in WORKFLOWS for job in workflow["jobs"].values()]
STEPS = [step for job in JOBS for step in job["steps"]]
SCRIPT = re.compile(r"\.ci/\w+")


def scripts() -> set[str]:
    """Return the scripts of `.ci` that contributors run: those without a suffix."""
    found = {path.relative_to(ROOT).as_posix() for path in (ROOT / ".ci").iterdir()}
    return {name for name in found if "." not in name.removeprefix(".ci/")}


def called() -> set[str]:
    return set(SCRIPT.findall(" ".join(step.get("run", "") for step in STEPS)))


def test_every_script_is_called_and_exists():
    # Other scripts call this one.
    helpers = {".ci/find_pythons"}
    assert called() == scripts() - helpers


def test_actions_are_pinned_to_commits():
    actions = [step["uses"] for step in STEPS if "uses" in step]
    assert actions
    pinned = re.compile(r"[\w-]+/[\w-]+@[0-9a-f]{40}")
    assert [action for action in actions if not pinned.fullmatch(action)] == []


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=[file.stem for file in FILES])
def test_jobs_may_only_read_the_repository(workflow):
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        assert job["permissions"] == {"contents": "read"}
        assert job["timeout-minutes"] <= 90


def test_the_checkout_leaves_no_token_behind():
    checkouts = [s for s in STEPS if s.get("uses", "").startswith("actions/checkout")]
    assert len(checkouts) == len(JOBS)
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_every_supported_python_is_tested():
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    supported = re.findall(r"Python :: (3\.\d+)", text)
    matrices = [job["strategy"]["matrix"] for job in JOBS if "strategy" in job]
    assert [matrix["python"] for matrix in matrices] == [supported]
