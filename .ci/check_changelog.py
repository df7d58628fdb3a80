"""Check that the next changelog has every fragment, and a release its own heading.

Usage: ``python .ci/check_changelog.py DRAFT`` in the root of the checkout. DRAFT is the
output of ``towncrier build --draft``.
"""

import re
import sys
from pathlib import Path

FRAGMENTS = Path("docs/changelog")


def main(draft):
    """Exit with the list of problems, if there are any."""
    fragments = {
        path.name: path.read_text("utf-8")
        for path in FRAGMENTS.glob("*.md")
        if not path.name.startswith("_")
    }
    version = re.search(
        r'^__version__ = "(.+)"', Path("sklearn_cofi/__init__.py").read_text(), re.M
    )[1]
    problems = missing(fragments, Path(draft).read_text("utf-8"))
    changelog = Path("CHANGELOG.md").read_text("utf-8")
    problems += problems_of_release(version, fragments, changelog)
    if problems:
        raise SystemExit("\n".join(problems))


def missing(fragments, draft):
    """Return a message for each fragment that towncrier did not take."""
    shown = " ".join(draft.split())
    return [
        f"changelog: {name} is not in the draft; its name must be NAME.KIND.md"
        for name, text in sorted(fragments.items())
        if " ".join(text.split()) not in shown
    ]


def problems_of_release(version, fragments, changelog):
    """Return what CHANGELOG.md lacks; a version under development lacks nothing."""
    if ".dev" in version:
        return []
    problems = [f"changelog: {name} is left" for name in sorted(fragments)]
    if f"\n## {version} (" not in changelog:
        problems.append(f"changelog: CHANGELOG.md has no heading for {version}")
    return problems


if __name__ == "__main__":
    main(*sys.argv[1:])
