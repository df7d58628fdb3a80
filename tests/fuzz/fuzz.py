"""Fuzz a reader, guided by its covered lines.

    pip install atheris
    python tests/fuzz/fuzz.py TARGET [--minutes 10]

mutates the files in ``tests/fuzz/corpus/TARGET`` and adds mutants that cover new lines.
Stops at the first defect and writes the bytes that cause it.
"""

import argparse
import sys
from pathlib import Path

NAMES = ("archive", "items", "model", "parquet", "ratings", "table")
INSTRUMENTED = ["sklearn_cofi", "zipfile", "numpy.lib.format"]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("target", choices=NAMES)
    parser.add_argument("--minutes", type=float, default=10)
    options = parser.parse_args()
    # Imported here, because atheris is not a dependency and must be imported before the
    # modules that it instruments.
    import atheris

    with atheris.instrument_imports(include=INSTRUMENTED):
        from targets import TARGETS

    corpus = Path(__file__).parent / "corpus" / options.target
    seconds = f"-max_total_time={int(60 * options.minutes)}"
    limits = ["-max_len=20000", "-rss_limit_mb=4000", "-timeout=60", seconds]
    atheris.Setup([sys.argv[0], *limits, str(corpus)], TARGETS[options.target])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
