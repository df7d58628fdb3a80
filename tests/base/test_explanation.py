"""`explain` adds up to `predict`, and its terms equal those of a dense twin."""

import warnings

import numpy as np
import pandas as pd
import pytest
import reference
from fitting import PLAIN, fit
from hypothesis import given
from hypothesis import strategies as st
from sklearn.exceptions import ConvergenceWarning
from strategies import random_ratings, ratings

from sklearn_cofi import CollaborativeFilter, CollaborativeFilterCV

VARIANTS = [
    *({"mean_normalization": means} for means in ("item", "user", "global", None)),
    {"fit_bias": True},
    {"reg_scaling": "count"},
    {"fit_bias": True, "reg_scaling": "count", "mean_normalization": "user"},
    {"reg_param": (0.3, 2.0), "reg_scaling": 0.5},
    {"reg_param": (0.3, 2.0), "fit_bias": True, "reg_scaling": 0.5},
    {"fit_bias": True, "reg_bias": (3.0, 1.0), "mean_normalization": "global"},
    {"mean_normalization": "user", "mean_damping": 5.0},
]


def predicted(model, user, item):
    return model.predict(pd.DataFrame({"user": [user], "item": [item]}))[0]


def parts(why, kind):
    return why.loc[why["kind"] == kind, "contribution"]


@given(ratings(), st.sampled_from(VARIANTS), st.sampled_from([1e-3, 0.5]), st.data())
def test_contributions_add_up_to_predictions(drawn, parameters, tol, data):
    drawn = drawn.compact()
    model = fit(drawn, **({"reg_param": 0.5, "tol": tol} | parameters))
    user, item = (data.draw(st.integers(0, n - 1)) for n in drawn.shape)
    n = data.draw(st.sampled_from([1, 3, None]))
    why = model.explain(user, item, n=n)
    expected = predicted(model, user, item)
    assert why["contribution"].sum() == pytest.approx(expected, rel=1e-10, abs=1e-10)


@pytest.fixture(scope="module", params=VARIANTS, ids=str)
def converged(request):
    """Weighted ratings, and a filter that is fitted to them with a tiny `tol`."""
    drawn = random_ratings(3, (8, 12), weighted=True)
    settings = {"reg_param": 0.5, "solver": "als", "tol": 1e-10, "max_iter": 20000}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return drawn, fit(drawn, **(settings | request.param))


def test_a_converged_fit_has_no_remainder(converged):
    drawn, model = converged
    for user, item in ((0, 0), (3, 7), (7, 11)):
        why = model.explain(user, item)
        assert parts(why, "remainder").abs().item() < 1e-6
        assert why["contribution"].sum() == pytest.approx(
            predicted(model, user, item), rel=1e-12
        )


def test_terms_of_ratings_equal_the_dense_twin(converged):
    drawn, model = converged
    user, item = 3, 7
    own = drawn.rows(drawn.users == user)
    power = {"none": 0, "count": 1}.get(model.reg_scaling, model.reg_scaling)
    penalty = model.reg_param if np.isscalar(model.reg_param) else model.reg_param[0]
    V, w = model.item_factors_, own.weights
    twin = reference.similarities(V[item], V[own.items], w, w.sum() ** power * penalty)
    means = {
        "item": model.item_means_[own.items],
        "user": model.user_means_[user],
        "global": model.global_mean_,
        None: 0.0,
    }[model.mean_normalization]
    biases = model.user_bias_[user] + model.item_bias_[own.items]
    expected = pd.DataFrame(
        {"rating": own.ratings, "similarity": twin}, index=own.items
    ).sort_index()
    expected["contribution"] = (twin * (own.ratings - means - biases))[
        np.argsort(own.items)
    ]
    why = model.explain(user, item, n=None)
    why = why[why["kind"] == "rating"]
    sizes = why["contribution"].abs().to_numpy()
    assert (np.diff(sizes) <= 0).all()
    why = why.set_index(why["item"].astype(int)).sort_index()
    for column in expected:
        np.testing.assert_allclose(why[column], expected[column], rtol=1e-7, atol=1e-9)


def test_means_and_biases_come_first(converged):
    _, model = converged
    why = model.explain(3, 7)
    constant = {
        "item": model.item_means_[7],
        "user": model.user_means_[3],
        "global": model.global_mean_,
        None: 0.0,
    }[model.mean_normalization]
    expected = [("mean", constant)]
    if model.fit_bias:
        expected.append(("user bias", model.user_bias_[3]))
        expected.append(("item bias", model.item_bias_[7]))
    rows = why.iloc[: len(expected)]
    assert rows["kind"].tolist() == [kind for kind, _ in expected]
    np.testing.assert_allclose(rows["contribution"], [x for _, x in expected])
    assert rows["item"].isna().all()
    assert why["kind"].iloc[len(expected)] == "rating"


def test_new_users_are_explained_without_remainder(converged):
    _, model = converged
    new = pd.DataFrame({"item": [1, 4, 9], "rating": [5.0, -1.0, 2.0]})
    found = model.recommend(ratings=new, n=12, exclude_rated=False)
    for item, prediction in zip(found["item"], found["prediction"], strict=True):
        why = model.explain(item=item, ratings=new)
        assert why["contribution"].sum() == pytest.approx(prediction, rel=1e-12)
        assert parts(why, "remainder").abs().item() < 1e-10
        assert sorted(why.loc[why["kind"] == "rating", "item"]) == [1, 4, 9]


@pytest.mark.parametrize("early_stopping", [False, True])
def test_there_is_no_remainder_after_a_fold_in(early_stopping):
    drawn = random_ratings(3, (8, 12), weighted=True)
    model = fit(drawn, reg_param=0.5, tol=0.3, early_stopping=early_stopping)
    new = pd.DataFrame({"user": [3, 3, 50], "item": [1, 2, 7], "rating": [5.0, 1, 2]})
    folded = model.fold_in(new)
    assert parts(model.explain(3, 7), "remainder").abs().item() > 1e-4
    for user in (3, 50):
        why = folded.explain(user, 7)
        assert parts(why, "remainder").abs().item() < 1e-10
        assert why["contribution"].sum() == pytest.approx(predicted(folded, user, 7))


def test_the_remainder_falls_with_tol():
    drawn = random_ratings(3, (8, 12))
    sizes = []
    for tol in (0.3, 1e-3, 1e-6):
        model = fit(drawn, reg_param=0.5, solver="als", tol=tol)
        why = [model.explain(u, i) for u in range(8) for i in range(12)]
        sizes.append(max(parts(x, "remainder").abs().item() for x in why))
    assert sizes[0] > 10 * sizes[1] > 1000 * sizes[2]


def test_held_out_ratings_have_no_row():
    drawn = random_ratings(3, (12, 12), density=0.7)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = fit(
            drawn,
            reg_param=0.5,
            early_stopping=True,
            validation_fraction=0.3,
            reg_scaling="count",
            solver="als",
            tol=1e-9,
            n_iter_no_change=1000,
        )
    # The model stores all ratings, because it recommends none of the rated items.
    assert model._rated_items.size == drawn.users.size
    held_out = model._rated_validation
    assert held_out.sum() == round(0.3 * held_out.size)
    for user in range(12):
        own = slice(*model._rated_indptr[user : user + 2])
        learned = model._rated_items[own][~held_out[own]]
        why = model.explain(user, 5, n=None)
        rows = why[why["kind"] == "rating"]
        assert sorted(rows["item"]) == learned.tolist()
        # The ridge regression on the training ratings alone.
        d = model._rated_ratings[own][~held_out[own]] - model.item_means_[learned]
        V, ones = model.item_factors_, np.ones(learned.size)
        x = reference.fold_in(d, ones, V[learned], learned.size * 0.5)
        assert rows["contribution"].sum() == pytest.approx(V[5] @ x, abs=1e-10)
        assert why["contribution"].sum() == pytest.approx(predicted(model, user, 5))


def test_only_early_stopping_stores_a_validation_mask():
    model = fit(random_ratings(3, (12, 12)), early_stopping=True)
    assert model._rated_validation.dtype == bool
    again = fit(random_ratings(3, (12, 12)))
    assert again._rated_validation.size == 0


def test_clipping_is_a_part():
    drawn = random_ratings(3, (8, 12))
    drawn = drawn._replace(ratings=np.abs(drawn.ratings) % 5)
    model = fit(drawn, reg_param=0.05, rating_range=(0, 4.5))
    wider = fit(drawn, reg_param=0.05)
    n_cut = 0
    for user in range(8):
        for item in range(12):
            why = model.explain(user, item)
            assert why["contribution"].sum() == pytest.approx(
                predicted(model, user, item), abs=1e-12
            )
            cut = predicted(model, user, item) - predicted(wider, user, item)
            assert parts(why, "clipping").tolist() == ([cut] if cut else [])
            n_cut += cut != 0
    assert n_cut > 3


def test_the_smallest_contributions_are_summed(converged):
    _, model = converged
    whole, short = (model.explain(3, 7, n=n) for n in (None, 2))
    own = whole[whole["kind"] == "rating"].reset_index(drop=True)
    kept = short[short["kind"] == "rating"].reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, own[:2])
    rest = own["contribution"][2:].sum()
    assert parts(short, "other ratings").item() == pytest.approx(rest, abs=1e-12)
    assert "other ratings" not in set(whole["kind"])


def test_unknown_users_and_items_have_a_mean_and_no_ratings(converged):
    _, model = converged
    for user, item in ((99, 7), (3, 99), (99, 99)):
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "None of the 1 pairs")
            why = model.explain(user, item)
            expected = predicted(model, user, item)
        assert why["kind"].tolist() == ["mean"]
        assert why["contribution"].sum() == pytest.approx(expected)
    new = pd.DataFrame({"item": [500], "rating": [1.0]})
    with pytest.warns(UserWarning, match="1 of the 1 ratings are of items"):
        why = model.explain(item=7, ratings=new)
    assert why["kind"].tolist() == ["mean"]
    assert why["contribution"].item() == model.unknown_user_predictions_[7]


def test_cross_validated_and_float32_filters_have_explanations():
    drawn = random_ratings(3, (20, 15), dtype=np.float32)
    model = CollaborativeFilterCV(
        [0.5, 2.0], 2, cv=2, n_jobs=1, random_state=0, **PLAIN
    )
    model.fit(drawn.frame())
    why = model.explain(3, 7)
    assert why["contribution"].sum() == pytest.approx(predicted(model, 3, 7), rel=1e-12)
    assert parts(why, "remainder").abs().item() < 0.1


def test_real_predictions_add_up(ml_100k):
    model = CollaborativeFilter(
        20,
        1.3,
        reg_scaling=0.5,
        fit_bias=True,
        reg_bias=4,
        mean_normalization="global",
        solver="als-ncg",
        random_state=0,
    ).fit(ml_100k)
    pairs = ml_100k[["user", "item"]].sample(200, random_state=0)
    remainders = []
    for (user, item), expected in zip(
        pairs.itertuples(index=False), model.predict(pairs), strict=True
    ):
        why = model.explain(user, item)
        assert why["contribution"].sum() == pytest.approx(expected, abs=1e-10)
        remainders.append(parts(why, "remainder").item())
    # At the default tolerance the remainder is a hundredth of a star.
    assert np.std(remainders) < 0.03
