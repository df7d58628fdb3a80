"""Compare LensKit with this package: the same job, and how both behave.

    python -m benchmarks.migration.from_lenskit DATA_HOME ENVIRONMENTS

Run it in the root of the checkout. It prints the tables of docs/howto/from-lenskit.md,
which are also in results/lenskit.md.
"""

import sys

from benchmarks.migration import compare, objectives

SETTINGS = {"k": 64, "regularization": 0.1}


def same_penalty(train, test):
    """Return the predictions of a filter with LensKit's penalty and factors."""
    return objectives.ratings_of(objectives.counted(train, **SETTINGS), test)


OTHERS = (("here, LensKit's penalty and number of factors", same_penalty),)


def main(data_home, environments):
    print(compare.report("lenskit", "ratings", data_home, environments, OTHERS))


if __name__ == "__main__":
    main(*sys.argv[1:])
