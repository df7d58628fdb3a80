"""Run the scripts of all libraries, or of those named, and keep what they print.

    python -m benchmarks.migration.write_results DATA_HOME ENVIRONMENTS [NAME ...]

Run it in the root of the checkout. It writes results/NAME.md. This package is run once
for all of them.
"""

import contextlib
import importlib
import io
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main(data_home, environments, *names):
    for name in names or sorted(p.stem[5:] for p in HERE.glob("from_*.py")):
        script = importlib.import_module(f"benchmarks.migration.from_{name}")
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            script.main(data_home, environments)
        (HERE / "results" / f"{name}.md").write_text(printed.getvalue())


if __name__ == "__main__":
    main(*sys.argv[1:])
