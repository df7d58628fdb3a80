"""The choice by a ranking metric, along paths of penalties and of unrated weights."""

import warnings
from functools import partial

import numpy as np
import pandas as pd
import pytest
from choosing import DRAWN, WEIGHTED, assert_same, choose
from fitting import PLAIN, pairs
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.model_selection import KFold
from strategies import random_ratings

from sklearn_cofi import CollaborativeFilter, CollaborativeFilterCV
from sklearn_cofi.displays import RegPathDisplay
from sklearn_cofi.metrics import make_ranking_scorer, ranking_report, ranking_scorers
from sklearn_cofi.metrics._per_user import METRICS
from sklearn_cofi.solvers import SOLVERS
from sklearn_cofi.solvers._start import random_start

X, Y = pairs(DRAWN), DRAWN.ratings
SCORER = make_ranking_scorer("ndcg", k=4, relevant_from=float(np.median(Y)))
LISTS = {"mean_normalization": None, "unrated_weight": "auto", "scoring": SCORER}
choose_lists = partial(choose, **LISTS)


def drawn_factors(objective, start, *, max_iter, tol, callback=None):
    """Return random factors, which depend on the numbers of users and items only."""
    rng = np.random.RandomState(0)
    k = start[0].shape[1]
    factors = random_start(objective, objective.ratings.shape, k, rng)
    return SOLVERS["als"](objective, factors, max_iter=1, tol=1e9, callback=callback)


@given(
    seed=st.integers(0, 99),
    metric=st.sampled_from(sorted(METRICS)),
    k=st.integers(1, 12),
    relevant_from=st.sampled_from([None, 2.0, 3.5]),
    no_relevant=st.sampled_from(["skip", "zero"]),
    normalization=st.sampled_from(["item", "user", "global", None]),
    dtype=st.sampled_from(["float32", "float64"]),
)
def test_a_score_is_that_of_the_scorer_with_a_filter(
    seed, metric, k, relevant_from, no_relevant, normalization, dtype
):
    drawn = random_ratings(seed, (14, 11), density=0.3)
    scorer = make_ranking_scorer(
        metric, k=k, relevant_from=relevant_from, no_relevant=no_relevant
    )
    settings = PLAIN | {
        "mean_normalization": normalization,
        "solver": drawn_factors,
        "dtype": dtype,
        "n_jobs": 1,
        "random_state": 0,
    }
    frame, ratings = pairs(drawn), drawn.ratings
    folds = list(KFold(3, shuffle=True, random_state=seed).split(frame))
    folds[0] = folds[0][0][:9], folds[0][1]  # some users and items are unknown
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = CollaborativeFilterCV([2.0], 2, cv=folds, scoring=scorer, **settings)
        scores = [
            scorer(
                CollaborativeFilter(2, 2.0, **settings).fit(
                    frame.iloc[train], ratings[train]
                ),
                frame.iloc[test],
                ratings[test],
            )
            for train, test in folds
        ]
        if np.isnan(scores).any():
            with pytest.raises(ValueError, match="no user with a relevant test rating"):
                model.fit(frame, ratings)
            return
        model.fit(frame, ratings)
    assert model.scores_path_.ravel().tolist() == scores
    assert model.best_score_ == pytest.approx(np.mean(scores), rel=1e-15)


def test_the_chosen_score_is_that_of_reports_of_filters_fitted_to_the_folds():
    folds = list(KFold(3, shuffle=True, random_state=1).split(X))
    model = choose_lists(
        cv=folds,
        unrated_weight=["0.5*auto", "2*auto"],
        num_features=20,
        tol=1e-6,
        n_reg_params=5,
        patience=None,
    )
    assert model.scores_path_.shape == (2, 1, 5, 3)
    scores = []
    for train, test in folds:
        alone = CollaborativeFilter(
            20,
            model.reg_param_,
            unrated_weight=model.unrated_weight_,
            **(PLAIN | {"mean_normalization": None}),
            solver="als-ncg",
            tol=1e-6,
            random_state=0,
        ).fit(X.iloc[train], Y[train])
        truth = X.iloc[test].assign(rating=Y[test])
        best = alone.recommend(truth["user"].unique(), n=4)
        report = ranking_report(truth, best, k=4, relevant_from=SCORER.relevant_from)
        scores.append(report.set_index("metric").loc["ndcg", "mean"])
    assert model.best_score_ == pytest.approx(np.mean(scores), rel=1e-12)
    assert model.best_score_ == np.nanmax(model.scores_path_.mean(axis=3))


def test_the_choice_is_fitted_like_a_single_filter():
    model = choose_lists(
        unrated_weight=[0.4, 0.05, 0.2], num_features=[4, 2], scoring="recall"
    )
    assert model.unrated_weight_ == 0.4
    weight, number, point = np.unravel_index(
        np.nan_to_num(model.scores_path_.mean(axis=3), nan=-1).argmax(),
        model.scores_path_.shape[:3],
    )
    assert model.unrated_weight_ == model.unrated_weights_[weight]
    assert model.num_features_ == [2, 4][number]
    assert model.reg_param_ == model.reg_params_[point]
    np.testing.assert_array_equal(model.reg_params_, model.reg_params_grid_[weight])
    assert model.cv_rmse_ == model.rmse_path_[number, point].mean()
    alone = CollaborativeFilter(
        model.num_features_,
        model.reg_param_,
        unrated_weight=model.unrated_weight_,
        **(PLAIN | {"mean_normalization": None}),
        solver="als-ncg",
        random_state=0,
    ).fit(X, Y)
    for name in ("user_factors_", "item_factors_", "unrated_weight_", "cost_"):
        np.testing.assert_array_equal(getattr(model, name), getattr(alone, name))
    pd.testing.assert_frame_equal(model.recommend(), alone.recommend())
    new = pd.DataFrame({"item": [0, 1, 2], "rating": [5.0, 1.0, 2.0]})
    pd.testing.assert_frame_equal(
        model.recommend(ratings=new), alone.recommend(ratings=new)
    )


@pytest.mark.parametrize("scoring", [None, SCORER])
def test_a_grid_of_one_weight_equals_the_weight(scoring):
    one = choose_lists(scoring=scoring)
    for grid in (["auto"], ["auto", "1.0*auto"], np.array([one.unrated_weight_])):
        other = choose_lists(scoring=scoring, unrated_weight=grid)
        assert_same(other, one)
        np.testing.assert_array_equal(other.scores_path_, one.scores_path_)


def test_each_weight_has_the_scores_that_it_has_alone():
    weights = [0.0, 0.1, 0.4]
    together = choose_lists(unrated_weight=weights[::-1], num_features=[2, 3])
    assert together.unrated_weights_.tolist() == weights
    for position, weight in enumerate(weights):
        alone = choose_lists(unrated_weight=weight, num_features=[2, 3])
        np.testing.assert_array_equal(
            alone.scores_path_[0], together.scores_path_[position]
        )
        np.testing.assert_array_equal(
            alone.reg_params_, together.reg_params_grid_[position]
        )
    chosen = choose_lists(unrated_weight=together.unrated_weight_, num_features=[2, 3])
    assert_same(together, chosen)


def test_without_scoring_scores_are_negative_errors():
    model = choose(num_features=[2, 4])
    np.testing.assert_array_equal(model.scores_path_, -model.rmse_path_[None])
    assert model.best_score_ == -model.cv_rmse_
    assert model.unrated_weights_.tolist() == [0.0]
    np.testing.assert_array_equal(model.reg_params_grid_, model.reg_params_[None])


def test_a_name_is_the_scorer_of_ten_items():
    for name in ("ndcg", "recall"):
        a, b = (
            choose_lists(scoring=scoring, n_reg_params=3)
            for scoring in (name, make_ranking_scorer(name))
        )
        assert_same(a, b)
        np.testing.assert_array_equal(a.scores_path_, b.scores_path_)


def test_patience_ends_paths_after_the_highest_score():
    grid = {"n_reg_params": 25, "eps": 1e-4, "unrated_weight": ["0.5*auto", "auto"]}
    hasty, patient = (choose_lists(**grid, patience=n) for n in (3, None))
    assert not np.isnan(patient.scores_path_).any()
    tried = ~np.isnan(hasty.scores_path_)
    np.testing.assert_array_equal(tried, tried.any(axis=3, keepdims=True) & tried)
    assert (tried.sum(axis=2)[..., 0] < 25).any()
    for means, was_tried in zip(
        hasty.scores_path_.mean(axis=3)[:, 0], tried[:, 0, :, 0], strict=True
    ):
        n = was_tried.sum()
        if n < 25:
            assert (means[n - 3 : n] < means[: n - 3].max()).all()
            assert not (means[n - 4 : n - 1] < means[: n - 4].max()).all()
    np.testing.assert_array_equal(
        hasty.scores_path_[tried], patient.scores_path_[tried]
    )


def test_the_default_grid_contains_useful_penalties():
    """The automatic penalty is in the middle of the grid, also with a new ``eps``."""
    auto = CollaborativeFilter(
        2, unrated_weight="auto", **(PLAIN | {"mean_normalization": None})
    ).fit(X, Y)
    for eps in (1e-2, 1e-3):
        grid = choose_lists(n_reg_params=5, eps=eps).reg_params_
        expected = auto.reg_param_ * np.geomspace(eps**-0.5, eps**0.5, 5)
        np.testing.assert_allclose(grid, expected, rtol=1e-12)


def test_order_of_rows_and_threads_change_no_bit():
    order = np.random.default_rng(0).permutation(Y.size)
    grid = {"unrated_weight": ["0.5*auto", "auto"], "dtype": "float32"}
    model = choose_lists(WEIGHTED, **grid)
    for other in (
        choose_lists(WEIGHTED.rows(order), **grid),
        choose_lists(WEIGHTED, n_jobs=2, **grid),
    ):
        assert_same(other, model)
        np.testing.assert_array_equal(other.scores_path_, model.scores_path_)


def test_weights_change_the_fits_and_not_the_metric():
    """All weights times 4 are the same model with 4 times the penalties and weights."""
    a = choose_lists(reg_params=[3.0, 1.0], unrated_weight=[0.1, 0.2])
    b = choose_lists(
        DRAWN._replace(weights=np.full(Y.size, 4.0)),
        reg_params=[12.0, 4.0],
        unrated_weight=[0.4, 0.8],
    )
    np.testing.assert_array_equal(a.scores_path_, b.scores_path_)


INVALID = {
    "unknown name": ({"scoring": "map"}, ValueError, "'scoring' parameter .* 'map'"),
    "two metrics": (
        {"scoring": ranking_scorers(["ndcg", "recall"])},
        TypeError,
        "make_ranking_scorer makes of one metric",
    ),
    "function": (
        {"scoring": lambda model, X, y: 0.0},
        TypeError,
        "scoring must be None, the name of a ranking metric, or a scorer",
    ),
    "coverage": (
        {"scoring": make_ranking_scorer("coverage")},
        ValueError,
        "does not compare lists with held-out ratings. Use one of the metrics",
    ),
    "test items": (
        {"scoring": make_ranking_scorer(relevant_from=3, candidates="test")},
        ValueError,
        "ranks test items only. Use candidates='all'",
    ),
    "none relevant": (
        {"scoring": make_ranking_scorer(relevant_from=1e6)},
        ValueError,
        "no user with a relevant test rating, so `scoring` is undefined",
    ),
    "no weight": ({"unrated_weight": []}, ValueError, "unrated_weight is empty"),
    "negative weight": (
        {"unrated_weight": [0.1, -1.0]},
        ValueError,
        r"unrated_weight\[1\] == -1.0, must be >= 0",
    ),
    "infinite weight": (
        {"unrated_weight": [np.inf]},
        ValueError,
        r"unrated_weight\[0\] == inf, must be finite",
    ),
    "nan weight": (
        {"unrated_weight": [np.nan]},
        ValueError,
        r"unrated_weight\[0\] == nan, must be finite",
    ),
    "other string": (
        {"unrated_weight": ["automatic"]},
        ValueError,
        "'unrated_weight' parameter must be a number, 'auto' or",
    ),
    "nested": (
        {"unrated_weight": [[0.1, 0.2]]},
        TypeError,
        r"unrated_weight\[0\] must be an instance of",
    ),
}


@pytest.mark.parametrize(
    ("parameters", "error", "message"), INVALID.values(), ids=INVALID
)
def test_invalid_parameters(parameters, error, message):
    with pytest.raises(error, match=message):
        choose_lists(**parameters)


def test_an_error_leaves_the_previous_fit():
    model = choose_lists()
    before = model.scores_path_.copy()
    model.set_params(scoring=make_ranking_scorer(relevant_from=1e6))
    with pytest.raises(ValueError, match="undefined"):
        model.fit(X, Y)
    np.testing.assert_array_equal(model.scores_path_, before)
    assert clone(model).scoring.relevant_from == 1e6


def test_the_display_draws_the_scores_of_the_chosen_weight():
    model = choose_lists(
        unrated_weight=[0.05, 0.2, 0.4], num_features=[2, 4], scoring="recall"
    )
    assert model.unrated_weight_ == 0.4
    display = RegPathDisplay.from_estimator(model)
    weight = model.unrated_weights_.tolist().index(model.unrated_weight_)
    means = model.scores_path_[weight].mean(axis=2)
    for line, values in zip(display.lines_, means, strict=True):
        np.testing.assert_array_equal(line.get_ydata(), values)
    assert display.chosen_.get_ydata() == [model.best_score_]
    assert display.chosen_.get_xdata() == [model.reg_param_]
    assert display.ax_.get_ylabel() == "score of lists on held-out ratings"
