"""How the tests fit: on one thread, from a fixed seed, to the end or with a reason."""

import warnings

from sklearn_cofi import CollaborativeFilter

# On sets this small a second thread is waited for longer than it works.
DEFAULTS = {"n_jobs": 1, "random_state": 0, "max_iter": 1000}


def fit(drawn, num_features=3, reg_param=1.0, **parameters):
    """Fit ``strategies.Ratings``; repeated pairs and large penalties are expected."""
    model = CollaborativeFilter(num_features, reg_param, **(DEFAULTS | parameters))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*more than one rating")
        warnings.filterwarnings("ignore", ".*is not below reg_param_max_")
        warnings.filterwarnings("ignore", "reg_param_max_ is 0")
        frame = drawn.frame()
        return model.fit(
            frame[["user", "item"]], frame["rating"], sample_weight=drawn.weights
        )


def pairs(drawn):
    """Return the frame of pairs to predict."""
    return drawn.frame()[["user", "item"]]
