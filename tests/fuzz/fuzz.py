"""Fuzz a reader, guided by which of its lines are reached.

    pip install atheris
    python tests/fuzz/fuzz.py TARGET [--minutes 10]

mutates the files of ``tests/fuzz/corpus/TARGET`` and adds those that reach something
new. Stops at the first defect, and writes the bytes that show it.
"""

import argparse
import sys
from pathlib import Path

NAMES = ("archive", "items", "model", "parquet", "ratings", "table")
INSTRUMENTED = ["sklearn_cofi", "zipfile", "numpy.lib.format"]


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("target", choices=NAMES)
    parser.add_argument("--minutes", type=float, default=10)
    asked = parser.parse_args()
    # Here, for the library is no dependency, and what is imported first is not guided.
    import atheris

    with atheris.instrument_imports(include=INSTRUMENTED):
        from targets import TARGETS

    corpus = Path(__file__).parent / "corpus" / asked.target
    seconds = f"-max_total_time={int(60 * asked.minutes)}"
    options = ["-max_len=20000", "-rss_limit_mb=4000", "-timeout=60", seconds]
    atheris.Setup([sys.argv[0], *options, str(corpus)], TARGETS[asked.target])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
