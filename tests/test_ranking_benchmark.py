"""The metrics, splits and lists of benchmarks/ranking."""

import sys
from math import log2
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix

from sklearn_cofi.datasets import make_ratings
from sklearn_cofi.metrics import (
    coverage_at_k,
    ndcg_at_k,
    novelty_at_k,
    recall_at_k,
)

# The benchmarks are not installed: they are found from the root of the checkout.
PATH = list(sys.path)
sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.peers.worker import Ratings  # noqa: E402
from benchmarks.ranking import metrics as measured  # noqa: E402
from benchmarks.ranking.models import FACTORS, MODELS  # noqa: E402
from benchmarks.ranking.protocols import PROTOCOLS, tasks  # noqa: E402
from benchmarks.ranking.worker import (  # noqa: E402
    best,
    history_values,
    matrix,
    padded,
)

sys.path[:] = PATH

# Two lists of 3 items. The first user has the relevant items 2 and 5 and the disliked
# item 7; the second has the relevant item 1.
LISTS = np.array([[7, 2, 4], [1, -1, -1]])
HELD = measured.Held(
    np.array([1, 0, 0, 0]), np.array([1, 5, 7, 2]), np.array([4.0, 5.0, 1.0, 4.0])
)
RATERS = np.array([1, 8, 4, 2, 8, 1, 1, 2])
OPTIONS = {"relevant_from": 4, "disliked_to": 2, "n_raters": RATERS, "n_users": 8}


def test_held_out_ratings_of_listed_items():
    np.testing.assert_array_equal(
        measured.matched(LISTS, HELD), [[1, 4, np.nan], [4, np.nan, np.nan]]
    )


def test_an_item_of_another_user_is_not_matched():
    held = measured.Held(np.array([0, 1]), np.array([0, 3]), np.array([5.0, 5.0]))
    assert np.isnan(measured.matched(np.array([[3], [0]]), held)).all()


def test_metrics_computed_by_hand():
    found = measured.list_metrics(LISTS, HELD, **OPTIONS)
    first = (1 / log2(3)) / (1 + 1 / log2(3))
    np.testing.assert_allclose(found["ndcg@10"], [first, 1])
    np.testing.assert_allclose(found["ndcg@100"], [first, 1])
    for k in (10, 20, 50):
        np.testing.assert_allclose(found[f"recall@{k}"], [1 / 2, 1])
    np.testing.assert_allclose(found["disliked@10"], [1 / 10, 0])
    # log2(8 / 2), log2(8 / 4) and log2(8 / 8) for the first user; log2(8 / 8) then.
    np.testing.assert_allclose(found["novelty@10"], [(2 + 1 + 0) / 3, 0])
    assert measured.coverage(LISTS, 8, 10) == 4 / 8
    assert measured.coverage(LISTS, 8, 1) == 2 / 8


def test_recall_is_over_at_most_k_items():
    hits = np.array([[True, False, True]])
    assert measured.recall(hits, np.array([4]), 2) == 1 / 2
    assert measured.recall(hits, np.array([4]), 3) == 2 / 3


def test_the_ideal_list_is_cut_at_k():
    hits = np.array([[True, True]])
    assert measured.ndcg(hits, np.array([5]), 2) == 1


def test_a_user_without_a_relevant_item_is_an_error():
    with pytest.raises(ValueError, match="a list has no relevant item"):
        measured.list_metrics(LISTS, HELD, **OPTIONS | {"relevant_from": 4.5})


def test_the_library_has_the_same_metrics():
    rng = np.random.default_rng(0)
    n_users, n_items, width = 30, 40, 30
    train = rng.random((n_users, n_items)) < rng.random(n_items)
    train[0] = True
    held = np.argwhere(~train & (rng.random((n_users, n_items)) < 0.6))
    ratings = rng.integers(1, 6, len(held)).astype(float)
    relevant = np.unique(held[ratings >= 4, 0])
    kept = np.isin(held[:, 0], relevant)
    positions = np.searchsorted(relevant, held[kept, 0])
    truth = measured.Held(positions, held[kept, 1], ratings[kept])
    lists = np.array([rng.permutation(n_items)[:width] for _ in relevant])
    found = measured.list_metrics(
        lists,
        truth,
        relevant_from=4,
        disliked_to=2,
        n_raters=train.sum(axis=0),
        n_users=n_users,
    )

    columns = {"user": held[:, 0], "item": held[:, 1], "rating": ratings}
    frame = pd.DataFrame(columns)
    listed = pd.DataFrame(
        {
            "user": np.repeat(relevant, width),
            "rank": np.tile(np.arange(1, width + 1), relevant.size),
            "item": lists.ravel(),
        }
    )
    for k in (10, 100):
        expected = ndcg_at_k(frame, listed, k=k, relevant_from=4)
        assert found[f"ndcg@{k}"].mean() == pytest.approx(expected)
    # The library divides by the number of relevant items, which is below 50 here.
    expected = recall_at_k(frame, listed, k=50, relevant_from=4)
    assert found["recall@50"].mean() == pytest.approx(expected)
    users, items = np.nonzero(train)
    pairs = pd.DataFrame({"user": users, "item": items})
    expected = novelty_at_k(listed, pairs, k=10)
    assert found["novelty@10"].mean() == pytest.approx(expected)
    expected = coverage_at_k(listed, np.arange(n_items), k=10)
    assert measured.coverage(lists, n_items, 10) == expected


def test_the_best_items_without_excluded_ones():
    scores = np.array([[3.0, 9.0, 3.0, 5.0], [1.0, 2.0, 3.0, 4.0]])
    excluded = csr_matrix([[0, 1, 0, 0], [1, 1, 1, 0]])
    found = best(scores, excluded, 3)
    # Equal scores are ordered by number, and a list ends with -1.
    np.testing.assert_array_equal(found, [[3, 0, 2], [3, -1, -1]])
    assert scores[0, 1] == 9
    np.testing.assert_array_equal(
        best(scores[:1], excluded[:1], 5), [[3, 0, 2, -1, -1]]
    )


def test_equal_scores_are_ordered_by_number():
    rng = np.random.default_rng(0)
    scores = rng.integers(0, 3, (5, 400)).astype(float)
    found = best(scores, csr_matrix(scores.shape), 400)
    expected = [np.lexsort((np.arange(400), -row)) for row in scores]
    np.testing.assert_array_equal(found, expected)


def test_flat_lists_become_rows_in_the_order_of_the_queries():
    users, items = np.array([7, 7, 2, 5]), np.array([4, 1, 0, 3])
    found = padded(users, items, np.array([5, 7, 9, 2]), 2)
    np.testing.assert_array_equal(found, [[3, -1], [4, 1], [-1, -1], [0, -1]])


def test_the_history_has_the_values_that_a_model_is_fitted_to():
    history = csr_matrix(np.array([[0, 3.5, 1], [5, 0, 0]], np.float32))
    assert history_values(history, binary=False) is history
    ones = history_values(history, binary=True)
    np.testing.assert_array_equal(ones.toarray(), [[0, 1, 1], [1, 0, 0]])
    assert history[0, 1] == 3.5


def test_the_matrix_has_ratings_or_ones():
    train = Ratings(np.array([0, 1]), np.array([2, 0]), np.array([4.5, 2.0]))
    expected = [[0, 0, 4.5], [2, 0, 0]]
    found = matrix(train, train.shape, binary=False)
    np.testing.assert_array_equal(found.toarray(), expected)
    found = matrix(train, train.shape, binary=True)
    np.testing.assert_array_equal(found.toarray(), np.sign(expected))


OF_RATINGS = [name for name in MODELS if name.endswith(" ratings")]


@pytest.mark.parametrize("name", OF_RATINGS)
def test_models_of_ratings_are_tuned_like_models_of_ones(name):
    model = MODELS[name]
    label = name.removesuffix(", ratings")
    ones = MODELS[f"{label}, ones" if label == "EASE" else label]
    assert model[:2] == ones[:2]
    assert model.new_users == ones.new_users
    assert len(model.grid) == len(ones.grid) == 8
    tuned = {"binary", "use_ratings", "penalty", "alpha", "l1_ratio", "weight"}
    tuned |= {"regularization", "alpha0", "reg"}
    fixed = [
        {k: v for k, v in m.grid[0].items() if k not in tuned} for m in (model, ones)
    ]
    assert fixed[0] == fixed[1]
    for settings in model.grid:
        # LensKit has a name of its own.
        assert settings.get("use_ratings", not settings.get("binary", True))
    for settings in ones.grid:
        assert not settings.get("use_ratings", not settings.get("binary", True))
    sizes = {"factors", "embedding_size", "n_components"}.intersection(fixed[0])
    assert all(fixed[0][size] == FACTORS for size in sizes)


def test_grids_have_no_setting_twice():
    for model in MODELS.values():
        assert not any(model.grid.count(settings) > 1 for settings in model.grid)


def simulated():
    X, y = make_ratings(
        2000, n_users=60, n_items=250, rating_range=(1, 5), step=1, random_state=0
    )
    return X.assign(rating=y)


UNTIMED = [name for name in PROTOCOLS if name != "last fifth"]


@pytest.mark.parametrize("protocol", UNTIMED)
def test_held_out_items_are_not_among_the_known_ratings(protocol):
    ratings = simulated()
    task, train = next(tasks(ratings, "ml-100k", protocol))
    known = task.train if task.given is None else task.given
    rated = set(zip(known["user"], known["item"], strict=True))
    users = task.queries[task.held.position]
    assert not rated & set(zip(users, task.held.item, strict=True))
    assert len(task.train) == train.size
    rated_items = set(task.train["item"])
    assert rated_items == set(range(len(rated_items)))


def test_new_users_are_not_in_training():
    ratings = simulated()
    task, train = next(tasks(ratings, "ml-100k", "new users"))
    left = ratings["user"].nunique() - ratings["user"].iloc[train].nunique()
    assert left == 12
    assert task.given["user"].max() < task.queries.size <= 12


def test_one_candidate_is_held_out_and_the_others_are_not_rated():
    ratings = simulated()
    task, _ = next(tasks(ratings, "ml-100k", "one against 99"))
    assert task.candidates.shape == (task.queries.size, 100)
    is_held = task.candidates == task.held.item[:, None]
    np.testing.assert_array_equal(is_held.sum(axis=1), 1)
    for user, candidates in zip(task.queries, task.candidates, strict=True):
        rated = task.train["item"][task.train["user"] == user]
        assert not set(rated) & set(candidates)
