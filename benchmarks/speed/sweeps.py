"""Time a sweep of alternating least squares: ours and the peers', in turn.

    python -m benchmarks.speed.sweeps DATA_HOME ENVIRONMENTS OUTPUT.csv [options]

Run it in the root of the checkout. It adds a line to OUTPUT.csv for each measurement
and prints the table of medians over all its lines. A sweep solves for all users and
then for all items, in float32 if the peer has it, on 2 threads if it uses them, without
biases, with the same ratings and number of latent factors. Methods with "unrated" count
unrated pairs too, as implicit always does. Set-up is excluded: each worker measures the
time between two iterations, or the difference of two fits.
"""

import argparse
import csv
import time
from contextlib import ExitStack

import numpy as np
import pandas as pd

from benchmarks.peers.driver import Peer, machine, ratings_set, split

CONTESTANTS = (
    ("ours", "exact"),
    ("lenskit", "exact"),
    ("cmfrec", "exact"),
    ("skrecsys", "exact"),
    ("spark", "exact"),
    ("ours", "cg3"),
    ("cmfrec", "cg3"),
    ("ours", "unrated-exact"),
    ("lenskit", "unrated-exact"),
    ("implicit", "unrated-exact"),
    ("ours", "unrated-cg3"),
    ("implicit", "unrated-cg3"),
)
# Distributions whose name differs from the peer's name here.
DISTRIBUTIONS = {"ours": "sklearn-cofi", "spark": "pyspark"}
LABELS = {
    "exact": "exact",
    "cg3": "3 steps of CG",
    "unrated-exact": "unrated pairs, exact",
    "unrated-cg3": "unrated pairs, 3 steps of CG",
    "skrecsys": "a coordinate at a time, float64, 1 thread",
}
REG = 10
REPEATS = 5
# Contestants with more than SLOW seconds per repeat, including set-up, repeat less.
SLOW, SLOW_REPEATS = 15, 2
# A repeat takes about LENGTH seconds, with 2 to 10 sweeps.
LENGTH = 1.0


def sweeps_for(seconds):
    """Return the first and last iteration of the timed part of a repeat."""
    return 1, 1 + int(np.clip(round(LENGTH / seconds), 2, 10))


def measure(peers, k, reg, contestants):
    """Yield (contestant, repeat, seconds), each contestant once in each round."""
    asked = {}
    for contestant in contestants:
        name, method = contestant
        asked[contestant] = {"k": k, "method": method, "reg": reg}
        first = peers[name].ask("sweep", iterations=(1, 2), **asked[contestant])
        asked[contestant]["iterations"] = sweeps_for(max(first, 1e-3))
    slow = set()
    for repeat in range(REPEATS):
        for contestant in contestants:
            if contestant in slow and repeat >= SLOW_REPEATS:
                continue
            start = time.perf_counter()
            seconds = peers[contestant[0]].ask("sweep", **asked[contestant])
            if time.perf_counter() - start > SLOW:
                slow.add(contestant)
            yield contestant, repeat, seconds


def run(arguments):
    """Measure the chosen peers and append the results to the output."""
    columns = ratings_set(arguments.set, arguments.data_home)
    contestants = [one for one in CONTESTANTS if one[0] in arguments.peers]
    with ExitStack() as stack, open(arguments.output, "a", 1, newline="") as file:
        # All ratings except one, because workers load a split with a test set.
        parts = split(columns, 1 / len(columns[0]))
        peers = {}
        for name in arguments.peers:
            peers[name] = stack.enter_context(Peer(name, arguments.environments))
            peers[name].load(parts)
        versions = {name: peer.ask("versions") for name, peer in peers.items()}
        if file.tell() == 0:
            file.write("set,k,peer,version,method,repeat,seconds\n")
        file.write(f"# {machine()}\n")
        file.writelines(f"# {name}: {told}\n" for name, told in versions.items())
        rows = csv.writer(file)
        for k in arguments.features:
            for (name, method), *measured in measure(
                peers, k, arguments.reg, contestants
            ):
                version = versions[name][DISTRIBUTIONS.get(name, name)]
                rows.writerow([arguments.set, k, name, version, method, *measured])


def table(measurements):
    """Return the markdown table of medians and their ratios to ours."""
    grouped = measurements.groupby(["set", "method", "peer", "version", "k"])
    cells = grouped["seconds"].agg(["median", "size"]).reset_index()
    ks = sorted(cells["k"].unique())
    lines = [
        "| set | method | library | " + " | ".join(f"k={k}" for k in ks) + " |",
        "|---|---|---|" + "---|" * len(ks),
    ]
    kinds = cells.sort_values(["set", "method"], ascending=False)
    for of_set, method in kinds[["set", "method"]].drop_duplicates().to_numpy():
        chosen = (cells["set"] == of_set) & (cells["method"] == method)
        rivals = cells[chosen].sort_values(["k", "median"])
        ours = rivals[rivals["peer"] == "ours"].set_index("k")["median"]
        for (peer, version), row in rivals.groupby(["peer", "version"], sort=False):
            row = row.set_index("k")
            written = [_cell(row, ours, k) for k in ks]
            label = LABELS.get(peer, LABELS[method])
            name = f"{peer} {version}"
            lines.append(f"| {of_set} | {label} | {name} | {' | '.join(written)} |")
    return "\n".join(lines)


def _cell(row, ours, k):
    """Return "seconds (ratio)", with the number of repeats if it is below REPEATS."""
    if k not in row.index:
        return ""
    seconds, repeats = row.at[k, "median"], row.at[k, "size"]
    ratio = f" ({seconds / ours[k]:.2f})" if k in ours.index else ""
    fewer = f" [{repeats:.0f}]" if repeats < REPEATS else ""
    return f"{seconds:.3f}{ratio}{fewer}"


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data_home")
    parser.add_argument("environments")
    parser.add_argument("output")
    parser.add_argument("--set", default="ml-1m", help='"ml-1m", or "made-10" millions')
    parser.add_argument("--features", type=int, nargs="+", default=[32, 64, 128])
    parser.add_argument("--reg", type=float, default=REG)
    names = list(dict.fromkeys(name for name, _ in CONTESTANTS))
    parser.add_argument("--peers", nargs="+", default=names, choices=names)
    parser.add_argument("--report", action="store_true", help="print without timing")
    arguments = parser.parse_args()
    if not arguments.report:
        run(arguments)
    print(table(pd.read_csv(arguments.output, comment="#")))


if __name__ == "__main__":
    main()
