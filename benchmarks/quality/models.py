"""The models of the quality table, with the grids of settings for their tuning.

A model is a peer and a list of (iterations, settings). None means the library's default
number of iterations. A model with a single pair is not tuned.
"""

from itertools import product
from typing import NamedTuple

from benchmarks.convergence import settings


class Model(NamedTuple):
    """A row of the table: the peer that fits it, and its grid."""

    peer: str
    grid: list
    information: str = "ratings"  # one of `information.INFORMATION`


def default(peer, **named):
    return Model(peer, [(None, named)])


def grid(named, *values, iterations=(None,), **fixed):
    """Return a model with a setting for each combination of the values."""
    tried = [named(*chosen) for chosen in product(*values)]
    return Model(
        tried[0][0],
        [(n, asked | fixed) for (_, asked), n in product(tried, iterations)],
    )


def one_of(*models):
    """Join the grids of several models of one peer."""
    return Model(models[0].peer, [asked for model in models for asked in model.grid])


# The objective of the tutorial: means of items, one penalty for all rows, no biases.
UNSCALED = {"mean_normalization": "item", "fit_bias": False, "reg_scaling": "none"}


def item_means(k, penalty):
    """Return settings of the tutorial's objective."""
    named = {"num_features": k, "reg_param": penalty, "solver": "als-ncg"}
    return "ours", named | UNSCALED


def by_count(k, penalty):
    """Return settings with biases and penalties scaled by the number of ratings."""
    peer, named = settings.ours(k, penalty, "als-ncg")
    return peer, named | {"reg_scaling": "count"}


def unscaled(penalty):
    """Return settings of cmfrec with the same penalty for all rows, 3 for biases."""
    return "cmfrec", {"k": 40, "lambda_": [3, 3] + 4 * [penalty], "use_cg": False}


def implicit_features(penalty):
    named = {"k": 40, "lambda_": penalty, "use_cg": False}
    return "cmfrec", named | {"add_implicit_features": True}


def gibbs(rank, n_iterations, implicit, information="ratings", **named):
    named = {"rank": rank, "implicit": implicit} | named
    return Model("myfm", [(n_iterations, named)], information)


def collective(penalty, weight):
    """Return settings of cmfrec with features; their errors have this weight."""
    named = {"k": 40, "lambda_": penalty, "use_cg": False}
    return "cmfrec", named | {"w_user": weight, "w_item": weight}


def likes(k, penalty):
    """Return settings of LightFM, fitted to whether a rating is above the mean."""
    both = dict.fromkeys(("user_alpha", "item_alpha"), penalty)
    return "lightfm", {"no_components": k} | both


LIKES = (10,), (1e-4, 1e-3, 3e-3)


def ridge(penalty, own_penalty=None):
    """Return settings of a regression; its penalty of each user's regression."""
    named = {} if own_penalty is None else {"own_alpha": own_penalty}
    return "sklearn", {"alpha": penalty} | named


def with_features(model, information="features"):
    """Return the model with more information."""
    return model._replace(information=information)


BAYESIAN = default("ours", estimator="BayesianCollaborativeFilter")

# Parameters with a penalty that was chosen on ratings from 1 to 5. The defaults are the
# same except for `reg_param` and `solver`.
RECOMMENDED = {
    "num_features": 20,
    "reg_param": 1.3,
    "reg_scaling": 0.5,
    "fit_bias": True,
    "reg_bias": 4,
    "mean_normalization": "global",
    "solver": "als-ncg",
}

BOTH_SIDES = " + implicit features of both sides"

MODELS = {
    "ours, defaults": default("ours"),
    "cmfrec, defaults": Model("cmfrec", [(10, {})]),
    "LensKit BiasedMF, defaults": Model("lenskit", [(10, {})]),
    "cornac MF, defaults": Model("cornac", [(20, {})]),
    "ours, tutorial": default("ours", num_features=10, reg_param=10, **UNSCALED),
    "ours, recommended": default("ours", **RECOMMENDED),
    "ours, tuned": one_of(
        grid(item_means, (10,), (10, 14)),
        grid(settings.ours, (10, 20), (10, 14, 20), ("als-ncg",)),
        grid(by_count, (20, 40), (0.06, 0.09, 0.12, 0.18)),
    ),
    "ours, CV": default(
        "ours", estimator="CollaborativeFilterCV", num_features=[10, 20, 40]
    ),
    "ours, defaults + features": with_features(default("ours")),
    "ours, Bayesian": BAYESIAN,
    **{
        f"ours, Bayesian + {information}": with_features(BAYESIAN, information)
        for information in ("time", "features", "features and time")
    },
    "ours, Bayesian + features, 63 factors": with_features(
        default("ours", estimator="BayesianCollaborativeFilter", num_features=63)
    ),
    "LIBMF, tuned": grid(
        settings.libmf,
        (80,),
        (0.06, 0.08, 0.1, 0.14, 0.2),
        (0.03,),
        iterations=(50, 100),
    ),
    "cornac MF, tuned": grid(
        settings.cornac,
        (100,),
        (0.06, 0.08, 0.1, 0.14, 0.2),
        (0.005,),
        iterations=(50, 100),
    ),
    "cmfrec, tuned": one_of(
        grid(unscaled, (11, 14, 18), iterations=(30,)),
        grid(settings.cmfrec, (40,), (0.06, 0.08), (False,), iterations=(30,)),
    ),
    "cmfrec + implicit features, tuned": grid(
        implicit_features, (9, 12, 16), iterations=(30,)
    ),
    "Surprise SVD": default("surprise"),
    "Surprise SVD, tuned": grid(
        settings.surprise,
        (100,),
        (0.06, 0.08, 0.1),
        (0.005,),
        iterations=(50, 100),
    ),
    "Surprise KNNBaseline": default("surprise", algorithm="KNNBaseline"),
    "Surprise SVD++": default("surprise", algorithm="SVDpp"),
    "myFM, rank 10": gibbs(10, 300, implicit=False),
    "myFM, rank 20": gibbs(20, 200, implicit=False),
    "myFM + implicit features, rank 10": gibbs(10, 300, implicit=True),
    "global mean": default("sklearn"),
    f"myFM{BOTH_SIDES}, rank 10": gibbs(10, 300, implicit="both"),
    f"myFM{BOTH_SIDES}, rank 20": gibbs(20, 200, implicit="both"),
    "LightFM, likes, tuned": grid(likes, *LIKES, iterations=(20,)),
    "LightFM, likes + features, tuned": with_features(
        grid(likes, *LIKES, iterations=(20,))
    ),
    "ridge on features": with_features(grid(ridge, (1, 10, 100, 1000))),
    "ridge on features, and each user's on genres": with_features(
        grid(ridge, (100,), (3, 10, 30))
    ),
    "ridge on ids": grid(ridge, (1, 3, 5, 10), ids=True),
    "ridge on ids and features": with_features(grid(ridge, (3, 5, 10, 20), ids=True)),
    "ridge on ids and features, and each user's on genres": with_features(
        grid(ridge, (5, 10), (10, 30, 60), ids=True)
    ),
    "cmfrec + features, tuned": with_features(
        grid(
            collective,
            (9, 12, 16, [3, 3, 11, 11, 11, 11], [3, 3, 14, 14, 14, 14]),
            (0.3, 3),
            iterations=(30,),
        )
    ),
    "cmfrec + implicit features + features, tuned": with_features(
        grid(
            collective,
            (9, 12, 16),
            (0.3, 3),
            iterations=(30,),
            add_implicit_features=True,
        )
    ),
    **{
        f"myFM{label} + {information}, rank {rank}": gibbs(
            rank, n_iterations, implicit, information
        )
        for rank, n_iterations in ((10, 300), (20, 200))
        for label, implicit in (("", False), (BOTH_SIDES, "both"))
        for information in ("time", "features", "features and time")
    },
    f"myFM, ordinal{BOTH_SIDES} + features and time, rank 10": gibbs(
        10, 300, "both", "features and time", ordinal=True
    ),
}
