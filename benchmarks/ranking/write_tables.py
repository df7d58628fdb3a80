"""Write the tables of results.csv into README.md, in place of the old tables.

    python -m benchmarks.ranking.write_tables

Run it in the root of the checkout.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.ranking.protocols import PROTOCOLS, SETS

HERE = Path(__file__).resolve().parent
BEGIN, END = "<!-- tables -->\n", "<!-- end of tables -->\n"
SHOWN = {
    "NDCG@10": "ndcg@10",
    "NDCG@100": "ndcg@100",
    "Recall@20": "recall@20",
    "Recall@50": "recall@50",
    "coverage": "coverage@10",
    "novelty": "novelty@10",
    "disliked": "disliked@10",
}
SAMPLED = {"HR@10": "recall@10", "NDCG@10": "ndcg@10"}
WITH_ERROR = ("NDCG@10", "HR@10")


def mean_and_error(rows, metric):
    """Return the mean over folds, and the standard error.

    With a single fold it is the error over its users, with more that over folds.
    """
    values = rows[metric]
    if len(values) == 1:
        return values.iloc[0], rows[f"{metric} error"].iloc[0]
    return values.mean(), values.std(ddof=1) / np.sqrt(len(values))


def table(fits, sampled):
    """Return the markdown table of one set and protocol, best NDCG@10 first."""
    shown = SAMPLED if sampled else SHOWN
    costs = ["fit, s", "lists, s", "MiB", "folds", "settings"]
    lines = [["model", *shown, *costs], ["---"] * (len(shown) + 6)]
    groups = list(fits.groupby("model"))
    for label, rows in sorted(groups, key=lambda group: -group[1]["ndcg@10"].mean()):
        cells = [label]
        for name, metric in shown.items():
            if name in WITH_ERROR:
                cells.append("{:.4f} ± {:.4f}".format(*mean_and_error(rows, metric)))
            else:
                cells.append(_rounded(name, rows[metric].mean()))
        medians = rows[["fit_seconds", "list_seconds", "peak_mib"]].median()
        cells += [f"{medians['fit_seconds']:.2f}", f"{medians['list_seconds']:.2f}"]
        cells += [f"{medians['peak_mib']:.0f}", str(len(rows)), _settings(rows)]
        lines.append(cells)
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _rounded(name, value):
    return f"{value:.2f}" if name in ("coverage", "novelty") else f"{value:.3f}"


def _settings(rows):
    named = json.loads(rows["settings"].iloc[0])
    named = {name: value for name, value in named.items() if name != "model"}
    shown = ", ".join(f"{name}={value}" for name, value in named.items())
    return f"`{shown}`" if shown else "default"


def sections(fits):
    """Return the headings and tables of all sets and protocols in the file."""
    found = []
    for name in SETS:
        for protocol, chosen in PROTOCOLS.items():
            rows = fits[(fits["set"] == name) & (fits["protocol"] == protocol)]
            if len(rows):
                shown = table(rows, chosen.n_negatives > 0)
                found.append(f"### {name}, {protocol}\n\n{shown}\n")
    return "\n".join(found)


def main():
    fits = pd.read_csv(HERE / "results.csv")
    page = (HERE / "README.md").read_text()
    before, rest = page.split(BEGIN)
    after = rest.split(END)[1]
    page = f"{before}{BEGIN}\n{sections(fits)}\n{END}{after}"
    (HERE / "README.md").write_text(page)


if __name__ == "__main__":
    main()
