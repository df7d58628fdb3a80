"""What queries need of a model is made once for each fit, and kept next to it."""

import gc
import pickle
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
from fitting import fit
from strategies import random_ratings

from sklearn_cofi import BayesianCollaborativeFilter, CollaborativeFilter
from sklearn_cofi.base import _best_items, _prepared, _similarity
from sklearn_cofi.inference._item_ranking import ItemRanking

DRAWN = random_ratings(3, (30, 20))
FRAME = DRAWN.frame()
NEW = pd.DataFrame({"item": [1, 2, 5], "rating": [4.0, 1.0, 5.0]})


@pytest.fixture
def made(monkeypatch):
    """Return a list that grows by one for each ranking of items that is made."""
    made = []

    def counted(model):
        made.append(model)
        return ItemRanking(model)

    monkeypatch.setattr(_best_items, "ItemRanking", counted)
    monkeypatch.setattr(_similarity, "ItemRanking", counted)
    return made


def bayesian():
    model = BayesianCollaborativeFilter(2, n_sweeps=8, burn_in=2, random_state=0)
    return model.fit(FRAME)


def test_known_and_new_users_share_what_is_made_at_the_first_query(made):
    model = fit(DRAWN)
    for user in (0, 1, 2):
        model.recommend(user, n=3)
    assert len(made) == 1
    for _ in range(2):
        model.recommend(ratings=NEW, n=3)
        model.similar_items(1, n=3)
        model.similar_users(1, n=3)
    assert len(made) == 3


def test_new_users_of_draws_share_it_too(made):
    model = bayesian()
    first = model.recommend(ratings=NEW, n=3)
    pd.testing.assert_frame_equal(model.recommend(ratings=NEW, n=3), first)
    assert len(made) == 1


@pytest.mark.parametrize("query", ["recommend", "similar_items"])
def test_a_refit_drops_it(made, query):
    model = fit(DRAWN)
    getattr(model, query)(1, n=5)
    other = DRAWN._replace(ratings=DRAWN.ratings[::-1].copy()).frame()
    model.fit(other[["user", "item"]], other["rating"])
    assert id(model) not in _prepared._kept
    found = getattr(model, query)(1, n=5)
    assert len(made) == 2
    again = fit(DRAWN._replace(ratings=DRAWN.ratings[::-1].copy()))
    pd.testing.assert_frame_equal(found, getattr(again, query)(1, n=5))


def test_a_folded_in_model_makes_its_own(made):
    model = fit(DRAWN)
    model.recommend(0)
    folded = model.fold_in(NEW.assign(user=99))
    folded.recommend(99)
    # Items are as they were, but the copy holds nothing of the model.
    assert len(made) == 2
    items = model.fold_in(FRAME.iloc[:3].assign(item=77), side="item")
    assert 77 in items.recommend(5, n=20)["item"].to_list()
    assert 77 not in model.recommend(5, n=20)["item"].to_list()


def test_an_attribute_that_is_assigned_is_noticed():
    model = fit(DRAWN)
    model.recommend(0)
    model.item_factors_ = -model.item_factors_
    best = model.recommend(0, n=20, exclude_rated=False)
    predicted = model.predict(pd.DataFrame({"user": 0, "item": best["item"]}))
    np.testing.assert_array_equal(best["prediction"], predicted)
    assert (np.diff(predicted) <= 0).all()


def test_it_is_neither_pickled_nor_an_attribute():
    model = fit(DRAWN)
    size, names = len(pickle.dumps(model)), set(vars(model))
    model.recommend(0)
    model.similar_users(0)
    assert len(pickle.dumps(model)) == size
    assert set(vars(model)) == names


def test_it_goes_with_the_model():
    model = fit(DRAWN)
    model.recommend(0)
    key = id(model)
    assert key in _prepared._kept
    del model
    gc.collect()
    assert key not in _prepared._kept


def test_eight_threads_that_query_at_once_get_the_same():
    expected = fit(DRAWN).recommend()
    model = fit(DRAWN)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: model.recommend(), range(16)))
    for frame in found:
        pd.testing.assert_frame_equal(frame, expected)


class Comparable(CollaborativeFilter):
    """An estimator of a user that compares by parameters, and has no hash."""

    def __eq__(self, other):
        return self.get_params() == other.get_params()


def test_an_estimator_without_a_hash_is_queried_and_fitted_again():
    model = Comparable(3, 1.0, random_state=0).fit(FRAME)
    first = model.recommend(1)
    model.similar_items(1)
    pd.testing.assert_frame_equal(model.fit(FRAME).recommend(1), first)


def test_an_assigned_scale_of_draws_is_noticed():
    model = bayesian()
    model.recommend(ratings=NEW)
    model.rating_scale_ = 2 * model.rating_scale_
    copied = pickle.loads(pickle.dumps(model))
    pd.testing.assert_frame_equal(
        model.recommend(ratings=NEW), copied.recommend(ratings=NEW)
    )
