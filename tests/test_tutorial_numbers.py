"""The numbers that the tutorial publishes, and corrected numbers."""

import numpy as np
import pandas as pd
import pytest
import reference
from fitting import PLAIN

from sklearn_cofi import CollaborativeFilter
from sklearn_cofi.datasets import load_tutorial

# Rows 0 and 3 of the table all_predictions (movies x users); user 0 is the new user.
TABLE = {
    0: [0.0620198, 0.34417418, 0.39180877, 0.30865685, 0.35675296, 0.4402625],
    3: [0.16391762, 0.90964837, 1.03554604, 0.81577648, 0.94289396, 1.1636087],
}
# Mean rating of each movie.
MEANS = [23 / 4, 22 / 3, 24 / 3, 48 / 5, 8, 12 / 3, 18 / 3, 13 / 3, 20 / 3, 26 / 4]
# Predictions for the new user as printed, in the order of the movies.
NEW_USER = [5.8, 7.4, 8.1, 9.8, 8.0, 4.0, 6.1, 4.4, 6.7, 6.6]


def fitted(seed, reg_param, **parameters):
    ratings = load_tutorial().frame
    model = CollaborativeFilter(
        3, reg_param, tol=1e-7, random_state=seed, n_jobs=1, **(PLAIN | parameters)
    )
    return model.fit(ratings[["user", "item"]], ratings["rating"])


def dense():
    ratings = load_tutorial().frame
    columns = (ratings[name].to_numpy() for name in ("user", "item", "rating"))
    return reference.merge(*columns, None, (6, 10))


@pytest.fixture(scope="module", params=range(5))
def raw(request):
    """The fit of the tutorial, which does not subtract means."""
    return fitted(request.param, 30, mean_normalization=None)


def predicted(model, user):
    return model.predict(pd.DataFrame({"user": user, "item": range(10)}))


def test_the_cost_equals_the_published_one(raw):
    assert raw.cost_ == pytest.approx(804.26760, abs=5e-6)


def test_the_table_is_reproduced(raw):
    table = np.column_stack([predicted(raw, user) for user in range(6)])
    for movie, row in TABLE.items():
        np.testing.assert_allclose(table[movie], row, rtol=0, atol=5e-5)


def test_the_predictions_for_the_new_user_equal_the_printed_ones(raw):
    # The tutorial adds means to the predictions without subtracting them first.
    np.testing.assert_array_equal(
        (predicted(raw, 0) + raw.item_means_).round(1), NEW_USER
    )


def test_the_means_equal_those_of_the_movies(raw):
    np.testing.assert_allclose(raw.item_means_, MEANS, rtol=1e-15)


@pytest.mark.parametrize("seed", range(5))
def test_the_normalised_optimum(seed):
    model = fitted(seed, 1.0)
    assert model.cost_ == pytest.approx(16.24212717, abs=1e-8)
    R, W = dense()
    residual = R - MEANS - model.user_factors_ @ model.item_factors_.T
    # A certificate: no other factors have a lower cost.
    assert reference.sigma_max(residual, W) == pytest.approx(1, abs=5e-6)


def test_the_tutorials_penalty_learns_nothing_from_normalised_ratings():
    with pytest.warns(UserWarning, match="30 is not below reg_param_max_=6.82345"):
        model = fitted(0, 30)
    assert model.reg_param_max_ == pytest.approx(6.82345, abs=5e-6)
    for user in range(6):
        np.testing.assert_array_equal(predicted(model, user), model.item_means_)


def test_the_largest_penalty_of_raw_ratings(raw):
    assert raw.reg_param_max_ == pytest.approx(32.76467, abs=5e-6)
    assert raw.item_factors_.any()


def test_the_new_user_is_recommended_the_best_unrated_movie(raw):
    scores = predicted(raw, 0)
    best = reference.top(scores, 10, excluded=[0, 4, 7])
    got = raw.recommend(0, n=10)
    assert got["item"].tolist() == best
    # This is "A Very Harold and Kumar Christmas"; the tutorial prints another title.
    assert best[0] == 3


def test_a_new_user_folded_in_is_an_exact_ridge_regression():
    frame = load_tutorial().frame
    model = CollaborativeFilter(3, 1.0, tol=1e-7, random_state=0, n_jobs=1, **PLAIN)
    model.fit(frame[frame["user"] != 0][["user", "item"]], frame["rating"][3:])
    new = frame[frame["user"] == 0][["item", "rating"]]
    # No user in the fit has rated movie 4, so its rating carries no information.
    with pytest.warns(UserWarning, match="1 of the 3 ratings are of items"):
        got = model.recommend(ratings=new, n=10, exclude_rated=False)
    items = np.searchsorted(model.item_ids_, [0, 7])
    V, means = model.item_factors_, model.item_means_
    u = reference.fold_in([7, 3] - means[items], np.ones(2), V[items], 1.0)
    scores = means + V @ u
    best = reference.top(scores, 10)
    assert got["item"].tolist() == model.item_ids_[best].tolist()
    np.testing.assert_allclose(got["prediction"], scores[best], rtol=1e-10)
