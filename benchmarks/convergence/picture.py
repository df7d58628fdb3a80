"""Draw the costs of objective.py over time, and print a table of them."""

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402 - the backend comes first

# Ours have warm colours and thick lines; the others have cool colours and dashed lines.
# The markers differ too.
STYLES = {
    "ours, als-ncg": ("#b2182b", "o"),
    "ours, als": ("#ef6548", "s"),
    "ours, lbfgs": ("#e08214", "^"),
    "ours, cg": ("#c49c00", "v"),
    "cmfrec, Cholesky": ("#2166ac", "o"),
    "cmfrec, CG": ("#67a9cf", "s"),
    "LensKit": ("#1b7837", "D"),
    "LIBMF, eta 0.1": ("#762a83", "^"),
    "LIBMF, eta 0.03": ("#af8dc3", "v"),
    "skrecsys": ("#555555", "P"),
    "Spark": ("#999999", "X"),
}
TITLES = {
    "none": "penalty of each row alike (reg 10)",
    "count": "penalty times the row's ratings (reg 0.07)",
}
# Below this relative distance from the lowest cost, float32 rounding dominates.
FLOOR = 1e-6
# Relative distances in the table.
CLOSE = (1e-2, 1e-3, 1e-4)


def above_best(fits):
    """Return penalty -> label -> medians of seconds and relative excess cost.

    The excess is relative to the lowest cost of all fits with this penalty.
    """
    curves = {}
    for scaling, of_penalty in fits.groupby("penalty"):
        lowest = of_penalty["cost"].min()
        timed = of_penalty.dropna(subset="seconds")
        for label, own in timed.groupby("library"):
            middle = own.groupby("iterations")[["seconds", "cost"]].median()
            middle["above"] = middle["cost"] / lowest - 1
            curves.setdefault(scaling, {})[label] = middle
    return curves


def draw(fits, path):
    """Write the picture, with a panel for each penalty and its legend below it."""
    curves = above_best(fits)
    order = [scaling for scaling in TITLES if scaling in curves]
    figure, panels = plt.subplots(
        1, len(order), figsize=(5.6 * len(order), 5.6), sharey=True, squeeze=False
    )
    for panel, scaling in zip(panels[0], order, strict=True):
        for label, (color, marker) in STYLES.items():
            if label in curves[scaling]:
                _line(panel, curves[scaling][label], label, color, marker)
        panel.set(xscale="log", yscale="log", xlabel="seconds from arrays to model")
        panel.set_title(TITLES[scaling], fontsize=11)
        panel.grid(alpha=0.25)
        panel.spines[["top", "right"]].set_visible(False)
        panel.legend(
            loc="upper center", bbox_to_anchor=(0.5, -0.13), ncols=3, frameon=False
        )
    panels[0][0].set_ylabel("(cost - lowest cost) / lowest cost")
    panels[0][0].set_ylim(bottom=FLOOR)
    figure.tight_layout()
    # Without date and random ids, the same numbers give the same svg.
    dateless = {"metadata": {"Date": None}} if path.endswith(".svg") else {}
    with plt.rc_context({"svg.hashsalt": "costs"}):
        figure.savefig(path, dpi=150, **dateless)


def _line(panel, curve, label, color, marker):
    ours = label.startswith("ours")
    # The line ends at its first point at the floor.
    curve = curve[(curve["above"].shift(fill_value=1) > FLOOR).cummin()]
    panel.plot(
        curve["seconds"],
        curve["above"].clip(lower=FLOOR),
        color=color,
        marker=marker,
        markersize=4,
        linestyle="-" if ours else "--",
        linewidth=2.0 if ours else 1.3,
        zorder=3 if ours else 2,
        label=label,
    )


def table(fits):
    """Return the markdown table of seconds until the cost is near the lowest one."""
    lines = [
        "| penalty | library | "
        + " | ".join(f"within {close:g}" for close in CLOSE)
        + " | nearest |",
        "|---|---|" + "---|" * (len(CLOSE) + 1),
    ]
    for scaling, labelled in above_best(fits).items():
        for label in sorted(labelled, key=lambda name: -list(STYLES).index(name)):
            curve = labelled[label]
            cells = []
            for close in CLOSE:
                reached = curve.loc[curve["above"] <= close, "seconds"]
                cells.append(f"{reached.iloc[0]:.2f}" if reached.size else "-")
            nearest = f"{max(curve['above'].min(), 0):.0e}"
            lines.append(f"| {scaling} | {label} | {' | '.join(cells)} | {nearest} |")
    return "\n".join(lines)
