"""A fit that fails or is interrupted does not change the model."""

import copy

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from versions import needs_callbacks

from sklearn_cofi.solvers import SOLVERS


class Interrupting:
    """A callback that raises at the end of an iteration, as Ctrl-C does."""

    def __init__(self, error):
        self.error = error

    def setup(self, *args, **kwargs):
        pass

    def teardown(self, *args, **kwargs):
        pass

    def on_fit_task_begin(self, *args, **kwargs):
        pass

    def on_fit_task_end(self, *args, **kwargs):
        raise self.error


def failing_solver(error):
    def solve(objective, start, **settings):
        for side in start:
            side[:] = np.nan
        raise error

    return solve


def nan_solver(objective, start, **settings):
    return SOLVERS["cg"](objective, start, **settings)._replace(cost=np.nan)


OTHERS = pd.DataFrame({"user": ["x", "y"], "item": ["p", "q"], "rating": [1.0, 2.0]})
NUMBERS = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [4.0, 2.0, 1.0]])

FAILURES = {
    "NaN rating": ({}, OTHERS.assign(rating=np.nan), ValueError),
    "NaN id": ({}, OTHERS.assign(item=[None, "p"]), ValueError),
    "no ratings": ({}, OTHERS[["user", "item"]], ValueError),
    "too large": ({}, OTHERS.assign(rating=1e200), ValueError),
    "no rows": ({}, OTHERS[:0], ValueError),
    "ids of mixed kinds": ({}, [["x", 1, 5], [5, 2, 5]], TypeError),
    "bad parameter": ({"reg_param": -1}, NUMBERS, ValueError),
    "bad range": ({"rating_range": (3, 1)}, NUMBERS, ValueError),
    "interrupted solver": (
        {"solver": failing_solver(KeyboardInterrupt())},
        NUMBERS,
        KeyboardInterrupt,
    ),
    "failing solver": (
        {"solver": failing_solver(ZeroDivisionError())},
        NUMBERS,
        ZeroDivisionError,
    ),
    "failing solver, warm": (
        {"solver": failing_solver(MemoryError()), "warm_start": True},
        NUMBERS[:, [0, 1, 2]] + [0, 8, 0],
        MemoryError,
    ),
    "a solver that returns NaN": ({"solver": nan_solver}, NUMBERS, ValueError),
    "a warning turned into an error": ({"reg_param": 1e9}, NUMBERS, UserWarning),
}


def assert_same_attributes(model, before):
    after = vars(model)
    assert list(after) == list(before)
    for name, value in before.items():
        assert type(after[name]) is type(value), name
        if isinstance(value, np.ndarray):
            assert after[name].dtype == value.dtype, name
            np.testing.assert_array_equal(after[name], value, err_msg=name)
        else:
            assert after[name] == value, name


@pytest.fixture
def numeric(model, frame):
    """A model fitted on a frame with names, some of whose ids are in NUMBERS."""
    return model.fit(frame.assign(item=[10, 11, 11, 12, 10, 12]))


@pytest.mark.parametrize(("parameters", "X", "error"), FAILURES.values(), ids=FAILURES)
def test_a_failed_refit_changes_no_attribute(numeric, parameters, X, error):
    original = numeric.get_params()
    before = {name: copy.deepcopy(value) for name, value in vars(numeric).items()}
    numeric.set_params(**parameters)
    with pytest.raises(error):
        numeric.fit(X)
    numeric.set_params(**original)
    assert_same_attributes(numeric, before)


@needs_callbacks
@pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError("of a callback")])
def test_a_refit_interrupted_in_a_callback_changes_no_attribute(numeric, error):
    numeric.set_callbacks(Interrupting(error))
    before = {
        name: value if name == "_skl_callbacks" else copy.deepcopy(value)
        for name, value in vars(numeric).items()
    }
    with pytest.raises(type(error)):
        numeric.fit(NUMBERS)
    assert_same_attributes(numeric, before)


def test_after_a_failed_first_fit_the_model_is_unfitted(model, frame):
    with pytest.raises(ValueError, match="NaN"):
        model.fit(frame.assign(rating=np.nan))
    assert list(vars(model)) == list(vars(clone(model)))


def test_a_refit_replaces_all_attributes(numeric):
    plain = clone(numeric).fit(NUMBERS)
    numeric.fit(NUMBERS)
    assert not hasattr(numeric, "feature_names_in_")
    assert numeric.n_features_in_ == 2
    assert set(vars(numeric)) == set(vars(plain))
    np.testing.assert_array_equal(numeric.user_factors_, plain.user_factors_)


def test_predict_changes_no_attribute(numeric, frame):
    before = {name: copy.deepcopy(value) for name, value in vars(numeric).items()}
    numeric.predict(pd.DataFrame({"user": [1], "item": [10]}))
    numeric.recommend(ratings=[[10, 5], [11, 4]])
    assert_same_attributes(numeric, before)
