"""At every fault a file is the old one or the new one, and no other file is left."""

import errno
import fcntl
import os
import signal
import threading
import time

import numpy as np
import pytest
from faults import each_fault, each_interruption, faulty_files, full_disk
from saved_models import fitted, state

from sklearn_cofi import load_npz, save_npz
from sklearn_cofi.persistence import _archive, _replacing, _values


def quota():
    return OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))


def read_only():
    return OSError(errno.EROFS, os.strerror(errno.EROFS))


def broken():
    return OSError(errno.EIO, os.strerror(errno.EIO))


def check_each(faults, path, models, contents, inject, error=OSError):
    """Save with each fault, and check that nothing changed; then without one."""
    before = state(path)
    for fault in faults:
        with pytest.MonkeyPatch.context() as patch:
            inject(patch, fault)
            try:
                save_npz(models[1], path)
            except error as caught:
                assert fault.raised
                if error is OSError:
                    assert caught.filename == str(path)  # noqa: PT017
                    assert caught.strerror == fault.error().strerror  # noqa: PT017
            else:
                assert not fault.raised
        assert not fault.raised or state(path) == before
    names, content, mode, is_link = state(path)
    assert (names, content) == (["1.npz"], contents[1])
    assert before[1] is None or (mode, is_link) == (before[2], before[3])


@pytest.mark.parametrize("lasting", [False, True])
@pytest.mark.parametrize("error", [full_disk, quota, broken])
def test_the_kth_write_fails(error, lasting, path, models, contents):
    def inject(patch, fault):
        faulty_files(patch, _replacing, fault)

    check_each(each_fault(error, lasting), path, models, contents, inject)


@pytest.mark.parametrize(
    ("function", "error"),
    [("open", read_only), ("open", quota), ("replace", broken)],
)
def test_the_kth_call_of_the_system_fails(function, error, path, models, contents):
    def inject(patch, fault):
        real = getattr(os, function)

        def faulty(name, *args, **kwargs):
            if str(name).endswith(".part"):
                fault()
            return real(name, *args, **kwargs)

        patch.setattr(_replacing.os, function, faulty)

    check_each(each_fault(error), path, models, contents, inject)


def test_syncing_the_file_fails(path, models, contents):
    def inject(patch, fault):
        real = os.fsync

        def faulty(descriptor):
            if os.path.isfile(f"/proc/self/fd/{descriptor}"):
                fault()
            return real(descriptor)

        patch.setattr(_replacing.os, "fsync", faulty)

    check_each(each_fault(broken), path, models, contents, inject)


@pytest.mark.parametrize("function", ["open", "fsync", "close"])
def test_a_folder_that_cannot_be_synced_is_no_error(function, tmp_path, monkeypatch):
    """The file is complete under its name by then."""
    real = getattr(os, function)

    def faulty(target, *args):
        if os.path.isdir(target if function == "open" else f"/proc/self/fd/{target}"):
            raise broken()
        return real(target, *args)

    monkeypatch.setattr(_replacing.os, function, faulty)
    save_npz(fitted()[0], tmp_path / "model.npz")
    monkeypatch.undo()
    assert load_npz(tmp_path / "model.npz").get_params() == fitted()[0].get_params()


def test_the_folder_is_synced_after_the_replacement(tmp_path, monkeypatch):
    done = []

    def record(name):
        real = getattr(os, name)

        def recorded(*args):
            is_folder = name == "fsync" and os.path.isdir(f"/proc/self/fd/{args[0]}")
            done.append((name, is_folder))
            return real(*args)

        return recorded

    for name in ("fsync", "replace"):
        monkeypatch.setattr(_replacing.os, name, record(name))
    save_npz(fitted()[0], tmp_path / "model.npz")
    assert done == [("fsync", False), ("replace", False), ("fsync", True)]


ALLOCATIONS = [
    (_archive.npy, "write_array"),
    (_archive.npy, "header_data_from_array_1_0"),
    (_archive.json, "dumps"),
    (_archive, "_info"),
    (_values.np, "cumsum"),
    (_values.np, "frombuffer"),
]


def test_the_kth_allocation_fails(path, contents, tmp_path_factory):
    named = fitted(ids="strings")[0]
    whole = tmp_path_factory.mktemp("whole") / "model.npz"
    save_npz(named, whole)

    def inject(patch, fault):
        for module, name in ALLOCATIONS:
            patch.setattr(module, name, fault.before(getattr(module, name)))

    given = [None, named], [None, whole.read_bytes()]
    check_each(each_fault(MemoryError), path, *given, inject, MemoryError)


def test_an_interrupt_at_any_line_leaves_the_old_file_or_the_new(
    path, models, contents
):
    before = state(path)
    n_old = n_new = 0
    for interruption in each_interruption(["persistence"]):
        try:
            with interruption:
                save_npz(models[1], path)
        except KeyboardInterrupt:
            pass
        found = state(path)
        if found == before:
            n_old += 1
            continue
        assert (found[0], found[1]) == (["1.npz"], contents[1])
        n_new += interruption.place is not None
        if before[1] is None:
            path.unlink()
        else:
            path.write_bytes(before[1])
    assert n_old > 40
    assert 0 < n_new < 20  # interrupts after the replacement
    assert state(path) == before


@pytest.mark.parametrize("n_bytes", [1, 7])
def test_the_system_may_write_less_than_it_is_passed(
    n_bytes, path, models, contents, monkeypatch
):
    faulty_files(monkeypatch, _replacing, lambda: None, n_bytes)
    save_npz(models[1], path)
    assert state(path)[:2] == (["1.npz"], contents[1])


def test_signals_interrupt_no_write_to_a_pipe(tmp_path, models):
    """The writer waits for the reader of the full pipe when the signals arrive."""
    os.mkfifo(tmp_path / "pipe")
    content, signals = [], []

    reading = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    fcntl.fcntl(reading, fcntl.F_SETPIPE_SZ, 4096)
    os.set_blocking(reading, True)

    def read():
        time.sleep(0.05)  # the pipe is full by then
        with open(reading, "rb", 0) as stream:
            while part := stream.read(200):
                content.append(part)
                time.sleep(2e-3)

    before = signal.signal(signal.SIGALRM, lambda *_: signals.append(1))
    signal.setitimer(signal.ITIMER_REAL, 1e-3, 1e-3)
    reader = threading.Thread(target=read)
    reader.start()
    try:
        save_npz(models[1], tmp_path / "pipe")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        reader.join()
    assert signals
    (tmp_path / "model.npz").write_bytes(b"".join(content))
    assert load_npz(tmp_path / "model.npz").get_params() == models[1].get_params()


@pytest.mark.parametrize("mmap_mode", [None, "r"])
def test_a_model_that_does_not_fit_into_memory_is_not_called_damaged(
    mmap_mode, tmp_path, models, monkeypatch
):
    save_npz(models[0], tmp_path / "model.npz")
    for fault in each_fault(MemoryError):
        with monkeypatch.context() as patch:
            for name in ("fromfile", "memmap"):
                patch.setattr(_archive.np, name, fault.before(getattr(np, name)))
            try:
                load_npz(tmp_path / "model.npz", mmap_mode=mmap_mode)
            except MemoryError:
                assert fault.raised
            else:
                assert not fault.raised


@pytest.mark.parametrize("check", [True, False])
def test_a_file_that_shrinks_while_it_is_read_is_damaged(check, tmp_path, monkeypatch):
    save_npz(fitted()[0], tmp_path / "model.npz")
    real = np.fromfile
    monkeypatch.setattr(_archive.np, "fromfile", lambda *args: real(*args)[:-1])
    with pytest.raises(ValueError, match="ends before the length in its header"):
        load_npz(tmp_path / "model.npz", check=check)
