"""Check the text and the addresses that a wheel has for its page on PyPI.

Usage: ``python .ci/check_page.py WHEEL README``, with readme_renderer[md] installed.
"""

import email
import re
import sys
import zipfile
from html.parser import HTMLParser
from pathlib import Path

FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def main(wheel, readme):
    """Exit with the list of problems, if there are any."""
    from readme_renderer import markdown

    metadata = read_metadata(wheel)
    text = metadata.get_payload()
    page = markdown.render(text)
    if page is None:
        raise SystemExit("page: PyPI cannot render the description")
    problems = [f"page: relative link to {link}" for link in relative_links(page)]
    if FENCED.findall(text) != FENCED.findall(Path(readme).read_text("utf-8")):
        problems.append("page: its blocks of code differ from those of the README")
    if not metadata.get_all("Project-URL"):
        problems.append("page: no Project-URL")
    if problems:
        raise SystemExit("\n".join(problems))


def read_metadata(wheel):
    """Return the METADATA of a wheel as a message."""
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        name = next(name for name in names if name.endswith(".dist-info/METADATA"))
        return email.message_from_string(archive.read(name).decode())


def relative_links(page):
    """Return the addresses in HTML that lead nowhere outside of the repository."""
    parser = _Addresses()
    parser.feed(page)
    return [a for a in parser.addresses if not re.match(r"(https?:|mailto:|#)", a)]


class _Addresses(HTMLParser):
    """Collect the addresses of links and pictures."""

    def __init__(self):
        super().__init__()
        self.addresses = []

    def handle_starttag(self, tag, attrs):
        self.addresses += [
            value or "" for name, value in attrs if name in ("href", "src", "srcset")
        ]


if __name__ == "__main__":
    main(*sys.argv[1:])
