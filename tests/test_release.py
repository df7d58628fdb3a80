"""The checks of a release find links and fragments that users would not see."""

from pathlib import Path

import pytest
from scripts import load_script

CI = Path(__file__).parents[1] / ".ci"
check_changelog = load_script(CI / "check_changelog.py")
check_page = load_script(CI / "check_page.py")


@pytest.mark.parametrize(
    ("page", "found"),
    [
        ('<a href="https://example.org/a">a</a> <a href="#top">top</a>', []),
        ('<a href="docs/a.md">a</a>', ["docs/a.md"]),
        ('<p><img alt="b" src="docs/b.png"></p>', ["docs/b.png"]),
        ('<picture><source srcset="dark.svg"></picture>', ["dark.svg"]),
        ("<a href>a</a>", [""]),
    ],
)
def test_relative_links_of_a_page_are_found(page, found):
    assert check_page.relative_links(page) == found


def test_a_fragment_that_towncrier_left_out_is_found():
    fragments = {"a.added.md": "One\nsentence.\n", "b.new.md": "Another.\n"}
    (message,) = check_changelog.missing(fragments, "### Added\n\n- One\n  sentence.\n")
    assert message.startswith("changelog: b.new.md is not in the draft")


def test_a_release_has_a_heading_and_no_fragments():
    problems = check_changelog.problems_of_release
    assert problems("1.0.dev0", {"a.added.md": ""}, "# Changelog\n") == []
    assert problems("1.0", {}, "# Changelog\n\n## 1.0 (2030-01-01)\n") == []
    assert len(problems("1.0", {"a.added.md": ""}, "# Changelog\n\n## 0.9 (")) == 2
