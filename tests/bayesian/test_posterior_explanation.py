"""Parts of a prediction of the Bayesian model add up, and follow from its draws."""

import numpy as np
import pandas as pd
import pytest
from sampling import FRAME, PAIRS, RATINGS, model
from side_information import frames

from sklearn_cofi import BayesianCollaborativeFilter
from sklearn_cofi.bayesian._side_draws import other_side, rows_given
from sklearn_cofi.data._matrix import rating_matrix


def of_kind(why, kind):
    return why.loc[why["kind"] == kind, "contribution"].sum()


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("implicit_features", [False, True])
def test_parts_add_up_to_the_prediction(weighted, implicit_features):
    weights = np.linspace(0.5, 2, len(PAIRS)) if weighted else None
    found = model(implicit_features=implicit_features).fit(PAIRS, RATINGS, weights)
    for user, item, n in ((0, 3, 2), (5, 7, None), (-1, 3, 1), (0, -1, 1)):
        why = found.explain(user, item, n=n)
        predicted = found.predict(pd.DataFrame({"user": [user], "item": [item]}))[0]
        assert why["contribution"].sum() == pytest.approx(predicted)
        known = min(user, item) >= 0
        assert ("choice of items" in set(why["kind"])) == (implicit_features and known)
        assert known or why["kind"].tolist() == ["mean"]


def test_parts_of_a_user_are_means_over_the_kept_draws():
    found = model().fit(PAIRS, RATINGS)
    found._user_own_degrees_draws = np.full(6, 2.0)
    d, user, item = found._draws(), 4, 9
    own = FRAME[FRAME["user"] == user].sort_values("item")
    rated = own["item"].to_numpy()
    r = (own["rating"].to_numpy() - found.global_mean_) / found.rating_scale_
    one = rating_matrix(np.zeros(rated.size, int), rated, r, None, (1, 30))
    omega = rows_given(other_side(d, 0), one.by_user).own
    assert np.ptp(omega) > 0.1
    rows, choices = [], []
    for s in range(len(d.users)):
        A = np.column_stack([d.items[s, rated, :-1], np.ones(rated.size)])
        A = A.astype(float)
        p = 1 / (d.user_variances[s, user] * d.item_ratios[s, rated])
        prior = omega[s, 0] * d.user_prior.precisions[s]
        P = prior + A.T @ np.diag(p) @ A
        link = d.user_prior.links[s, rated].sum(axis=0) / np.sqrt(rated.size)
        right = prior @ (d.user_prior.means[s] + link)
        right = right + A.T @ (p * (r - d.items[s, rated, -1]))
        a = np.append(d.items[s, item, :-1], 1)
        rows.append(a @ np.linalg.solve(P, right))
        choices.append(a @ np.linalg.solve(P, prior @ link))
    why = found.explain(user, item, n=None)
    parts = ("typical user", "choice of items", "rating")
    total = sum(of_kind(why, kind) for kind in parts)
    assert total == pytest.approx(found.rating_scale_ * np.mean(rows), rel=1e-5)
    choice = found.rating_scale_ * np.mean(choices)
    assert of_kind(why, "choice of items") == pytest.approx(choice, rel=1e-5)
    assert of_kind(why, "item bias") == found.item_bias_[item]
    assert set(why["item"].dropna()) == set(rated)


def test_the_remainder_is_small_next_to_the_spread_of_the_ratings():
    found = model(n_sweeps=120, n_kept_draws=100).fit(PAIRS, RATINGS)
    rest = [
        of_kind(found.explain(user, item), "remainder")
        for user, item in PAIRS[:40].to_numpy()
    ]
    assert np.abs(rest).max() < 0.1 * RATINGS.std()


def test_a_new_user_has_no_remainder_and_exact_similarities():
    # Without precisions of users, the prediction is linear in the ratings.
    found = model(heteroscedastic=False).fit(PAIRS, RATINGS)
    found._user_own_degrees_draws = np.full(6, np.inf)
    new = pd.DataFrame({"item": [1, 4, 8], "rating": [5.0, 1.0, 3.0]})

    def predicted(ratings):
        best = found.recommend(ratings=ratings, n=30).set_index("item")
        return best.loc[2, "prediction"]

    why = found.explain(item=2, ratings=new)
    assert why["contribution"].sum() == pytest.approx(predicted(new))
    assert of_kind(why, "remainder") == pytest.approx(0, abs=1e-6)
    higher = new.assign(rating=[6.0, 1.0, 3.0])
    similarity = why.set_index("item").loc[1, "similarity"]
    assert predicted(higher) - predicted(new) == pytest.approx(similarity)


def test_a_heteroscedastic_new_user_has_no_remainder(fitted):
    new = pd.DataFrame({"item": [1, 4, 8], "rating": [5.0, 1.0, 3.0]})
    why = fitted.explain(item=2, ratings=new)
    assert of_kind(why, "remainder") == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("sides", [["user"], ["item"], ["user", "item"]])
def test_features_do_not_enter_the_remainder(sides):
    both = dict(zip(("user", "item"), frames(40, 30), strict=True))
    features = {f"{side}_features": both[side] for side in sides}
    found = model(n_sweeps=120, n_kept_draws=100, **features).fit(PAIRS, RATINGS)
    rest = [
        of_kind(found.explain(user, item), "remainder")
        for user, item in PAIRS[:40].to_numpy()
    ]
    assert np.abs(rest).max() < 0.1 * RATINGS.std()
    user = PAIRS["user"].iloc[0]
    own = FRAME[FRAME["user"] == user]
    new = own[["item", "rating"]]
    for item in own["item"].iloc[:5]:
        known, as_new = found.explain(user, item), found.explain(item=item, ratings=new)
        assert of_kind(as_new, "remainder") == pytest.approx(0, abs=1e-6)
        for kind in ("item bias", "typical user"):
            assert of_kind(known, kind) == pytest.approx(of_kind(as_new, kind), abs=0.1)


def test_clipping_is_a_part():
    found = model(rating_range=(RATINGS.min(), RATINGS.max()), n_sweeps=20)
    found.fit(PAIRS, RATINGS).set_params(rating_range=(3, 3))
    why = found.explain(0, 3)
    assert why["kind"].iloc[-1] == "clipping"
    assert why["contribution"].sum() == pytest.approx(3)


def test_titles_name_the_rated_items(fitted):
    titles = {item: f"title {item}" for item in range(30)}
    why = fitted.explain(0, 3, titles=titles)
    rated = why[why["kind"] == "rating"]
    assert rated["title"].tolist() == [f"title {item}" for item in rated["item"]]


@pytest.mark.parametrize("given", [{}, {"user": 0}, {"item": 0}])
def test_a_user_and_an_item_are_required(fitted, given):
    with pytest.raises(ValueError, match="Pass an item and either a user"):
        fitted.explain(**given)


def test_unknown_ids_raise_an_error_with_unknown_error():
    found = BayesianCollaborativeFilter(
        2, 12, burn_in=2, unknown="error", random_state=0
    )
    with pytest.raises(ValueError, match="not seen in fit"):
        found.fit(PAIRS, RATINGS).explain(-1, 0)


def test_features_of_the_user_are_a_part():
    ids = np.unique(PAIRS["user"])
    users = pd.DataFrame({"user": ids, "age": np.sin(ids)})
    shifted = RATINGS + 3 * np.sin(PAIRS["user"])
    found = model(user_features=users).fit(PAIRS, shifted)
    parts = []
    for user in ids[:10]:
        why = found.explain(user, 4)
        predicted = found.predict(pd.DataFrame({"user": [user], "item": [4]}))[0]
        assert why["contribution"].sum() == pytest.approx(predicted)
        parts.append(of_kind(why, "user features"))
    assert np.corrcoef(parts, np.sin(ids[:10]))[0, 1] > 0.9
    # The same ratings as those of a new user, whose id has features.
    own = FRAME["user"] == ids[3]
    new = FRAME[own].assign(rating=shifted[own])
    why = found.explain(item=4, ratings=new)
    assert of_kind(why, "user features") != 0
    assert of_kind(why, "remainder") == pytest.approx(0, abs=1e-6)
