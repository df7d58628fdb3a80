"""A newer version of the package loads the files of every older one."""

import json
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sklearn_cofi import (
    CollaborativeFilter,
    CollaborativeFilterCV,
    RankingCollaborativeFilter,
    load_npz,
    save_npz,
)
from sklearn_cofi.persistence._models import _CLASSES, VERSION

# Files that the first version of the package with each format wrote. All were fitted to
# seven ratings of users u1 to u3 and items 10 to 30. A new version of the format adds a
# file of each class; files are never written again. Those of version 5 have features of
# users and items, and the Bayesian one has times.
FILES = sorted(Path(__file__).parent.glob("version-*.npz"))
# Classes that are newer than version 1, and the first version with the class.
ADDED = {"RankingCollaborativeFilter": 4}
# An item, and what the version that wrote the file predicted for user u1 and this item.
EXPECTED = {
    "version-1": (20, 2.5390344),
    "version-1-bayesian": (30, 3.6071958),
    "version-1-tuned": (30, 2.3528475),
    "version-2": (20, 3.2283572),
    "version-2-bayesian": (30, 3.6071958),
    "version-2-tuned": (30, 2.3528475),
    "version-3": (20, 3.2283572),
    "version-3-bayesian": (30, 3.6071957),
    "version-3-tuned": (30, 3.2629630),
    "version-4": (20, 3.0383680),
    "version-4-bayesian": (30, 3.6071957),
    "version-4-ranking": (20, 1.1231203),
    "version-4-tuned": (30, 3.2629630),
    "version-5": (20, 3.0597778),
    "version-5-bayesian": (30, 5.1868078),
    "version-5-ranking": (20, 1.2546679),
    "version-5-tuned": (30, 3.6824996),
}


def test_there_is_a_file_of_each_class_in_each_version():
    headers = []
    for file in FILES:
        with zipfile.ZipFile(file) as archive:
            headers.append(json.loads(archive.read("header.json")))
    found = sorted((header["version"], header["class"]) for header in headers)
    assert found == [
        (version, name)
        for version in range(1, VERSION + 1)
        for name in sorted(_CLASSES)
        if version >= ADDED.get(name, 1)
    ]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_unrated_pairs_do_not_count_in_old_files(file):
    model = load_npz(file)
    if isinstance(model, RankingCollaborativeFilter):
        # The mean weight 1 times the root of the density of 7 ratings of 3 x 3 pairs.
        assert model.unrated_weight_ == pytest.approx(np.sqrt(7 / 9))
    elif isinstance(model, CollaborativeFilter | CollaborativeFilterCV):
        assert model.unrated_weight_ == 0


def pairs(model, users, items):
    """Return a frame to predict, at no particular time if the model has times."""
    frame = pd.DataFrame({"user": users, "item": items})
    if getattr(model, "time_col", None):
        frame[model.time_col] = np.nan
    return frame


@pytest.mark.parametrize("mmap_mode", [None, "r"])
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_an_old_file_gives_a_model_that_does_everything(file, mmap_mode, tmp_path):
    model = load_npz(file, mmap_mode=mmap_mode)
    item, expected = EXPECTED[file.stem]
    pair = pairs(model, ["u1"], [item])
    assert model.predict(pair)[0] == pytest.approx(expected, abs=1e-6)
    assert model.recommend(["u1"])["item"].tolist() == [30]
    assert set(model.similar_items([10], n=2)["similar_item"]) == {20, 30}
    new = pd.DataFrame({"user": ["new"], "item": [10], "rating": [5.0]})
    assert model.recommend(ratings=new)["item"].isin([20, 30]).sum() == 2
    if isinstance(model, CollaborativeFilter | CollaborativeFilterCV):
        contributions = model.explain("u1", item)["contribution"]
        assert contributions.sum() == pytest.approx(expected, abs=1e-6)
        assert "new" in model.fold_in(new).user_ids_
    unknown = pairs(model, ["u1", "new", "new"], [99, 10, 99])
    assert np.isfinite(model.predict(unknown)).all()
    save_npz(model, tmp_path / "model.npz")
    again = load_npz(tmp_path / "model.npz")
    assert repr(again) == repr(model)
    assert vars(again).keys() == vars(model).keys()
    np.testing.assert_array_equal(again.predict(unknown), model.predict(unknown))
