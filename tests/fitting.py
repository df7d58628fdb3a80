"""Fits on one thread and from a fixed seed, for all tests."""

import warnings

from sklearn_cofi import CollaborativeFilter

# The model of the tutorial: means of items, one penalty for all rows, no biases.
PLAIN = {
    "mean_normalization": "item",
    "fit_bias": False,
    "reg_bias": None,
    "reg_scaling": "none",
}
# On small data, waiting for a second thread takes longer than it saves.
DEFAULTS = {**PLAIN, "n_jobs": 1, "random_state": 0, "max_iter": 1000}


def fit(drawn, num_features=3, reg_param=1.0, **parameters):
    """Fit ``strategies.Ratings`` without warnings of repeats and large penalties."""
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
