"""The splits and the side information of benchmarks/quality."""

import io
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

# The benchmarks are not installed: they are found from the root of the checkout.
PATH = list(sys.path)
sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.quality.information import (  # noqa: E402
    INFORMATION,
    Described,
    encoded,
    is_new,
    known_in,
    restricted,
)
from benchmarks.quality.models import MODELS  # noqa: E402
from benchmarks.quality.protocols import (  # noqa: E402
    PROTOCOLS,
    ColdSplit,
    group_names,
    groups,
    inner_split,
)
from benchmarks.quality.report import table  # noqa: E402

sys.path[:] = PATH

N_USERS, N_ITEMS = 40, 30
COLD, BY_TIME = "ml-100k cold", "ml-100k by time"


def described(name, n, first):
    """Return features that are the id and its square, of ids in decreasing order."""
    ids = first + np.arange(n)[::-1]
    matrix = np.column_stack([ids, ids**2]).astype(np.float32)
    return Described(pd.DataFrame({name: ids, "raw": ids}), matrix, np.arange(2))


KNOWN = {
    "user": described("user", N_USERS, 100),
    "item": described("item", N_ITEMS, 500),
}


@pytest.fixture
def ratings():
    drawn = np.random.default_rng(0)
    pairs = drawn.permutation(N_USERS * N_ITEMS)[:400]
    return pd.DataFrame(
        {
            "user": 100 + pairs // N_ITEMS,
            "item": 500 + pairs % N_ITEMS,
            "rating": drawn.integers(1, 6, pairs.size).astype(float),
            "timestamp": drawn.permutation(pairs.size),
        }
    )


@pytest.fixture
def fold(ratings):
    train, test = next(ColdSplit(1).split(ratings))
    return tuple(
        [ratings.iloc[p][name].to_numpy() for name in ratings] for p in (train, test)
    )


def test_cold_split_holds_out_users_and_items_whole(ratings):
    for train, test in ColdSplit(3).split(ratings):
        assert np.array_equal(np.sort(np.r_[train, test]), np.arange(len(ratings)))
        new = {
            side: ~ratings[side].isin(ratings[side].iloc[train]).to_numpy()
            for side in ("user", "item")
        }
        assert all(mask.any() for mask in new.values())
        assert (new["user"] | new["item"])[test].all()


def test_cold_split_is_seeded(ratings):
    first, second = ColdSplit(2).split(ratings)
    (again,) = ColdSplit(1, seed=8).split(ratings)
    np.testing.assert_array_equal(second[1], again[1])
    assert not np.array_equal(first[1], second[1])


@pytest.mark.parametrize("side", [0, 1])
def test_features_and_frames_are_of_the_encoded_ids(fold, side):
    name = ("user", "item")[side]
    parts = encoded(*fold, KNOWN)
    frame = pd.read_csv(io.StringIO(str(parts[f"{name}_frame"])))
    np.testing.assert_array_equal(frame[name], np.arange(len(frame)))
    for part, columns in zip(("train", "test"), fold, strict=True):
        codes = parts[f"{part}_{name}"]
        np.testing.assert_array_equal(
            parts[f"{name}_features"][codes, 0], columns[side]
        )
        np.testing.assert_array_equal(frame["raw"].to_numpy()[codes], columns[side])


def test_rows_without_features_are_an_error(fold):
    few = KNOWN["user"]._replace(frame=KNOWN["user"].frame.iloc[1:])
    with pytest.raises(ValueError, match="No features of"):
        encoded(*fold, {"user": few})


@pytest.mark.parametrize("information", INFORMATION)
def test_a_model_gets_only_its_information(fold, information):
    parts = encoded(*fold, KNOWN)
    given = restricted(parts, information)
    assert ("user_features" in given) == ("features" in information)
    assert ("item_frame" in given) == ("features" in information)
    assert ("test_time" in given) == ("time" in information)
    for side in ("user", "item"):
        new = is_new(parts, side)
        assert new.any()
        # Without features, nothing distinguishes the ids that are not in training.
        assert ((given[f"test_{side}"][new] == -1).all()) == (
            "features" not in information
        )
        np.testing.assert_array_equal(
            given[f"test_{side}"][~new], parts[f"test_{side}"][~new]
        )


def test_groups_of_cold_rows(fold):
    train, test = fold
    found = groups(COLD, encoded(train, test, KNOWN))
    user, item = (~np.isin(test[side], train[side]) for side in (0, 1))
    assert list(found) == group_names(COLD)
    for mask, expected in zip(
        found.values(), (item & ~user, user & ~item, user & item), strict=True
    ):
        np.testing.assert_array_equal(mask, expected)
    assert sum(found.values()).tolist() == [1] * user.size


@pytest.mark.parametrize("name", PROTOCOLS)
def test_tuning_uses_only_training_ratings(fold, name):
    parts = encoded(*fold, KNOWN)
    inner = inner_split(name, parts)
    n = parts["train_rating"].size
    assert inner["train_rating"].size + inner["test_rating"].size == n
    # Features are of the same user, before and after the second encoding.
    found = [
        np.column_stack(
            [
                inner["user_features"][inner[f"{part}_user"], 0],
                inner["item_features"][inner[f"{part}_item"], 0],
                inner[f"{part}_rating"],
            ]
        )
        for part in ("train", "test")
    ]
    expected = np.column_stack(fold[0][:3])
    found = np.concatenate(found)
    assert sorted(map(tuple, found)) == sorted(map(tuple, expected))


def test_tuning_by_time_is_on_the_latest_ratings(fold):
    inner = inner_split(BY_TIME, encoded(*fold, KNOWN))
    assert inner["test_time"].min() > inner["train_time"].max()
    assert set(known_in(inner)) == {"user", "item"}


def test_models_have_a_known_information():
    for label, model in MODELS.items():
        assert model.information in INFORMATION, label
        assert ("+" in label or "ridge" in label) or model.information == "ratings"


def test_table_has_a_column_for_each_group():
    names = group_names(COLD)
    fits = pd.DataFrame(
        {
            "set": names * 2,
            "fold": [1, 1, 1, 2, 2, 2],
            "model": "m",
            "iterations": np.nan,
            "settings": "{}",
            "rmse": [1.0, 2.0, 3.0, 1.5, 2.0, 5.0],
            "mae": 1.0,
            "fit_seconds": 1.0,
            "tuning_seconds": 0.0,
        }
    )
    head, _, row = table(fits, names).splitlines()
    assert "RMSE, items | RMSE, users | RMSE, users and items" in head
    assert "| 1.2500 ± 0.2500 | 2.0000 ± 0.0000 | 4.0000 ± 1.0000 |" in row
    *_, row = table(fits[fits["set"] == names[0]], names[:1]).splitlines()
    assert "| m | 1.2500 ± 0.2500 | 1.0000 | 1.0000 ± 0.0000 |" in row
