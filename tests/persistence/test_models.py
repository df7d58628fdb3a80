"""A saved model comes back whole, or a clear error comes instead."""

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.callback import ProgressBar
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import KFold
from strategies import random_ratings

from sklearn_cofi import (
    BayesianCollaborativeFilter,
    ClusterRecommender,
    CollaborativeFilter,
    CollaborativeFilterCV,
    load_npz,
    save_npz,
)
from sklearn_cofi.persistence import _archive
from sklearn_cofi.persistence._archive import Archive

FRAME = random_ratings(2, (9, 7)).frame()
# Written by version 1 of the format, and read by every later one.
FIXTURE = Path(__file__).parent / "version-1.npz"
SMALL = {"n_jobs": 1, "random_state": 0}
MODELS = {
    "plain": CollaborativeFilter(2, 0.5, **SMALL),
    "pair": CollaborativeFilter(2, (0.5, 1.5), fit_bias=True, **SMALL),
    "single": CollaborativeFilter(2, 0.5, dtype=np.float32, **SMALL),
    "stopped": CollaborativeFilter(2, 0.1, early_stopping=True, **SMALL),
    "tuned": CollaborativeFilterCV(np.array([2.0, 1.0]), [2], cv=2, **SMALL),
    "bayesian": BayesianCollaborativeFilter(2, 12, burn_in=2, n_kept_draws=3, **SMALL),
    "no links": BayesianCollaborativeFilter(
        2, 12, burn_in=2, implicit_features=False, heteroscedastic=False, **SMALL
    ),
}
IDS = {
    "numbers": lambda users: users,
    "strings": lambda users: "user " + users.astype(str),
    "long strings": lambda users: "ü" * 200 + users.astype(str),
    "dates": lambda users: pd.Timestamp("2020-01-01") + pd.to_timedelta(users, "D"),
}


def fitted(name="plain", ids="numbers"):
    frame = FRAME.assign(user=IDS[ids](FRAME["user"]))
    return MODELS[name].fit(frame), frame


@pytest.mark.parametrize("mmap_mode", [None, "r", "c"])
@pytest.mark.parametrize(
    ("name", "ids"),
    [*((name, "numbers") for name in MODELS), *(("plain", ids) for ids in IDS)],
)
def test_everything_comes_back(name, ids, mmap_mode, tmp_path):
    model, frame = fitted(name, ids)
    save_npz(model, tmp_path / "model.npz")
    same = load_npz(tmp_path / "model.npz", mmap_mode=mmap_mode)
    assert type(same) is type(model)
    assert repr(same) == repr(model)
    assert vars(same).keys() == vars(model).keys()
    for key, value in vars(model).items():
        found = getattr(same, key)
        assert type(found) in (type(value), np.memmap), key
        np.testing.assert_array_equal(found, value, key)
        if isinstance(value, np.ndarray):
            assert found.dtype == value.dtype, key
    np.testing.assert_array_equal(same.predict(frame), model.predict(frame))
    users = model.user_ids_[:2]
    pd.testing.assert_frame_equal(same.recommend(users), model.recommend(users))


def test_a_map_of_the_file_is_aligned_and_read_only(tmp_path):
    model, _ = fitted()
    save_npz(model, tmp_path / "model.npz")
    same = load_npz(tmp_path / "model.npz", mmap_mode="r")
    for values in (same.user_factors_, same.item_factors_, same._rated_ratings):
        assert isinstance(values, np.memmap)
        assert values.ctypes.data % 64 == 0
        assert not values.flags.writeable
    np.testing.assert_array_equal(same.fold_in(FRAME).predict(FRAME[:3]).shape, (3,))


def test_arrays_of_more_than_2_gib_are_marked_as_such(tmp_path, monkeypatch):
    """As if these were: where the fields of 64 bits begin, arrays still align."""
    monkeypatch.setattr(_archive, "_LARGE", 30)
    model, _ = fitted()
    save_npz(model, tmp_path / "model.npz")
    same = load_npz(tmp_path / "model.npz", mmap_mode="r")
    assert same.user_factors_.nbytes > 30
    assert same.user_factors_.ctypes.data % 64 == 0
    np.testing.assert_array_equal(same.user_factors_, model.user_factors_)
    with zipfile.ZipFile(tmp_path / "model.npz") as archive:
        versions = {i.filename: i.extract_version for i in archive.infolist()}
    assert versions["user_factors_.npy"] == zipfile.ZIP64_VERSION


def test_callbacks_are_not_saved(tmp_path):
    model, frame = fitted()
    save_npz(model, tmp_path / "without.npz")
    save_npz(model.set_callbacks(ProgressBar()), tmp_path / "with.npz")
    again = (tmp_path / "with.npz").read_bytes()
    assert again == (tmp_path / "without.npz").read_bytes()


def test_what_is_no_regular_file_is_written_to_and_not_replaced(tmp_path):
    (tmp_path / "null").symlink_to(os.devnull)
    save_npz(fitted()[0], tmp_path / "null")
    assert not (tmp_path / "null").is_file()
    assert os.listdir(tmp_path) == ["null"]


def test_numpy_reads_the_arrays(tmp_path):
    model, _ = fitted()
    save_npz(model, tmp_path / "model.npz")
    with np.load(tmp_path / "model.npz") as arrays:
        np.testing.assert_array_equal(arrays["item_factors_"], model.item_factors_)


def test_the_same_model_is_the_same_file(tmp_path):
    for name in ("a", "b"):
        save_npz(fitted()[0], tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_file_of_the_first_version_is_read():
    model = load_npz(FIXTURE)
    expected = CollaborativeFilter(num_features=2, random_state=0, reg_param=1.5)
    assert repr(model) == repr(expected)
    predicted = model.predict(pd.DataFrame({"user": ["u1"], "item": [20]}))
    assert predicted[0] == pytest.approx(2.5390344, abs=1e-7)


REFUSED = {
    "a class": (
        ClusterRecommender(),
        TypeError,
        "A ClusterRecommender cannot be saved",
    ),
    "unfitted": (CollaborativeFilter(), NotFittedError, "not fitted"),
    "a solver": (
        CollaborativeFilter(1, 0.5, solver=lambda *args, **more: None),
        TypeError,
        "^solver cannot be saved without pickle: .*Set it to one",
    ),
    "a generator": (
        CollaborativeFilter(1, 0.5, random_state=np.random.RandomState(0)),
        TypeError,
        "^random_state cannot be saved",
    ),
    "a splitter": (
        CollaborativeFilterCV([1.0], [1], cv=KFold(2)),
        TypeError,
        "^cv cannot be saved",
    ),
}


@pytest.mark.parametrize(("model", "error", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_saved_says_so(model, error, message, tmp_path):
    if error is TypeError and not isinstance(model, ClusterRecommender):
        vars(model).update(
            (name, value)
            for name, value in vars(fitted()[0]).items()
            if name.endswith("_") or name.startswith("_")
        )
    with pytest.raises(error, match=message):
        save_npz(model, tmp_path / "model.npz")
    assert not list(tmp_path.iterdir())


def test_ids_of_other_types_say_so(tmp_path):
    frame = FRAME.assign(user=[(user,) for user in FRAME["user"]])
    model = CollaborativeFilter(1, 0.5, **SMALL).fit(frame)
    with pytest.raises(TypeError, match="^user_ids_ cannot be .*Fit with strings"):
        save_npz(model, tmp_path / "model.npz")


def rewritten(path, change):
    """Write the file anew with another header."""
    with zipfile.ZipFile(path) as archive:
        parts = {info: archive.read(info) for info in archive.infolist()}
    with zipfile.ZipFile(path, "w") as archive:
        for info, data in parts.items():
            if info.filename == "header.json":
                header = json.loads(data)
                change(header)
                data = json.dumps(header)
            archive.writestr(info, data)


CHANGES = {
    "newer": (lambda h: h.update(version=2), "of version 2 of the format.* Upgrade it"),
    "another format": (lambda h: h.update(format="other"), "its header is another's"),
    "no version": (lambda h: h.pop("version"), "its header is another's"),
    "another class": (lambda h: h.update({"class": "Pipeline"}), "Pipeline"),
    "a parameter more": (lambda h: h["parameters"].update(new=1), "new"),
    "a method": (
        lambda h: h["attributes"].update(predict={"value": 1}),
        "predict is no attribute",
    ),
    "no factors": (lambda h: h["attributes"].pop("user_factors_"), "no user_factors_"),
    "factors of the other side": (
        lambda h: h["attributes"].update(user_factors_={"array": "item_factors_"}),
        "factors_ has the shape",
    ),
    "no such array": (
        lambda h: h["attributes"].update(user_bias_={"array": "nothing"}),
        "it has no nothing.npy",
    ),
    "a number for an array": (
        lambda h: h["attributes"].update(user_bias_={"value": 1}),
        "user_bias_ is of another type",
    ),
}


@pytest.mark.parametrize(("change", "message"), CHANGES.values(), ids=CHANGES)
def test_a_header_that_does_not_fit_is_refused(change, message, tmp_path):
    path = tmp_path / "model.npz"
    save_npz(fitted()[0], path)
    rewritten(path, change)
    with pytest.raises(ValueError, match=message):
        load_npz(path)


@pytest.mark.parametrize("values", [[0, 99], [0, -1]])
def test_ratings_that_would_lead_kernels_astray_are_refused(values, tmp_path):
    model, _ = fitted()
    model._rated_items = model._rated_items.copy()
    model._rated_items[:2] = values
    save_npz(model, tmp_path / "model.npz")
    with pytest.raises(ValueError, match="_rated_items are out of range"):
        load_npz(tmp_path / "model.npz")


@pytest.mark.parametrize("check", [True, False])
@given(data=st.data())
def test_a_damaged_file_is_an_error_or_the_model(check, data, tmp_path_factory):
    whole = FIXTURE.read_bytes()
    kind = data.draw(st.sampled_from(["cut", "flip", "insert"]))
    place = data.draw(st.integers(0, len(whole) - 1))
    if kind == "cut":
        damaged = whole[:place]
    elif kind == "flip":
        other = whole[place] ^ data.draw(st.integers(1, 255))
        damaged = whole[:place] + bytes([other]) + whole[place + 1 :]
    else:
        damaged = whole[:place] + data.draw(st.binary(max_size=9)) + whole[place:]
    path = tmp_path_factory.mktemp("damaged") / "model.npz"
    path.write_bytes(damaged)
    try:
        model = load_npz(path, check=check)
    except ValueError as error:
        assert "is damaged" in str(error) or "version" in str(error)  # noqa: PT017
    else:
        if check:
            expected = load_npz(FIXTURE)
            for name in ("user_factors_", "item_factors_", "_rated_ratings"):
                np.testing.assert_array_equal(
                    getattr(model, name), getattr(expected, name)
                )
        model.recommend(model.user_ids_)


def test_no_file_and_no_folder(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_npz(tmp_path / "none.npz")
    with pytest.raises(OSError, match="none"):
        save_npz(fitted()[0], tmp_path / "none" / "model.npz")
    with pytest.raises(ValueError, match="mmap_mode must be None, 'r' or 'c'"):
        load_npz(FIXTURE, mmap_mode="w+")


def test_a_folder_that_cannot_be_written_to(without_rights):
    model = fitted()[0]
    with tempfile.TemporaryDirectory() as folder:  # unlike tmp_path, all may enter it
        path = Path(folder) / "model.npz"
        save_npz(model, path)
        before = path.read_bytes()
        Path(folder).chmod(0o555)
        with without_rights():
            with pytest.raises(PermissionError, match=str(path.parent)):
                save_npz(model, path)
            assert path.read_bytes() == before
        assert os.listdir(folder) == ["model.npz"]
        Path(folder).chmod(0o755)


def test_a_disk_that_is_full_leaves_the_old_file(tmp_path):
    path = tmp_path / "model.npz"
    save_npz(fitted()[0], path)
    before = path.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            save_npz(fitted()[0], path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_permissions_are_those_of_the_file_before(tmp_path):
    path = tmp_path / "model.npz"
    save_npz(fitted()[0], path)
    mask = os.umask(0)
    os.umask(mask)
    assert path.stat().st_mode & 0o777 == 0o666 & ~mask
    path.chmod(0o640)
    save_npz(fitted()[0], path)
    assert path.stat().st_mode & 0o777 == 0o640


def test_saving_leaves_the_umask_alone(tmp_path, monkeypatch):
    """Who sets it to read it lets other threads write files for everyone."""
    before = os.umask(0o027)
    try:
        monkeypatch.setattr(os, "umask", None)
        save_npz(fitted()[0], tmp_path / "model.npz")
    finally:
        monkeypatch.undo()
        os.umask(before)
    assert (tmp_path / "model.npz").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("there", [True, False])
def test_a_link_stays_and_its_file_is_replaced(there, tmp_path):
    (tmp_path / "models").mkdir()
    file, link = tmp_path / "models" / "1.npz", tmp_path / "model.npz"
    if there:
        save_npz(fitted()[0], file)
    link.symlink_to(file)
    save_npz(fitted("pair")[0], link)
    assert link.is_symlink()
    assert load_npz(file).fit_bias
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize("name", ["pipe", "link"])
def test_a_pipe_is_written_to_and_stays(name, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(tmp_path / "pipe")
    reading = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    with open(reading, "rb") as stream:
        save_npz(fitted()[0], tmp_path / name)
        (tmp_path / "model.npz").write_bytes(stream.read())
    same = load_npz(tmp_path / "model.npz")
    np.testing.assert_array_equal(same.predict(FRAME), fitted()[0].predict(FRAME))
    assert (tmp_path / "pipe").is_fifo()


def test_a_folder_is_not_replaced(tmp_path):
    with pytest.raises(IsADirectoryError, match=str(tmp_path)):
        save_npz(fitted()[0], tmp_path)
    assert not list(tmp_path.iterdir())


def test_names_may_be_as_long_as_names_can_be(tmp_path):
    path = tmp_path / ("é" * 125 + ".npz")
    save_npz(fitted()[0], path)
    assert load_npz(path).get_params() == fitted()[0].get_params()


def test_errors_name_the_path_that_was_asked_for(tmp_path):
    path = tmp_path / "nowhere" / "model.npz"
    with pytest.raises(FileNotFoundError) as caught:
        save_npz(fitted()[0], path)
    assert caught.value.filename == str(path)
    assert str(caught.value).endswith(f"No such file or directory: '{path}'")


@pytest.mark.parametrize("mmap_mode", [None, "r", "c"])
def test_who_reads_while_a_file_takes_its_place_reads_the_old_one(mmap_mode, tmp_path):
    path = tmp_path / "model.npz"
    save_npz(fitted()[0], path)
    with Archive(path) as archive:
        save_npz(fitted("pair")[0], path)
        factors = archive.array("user_factors_", mmap_mode)
    np.testing.assert_array_equal(factors, fitted()[0].user_factors_)
    if mmap_mode is not None:
        assert factors.filename == str(path)


KILLED = """
import os, signal, sys
import sklearn_cofi.persistence._archive as archive
from sklearn_cofi import load_npz, save_npz
model = load_npz(sys.argv[1])
model.user_factors_ = model.user_factors_ + 1
name, moment = sys.argv[2], sys.argv[3]
real = getattr(archive.os, moment)
def die(*args):
    if moment == "replace":
        os.kill(os.getpid(), signal.SIGKILL)
    real(*args)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(archive.os, moment, die)
save_npz(model, name)
"""


@pytest.mark.parametrize("moment", ["fsync", "replace"])
def test_who_is_killed_while_saving_leaves_the_old_file(moment, tmp_path):
    path = tmp_path / "model.npz"
    shutil.copy(FIXTURE, path)
    command = [sys.executable, "-c", KILLED, FIXTURE, path, moment]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    np.testing.assert_array_equal(
        load_npz(path).user_factors_, load_npz(FIXTURE).user_factors_
    )
