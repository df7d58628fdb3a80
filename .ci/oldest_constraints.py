"""Print pip constraints that pin every dependency to its floor in pyproject.toml.

They are made from pyproject.toml, where the floors are declared, so that raising a
floor there is all it takes for the tests to run with it.
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
            raise SystemExit(f"pyproject.toml: no floor in {requirement!r}")
        print(f"{floor[1]}=={floor[2]}")


if __name__ == "__main__":
    main()
