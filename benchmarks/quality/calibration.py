"""Compare the nominal and the observed coverage of prediction intervals.

    python -m benchmarks.quality.calibration DATA_HOME PICTURE [SET ...]

Run it in the root of the checkout. It fits `BayesianCollaborativeFilter` to four fifths
of each set, prints a table of nominal and observed coverage on the last fifth, and
draws both.
"""

import sys

import numpy as np
from matplotlib import pyplot as plt

from benchmarks.quality.protocols import folds
from sklearn_cofi import BayesianCollaborativeFilter

NOMINAL = np.r_[np.arange(0.1, 0.95, 0.1), 0.95, 0.99]
SHOWN = (0.5, 0.8, 0.95)


def coverages(name, data_home):
    """Return the share of test ratings within their interval, for each coverage."""
    train, test = next(folds(name, data_home))
    pairs, held_out = (np.column_stack(part[:2]) for part in (train, test))
    ratings = np.asarray(test[2])
    model = BayesianCollaborativeFilter(random_state=0).fit(pairs, train[2])
    found = []
    for coverage in NOMINAL:
        low, high = model.predict_interval(held_out, coverage).T
        found.append(np.mean((low <= ratings) & (ratings <= high)))
    return np.array(found)


def draw(found, path):
    figure, axes = plt.subplots(figsize=(4.8, 4.8), layout="constrained")
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=1, label="as promised")
    for name, shares in found.items():
        axes.plot(NOMINAL, shares, marker="o", markersize=4, label=name)
    axes.set(
        xlim=(0, 1),
        ylim=(0, 1),
        aspect="equal",
        xlabel="coverage of the interval",
        ylabel="share of held-out ratings within",
    )
    axes.legend(frameon=False)
    figure.savefig(path, metadata={"Date": None})


def main(data_home, path, *names):
    found = {}
    shown = [int(np.argmin(np.abs(NOMINAL - coverage))) for coverage in SHOWN]
    print("| set |", " | ".join(f"{coverage:.0%}" for coverage in SHOWN), "|")
    print("|---" * (1 + len(SHOWN)) + "|")
    for name in names or ("ml-100k", "ml-latest-small", "movietweetings", "ml-1m"):
        found[name] = coverages(name, data_home)
        shares = " | ".join(f"{found[name][place]:.1%}" for place in shown)
        print(f"| {name} | {shares} |", flush=True)
    draw(found, path)


if __name__ == "__main__":
    main(*sys.argv[1:])
