"""Tables of results in markdown."""

import json
import os

import numpy as np

from benchmarks.quality.protocols import group_names

# The tables of a set, which are never mixed.
PARTS = {
    "Ratings only:": lambda information: information == "ratings",
    "With what else is known:": lambda information: information != "ratings",
}


def sections(fits, names):
    """Return the markdown sections of these protocols, if they have results."""
    found = []
    for name in names:
        groups = group_names(name)
        of_name = fits[fits["set"].isin(groups)]
        if of_name.empty:
            continue
        found.append(f"### {name}\n")
        for title, chosen in PARTS.items():
            rows = of_name[chosen(of_name["information"])]
            if len(rows):
                found.append(f"{title}\n\n{table(rows, groups)}\n")
    return found


def table(fits, groups):
    """Return the markdown table of one protocol.

    Errors are means over folds with their standard errors. The error of the first fold
    compares models that were run on different numbers of folds. Of several groups of
    test ratings, only the mean root mean squared errors are shown. Seconds of fits are
    medians over folds, seconds of tuning medians over tuned folds.
    """
    head = ["model", *_error_names(groups), "fit, s", "tuning, s", "folds"]
    head.append("settings (first fold)")
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    by_model = [rows for _, rows in fits.groupby("model")]
    for rows in sorted(by_model, key=lambda rows: rows["rmse"].mean()):
        of_fit = rows[rows["set"] == groups[0]]
        shown = [of_fit["model"].iloc[0], *_errors(rows, groups)]
        shown.append(f"{of_fit['fit_seconds'].median():.1f}")
        tuning = of_fit["tuning_seconds"][of_fit["tuning_seconds"] > 0].median()
        shown.append("" if np.isnan(tuning) else f"{tuning:.0f}")
        shown += [str(len(of_fit)), _settings(of_fit)]
        lines.append(f"| {' | '.join(shown)} |")
    return "\n".join(lines)


def _error_names(groups):
    if len(groups) == 1:
        return ["RMSE", "RMSE, fold 1", "MAE"]
    return [f"RMSE, {_short(group, groups)}" for group in groups]


def _errors(rows, groups):
    """Return the texts of the columns of `_error_names`, for one model."""
    if len(groups) > 1:
        return [with_error(rows["rmse"][rows["set"] == group]) for group in groups]
    first = rows["rmse"][rows["fold"] == 1]
    texts = [with_error(rows["rmse"]), with_error(rows["mae"])]
    return [texts[0], with_error(first) if len(first) else "", texts[1]]


def _short(group, groups):
    """Return what distinguishes a group from the others."""
    return group[len(os.path.commonprefix(groups)) :].strip(" ,") or "all"


def with_error(values):
    """Return a mean with its standard error, or the only value, as text."""
    values = np.asarray(values)
    if values.size == 1:
        return f"{values[0]:.4f}"
    return f"{values.mean():.4f} ± {values.std(ddof=1) / np.sqrt(values.size):.4f}"


def _settings(rows):
    first = rows.sort_values("fold").iloc[0]
    named = json.loads(first["settings"])
    if not np.isnan(first["iterations"]):
        named = {"iterations": int(first["iterations"])} | named
    shown = ", ".join(f"{name}={value}" for name, value in named.items())
    return f"`{shown}`" if shown else "default"
