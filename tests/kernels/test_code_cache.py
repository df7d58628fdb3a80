"""Compiled code is kept where only its user can write, or not at all."""

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from numba import config, njit, types

from sklearn_cofi.kernels import _code_cache

PACKAGE = Path(sys.modules["sklearn_cofi"].__file__).parent

needs_users = pytest.mark.skipif(
    not hasattr(os, "getuid"), reason="this system has no numbers of users"
)

# Modules that Python and numba import late are imported while they can be read: the
# Python of a test may be in a folder that only root can enter.
QUERY = """
import os, sys, tempfile, warnings
import numpy, numba
import sklearn_cofi.kernels._announce, sklearn_cofi.kernels._threads

tempfile.tempdir = os.environ["TMPDIR"]  # also if it is read-only

@numba.njit
def earlier(x):
    return x[0] + numpy.zeros(3)[1]

earlier(numpy.zeros(3))
if os.getuid() == 0:
    os.setgroups([]), os.setgid(65534), os.setuid(65534)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    from sklearn_cofi.kernels._pair_predictions import add_pair_scores
    for dtype in (numpy.float32, numpy.float64):
        ones, scores = numpy.ones((2, 2), dtype), numpy.zeros(2, dtype)
        add_pair_scores(ones, ones, numpy.array([0, 1]), numpy.array([1, 0]), scores)
        assert scores.tolist() == [2, 2]
for warning in caught:
    print(warning.message)
"""


@pytest.fixture
def open_folder():
    """A folder that other users can enter."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def read_only(open_folder):
    """A copy of the package that the user of the test cannot write to."""
    copy = open_folder / "site" / "sklearn_cofi"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    folders = [copy.parent, copy, *(path for path in copy.rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    yield copy.parent
    for folder in folders:
        folder.chmod(0o755)


def run_without_home(site, temporary):
    """Run a kernel as a user without rights and home; return the warnings."""
    environment = os.environ | {
        "PYTHONPATH": str(site),
        "HOME": "/nonexistent",
        "TMPDIR": str(temporary),
    }
    for name in ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME"):
        environment.pop(name, None)
    done = subprocess.run(
        [sys.executable, "-B", "-c", QUERY],
        env=environment,
        cwd=site,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def user_of_runs():
    return os.getuid() or 65534


@needs_users
def test_code_is_kept_in_a_folder_of_the_user(read_only, open_folder):
    temporary = open_folder / "tmp"
    temporary.mkdir()
    temporary.chmod(0o1777)
    (warning,) = run_without_home(read_only, temporary)
    (folder,) = temporary.iterdir()
    assert str(folder) in warning
    assert "NUMBA_CACHE_DIR" in warning
    found = folder.stat()
    assert (found.st_uid, stat.S_IMODE(found.st_mode)) == (user_of_runs(), 0o700)
    kept = {path: path.stat().st_mtime_ns for path in folder.rglob("*.nbc")}
    assert len(kept) == 2, "one file for each dtype"
    run_without_home(read_only, temporary)
    again = {path: path.stat().st_mtime_ns for path in folder.rglob("*.nbc")}
    assert again == kept, "the second process compiles nothing"


@needs_users
def test_without_any_folder_code_is_compiled_in_each_process(read_only, open_folder):
    temporary = open_folder / "tmp"
    temporary.mkdir(mode=0o555)
    (warning,) = run_without_home(read_only, temporary)
    assert "It is not kept" in warning
    assert "NUMBA_CACHE_DIR" in warning
    assert not list(temporary.iterdir())


@needs_users
def test_a_folder_that_others_may_use_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folder = _code_cache._own_temporary_folder()
    assert folder.parent == tmp_path
    assert _code_cache._own_temporary_folder() == folder
    for mode in (0o770, 0o707, 0o750, 0o701):
        folder.chmod(mode)
        assert _code_cache._own_temporary_folder() is None, oct(mode)
    folder.chmod(0o700)
    tmp_path.chmod(0o777)  # others may rename the folder
    assert _code_cache._own_temporary_folder() is None
    tmp_path.chmod(0o1777)
    assert _code_cache._own_temporary_folder() == folder
    tmp_path.chmod(0o700)
    folder.rmdir()
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    folder.symlink_to(tmp_path / "elsewhere")
    assert _code_cache._own_temporary_folder() is None
    folder.unlink()
    folder.write_text("")
    folder.chmod(0o700)
    assert _code_cache._own_temporary_folder() is None


@needs_users
def test_a_folder_of_another_user_is_refused(tmp_path, monkeypatch):
    if os.getuid() != 0:
        pytest.skip("only root can give a folder to another user")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folder = _code_cache._own_temporary_folder()
    os.chown(folder, 65534, 65534)
    assert _code_cache._own_temporary_folder() is None
    os.chown(folder, 0, 0)
    os.chown(tmp_path, 65534, 65534)
    assert _code_cache._own_temporary_folder() is None


def test_numba_keeps_its_own_folder_for_other_functions(tmp_path):
    before = config.CACHE_DIR
    with _code_cache._cache_in(tmp_path):
        assert config.CACHE_DIR == str(tmp_path)
    assert before == config.CACHE_DIR


def test_code_that_cannot_be_kept_is_used_once(monkeypatch):
    def full(*_, cache=False, **options):
        if cache:
            raise OSError(28, "No space left on device")
        return njit(types.int64(types.int64))

    monkeypatch.setattr(_code_cache, "_numba_can_cache", lambda: True)
    monkeypatch.setattr(_code_cache, "njit", full)
    with pytest.warns(UserWarning, match="No space left .* NUMBA_CACHE_DIR"):
        double = _code_cache.compile_and_keep(lambda x: 2 * x, types.int64(types.int64))
    assert double(4) == 8
