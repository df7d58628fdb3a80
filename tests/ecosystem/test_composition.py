"""A filter inside pipelines and other estimators gives the same results as outside."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.ensemble import BaggingRegressor, StackingRegressor, VotingRegressor
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OrdinalEncoder, StandardScaler


def only_ids(frame):
    return frame[["user", "item"]]


@pytest.fixture
def standalone(model, X, y):
    """The fitted filter, without another estimator around it."""
    return clone(model).fit(X, y)


@pytest.fixture
def means(model):
    """A second model for ensembles, which predicts little more than item means."""
    return clone(model).set_params(reg_param=18.0, num_features=1)


def by_name(columns):
    return ColumnTransformer(
        [("ids", "passthrough", columns)], verbose_feature_names_out=False
    )


STEPS = {
    "function": FunctionTransformer(only_ids),
    "columns to array": by_name(["user", "item"]),
    # The columns are in another order, so they must be found by name.
    "columns to pandas": by_name(["timestamp", "item", "user"]).set_output(
        transform="pandas"
    ),
    "columns to polars": by_name(["item", "timestamp", "user"]).set_output(
        transform="polars"
    ),
}


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
def test_pipeline_selects_the_id_columns(model, frame, X, y, standalone, step):
    shuffled = frame[["timestamp", "rating", "item", "user"]]
    pipeline = make_pipeline(clone(step), model).fit(shuffled, y)
    np.testing.assert_array_equal(pipeline.predict(shuffled), standalone.predict(X))
    assert pipeline.score(shuffled, y) == standalone.score(X, y)
    restored = pickle.loads(pickle.dumps(pipeline))
    np.testing.assert_array_equal(restored.predict(shuffled), standalone.predict(X))


def test_pipeline_reads_the_rating_column_if_y_is_none(model, frame, X, standalone):
    pipeline = make_pipeline("passthrough", model).fit(frame)
    np.testing.assert_array_equal(pipeline.predict(frame), standalone.predict(X))


def test_columns_of_an_array_are_found_by_position(model, frame, X, y, standalone):
    array = frame[["timestamp", "item", "user"]].to_numpy()
    pipeline = make_pipeline(FunctionTransformer(), model)
    pipeline.set_params(collaborativefilter__user_col=2)
    pipeline.set_params(collaborativefilter__item_col=1)
    predicted = pipeline.fit(array, y).predict(array)
    np.testing.assert_array_equal(predicted, standalone.predict(X))


def test_an_encoder_of_the_ids_does_not_change_predictions(model, X, y, standalone):
    names = X.astype(str).apply(lambda ids: ids.str.zfill(6))
    pipeline = make_pipeline(OrdinalEncoder(), model).fit(names, y)
    np.testing.assert_array_equal(pipeline.predict(names), standalone.predict(X))


def test_transformed_target_by_functions(model, X, y):
    target = TransformedTargetRegressor(model, func=np.log, inverse_func=np.exp)
    on_logarithms = clone(model).set_params(reg_param=1.0).fit(X, np.log(y))
    target.set_params(regressor__reg_param=1.0).fit(X, y)
    np.testing.assert_allclose(target.predict(X), np.exp(on_logarithms.predict(X)))


def test_transformed_target_by_a_scaler(model, X, y):
    mean, deviation = y.mean(), y.std(ddof=0)
    scaled = clone(model).fit(X, (y - mean) / deviation)
    target = TransformedTargetRegressor(model, transformer=StandardScaler()).fit(X, y)
    np.testing.assert_allclose(
        target.predict(X), scaled.predict(X) * deviation + mean, rtol=1e-6
    )


def test_voting_is_the_weighted_mean(model, means, X, y):
    members = [clone(m).fit(X, y).predict(X) for m in (model, means)]
    vote = VotingRegressor([("factors", model), ("means", means)], weights=[3, 1])
    np.testing.assert_allclose(
        vote.fit(X, y).predict(X), 3 / 4 * members[0] + 1 / 4 * members[1]
    )


def test_stacking_regresses_on_held_out_predictions(model, means, X, y):
    folds, members = KFold(3), (model, means)
    held_out, in_sample = np.empty((len(y), 2)), np.empty((len(y), 2))
    for k, member in enumerate(members):
        in_sample[:, k] = clone(member).fit(X, y).predict(X)
        for train, test in folds.split(X):
            fitted = clone(member).fit(X.iloc[train], y.iloc[train])
            held_out[test, k] = fitted.predict(X.iloc[test])
    expected = LinearRegression().fit(held_out, y).predict(in_sample)
    stack = StackingRegressor(
        [("factors", model), ("means", means)], LinearRegression(), cv=folds
    )
    np.testing.assert_allclose(stack.fit(X, y).predict(X), expected)


def test_bagging_is_the_mean_of_fits_to_drawn_rows(model, X, y):
    bag = BaggingRegressor(model, 3, max_samples=0.8, random_state=0)
    bag.fit(X.to_numpy(), y)
    members = []
    for member, rows in zip(bag.estimators_, bag.estimators_samples_, strict=True):
        drawn = clone(model).set_params(random_state=member.random_state)
        members.append(drawn.fit(X.to_numpy()[rows], y[rows]).predict(X.to_numpy()))
        np.testing.assert_array_equal(member.predict(X.to_numpy()), members[-1])
    np.testing.assert_allclose(bag.predict(X.to_numpy()), np.mean(members, axis=0))


def test_permutation_importance_finds_the_columns_that_matter(model, frame, y):
    table = frame[["timestamp", "user", "item"]]
    importances = permutation_importance(
        model.fit(table, y), table, y, n_repeats=2, random_state=0
    ).importances
    time, user, item = importances
    assert (time == 0).all()
    assert min(user.min(), item.min()) > 0.1
    _check_drop(model, table, y, importances)


def _check_drop(model, table, y, importances):
    """Check the importances against the drop in score after another permutation."""
    rng = np.random.default_rng(0)
    for column in ("user", "item"):
        permuted = table.assign(**{column: rng.permutation(table[column])})
        drop = model.score(table, y) - model.score(permuted, y)
        mean = importances[list(table).index(column)].mean()
        assert drop == pytest.approx(mean, rel=0.2)


def test_predictions_do_not_depend_on_the_kind_of_frame(standalone, X):
    polars = pytest.importorskip("polars")
    for same in (polars.from_pandas(X), X.to_numpy(), X.to_numpy().tolist()):
        if isinstance(same, (np.ndarray, list)):
            with pytest.warns(UserWarning, match="does not have valid feature names"):
                predicted = standalone.predict(same)
        else:
            predicted = standalone.predict(same)
        np.testing.assert_array_equal(predicted, standalone.predict(X))
    shuffled = pd.DataFrame({"item": X["item"], "other": 0, "user": X["user"]})
    np.testing.assert_array_equal(standalone.predict(shuffled), standalone.predict(X))
