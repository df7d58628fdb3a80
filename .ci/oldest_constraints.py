"""Print pip constraints that pin every dependency to its lowest version.

The lowest versions are read from pyproject.toml, so they are written only there.
"""

import re
import tomllib
from pathlib import Path

PYPROJECT = Path(__file__).parent.parent / "pyproject.toml"


def main():
    project = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]
    requirements = project["dependencies"] + project["optional-dependencies"]["test"]
    for requirement in requirements:
        floor = re.match(r"([\w.-]+)\s*>=\s*([\w.]+)", requirement)
        if floor is None:
            raise SystemExit(f"pyproject.toml: no lowest version in {requirement!r}")
        print(f"{floor[1]}=={floor[2]}")


if __name__ == "__main__":
    main()
