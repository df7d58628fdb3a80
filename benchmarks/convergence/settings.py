"""The settings that each library is timed with, and how they were found.

They were tuned with `tune.py`, on a tenth held out of the training ratings, so that no
test rating takes part: of what was tried there, the settings of the lowest error, or
faster ones whose error is within a thousandth of it. Those of the made set were tuned
on a set with a fifth of its users. Surprise, whose model and steps are cornac's, gets
cornac's; ours on ml-1m are what the grid search of `benchmarks/quality` found.
"""


def ours(k, penalty, solver):
    named = {"num_features": k, "reg_param": penalty, "solver": solver}
    return "ours", {**named, "fit_bias": True, "mean_normalization": "global"}


def libmf(k, penalty, eta):
    both = dict.fromkeys(("lambda_p2", "lambda_q2"), penalty)
    return "libmf", {"k": k, "eta": eta, "lambda_p1": 0, "lambda_q1": 0, **both}


def cmfrec(k, penalty, use_cg):
    scaled = {"lambda_": penalty, "scale_lam": True}
    return "cmfrec", {"k": k, **scaled, "use_cg": use_cg}


def cornac(k, penalty, rate):
    return "cornac", {"k": k, "lambda_reg": penalty, "learning_rate": rate}


def surprise(k, penalty, rate):
    return "surprise", {"n_factors": k, "reg_all": penalty, "lr_all": rate}


def lenskit(k, penalty):
    return "lenskit", {"embedding_size": k, "regularization": penalty}


def skrecsys(k, penalty, of_bias):
    return "skrecsys", {"n_factors": k, "reg_factors": penalty, "reg_bias": of_bias}


# For each set, a name in the tables -> the peer whose worker runs it, and its settings.
# Those of "ours" are what all others are compared with, two columns each.
CONTESTANTS = {
    "ml-1m": {
        "ours": ours(10, 10, "als-ncg"),
        "LIBMF": libmf(100, 0.06, 0.05),
        "cornac MF": cornac(100, 0.05, 0.01),
        "cmfrec, CG": cmfrec(60, 0.075, True),
        "cmfrec, Cholesky": cmfrec(60, 0.075, False),
        "LensKit": lenskit(50, 0.085),
        "skrecsys": skrecsys(32, 25, 3),
        "Surprise SVD": surprise(100, 0.05, 0.01),
    },
    "made-10": {
        "ours": ours(10, 5, "als"),
        "LIBMF": libmf(24, 0.03, 0.1),
        "cornac MF, slow": cornac(10, 0.02, 0.005),
        "cornac MF": cornac(10, 0.02, 0.01),
        "cmfrec, CG": cmfrec(10, 0.04, True),
        "cmfrec, Cholesky": cmfrec(10, 0.04, False),
        "LensKit": lenskit(10, 0.03),
        "skrecsys": skrecsys(10, 6, 3),
        "Surprise SVD": surprise(10, 0.02, 0.01),
    },
}
# Share of the ratings that the error is computed on.
TEST_SHARE = {"ml-1m": 0.2, "made-2": 0.1, "made-10": 0.1}
