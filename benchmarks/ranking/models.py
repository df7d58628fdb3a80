"""The models of the table, with the grids of settings for their tuning.

Each tuned model has a grid of 8 settings. A model with a single setting is not tuned.
"""

from itertools import product
from typing import NamedTuple


class Model(NamedTuple):
    """A row of the table."""

    environment: str  # of the peer
    module: str  # its worker
    grid: list
    new_users: bool = True  # whether it makes lists for users not seen in fit


def grid(fixed, **values):
    """Return a setting for each combination of the values."""
    return [
        fixed | dict(zip(values, chosen, strict=True))
        for chosen in product(*values.values())
    ]


def paired_grid(fixed, first, second, values):
    """Return a setting for each value of ``first`` with each of its ``second``."""
    return [
        fixed | {first: key, second: value}
        for key, paired in values.items()
        for value in paired
    ]


def model(name, settings, environment=None, **options):
    module = f"benchmarks.ranking.with_{name}"
    return Model(environment or name, module, settings, **options)


FACTORS = 128  # of each ALS; 64 of each BPR
# Of the values' sum of squares. The ones' mean square is 1.
LAMBDAS = [50, 100, 200, 400, 600, 900, 1400, 2000]
PENALTIES = [10, 30, 60, 120]
# The best penalty of an ALS grows with the weight of the rated pairs.
PENALTIES_OF_RATINGS = {1: [15, 20, 30, 60], 2: [30, 45, 60, 90]}


def ease(name, parameter, environment=None, **fixed):
    settings = grid({"model": "EASE"} | fixed, **{parameter: LAMBDAS})
    return model(name, settings, environment)


MODELS = {
    "popularity": model("reference", [{"model": "popularity"}], "ours"),
    "EASE, ones": ease("reference", "penalty", "ours", binary=True),
    "EASE, ratings": ease("reference", "penalty", "ours", binary=False),
    "ours": model("ours", [{}]),
    "ours, ones": model("ours", [{"binary": True}]),
    "ours, tuned": model(
        "ours", grid({}, weight=[0.5, 1.0], penalty=[0.4, 0.6, 0.75, 0.9])
    ),
    "implicit ALS": model(
        "implicit",
        grid(
            {"model": "ALS", "factors": FACTORS, "iterations": 15},
            alpha=[4, 12],
            regularization=PENALTIES,
        ),
    ),
    # The weight of a rated pair is alpha times its rating.
    "implicit ALS, ratings": model(
        "implicit",
        paired_grid(
            {"model": "ALS", "factors": FACTORS, "iterations": 15, "binary": False},
            "alpha",
            "regularization",
            PENALTIES_OF_RATINGS,
        ),
    ),
    "implicit BPR": model(
        "implicit",
        grid(
            {"model": "BPR", "factors": 64},
            iterations=[50, 150],
            learning_rate=[0.003, 0.01],
            regularization=[0.01, 0.05],
        ),
        new_users=False,
    ),
    # A weight of w is an alpha of w + 1.
    "LensKit ALS": model(
        "lenskit",
        grid(
            {"model": "ALS", "embedding_size": FACTORS, "epochs": 15},
            weight=[3, 11],
            regularization=PENALTIES,
        ),
    ),
    # The weight of a rated pair is weight times its rating, plus 1.
    "LensKit ALS, ratings": model(
        "lenskit",
        paired_grid(
            {
                "model": "ALS",
                "embedding_size": FACTORS,
                "epochs": 15,
                "use_ratings": True,
            },
            "weight",
            "regularization",
            PENALTIES_OF_RATINGS,
        ),
    ),
    "LensKit item-KNN": model(
        "lenskit",
        grid(
            {"model": "ItemKNN", "feedback": "implicit"},
            max_nbrs=[5, 10, 20, 50, 100, 200, 500, 1000],
        ),
    ),
    "cornac BPR": model(
        "cornac",
        grid(
            {"model": "BPR", "k": 64},
            max_iter=[100, 300],
            learning_rate=[0.01, 0.03],
            lambda_reg=[0.01, 0.03],
        ),
        new_users=False,
    ),
    "cornac EASE": ease("cornac", "lamb"),
    "irspack iALS": model(
        "irspack",
        grid(
            {"n_components": FACTORS, "train_epochs": 16},
            alpha0=[0.1, 0.4],
            reg=[0.003, 0.01, 0.03, 0.06],
        ),
    ),
    # alpha0 is the weight of a target of 0 in all pairs, and the rating that of a 1.
    "irspack iALS, ratings": model(
        "irspack",
        paired_grid(
            {"n_components": FACTORS, "train_epochs": 16, "binary": False},
            "alpha0",
            "reg",
            {1.0: [0.01, 0.014, 0.02, 0.028], 2.0: [0.005, 0.007, 0.01, 0.014]},
        ),
    ),
    "skrecsys EASE": ease("skrecsys", "l2_reg"),
    "skrecsys SLIM": model(
        "skrecsys",
        grid({"model": "SLIM"}, alpha=[0.03, 0.1, 0.3, 1], l1_ratio=[0.01, 0.1]),
    ),
    "skrecsys SLIM, ratings": model(
        "skrecsys",
        grid(
            {"model": "SLIM", "binary": False},
            alpha=[0.05, 0.1, 0.2, 0.4],
            l1_ratio=[0.003, 0.01],
        ),
    ),
    "RecTools ALS": model(
        "rectools",
        grid(
            {"factors": FACTORS, "iterations": 15},
            alpha=[4, 12],
            regularization=PENALTIES,
        ),
        new_users=False,
    ),
}
