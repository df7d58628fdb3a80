"""Compare RecTools with this package: the same job, and how both behave.

    python -m benchmarks.migration.from_rectools DATA_HOME ENVIRONMENTS

Run it in the root of the checkout. It prints the tables of docs/howto/from-rectools.md,
which are also in results/rectools.md.
"""

import sys

from benchmarks.migration import compare, objectives

OTHERS = (("here, the objective of implicit's ALS", objectives.als_of_implicit),)


def main(data_home, environments):
    print(compare.report("rectools", "lists", data_home, environments, OTHERS))


if __name__ == "__main__":
    main(*sys.argv[1:])
