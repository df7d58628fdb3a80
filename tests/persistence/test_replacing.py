"""Targets that are not replaced: read-only files, descriptors, and files in use."""

import errno
import fcntl
import io
import os
import tempfile
import threading
import time
from pathlib import Path

import pytest
from faults import Fault
from saved_models import state

from sklearn_cofi import load_npz, save_npz
from sklearn_cofi.persistence import _replacing
from sklearn_cofi.persistence._replacing import replacing


def test_a_read_only_file_is_not_replaced(without_rights, models):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.npz"
        save_npz(models[0], path)
        os.chmod(folder, 0o777)
        path.chmod(0o444)
        before = state(path)
        with without_rights(), pytest.raises(PermissionError) as caught:
            save_npz(models[1], path)
        assert caught.value.filename == str(path)
        assert state(path) == before


def test_a_loop_of_links_is_an_error(tmp_path, models):
    for name, other in ("ab", "ba"):
        (tmp_path / name).symlink_to(tmp_path / other)
    with pytest.raises(OSError, match="Too many levels of symbolic links"):
        save_npz(models[0], tmp_path / "a")
    assert sorted(os.listdir(tmp_path)) == ["a", "b"]


def test_a_full_device_is_an_error_that_names_it(models):
    with pytest.raises(OSError, match="No space left on device: '/dev/full'"):
        save_npz(models[0], "/dev/full")


def test_a_pipe_without_a_reader_is_an_error_that_names_it(tmp_path, models):
    """The reader leaves after the first bytes."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reading = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    fcntl.fcntl(reading, fcntl.F_SETPIPE_SZ, 4096)

    def leave():
        time.sleep(0.1)
        os.close(reading)

    reader = threading.Thread(target=leave)
    reader.start()
    with pytest.raises(BrokenPipeError) as caught:
        save_npz(models[0], path)
    reader.join()
    assert caught.value.filename == str(path)
    assert path.is_fifo()


DESCRIPTORS = ["/dev/fd/{}", "/proc/self/fd/{}", "/proc/thread-self/fd/{}", "link"]


@pytest.mark.parametrize("deleted", [False, True])
@pytest.mark.parametrize("flags", [0, os.O_APPEND])
@pytest.mark.parametrize("name", DESCRIPTORS)
def test_a_descriptor_is_written_where_it_stands(
    name, flags, deleted, tmp_path, models
):
    """``/dev/stdout`` is such a name: what was written before must stay."""
    file = tmp_path / "file"
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | flags)
    os.write(descriptor, b"before")
    if deleted:
        file.unlink()
    if name == "link":
        (tmp_path / "link").symlink_to(f"/dev/fd/{descriptor}")
        name = tmp_path / "link"
    save_npz(models[0], str(name).format(descriptor))
    os.write(descriptor, b"after")
    content = os.pread(descriptor, 10**6, 0)
    os.close(descriptor)
    assert content.startswith(b"before")
    assert content.endswith(b"after")
    (tmp_path / "model.npz").write_bytes(content[6:-5])
    assert load_npz(tmp_path / "model.npz").get_params() == models[0].get_params()
    if not deleted:
        assert file.read_bytes() == content
    left = {"file", "link"} & set(os.listdir(tmp_path)) | {"model.npz"}
    assert set(os.listdir(tmp_path)) == left


def test_a_device_cannot_be_seeked():
    with replacing(Path(os.devnull)) as stream:
        assert not stream.seekable()
        for refused in (stream.tell, lambda: stream.seek(0)):
            with pytest.raises(io.UnsupportedOperation):
                refused()


def test_a_closed_descriptor_is_an_error(models):
    with pytest.raises(OSError, match="Bad file descriptor: '/dev/fd/987'"):
        save_npz(models[0], "/dev/fd/987")


@pytest.fixture
def windows(monkeypatch):
    """As on Windows: a file that is in use is not replaced. Waits take no time."""
    monkeypatch.setattr(_replacing, "_ON_WINDOWS", True)
    monkeypatch.setattr(_replacing, "_WAITS", (0, 0, 0))

    def in_use():
        return PermissionError(errno.EACCES, "Access is denied")

    def refuse(n_times):
        fault = Fault(0, in_use, lasting=True)
        real = os.replace

        def replace(part, path):
            if fault.n_calls < n_times:
                fault()
            return real(part, path)

        monkeypatch.setattr(_replacing.os, "replace", replace)

    return refuse


@pytest.mark.parametrize("n_times", range(4))
def test_on_windows_a_file_in_use_for_a_moment_is_replaced(
    n_times, path, windows, models, contents
):
    windows(n_times)
    save_npz(models[1], path)
    assert state(path)[:2] == (["1.npz"], contents[1])


def test_on_windows_a_mapped_file_is_an_error_that_says_what_to_do(
    path, windows, models
):
    before = state(path)
    windows(10**6)
    with pytest.raises(PermissionError, match="mmap_mode. Save it under another name"):
        save_npz(models[1], path)
    assert state(path) == before


def test_elsewhere_a_refused_replacement_is_not_tried_again(
    path, windows, models, monkeypatch
):
    before = state(path)
    windows(1)
    monkeypatch.setattr(_replacing, "_ON_WINDOWS", False)
    with pytest.raises(PermissionError, match="Access is denied"):
        save_npz(models[1], path)
    assert state(path) == before
