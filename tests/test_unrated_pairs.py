"""Fits and queries with unrated pairs equal a dense twin over all pairs."""

import warnings

import numpy as np
import pandas as pd
import pytest
import reference
from fitting import fit
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.exceptions import ConvergenceWarning
from strategies import Ratings, random_ratings, ratings

from sklearn_cofi import (
    CollaborativeFilter,
    RankingCollaborativeFilter,
    optimality_gap,
    reg_param_max,
)

MEANS = st.sampled_from(["item", "user", "global", "unrated", None])
VARIANTS = st.fixed_dictionaries(
    {
        "unrated_weight": st.sampled_from([0.03, 0.4, 1.0, "auto", "0.5*auto"]),
        "unrated_rating": st.sampled_from([0.0, 1.5, -1.0]),
        "mean_normalization": MEANS,
        "mean_damping": st.sampled_from([0.0, 3.0]),
        "fit_bias": st.booleans(),
        "reg_bias": st.sampled_from([2.0, None, (0.5, 3.0)]),
        "reg_scaling": st.sampled_from(["none", 0.5, "count", "weight"]),
    }
)
DRAWN = random_ratings(3, (9, 12), density=0.3, weighted=True)
TOLERANCE = {"rtol": 1e-9, "atol": 1e-10}


class Twin:
    """Means, targets, weights and penalties of all pairs, from public attributes."""

    def __init__(self, model, drawn):
        R, W = reference.merge(*drawn)
        self.rated, self.model = W > 0, model
        self.w0, self.r0 = model.unrated_weight_, model.unrated_rating
        self.T = np.where(self.rated, R, self.r0)
        self.W = np.where(self.rated, W, self.w0)

    def means(self, damping=0.0):
        """Return the mean of all pairs, and damped means of users and of items."""
        return reference.means(self.T, self.W, damping)

    def offsets(self, by_user, by_item):
        """Return the matrix of the means that are subtracted."""
        normalization = self.model.mean_normalization
        constant = {"global": self.means()[0], "unrated": self.r0}.get(normalization, 0)
        matrix = np.full(self.T.shape, float(constant))
        if normalization == "item":
            matrix += by_item
        if normalization == "user":
            matrix += by_user[:, None]
        return matrix

    def penalties(self, side):
        """Return the penalties of the factors and of the bias of each row."""
        model, counted = self.model, np.where(self.rated, self.W, 0)
        if model.reg_scaling == "weight":
            counted = self.W
        power = {"none": 0, "count": 1, "weight": 1}.get(
            model.reg_scaling, model.reg_scaling
        )
        factors = model.reg_param_ * counted.sum(1 - side) ** power
        if model.reg_bias is None:
            return factors, factors
        return factors, np.full(factors.size, np.broadcast_to(model.reg_bias, 2)[side])

    def cost(self):
        """Return the cost of the fitted factors and biases."""
        model = self.model
        E = model.predict_matrix() - self.T
        total = (self.W * E**2).sum()
        for side, name in enumerate(("user", "item")):
            p, q = self.penalties(side)
            total += p @ (getattr(model, f"{name}_factors_") ** 2).sum(axis=1)
            total += q @ getattr(model, f"{name}_bias_") ** 2
        return total / 2

    def user_row(self, user):
        """Return the exact factors and bias of a user, given the fitted items."""
        model = self.model
        by_user = self.means(model.mean_damping)[1]
        offsets = self.offsets(by_user, model.item_means_)[user]
        p, q = (side[user] for side in self.penalties(0))
        V, ridge = model.item_factors_, np.full(model.item_factors_.shape[1], p)
        if model.fit_bias:
            V, ridge = np.column_stack([V, np.ones(len(V))]), np.append(ridge, q)
        targets = self.T[user] - offsets - model.item_bias_
        gram = V.T @ (self.W[user][:, None] * V) + np.diag(ridge)
        x = np.linalg.lstsq(gram, V.T @ (self.W[user] * targets), rcond=None)[0]
        return V @ x + offsets + model.item_bias_


def fitted(drawn, **parameters):
    chosen = {"reg_param": 0.5, "solver": "als", "max_iter": 30}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return fit(drawn, **(chosen | {"num_features": 2} | parameters))


@given(ratings(repeats=False, dtype=np.float64), VARIANTS)
def test_means_and_costs_equal_those_of_all_pairs(drawn, parameters):
    drawn = drawn.compact()
    model = fitted(drawn, **parameters)
    twin = Twin(model, drawn)
    overall, by_user, by_item = twin.means(model.mean_damping)
    assert model.global_mean_ == pytest.approx(overall, abs=1e-10)
    np.testing.assert_allclose(model.user_means_, by_user, **TOLERANCE)
    np.testing.assert_allclose(model.item_means_, by_item, **TOLERANCE)
    assert model.cost_ == pytest.approx(twin.cost(), rel=1e-9, abs=1e-9)


@given(ratings(repeats=False, dtype=np.float64), VARIANTS)
def test_unknown_ids_get_damped_means_of_all_pairs(drawn, parameters):
    drawn = drawn.compact()
    model = fitted(drawn, **parameters)
    twin = Twin(model, drawn)
    bias = 4.0 if model.reg_bias is None else np.broadcast_to(model.reg_bias, 2)
    for side, name in enumerate(("item", "user")):
        # The means of items are predictions for unknown users, and the reverse.
        damping = model.mean_damping
        if model.fit_bias:
            damping = max(damping, np.broadcast_to(bias, 2)[1 - side])
        expected = twin.means(damping)[2 - side]
        if not model.fit_bias and name == "user":
            if model.mean_normalization != "user":
                expected = np.full(expected.size, model.global_mean_)
        other = "user" if name == "item" else "item"
        found = getattr(model, f"unknown_{other}_predictions_")
        np.testing.assert_allclose(found, expected, **TOLERANCE)


@pytest.mark.parametrize("means", ["item", "user", "global", "unrated", None])
@settings(max_examples=20)
@given(ratings(repeats=False, dtype=np.float64), VARIANTS, st.data())
def test_a_new_user_is_the_row_solve_of_a_fit(means, drawn, parameters, data):
    drawn = drawn.compact()
    model = fitted(drawn, **(parameters | {"mean_normalization": means}))
    n_users, n_items = drawn.shape
    chosen = data.draw(st.sets(st.integers(0, n_items - 1), min_size=1))
    items = np.array(sorted(chosen))
    stars = np.arange(items.size) % 5 + 1.0
    new = pd.DataFrame({"user": n_users, "item": items, "rating": stars})
    weights = np.ones(drawn.users.size) if drawn.weights is None else drawn.weights
    both = Ratings(
        np.append(drawn.users, new["user"]),
        np.append(drawn.items, items),
        np.append(drawn.ratings, stars),
        np.append(weights, np.ones(items.size)),
        (n_users + 1, n_items),
    )
    # The means of a fit do not change: only the row of the new user is solved.
    twin = Twin(model, both)
    twin.means = lambda damping=0.0: means_of_new_user(model, twin, damping)
    expected = twin.user_row(n_users)
    pairs = pd.DataFrame({"user": n_users, "item": np.arange(n_items)})
    folded = model.fold_in(new)
    np.testing.assert_allclose(folded.predict(pairs), expected, rtol=1e-7, atol=1e-7)
    listed = model.recommend(ratings=new, n=n_items, exclude_rated=False)
    listed = listed.sort_values("item")["prediction"]
    np.testing.assert_allclose(listed, expected, rtol=1e-7, atol=1e-7)


def means_of_new_user(model, twin, damping):
    total = (twin.W * twin.T).sum(1) + damping * model.global_mean_
    by_user = total / (twin.W.sum(1) + damping)
    return model.global_mean_, by_user, model.item_means_


@given(st.integers(0, 2**16), VARIANTS, st.integers(0, 11))
def test_a_folded_in_item_is_the_row_solve_of_a_fit(seed, parameters, item):
    drawn = random_ratings(seed, (9, 12), density=0.3)
    model = fitted(drawn, **(parameters | {"mean_normalization": None}))
    frame = drawn.frame()
    again = model.fold_in(frame[frame["item"] == item], side="item")
    twin = Twin(model, drawn)
    p, q = (side[item] for side in twin.penalties(1))
    U, ridge = model.user_factors_, np.full(2, p)
    if model.fit_bias:
        U, ridge = np.column_stack([U, np.ones(len(U))]), np.append(ridge, q)
    W, t = twin.W[:, item], twin.T[:, item] - model.user_bias_
    gram = U.T @ (W[:, None] * U) + np.diag(ridge)
    x = np.linalg.lstsq(gram, U.T @ (W * t), rcond=None)[0]
    np.testing.assert_allclose(
        again.predict_matrix(items=item)[:, 0],
        U @ x + model.user_bias_,
        rtol=1e-7,
        atol=1e-7,
    )


@given(VARIANTS, st.integers(0, 8), st.integers(0, 11))
def test_explanations_add_up_and_equal_the_dense_twin(parameters, user, item):
    model = fitted(DRAWN, **parameters)
    # The row is solved exactly, with the same ratings.
    own = DRAWN.rows(DRAWN.users == user)
    model = model.fold_in(own.frame(), sample_weight=own.weights)
    why = model.explain(user, item, n=None)
    predicted = model.predict_matrix(user, item)[0, 0]
    assert why["contribution"].sum() == pytest.approx(predicted, rel=1e-9, abs=1e-9)
    kinds = why["kind"].tolist()
    assert kinds.count("unrated items") == 1
    remainder = why["contribution"][why["kind"] == "remainder"].item()
    assert remainder == pytest.approx(0, abs=1e-7)
    # Given the items, means and biases, the product is linear in the ratings.
    twin = Twin(model, DRAWN)
    offsets = twin.offsets(model.user_means_, model.item_means_)[user]
    offsets = offsets + model.user_bias_[user] + model.item_bias_
    V, W = model.item_factors_, twin.W[user]
    gram = V.T @ (W[:, None] * V) + twin.penalties(0)[0][user] * np.eye(2)
    similarities = V @ np.linalg.lstsq(gram, V[item], rcond=None)[0]
    unrated = twin.r0 - offsets
    of_rating = W * (twin.T[user] - offsets) - twin.w0 * unrated
    rows = why[why["kind"] == "rating"].set_index("item")
    order = rows.index.to_numpy(int)
    assert sorted(order) == np.flatnonzero(twin.rated[user]).tolist()
    for column, values in (
        ("contribution", similarities * of_rating),
        ("similarity", similarities * W),
    ):
        np.testing.assert_allclose(rows[column], values[order], rtol=1e-6, atol=1e-8)
    rest = why["contribution"][why["kind"] == "unrated items"].item()
    assert rest == pytest.approx(twin.w0 * similarities @ unrated, rel=1e-6, abs=1e-8)


def test_new_users_are_explained_without_remainder():
    model = fitted(DRAWN, unrated_weight=0.3)
    new = pd.DataFrame({"item": [1, 4, 9], "rating": [5.0, -1.0, 2.0]})
    listed = model.recommend(ratings=new, n=12, exclude_rated=False)
    for item, prediction in zip(listed["item"], listed["prediction"], strict=True):
        why = model.explain(item=item, ratings=new).set_index("kind")["contribution"]
        assert why.sum() == pytest.approx(prediction, rel=1e-9, abs=1e-12)
        assert why["remainder"] == pytest.approx(0, abs=1e-9)


def test_similar_items_are_cosines_of_the_factors():
    model = fitted(DRAWN, unrated_weight=0.3, reg_scaling=0.5, tol=1e-9, max_iter=3000)
    U, V = model.user_factors_, model.item_factors_
    found = model.similar_items([3], n=4)
    best, scores = reference.similar(V, 3, 4, "cosine")
    assert found["similar_item"].tolist() == best
    np.testing.assert_allclose(found["score"], scores, rtol=1e-9)
    # Both sides are balanced at the minimum, so cosines do not depend on the start.
    twin = Twin(model, DRAWN)
    left, right = (
        X.T @ (twin.penalties(side)[0][:, None] * X) for side, X in enumerate((U, V))
    )
    np.testing.assert_allclose(left, right, rtol=1e-4, atol=1e-4)
    frame = pd.DataFrame({"user": 99, "item": [1, 4], "rating": [5.0, 1.0]})
    folded = model.fold_in(frame)
    best, _ = reference.similar(
        folded.user_factors_, len(folded.user_ids_) - 1, 3, "cosine"
    )
    found = folded.similar_users([99], n=3)["similar_user"]
    assert found.tolist() == folded.user_ids_[best].tolist()


@given(ratings(repeats=False, dtype=np.float64), st.data())
def test_order_of_rows_and_threads_change_no_bit(drawn, data):
    kind = {
        "mean_normalization": data.draw(MEANS),
        "unrated_weight": "auto",
        "solver": data.draw(st.sampled_from(["cg", "als", "als-ncg"])),
        "fit_bias": data.draw(st.booleans()),
    }
    order = np.random.default_rng(0).permutation(drawn.users.size)
    one, other = fitted(drawn, **kind), fitted(drawn.rows(order), n_jobs=2, **kind)
    for name in ("user_factors_", "item_factors_", "cost_path_", "unrated_weight_"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))


@pytest.mark.parametrize("solver", ["als", "cg"])
def test_threads_change_no_bit_of_larger_fits(solver):
    drawn = random_ratings(5, (700, 400), density=0.05)
    chosen = {"unrated_weight": "auto", "num_features": 24}
    one, two = (fitted(drawn, solver=solver, n_jobs=n, **chosen) for n in (1, 2))
    np.testing.assert_array_equal(one.user_factors_, two.user_factors_)
    np.testing.assert_array_equal(one.item_factors_, two.item_factors_)


@pytest.mark.parametrize("rating", [1e-30, 1.0, 1e30])
@pytest.mark.parametrize("weight", [1e-30, 1.0, 1e30])
@pytest.mark.parametrize("means", [None, "item", "global"])
def test_auto_weights_have_the_unit_of_the_weights(rating, weight, means):
    chosen = {"mean_normalization": means, "tol": 1e-6, "reg_scaling": "count"}
    chosen |= {"unrated_weight": "0.5*auto", "max_iter": 500}
    one = fitted(DRAWN, reg_param=0.3, **chosen)
    scaled = DRAWN._replace(
        ratings=DRAWN.ratings * rating, weights=DRAWN.weights * weight
    )
    other = fitted(scaled, reg_param=0.3 * rating, **chosen)
    assert other.unrated_weight_ == pytest.approx(one.unrated_weight_ * weight)
    assert other.cost_ == pytest.approx(one.cost_ * rating**2 * weight, rel=1e-5)
    np.testing.assert_allclose(
        other.predict_matrix() / rating, one.predict_matrix(), rtol=1e-3, atol=1e-3
    )


def test_auto_is_the_mean_weight_times_the_root_of_the_density():
    model = fitted(DRAWN, unrated_weight="auto")
    density = DRAWN.users.size / (9 * 12)
    expected = DRAWN.weights.mean() * np.sqrt(density)
    assert model.unrated_weight_ == pytest.approx(expected)
    half = fitted(DRAWN, unrated_weight="0.5*auto")
    assert half.unrated_weight_ == pytest.approx(expected / 2)


def test_a_fixed_weight_does_not_follow_the_weights():
    tiny = DRAWN._replace(weights=DRAWN.weights * 1e-30)
    model = fitted(tiny, unrated_weight=0.5, mean_normalization="global")
    assert model.unrated_weight_ == 0.5
    # Ratings that weigh almost nothing change no prediction.
    assert model.global_mean_ == pytest.approx(0, abs=1e-25)
    np.testing.assert_allclose(model.predict_matrix(), 0, atol=1e-12)


@given(VARIANTS)
def test_from_reg_param_max_up_all_factors_are_zero(parameters):
    parameters = parameters | {"tol": 1e-5, "max_iter": 1000}
    names = set(parameters) - {"tol", "max_iter"}
    if parameters["fit_bias"] and parameters["reg_bias"] is None:
        parameters["reg_bias"] = 2.0
    frame = DRAWN.frame()
    found = reg_param_max(
        frame,
        sample_weight=DRAWN.weights,
        **{name: parameters[name] for name in names},
    )
    at = fitted(DRAWN, **(parameters | {"reg_param": found * (1 + 1e-9)}))
    assert at.reg_param_max_ == pytest.approx(found, rel=1e-6)
    assert not at.item_factors_.any()
    below = fitted(DRAWN, **(parameters | {"reg_param": 0.9 * found}))
    assert below.item_factors_.any()
    twin = Twin(at, DRAWN)
    E = twin.W * (twin.T - at.predict_matrix())
    p = [twin.penalties(side)[0] / at.reg_param_ for side in (0, 1)]
    sigma = np.linalg.svd(E / np.sqrt(np.outer(*p)), compute_uv=False)[0]
    assert sigma == pytest.approx(found, rel=1e-4)


@given(VARIANTS)
def test_the_gap_of_a_fit_bounds_the_dense_cost(parameters):
    chosen = {"solver": "als-ncg", "tol": 1e-8, "max_iter": 3000, "num_features": 9}
    model = fitted(DRAWN, **chosen, **parameters)
    frame = DRAWN.frame()
    gap = optimality_gap(model, frame, sample_weight=DRAWN.weights)
    twin = Twin(model, DRAWN)
    assert gap.cost == pytest.approx(twin.cost(), rel=1e-9)
    assert gap.dual <= gap.primal * (1 + 1e-9)
    assert gap.relative_gap < 1e-4
    if model.fit_bias:
        return
    # The dense nuclear norm has the same minimum.
    p, q = (twin.penalties(side)[0] for side in (0, 1))
    offsets = twin.offsets(model.user_means_, model.item_means_)
    minimum = reference.nuclear_minimum(twin.T - offsets, twin.W, p, q, steps=2000)
    assert gap.cost == pytest.approx(minimum, rel=1e-3)


def test_a_warm_start_reaches_the_optimum_of_a_cold_one_sooner():
    chosen = {"unrated_weight": "auto", "tol": 1e-7, "max_iter": 2000}
    more = random_ratings(4, (9, 12), density=0.3, weighted=True)
    more = Ratings(
        *(np.append(a, b) for a, b in zip(DRAWN[:4], more[:4], strict=True)), (9, 12)
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*more than one rating")
        cold = fitted(more, reg_param=1.0, **chosen)
        warm = fitted(DRAWN, reg_param=1.0, warm_start=True, **chosen)
        weight = warm.unrated_weight_
        frame = more.frame()
        warm.fit(frame, sample_weight=more.weights)
    assert warm.unrated_weight_ == cold.unrated_weight_ != weight
    assert warm.cost_ == pytest.approx(cold.cost_, rel=1e-5)
    again = warm.n_iter_
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*more than one rating")
        warm.fit(frame, sample_weight=more.weights)
    assert warm.n_iter_ == 1 < again


def test_held_out_ratings_are_unrated_pairs_until_the_fit_ends():
    drawn = random_ratings(3, (12, 12), density=0.5)
    model = fitted(
        drawn,
        unrated_weight=0.3,
        early_stopping=True,
        validation_fraction=0.3,
        n_iter_no_change=1000,
        tol=1e-6,
        max_iter=400,
    )
    held_out = model._rated_validation
    assert held_out.sum() == round(0.3 * held_out.size)
    users = np.repeat(np.arange(12), np.diff(model._rated_indptr))
    kept = Ratings(
        users[~held_out],
        model._rated_items[~held_out],
        model._rated_ratings[~held_out],
        None,
        (12, 12),
    )
    twin = Twin(model, kept)
    assert model.cost_ == pytest.approx(twin.cost(), rel=1e-9)
    np.testing.assert_allclose(model.item_means_, twin.means()[2], **TOLERANCE)
    predicted = model.predict_matrix()[users[held_out], model._rated_items[held_out]]
    errors = predicted - model._rated_ratings[held_out]
    assert min(model.validation_scores_) == pytest.approx(np.sqrt((errors**2).mean()))


def test_without_the_term_the_model_is_the_one_of_ratings():
    frame, chosen = DRAWN.frame(), {"random_state": 0, "n_jobs": 1}
    names = RankingCollaborativeFilter().get_params()
    plain = CollaborativeFilter(**(names | chosen | {"unrated_weight": 0.0}))
    ranking = RankingCollaborativeFilter(unrated_weight=0, **chosen)
    for model in (plain, ranking):
        model.set_params(num_features=3, reg_param=0.5).fit(frame)
    np.testing.assert_array_equal(plain.item_factors_, ranking.item_factors_)
    assert ranking.unrated_weight_ == 0


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"unrated_weight": -0.1}, "'unrated_weight' parameter"),
        ({"unrated_weight": np.nan}, "'unrated_weight' parameter"),
        ({"unrated_weight": np.inf}, "'unrated_weight' parameter"),
        ({"unrated_weight": "half"}, "a positive multiple .* Got 'half'"),
        ({"unrated_weight": "-1*auto"}, "'unrated_weight' .* Got '-1[*]auto'"),
        ({"unrated_rating": np.inf}, "'unrated_rating' parameter"),
        ({"unrated_rating": "zero"}, "'unrated_rating' parameter"),
    ],
)
def test_parameters_out_of_range_are_errors(parameters, message):
    with pytest.raises(ValueError, match=message):
        RankingCollaborativeFilter(**parameters).fit(DRAWN.frame())
