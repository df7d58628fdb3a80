"""Write the text that `whats-new/index.md` includes, when Sphinx starts.

The text consists of the changes since the last release, which towncrier collects from
`changelog/`, and of the `CHANGELOG.md` that releases write. Each can be missing.
"""

import subprocess
import sys
from pathlib import Path


def write(app):
    """Write `whats-new/generated/changes.md`."""
    docs = Path(app.srcdir)
    found = [*unreleased(docs), *released(docs)]
    target = docs / "whats-new" / "generated" / "changes.md"
    target.parent.mkdir(exist_ok=True)
    text = "\n\n".join(found) + "\n"
    # Sphinx reads a page again if the time of an included file has changed.
    if not target.exists() or target.read_text("utf-8") != text:
        target.write_text(text, encoding="utf-8")


def unreleased(docs):
    """Yield the section of the fragments, if there are any."""
    if not any(docs.glob("changelog/*.*.md")):
        return
    command = ["build", "--draft", "--version", "next", "--dir", str(docs.parent)]
    drawn = subprocess.run(
        [sys.executable, "-m", "towncrier", *command],
        capture_output=True,
        encoding="utf-8",
    )
    if drawn.returncode:
        raise RuntimeError(f"towncrier failed:\n{drawn.stderr}")
    # The heading has the date of the build, and lines above it are messages.
    _, _, sections = drawn.stdout.partition("\n### ")
    yield "## Not yet released\n\n### " + sections.strip()


def released(docs):
    """Yield the changelog of the releases without its title, if there is one."""
    changelog = docs.parent / "CHANGELOG.md"
    if changelog.exists():
        lines = changelog.read_text("utf-8").splitlines()
        yield "\n".join(line for line in lines if not line.startswith("# ")).strip()


def setup(app):
    app.connect("builder-inited", write)
    return {"parallel_read_safe": True}
