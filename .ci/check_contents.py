"""Check that a wheel contains only the package, and that an sdist can be tested.

Usage: ``python .ci/check_contents.py WHEEL SDIST``.
"""

import sys
import tarfile
import zipfile
from pathlib import PurePosixPath

NEEDED_IN_SDIST = {
    "CHANGELOG.md",
    "CITATION.cff",
    "CONTRIBUTING.md",
    "LICENSE",
    "PKG-INFO",
    "README.md",
    "SECURITY.md",
    "docs/index.md",
    "pyproject.toml",
    "recipe/recipe.yaml",
    "sklearn_cofi/py.typed",
    "tests/reference.py",
}
# Other suffixes would be data files, which the package must not contain.
SUFFIXES_IN_PACKAGE = {".py", ".typed"}


def main(wheel, sdist):
    """Exit with the list of problems, if there are any."""
    problems = wheel_problems(zipfile.ZipFile(wheel).namelist())
    with tarfile.open(sdist) as archive:
        problems += sdist_problems(archive.getnames())
    if problems:
        raise SystemExit("\n".join(problems))


def wheel_problems(names):
    """Return a message for each file that a wheel lacks or should not contain."""
    paths = [PurePosixPath(name) for name in names]
    package = [path for path in paths if path.parts[0] == "sklearn_cofi"]
    other = {path.parts[0] for path in paths} - {"sklearn_cofi"}
    problems = [
        f"wheel: {path} is neither code nor types"
        for path in package
        if path.suffix not in SUFFIXES_IN_PACKAGE or "tests" in path.parts
    ]
    if not all(name.endswith(".dist-info") for name in other):
        problems.append(f"wheel: folders next to the package and its metadata: {other}")
    if PurePosixPath("sklearn_cofi/py.typed") not in package:
        problems.append("wheel: no py.typed")
    if not any(path.match("*.dist-info/licenses/LICENSE") for path in paths):
        problems.append("wheel: no licence")
    return problems


def sdist_problems(names):
    """Return a message for each file that an sdist lacks or should not contain."""
    inside = {str(PurePosixPath(*PurePosixPath(name).parts[1:])) for name in names}
    problems = [f"sdist: no {name}" for name in sorted(NEEDED_IN_SDIST - inside)]
    return problems + [
        f"sdist: {name} is a generated file"
        for name in sorted(inside)
        if name.endswith((".pyc", ".nbi", ".nbc")) or "_build/" in name
    ]


if __name__ == "__main__":
    main(*sys.argv[1:])
