"""Draw predictions with their intervals, for the first page of the site.

Run ``SKLEARN_COFI_DATA=FOLDER python docs/draw_front_page.py`` in the root of the
checkout, where FOLDER has MovieLens 100K. It takes about a minute.
"""

import os
from pathlib import Path
from textwrap import shorten

import matplotlib.pyplot as plt

from sklearn_cofi import BayesianCollaborativeFilter
from sklearn_cofi.datasets import fetch_movielens

STATIC = Path(__file__).parent / "_static"
USER, N_HELD_OUT = 1, 10  # the first user of the file, not chosen by the result
# Colours of text, lines and intervals on the backgrounds of the theme.
COLOURS = {
    "light": {
        "text": "#222832",
        "line": "#c9cdd3",
        "model": "#0a7d91",
        "user": "#b3541e",
    },
    "dark": {
        "text": "#ced6dd",
        "line": "#48566b",
        "model": "#3fb1c5",
        "user": "#f0a35e",
    },
}


def main():
    held_out, predicted, intervals = predictions()
    for name, colours in COLOURS.items():
        figure = draw(held_out, predicted, intervals, colours)
        # Without the date and with fixed ids, the same numbers give the same file.
        figure.savefig(
            STATIC / f"predictions-{name}.svg",
            transparent=True,
            metadata={"Date": None},
        )


def predictions():
    """Return held-out ratings of a user with titles, predictions and 80% intervals."""
    movies = fetch_movielens(
        "100k", data_home=os.environ["SKLEARN_COFI_DATA"], download_if_missing=False
    )
    ratings = movies.frame.merge(movies.item_frame[["item", "title"]])
    own = ratings[ratings["user"] == USER]
    held_out = own.sample(N_HELD_OUT, random_state=0)
    train = ratings.drop(held_out.index)
    model = BayesianCollaborativeFilter(rating_range=(1, 5), random_state=0)
    model.fit(train[["user", "item", "rating"]])
    predicted = model.predict(held_out[["user", "item"]])
    order = predicted.argsort()
    held_out, predicted = held_out.iloc[order], predicted[order]
    return held_out, predicted, model.predict_interval(held_out, coverage=0.8)


def draw(held_out, predicted, intervals, colours):
    """Return a figure with a row for each film."""
    plt.rcParams["svg.hashsalt"] = "sklearn_cofi"
    style = {
        "text.color": colours["text"],
        "axes.labelcolor": colours["text"],
        "axes.edgecolor": colours["line"],
        "xtick.color": colours["text"],
        "ytick.color": colours["text"],
        "font.size": 11,
    }
    with plt.rc_context(style):
        figure, ax = plt.subplots(figsize=(5.4, 3.7), layout="constrained")
        rows = range(len(held_out))
        ax.hlines(rows, *intervals.T, color=colours["model"], linewidth=5, alpha=0.4)
        ax.plot(predicted, rows, "|", ms=13, mew=2.5, color=colours["model"])
        ax.plot(held_out["rating"], rows, "o", ms=7, color=colours["user"])
        titles = [shorten(title, 26, placeholder="…") for title in held_out["title"]]
        ax.set_yticks(rows, titles)
        ax.set(xlim=(0.9, 5.1), xticks=range(1, 6), xlabel="stars")
        ax.tick_params(length=0)
        ax.spines[["top", "left", "right"]].set_visible(False)
        ax.set_axisbelow(True)
        ax.grid(axis="x", color=colours["line"], linewidth=0.6)
        figure.legend(
            handles=legend(colours),
            loc="outside upper center",
            ncols=2,
            frameon=False,
            handletextpad=0.4,
        )
    return figure


def legend(colours):
    """Return a handle for the predictions and one for the ratings."""
    bar = {"marker": "|", "markersize": 11, "markeredgewidth": 2.5, "linewidth": 5}
    dot = {"marker": "o", "linestyle": ""}
    shown = [
        ("prediction, 80% interval", colours["model"], bar),
        ("the user's rating", colours["user"], dot),
    ]
    return [
        plt.Line2D([], [], color=c, label=name, **style) for name, c, style in shown
    ]


if __name__ == "__main__":
    main()
