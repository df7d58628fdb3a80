"""Comparisons equal those of the fold scores, and the test keeps its level."""

import numpy as np
import pytest
from scipy import stats
from sklearn.base import clone
from sklearn.dummy import DummyRegressor
from sklearn.metrics import root_mean_squared_error
from sklearn.model_selection import GridSearchCV, RepeatedKFold, cross_val_score
from strategies import random_ratings

from sklearn_cofi import CollaborativeFilter
from sklearn_cofi.metrics import make_ranking_scorer, ranking_scorers
from sklearn_cofi.model_selection import (
    LeaveNOutPerUser,
    PairKFold,
    TemporalSplit,
    compare_models,
)
from sklearn_cofi.model_selection._compare import corrected_interval

FRAME = random_ratings(0, (30, 20)).frame()
X, Y = FRAME[["user", "item"]], FRAME["rating"]
PLAIN = CollaborativeFilter(2, reg_param=2.0, random_state=0, n_jobs=1)
MODELS = {
    "plain": PLAIN,
    "strict": clone(PLAIN).set_params(reg_param=3.0),
    "no biases": clone(PLAIN).set_params(fit_bias=False),
}
FOLDS = PairKFold(4, random_state=0)
RMSE = "neg_root_mean_squared_error"


def fold_scores(model, folds):
    for train, test in folds:
        fitted = clone(model).fit(X.iloc[train], Y.iloc[train])
        yield -root_mean_squared_error(Y.iloc[test], fitted.predict(X.iloc[test]))


def test_each_row_equals_a_loop_over_the_folds():
    found = compare_models(MODELS, X, Y, cv=FOLDS, baseline="plain", confidence=0.9)
    assert found["model"].tolist() == ["strict", "no biases"]
    assert set(found["baseline"]) == {"plain"}
    assert set(found["metric"]) == {RMSE}
    folds = list(FOLDS.split(X))
    ratio = np.mean([test.size / train.size for train, test in folds])
    baseline = np.array(list(fold_scores(PLAIN, folds)))
    for row in found.itertuples():
        scores = np.array(list(fold_scores(MODELS[row.model], folds)))
        differences = scores - baseline
        error = np.sqrt((1 / 4 + ratio) * differences.var(ddof=1))
        low, high = stats.t.interval(0.9, 3, differences.mean(), error)
        assert row.score == pytest.approx(scores.mean())
        assert row.baseline_score == pytest.approx(baseline.mean())
        assert row.difference == pytest.approx(differences.mean())
        assert (row.lower, row.upper) == pytest.approx((low, high))
        t = abs(differences.mean()) / error
        assert row.p_value == pytest.approx(2 * stats.t(3).sf(t))
        assert row.n_folds == 4


def test_without_a_baseline_all_pairs_are_compared_once():
    found = compare_models(MODELS, X, Y, cv=FOLDS)
    pairs = set(zip(found["model"], found["baseline"], strict=True))
    assert pairs == {
        ("strict", "plain"),
        ("no biases", "plain"),
        ("no biases", "strict"),
    }
    total = found.set_index(["model", "baseline"])["difference"]
    chain = total["strict", "plain"] + total["no biases", "strict"]
    assert total["no biases", "plain"] == pytest.approx(chain)


def test_exchanging_two_models_changes_the_sign():
    two = {"plain": PLAIN, "no biases": MODELS["no biases"]}
    one = compare_models(two, X, Y, cv=FOLDS, baseline="plain").iloc[0]
    other = compare_models(two, X, Y, cv=FOLDS, baseline="no biases").iloc[0]
    assert other["difference"] == -one["difference"]
    assert (other["lower"], other["upper"]) == (-one["upper"], -one["lower"])
    assert other["p_value"] == one["p_value"]


def test_equal_models_do_not_differ():
    twins = {"one": PLAIN, "other": clone(PLAIN)}
    row = compare_models(twins, X, Y, cv=FOLDS).iloc[0]
    assert row[["difference", "lower", "upper"]].tolist() == [0, 0, 0]
    assert row["p_value"] == 1
    assert corrected_interval(np.array([2.0, 2.0]), 0.5, 0.9) == {
        "lower": 2,
        "upper": 2,
        "p_value": 0,
    }


def test_an_int_stands_for_folds_of_pairs_with_the_seed():
    two = {"plain": PLAIN, "no biases": MODELS["no biases"]}
    by_int = compare_models(two, X, Y, cv=4, random_state=0)
    by_splitter = compare_models(two, X, Y, cv=FOLDS)
    assert by_int.equals(by_splitter)
    assert not by_int.equals(compare_models(two, X, Y, cv=4, random_state=1))
    none, five = (compare_models(two, X, Y, cv=cv, random_state=0) for cv in (None, 5))
    assert none.equals(five)


def test_folds_are_drawn_once_for_all_models():
    """Equal models would differ if folds were drawn again for each of them."""
    twins = {"one": PLAIN, "other": clone(PLAIN)}
    unseeded = LeaveNOutPerUser(2, n_splits=3)
    assert compare_models(twins, X, Y, cv=unseeded)["difference"].item() == 0


def test_each_metric_has_rows():
    two = {"plain": PLAIN, "no biases": MODELS["no biases"]}
    names = {"rmse": RMSE, "ndcg": make_ranking_scorer(k=3)}
    found = compare_models(two, X, Y, cv=FOLDS, scoring=names).set_index("metric")
    assert set(found.index) == {"rmse", "ndcg"}
    expected = cross_val_score(PLAIN, X, Y, cv=FOLDS, scoring=names["ndcg"]).mean()
    assert found["baseline_score"]["ndcg"] == pytest.approx(expected)
    scorer = ranking_scorers(["ndcg"], k=3)
    by_scorer = compare_models(two, FRAME, cv=FOLDS, scoring=scorer)
    assert by_scorer["metric"].tolist() == ["ndcg"]
    assert by_scorer["baseline_score"].item() == pytest.approx(expected)
    by_r2 = compare_models(two, FRAME, cv=FOLDS, scoring=None)
    assert by_r2["metric"].tolist() == ["score"]


def test_searches_are_models():
    search = GridSearchCV(PLAIN, {"reg_param": [2.0, 3.0]}, scoring=RMSE, cv=2)
    found = compare_models({"plain": PLAIN, "tuned": search}, X, Y, cv=FOLDS)
    expected = cross_val_score(search, X, Y, cv=FOLDS, scoring=RMSE).mean()
    assert found["score"].item() == pytest.approx(expected)


def test_weights_and_n_jobs_are_passed_to_cross_validate():
    two = {"plain": PLAIN, "no biases": MODELS["no biases"]}
    weights = {"sample_weight": np.arange(1, len(X) + 1)}
    weighted = compare_models(two, X, Y, cv=FOLDS, params=weights)
    assert not weighted.equals(compare_models(two, X, Y, cv=FOLDS))
    assert weighted.equals(
        compare_models(two, X, Y, cv=FOLDS, params=weights, n_jobs=2)
    )


def test_folds_may_be_masks():
    folds = list(FOLDS.split(X))
    all_rows = np.arange(len(X))
    masks = [tuple(np.isin(all_rows, rows) for rows in fold) for fold in folds]
    two = {"plain": PLAIN, "no biases": MODELS["no biases"]}
    by_rows = compare_models(two, X, Y, cv=folds)
    assert compare_models(two, X, Y, cv=masks).equals(by_rows)


def test_the_corrected_test_keeps_its_level_and_the_plain_test_does_not():
    """Compare two learners that are equally good: each has a feature of pure noise.

    The plain paired t-test on overlapping folds finds differences too often.
    """
    rng = np.random.default_rng(0)
    n_found = {0.0: 0, 0.5: 0}
    cv = RepeatedKFold(n_splits=3, n_repeats=4, random_state=0)
    folds = list(cv.split(np.empty(30)))
    n_draws = 400
    for _ in range(n_draws):
        y, a, b = rng.standard_normal((3, 30))
        scores = []
        for noise in (a, b):
            fits = [np.polyfit(noise[train], y[train], 1) for train, _ in folds]
            scores.append(
                [
                    -((np.polyval(fit, noise[test]) - y[test]) ** 2).mean()
                    for fit, (_, test) in zip(fits, folds, strict=True)
                ]
            )
        differences = np.subtract(*scores)
        for ratio in n_found:
            interval = corrected_interval(differences, ratio, 0.95)
            n_found[ratio] += not interval["lower"] <= 0 <= interval["upper"]
    assert n_found[0.0] > 0.15 * n_draws
    assert n_found[0.5] < 0.08 * n_draws


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"models": {"plain": PLAIN}}, "two estimators or more"),
        ({"baseline": "best"}, "'best' is not one of the models"),
        ({"y": None}, "compares predictions with y"),
        ({"y": None, "scoring": ["r2"]}, "compares predictions with y"),
        ({"y": None, "scoring": {"a": RMSE}}, "compares predictions with y"),
        ({"cv": LeaveNOutPerUser()}, "cv has 1 fold"),
        ({"cv": 1}, "'cv' parameter of compare_models"),
        ({"confidence": 1.0}, "'confidence' parameter of compare_models"),
        ({"models": [PLAIN, PLAIN]}, "'models' parameter of compare_models"),
        ({"cv": TemporalSplit()}, "no column 'timestamp'"),
    ],
)
def test_invalid_comparisons_are_refused(changed, message):
    with pytest.raises(ValueError, match=message):
        compare_models(**({"models": MODELS, "X": X, "y": Y, "cv": FOLDS} | changed))


@pytest.mark.filterwarnings("ignore:Ranking metrics are undefined")
def test_a_score_of_nan_is_refused():
    scorer = make_ranking_scorer(relevant_from=99)
    with pytest.raises(ValueError, match="The score of model 'plain' is nan in 4 of 4"):
        compare_models(MODELS, X, Y, cv=FOLDS, scoring=scorer)


def test_an_error_in_a_fit_is_raised():
    broken = {"mean": DummyRegressor(), "broken": clone(PLAIN).set_params(reg_param=-1)}
    # At its start, the message is that of the fit, not scikit-learn's of failed fits.
    with pytest.raises(ValueError, match="^The 'reg_param' parameter"):
        compare_models(broken, X, Y, cv=FOLDS)
