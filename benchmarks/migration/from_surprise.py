"""Compare Surprise with this package: the same job, and how both behave.

    python -m benchmarks.migration.from_surprise DATA_HOME ENVIRONMENTS

Run it in the root of the checkout. It prints the tables of docs/howto/from-surprise.md,
which are also in results/surprise.md.
`benchmarks.quality.from_surprise` compares the penalties.
"""

import sys

from benchmarks.migration import compare


def main(data_home, environments):
    print(compare.report("surprise", "ratings", data_home, environments))


if __name__ == "__main__":
    main(*sys.argv[1:])
