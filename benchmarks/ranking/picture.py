"""Draw NDCG@10 by model and set, with standard errors, from results.csv.

    python -m benchmarks.ranking.picture docs/explanation/lists.svg

Run it in the root of the checkout.
"""

import sys
from pathlib import Path

import matplotlib
import pandas as pd

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402 - the backend comes first

from benchmarks.ranking.models import MODELS  # noqa: E402
from benchmarks.ranking.protocols import SETS  # noqa: E402
from benchmarks.ranking.write_tables import mean_and_error  # noqa: E402

HERE = Path(__file__).resolve().parent
PROTOCOL = "random fifth"
OURS, OTHERS = "#b2182b", "#4393c3"


def scores(fits, name):
    """Return label -> (mean, standard error) of a set, the best model last."""
    of_set = fits[(fits["set"] == name) & (fits["protocol"] == PROTOCOL)]
    found = {
        label: mean_and_error(rows, "ndcg@10")
        for label, rows in of_set.groupby("model")
        if label in MODELS
    }
    return dict(sorted(found.items(), key=lambda pair: pair[1][0]))


def draw(fits, path):
    """Write the picture, with a panel for each set that has results."""
    names = [name for name in SETS if scores(fits, name)]
    longest = max(len(scores(fits, name)) for name in names)
    n_columns = 2 if len(names) == 4 else min(3, len(names))
    n_rows = -(-len(names) // n_columns)
    size = 4.1 * n_columns, (0.26 * longest + 0.8) * n_rows
    figure, panels = plt.subplots(n_rows, n_columns, figsize=size, squeeze=False)
    for panel, name in zip(panels.flat, names, strict=False):
        _panel(panel, scores(fits, name))
        panel.set_title(name, fontsize=11)
    for panel in panels.flat[len(names) :]:
        panel.axis("off")
    figure.supxlabel("NDCG@10 on a random fifth of each user's ratings", fontsize=10)
    figure.tight_layout()
    # Without date and random ids, the same numbers give the same svg.
    dateless = {"metadata": {"Date": None}} if path.endswith(".svg") else {}
    with plt.rc_context({"svg.hashsalt": "lists"}):
        figure.savefig(path, dpi=150, **dateless)


def _panel(panel, found):
    for place, (label, (mean, error)) in enumerate(found.items()):
        color = OURS if label.startswith("ours") else OTHERS
        panel.errorbar(mean, place, xerr=error, color=color, fmt="o", ms=4, capsize=4)
    panel.set_yticks(range(len(found)), found)
    panel.set_ylim(-0.7, len(found) - 0.3)
    panel.grid(axis="x", alpha=0.3)
    panel.spines[["top", "right"]].set_visible(False)


if __name__ == "__main__":
    draw(pd.read_csv(HERE / "results.csv"), *sys.argv[1:])
