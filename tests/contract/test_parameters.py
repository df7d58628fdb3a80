"""Parameters out of their range, case by case."""

import numpy as np
import pytest

INVALID = {
    "num_features 0": ({"num_features": 0}, r"int in the range \[1, inf\). Got 0"),
    "num_features -1": ({"num_features": -1}, r"int in the range \[1, inf\). Got -1"),
    "num_features float": ({"num_features": 2.0}, "must be an int .* Got 2.0"),
    "reg_param negative": ({"reg_param": -1}, r"float in the range \[0.0, inf\)"),
    "reg_param NaN": ({"reg_param": np.nan}, r"float in the range .* Got nan"),
    "reg_param infinite": ({"reg_param": np.inf}, r"float in the range .* Got inf"),
    "reg_param string": ({"reg_param": "1"}, r"positive multiple such as .* Got '1'"),
    "reg_param negative auto": ({"reg_param": "-1*auto"}, r"multiple .* '-1\*auto'"),
    "reg_param without product": ({"reg_param": "2auto"}, r"multiple .* Got '2auto'"),
    "reg_param of three": ({"reg_param": (1, 2, 3)}, r"pair of numbers \(users, items"),
    "reg_param of a NaN": ({"reg_param": (1, np.nan)}, r"pair .* Got \(1, nan\)"),
    "reg_param of one side": ({"reg_param": (0, 1)}, "penalises one side only"),
    "reg_bias negative": ({"reg_bias": -1, "fit_bias": True}, "'reg_bias' .* Got -1"),
    "reg_bias of one": ({"reg_bias": [1], "fit_bias": True}, "'reg_bias' .* pair of"),
    "reg_scaling name": ({"reg_scaling": "counts"}, "among {.*'count'.*Got 'counts'"),
    "reg_scaling > 1": ({"reg_scaling": 1.5}, r"float in the range \[0.0, 1.0\]"),
    "reg_scaling NaN": ({"reg_scaling": np.nan}, r"float in the range \[0.0, 1.0\]"),
    "mean_damping < 0": ({"mean_damping": -1}, r"float in the range \[0.0, inf\)"),
    "mean_damping NaN": ({"mean_damping": np.nan}, r"range \[0.0, inf\). Got nan"),
    "solver": ({"solver": "sgd"}, "str among .*'lbfgs'.* or a callable. Got 'sgd'"),
    "max_iter 0": ({"max_iter": 0}, r"int in the range \[1, inf\). Got 0"),
    "tol negative": ({"tol": -1e-9}, r"float in the range \[0.0, inf\)"),
    "tol NaN": ({"tol": np.nan}, r"float in the range \[0.0, inf\). Got nan"),
    "mean_normalization": (
        {"mean_normalization": "items"},
        "among {.*'item'.*} or None. Got 'items'",
    ),
    "unknown": ({"unknown": "zero"}, "among {.*'mean'.*}. Got 'zero'"),
    "dtype": ({"dtype": "float16"}, "among {.*'float32'.*. Got 'float16'"),
    "n_jobs 0": ({"n_jobs": 0}, r"range \[1, inf\), an int .* or None. Got 0"),
    "user_col negative": ({"user_col": -1}, "'user_col' parameter .* Got -1"),
    "rating_range string": ({"rating_range": "15"}, "'tuple', .* Got '15'"),
    "rating_range reversed": ({"rating_range": (5, 1)}, r"low < high. Got \(5, 1\)"),
    "rating_range empty": ({"rating_range": (5, 5)}, r"low < high. Got \(5, 5\)"),
    "rating_range NaN": ({"rating_range": (1, np.nan)}, r"low < high. Got \(1, nan\)"),
    "rating_range of three": ({"rating_range": (1, 2, 3)}, "pair of numbers .low, hi"),
    "rating_range of strings": ({"rating_range": (1, "5")}, "pair of numbers .low, hi"),
    "ratings below rating_range": (
        {"rating_range": (2, 5)},
        r"ratings from 1 to 5, outside of rating_range=\(2, 5\). Widen the range, or",
    ),
    "ratings above rating_range": ({"rating_range": (1, 4.5)}, "outside of .* Widen"),
}


@pytest.mark.parametrize(("parameters", "message"), INVALID.values(), ids=INVALID)
def test_invalid_parameters(model, frame, parameters, message):
    model.set_params(**parameters)
    with pytest.raises(ValueError, match=message):
        model.fit(frame)


ACCEPTED = {
    "one-sided range": {"rating_range": (0, np.inf)},
    "range as a list": {"rating_range": [1, 5]},
    "numpy numbers": {"reg_param": np.float32(0.5), "num_features": np.int64(2)},
    "all threads": {"n_jobs": -1},
    "a pair of equals": {"reg_param": (0.5, 0.5)},
    "a list of them": {"reg_param": [0.5, 0.5]},
    "a power of zero": {"reg_scaling": 0},
    "no damping": {"mean_damping": 0},
}


@pytest.mark.parametrize("parameters", ACCEPTED.values(), ids=ACCEPTED)
def test_parameters_that_do_not_change_predictions_here(
    model, frame, predict_all, parameters
):
    expected = predict_all(model.fit(frame))
    predicted = predict_all(model.set_params(**parameters).fit(frame))
    np.testing.assert_array_equal(predicted, expected)


def test_more_latent_factors_than_users_and_items_work(model, frame, predict_all):
    assert np.isfinite(predict_all(model.set_params(num_features=50).fit(frame))).all()
    assert model.item_factors_.shape == (3, 50)


@pytest.mark.parametrize("excess", [1, 1.5, 1e6])
def test_from_reg_param_max_up_predictions_are_means(model, frame, predict_all, excess):
    threshold = model.fit(frame).reg_param_max_
    model.set_params(reg_param=excess * threshold)
    figures = f"reg_param={excess * threshold:g} .*reg_param_max_={threshold:g}.* Lower"
    with pytest.warns(UserWarning, match=figures.replace("+", r"\+")) as warned:
        model.fit(frame)
    assert warned[0].filename == __file__
    means = [(5 + 2) / 2, (3 + 4) / 2, (1 + 4) / 2]
    np.testing.assert_array_equal(predict_all(model), means * 3)


def test_a_pair_is_compared_by_the_root_of_its_product(model, frame):
    threshold = model.fit(frame).reg_param_max_
    model.set_params(reg_param=(2 * threshold, threshold))
    message = r"reg_param=.* \(the square root of the product of both"
    with pytest.warns(UserWarning, match=message):
        assert not model.fit(frame).item_factors_.any()
    model.set_params(reg_param=(4 * threshold, threshold / 5))
    assert model.fit(frame).item_factors_.any()


def test_predictions_are_clipped_to_rating_range(model, frame, predict_all):
    frame["rating"] = [5.0, 1, 5, 5, 1, 5]
    free = predict_all(model.set_params(reg_param=0.01).fit(frame))
    assert free.max() > 5
    clipped = predict_all(model.set_params(rating_range=(1, 5)).fit(frame))
    np.testing.assert_array_equal(clipped, np.clip(free, 1, 5))
