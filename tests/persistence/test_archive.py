"""A file is replaced as a whole, and damage to any part of it is found."""

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
import pytest
from saved_models import FIXTURE, FRAME, fitted

from sklearn_cofi import (
    load_npz,
    save_npz,
)
from sklearn_cofi.persistence import _archive
from sklearn_cofi.persistence._archive import Archive
from sklearn_cofi.persistence._replacing import replacing


def test_arrays_of_more_than_2_gib_have_64_bit_sizes(tmp_path, monkeypatch):
    """With a lower limit: arrays are aligned after the field of 64-bit sizes, too."""
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


def test_the_npz_file_of_another_program_is_named_and_refused(tmp_path):
    np.savez(tmp_path / "other.npz", a=1)
    message = "other.npz is damaged, or is not a model .*: it has no header.json. Save"
    with pytest.raises(ValueError, match=message):
        load_npz(tmp_path / "other.npz")


def test_a_device_is_written_to_and_not_replaced(tmp_path):
    (tmp_path / "null").symlink_to(os.devnull)
    save_npz(fitted()[0], tmp_path / "null")
    assert not (tmp_path / "null").is_file()
    assert os.listdir(tmp_path) == ["null"]


def test_a_folder_without_write_permission_is_an_error(without_rights):
    model = fitted()[0]
    # Other users can enter this folder, unlike tmp_path.
    with tempfile.TemporaryDirectory() as folder:
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


def test_a_full_disk_leaves_the_old_file(tmp_path):
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


def test_a_new_file_has_the_permissions_that_the_umask_leaves(tmp_path):
    path = tmp_path / "model.npz"
    save_npz(fitted()[0], path)
    mask = os.umask(0)
    os.umask(mask)
    assert path.stat().st_mode & 0o777 == 0o666 & ~mask


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o666])
def test_a_replaced_file_keeps_its_permissions(mode, tmp_path):
    path = tmp_path / "model.npz"
    save_npz(fitted()[0], path)
    path.chmod(mode)
    before = os.umask(0o027)
    try:
        save_npz(fitted()[0], path)
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == mode


def test_the_temporary_file_is_not_readable_by_more_users_than_the_old_one(tmp_path):
    path = tmp_path / "model.npz"
    path.write_bytes(b"old")
    path.chmod(0o600)
    with replacing(path) as stream:
        assert os.fstat(stream.fileno()).st_mode & 0o777 == 0o600


def test_saving_leaves_the_umask_alone(tmp_path, monkeypatch):
    """Reading the umask sets it: files of other threads would be world-writable."""
    before = os.umask(0o027)
    try:
        monkeypatch.setattr(os, "umask", None)
        save_npz(fitted()[0], tmp_path / "model.npz")
    finally:
        monkeypatch.undo()
        os.umask(before)
    assert (tmp_path / "model.npz").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("there", [True, False])
def test_a_link_stays_and_its_target_is_replaced(there, tmp_path):
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
def test_a_named_pipe_is_written_to_and_not_replaced(name, tmp_path):
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


def test_names_may_have_the_greatest_length(tmp_path):
    path = tmp_path / ("é" * 125 + ".npz")
    save_npz(fitted()[0], path)
    assert load_npz(path).get_params() == fitted()[0].get_params()


def test_errors_name_the_given_path(tmp_path):
    path = tmp_path / "nowhere" / "model.npz"
    with pytest.raises(FileNotFoundError) as caught:
        save_npz(fitted()[0], path)
    assert caught.value.filename == str(path)
    assert str(caught.value).endswith(f"No such file or directory: '{path}'")


@pytest.mark.parametrize("mmap_mode", [None, "r", "c"])
def test_an_open_archive_reads_the_old_file_after_a_replacement(mmap_mode, tmp_path):
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
import sklearn_cofi.persistence._replacing as replacing
from sklearn_cofi import load_npz, save_npz
model = load_npz(sys.argv[1])
model.user_factors_ = model.user_factors_ + 1
name, moment = sys.argv[2], sys.argv[3]
real = getattr(replacing.os, moment)
def die(*args):
    if moment == "replace":
        os.kill(os.getpid(), signal.SIGKILL)
    real(*args)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(replacing.os, moment, die)
save_npz(model, name)
"""


@pytest.mark.parametrize("moment", ["fsync", "replace"])
def test_a_killed_process_leaves_the_old_file(moment, tmp_path):
    path = tmp_path / "model.npz"
    shutil.copy(FIXTURE, path)
    command = [sys.executable, "-c", KILLED, FIXTURE, path, moment]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    np.testing.assert_array_equal(
        load_npz(path).user_factors_, load_npz(FIXTURE).user_factors_
    )


with zipfile.ZipFile(FIXTURE) as archive:
    MEMBERS = {info.filename: info for info in archive.infolist()}


@pytest.mark.parametrize("name", MEMBERS)
def test_a_flipped_bit_in_any_member_is_found(name, tmp_path):
    damaged = bytearray(FIXTURE.read_bytes())
    info = MEMBERS[name]
    local = damaged[info.header_offset : info.header_offset + 30]
    lengths = [int.from_bytes(local[k : k + 2], "little") for k in (26, 28)]
    last = info.header_offset + 30 + sum(lengths) + info.compress_size - 1
    damaged[last] ^= 1
    (tmp_path / "model.npz").write_bytes(damaged)
    with pytest.raises(ValueError, match=f"is damaged, .*{name}"):
        load_npz(tmp_path / "model.npz")
