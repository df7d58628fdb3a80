"""Compare implicit with this package: the same job, and how both behave.

    python -m benchmarks.migration.from_implicit DATA_HOME ENVIRONMENTS

Run it in the root of the checkout. It prints the tables of docs/howto/from-implicit.md,
which are also in results/implicit.md.
`benchmarks.quality.from_implicit` compares the costs.
"""

import sys

from benchmarks.migration import compare, objectives

OTHERS = (("here, the objective of implicit's ALS", objectives.als_of_implicit),)


def main(data_home, environments):
    print(compare.report("implicit", "lists", data_home, environments, OTHERS))


if __name__ == "__main__":
    main(*sys.argv[1:])
