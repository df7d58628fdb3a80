"""`warm-up` compiles every kernel; long compilation is announced once."""

import json
import os
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

import sklearn_cofi.kernels
from sklearn_cofi.kernels import _announce
from sklearn_cofi.kernels._compiled import Kernel


def all_kernels():
    folder = Path(sklearn_cofi.kernels.__file__).parent
    modules = [
        import_module(f"sklearn_cofi.kernels.{path.stem}")
        for path in folder.glob("_[a-z]*.py")
    ]
    found = [x for module in modules for x in vars(module).values()]
    return [x for x in found if isinstance(x, Kernel)]


def test_warm_up_compiles_every_kernel_for_both_dtypes(run, monkeypatch):
    kernels = all_kernels()
    assert len(kernels) >= 10
    for kernel in kernels:
        monkeypatch.setattr(kernel, "_compiled", {})
    done = run("warm-up", "--json")
    assert done.status == 0, done.err
    for kernel in kernels:
        dtypes = {dtype for key in kernel._compiled for dtype in key}
        expected = {np.dtype("f8")}
        if not kernel.__module__.endswith("_time_effects"):  # in float64 only
            expected.add(np.dtype("f4"))
        assert expected <= dtypes, kernel.__name__
    rows = json.loads(done.out)
    assert rows[-1]["seconds"] == pytest.approx(sum(x["seconds"] for x in rows[:-1]))
    assert {row["dtype"] for row in rows[:-1]} == {"float32", "float64"}


def test_warm_up_prints_a_table(run):
    done = run("warm-up")
    assert done.status == 0
    assert done.out.splitlines()[0].split() == ["path", "dtype", "seconds"]
    assert done.out.splitlines()[-1].startswith("total")


def test_long_compilation_is_announced_once_and_loading_is_not(tmp_path):
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    for expected in ("sklearn-cofi: compiling, once\n", ""):
        demo = subprocess.run(
            [sys.executable, "-m", "sklearn_cofi"],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert demo.stderr == expected


@pytest.fixture
def written(monkeypatch):
    monkeypatch.setattr(_announce, "_PATIENCE", 0.05)
    return []


def test_seconds_of_compilation_add_up_to_one_message(written):
    with _announce.announcing(write=written.append):
        announcement = _announce.announcement()
        for _ in range(20):
            announcement.begin()
            time.sleep(0.01)
            announcement.end()
    assert written == ["compiling, once"]


def test_seconds_between_compilations_do_not_count(written):
    with _announce.announcing(write=written.append):
        announcement = _announce.announcement()
        announcement.begin()
        announcement.end()
        time.sleep(0.2)
    assert written == []


def test_the_outer_announcement_is_used_and_a_disabled_one_is_none(written):
    with _announce.announcing(False, written.append):
        assert _announce.announcement() is None
    with _announce.announcing(write=written.append):
        outer = _announce.announcement()
        with _announce.announcing():
            assert _announce.announcement() is outer
    assert _announce.announcement() is None
