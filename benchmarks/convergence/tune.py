"""Try settings of one library on validation ratings from the training part.

    python -m benchmarks.convergence.tune DATA_HOME ENVIRONMENTS SET PEER [LONGEST]

It prints a line for each of the library's settings in GRIDS: the lowest validation
error, its number of iterations, and the seconds to within a thousandth of it. Fits of
more than LONGEST seconds (60) are skipped.
"""

import sys
from itertools import product

from benchmarks.convergence import settings
from benchmarks.convergence.curves import REACHED, Loaded, first_time
from benchmarks.peers.driver import ratings_set, split

# Fewer numbers of iterations than in the timings.
ITERATIONS = (2, 4, 8, 12, 16, 24, 32, 48, 64, 100)


# The settings, and the values tried in each set. The simulated set is tuned on a fifth
# of its users, with ten latent factors, as in the simulation; LIBMF has no biases and
# needs more.
GRIDS = {
    "libmf": (
        settings.libmf,
        {
            "ml-1m": ((60, 100), (0.06, 0.08), (0.03, 0.05, 0.1)),
            "made-2": ((12, 24, 40), (0.03, 0.04), (0.1, 0.15)),
        },
    ),
    "cornac": (
        settings.cornac,
        {
            "ml-1m": ((30, 60, 100), (0.05, 0.06, 0.08), (0.01, 0.02)),
            "made-2": ((10,), (0.02, 0.03, 0.06), (0.005, 0.01, 0.02)),
        },
    ),
    "cmfrec": (
        settings.cmfrec,
        {
            "ml-1m": ((30, 60), (0.06, 0.075, 0.09), (True, False)),
            "made-2": ((10,), (0.04, 0.07), (True, False)),
        },
    ),
    "lenskit": (
        settings.lenskit,
        {
            "ml-1m": ((50,), (0.07, 0.085, 0.1)),
            "made-2": ((10,), (0.03, 0.05, 0.08)),
        },
    ),
    "skrecsys": (
        settings.skrecsys,
        {
            "ml-1m": ((32,), (15, 25), (3,)),
            "made-2": ((10,), (6, 12), (3,)),
        },
    ),
    "ours": (
        settings.ours,
        {"made-2": ((10,), (5, 8, 12), ("als", "als-ncg"))},
    ),
}


def main(data_home, environments, of_set, name, longest=60):
    columns = ratings_set(of_set, data_home)
    training = split(columns, settings.TEST_SHARE[of_set])
    columns = [training[f"train_{part}"] for part in ("user", "item", "rating")]
    parts = split(columns, 0.1, seed=1)
    named, grids = GRIDS[name]
    print(f"{of_set} {name}: error, iterations, seconds to it x {REACHED}, settings")
    tried = [named(*values)[1] for values in product(*grids[of_set])]
    with Loaded(name, environments, parts) as loaded:
        loaded.warm_up(tried[0])
        for asked in tried:
            points = list(loaded.curve(asked, ITERATIONS, float(longest)))
            best, n = min((error, n) for n, _, error in points)
            seconds = first_time(points, REACHED * best)
            print(f"{best:.4f} {n:3d} {seconds:6.2f} {asked}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
