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


def model(name, settings, environment=None, **options):
    module = f"benchmarks.ranking.with_{name}"
    return Model(environment or name, module, settings, **options)


# A penalty relative to the mean square of the values.
EASE = {"penalty": [50, 100, 200, 400, 600, 900, 1400, 2000]}
# The same penalties of the values' sum: ones have the mean square 1.
LAMBDAS = EASE["penalty"]
ALS_FACTORS = 128
BPR = {"iterations": [100, 300], "learning_rate": [0.02, 0.1]}

MODELS = {
    "popularity": model("reference", [{"model": "popularity"}], "ours"),
    "EASE, ones": model(
        "reference", grid({"model": "EASE", "binary": True}, **EASE), "ours"
    ),
    "EASE, ratings": model(
        "reference", grid({"model": "EASE", "binary": False}, **EASE), "ours"
    ),
    "ours": model("ours", [{}]),
    "ours, ones": model("ours", [{"binary": True}]),
    "ours, tuned": model(
        "ours", grid({}, weight=[0.5, 1.0], penalty=[0.4, 0.6, 0.75, 0.9])
    ),
    "implicit ALS": model(
        "implicit",
        grid(
            {"model": "ALS", "factors": ALS_FACTORS, "iterations": 15},
            alpha=[4, 12],
            regularization=[1, 5, 20, 60],
        ),
    ),
    "implicit BPR": model(
        "implicit",
        grid(
            {"model": "BPR", "factors": 64},
            iterations=[100, 300],
            learning_rate=[0.02, 0.1],
            regularization=[0.002, 0.02],
        ),
        new_users=False,
    ),
    "LensKit ALS": model(
        "lenskit",
        grid(
            {"model": "ALS", "embedding_size": ALS_FACTORS, "epochs": 15}
            | {"user_embeddings": "prefer"},
            weight=[3, 11],
            regularization=[1, 5, 20, 60],
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
            learning_rate=[0.02, 0.1],
            lambda_reg=[0.002, 0.02],
        ),
        new_users=False,
    ),
    "cornac EASE": model("cornac", grid({"model": "EASE"}, lamb=LAMBDAS)),
    "irspack iALS": model(
        "irspack",
        grid(
            {"n_components": ALS_FACTORS, "train_epochs": 16},
            alpha0=[0.1, 0.4],
            reg=[0.003, 0.01, 0.03, 0.06],
        ),
    ),
    "skrecsys EASE": model("skrecsys", grid({"model": "EASE"}, l2_reg=LAMBDAS)),
    "skrecsys SLIM": model(
        "skrecsys",
        grid(
            {"model": "SLIM"},
            alpha=[0.003, 0.01, 0.03, 0.1],
            l1_ratio=[0.03, 0.2],
        ),
    ),
    "RecTools ALS": model(
        "rectools",
        grid(
            {"factors": ALS_FACTORS, "iterations": 15},
            alpha=[4, 12],
            regularization=[1, 5, 20, 60],
        ),
        new_users=False,
    ),
}
