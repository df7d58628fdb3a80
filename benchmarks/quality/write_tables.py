"""Write the tables of results.csv into README.md, in place of the old tables.

    python -m benchmarks.quality.write_tables

Run it in the root of the checkout.
"""

from pathlib import Path

import pandas as pd

from benchmarks.quality.protocols import PROTOCOLS
from benchmarks.quality.report import sections

HERE = Path(__file__).resolve().parent


def main():
    fits = pd.read_csv(HERE / "results.csv", comment="#")
    found = "\n".join(sections(fits, PROTOCOLS))
    page = (HERE / "README.md").read_text()
    before, after = page.index("### ml-100k\n"), page.index("## The defaults of")
    page = page[:before] + found + "\n" + page[after:]
    (HERE / "README.md").write_text(page)


if __name__ == "__main__":
    main()
