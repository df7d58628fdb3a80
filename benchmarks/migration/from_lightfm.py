"""Compare LightFM with this package: the same job, and how both behave.

    python -m benchmarks.migration.from_lightfm DATA_HOME ENVIRONMENTS

Run it in the root of the checkout. It prints the tables of docs/howto/from-lightfm.md,
which are also in results/lightfm.md.
"""

import sys

from benchmarks.migration import compare


def main(data_home, environments):
    print(compare.report("lightfm", "lists", data_home, environments))


if __name__ == "__main__":
    main(*sys.argv[1:])
