"""Time Gibbs sampling, compared with myFM and with sweeps of ALS.

    python -m benchmarks.speed.bayesian DATA_HOME ENVIRONMENTS

Run it in the root of the checkout. Each contestant fits a seeded 80% of the ratings
with 200 sweeps by its public estimator, including set-up, after a fit of a few ratings.
The contestants run in turn; the table has medians over rounds.
"""

import argparse
from itertools import product
from statistics import median

from benchmarks.peers.driver import Peer, machine, rmse, split
from benchmarks.quality.defaults import SETS

SWEEPS = 200
PLAIN = {"implicit_features": False, "heteroscedastic": False}


def contestants(k):
    """Return name -> (peer, settings)."""
    ours = {
        "estimator": "BayesianCollaborativeFilter",
        "num_features": k,
        "n_sweeps": SWEEPS,
    }
    als = {"num_features": k, "solver": "als"}
    return {
        "ours, biases only": ("ours", None, ours | PLAIN),
        "and noise by user and item": (
            "ours",
            None,
            ours | {"implicit_features": False},
        ),
        "and implicit features": ("ours", None, ours),
        "myFM": ("myfm", SWEEPS, {"rank": k}),
        "myFM + implicit features": ("myfm", SWEEPS, {"rank": k, "implicit": True}),
        "ALS with biases, the same sweeps": ("ours", SWEEPS, als),
    }


def timed(peer, parts, iterations, named):
    seconds, arrays = peer.fit(iterations, named)
    return seconds, rmse(parts, arrays["predicted"])


def main(data_home, environments, sets, rounds):
    print(machine())
    print("| set | k | contestant | fit, s | RMSE |\n|---|---|---|---|---|")
    with Peer("ours", environments) as ours, Peer("myfm", environments) as myfm:
        peers = {"ours": ours, "myfm": myfm}
        for name, k in sets:
            frame = SETS[name](data_home).frame
            columns = [frame[column] for column in ("user", "item", "rating")]
            few = split([column[:2000] for column in columns], 0.1)
            entrants = contestants(k)
            for peer, iterations, named in entrants.values():
                peers[peer].load(few)
                peers[peer].fit(iterations, named)
            parts = split(columns, 0.2)
            for peer in peers.values():
                peer.load(parts)
            found = {label: [] for label in entrants}
            for _, (label, entrant) in product(range(rounds), entrants.items()):
                peer, *asked = entrant
                found[label].append(timed(peers[peer], parts, *asked))
            for label, runs in found.items():
                took = median(seconds for seconds, _ in runs)
                print(
                    f"| {name} | {k} | {label} | {took:.1f} | {runs[0][1]:.4f} |",
                    flush=True,
                )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data_home")
    parser.add_argument("environments")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sets", nargs="+", choices=("ml-100k", "ml-1m"))
    arguments = parser.parse_args()
    chosen = [("ml-100k", 10), ("ml-1m", 32)]
    if arguments.sets:
        chosen = [each for each in chosen if each[0] in arguments.sets]
    main(arguments.data_home, arguments.environments, chosen, arguments.rounds)
