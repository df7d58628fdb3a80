"""The settings of each library for the timings, and how they were tuned.

`tune.py` tuned them on a tenth of the training ratings, so test ratings take no part.
They are the tried settings with the lowest error, or faster ones whose error is within
a thousandth of it. The settings of the simulated set were tuned on a set with a fifth
of its users. Surprise uses the settings of cornac, which has the same model and steps.
Our settings on ml-1m come from the grid search of `benchmarks/quality`.
"""


def ours(k, penalty, solver):
    named = {"num_features": k, "reg_param": penalty, "solver": solver}
    return "ours", {**named, "reg_bias": None, "reg_scaling": "none"}


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


# For each set: name in the tables -> (peer, settings). The tables compare all others
# with "ours".
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
# Fraction of test ratings.
TEST_SHARE = {"ml-1m": 0.2, "made-2": 0.1, "made-10": 0.1}
