"""At every fault a result is the old file or the new one, with one line about it."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from faults import each_fault, each_interruption, faulty_files, full_disk

from sklearn_cofi.cli._models import check_writable
from sklearn_cofi.cli._results import write_result
from sklearn_cofi.persistence import _replacing

RESULT = pd.DataFrame(
    {
        "user": [f"ü{k}" for k in range(300)],
        "prediction": np.random.default_rng(0).random(300),
    }
)
SUFFIXES = [".csv", ".tsv", ".csv.gz", ".csv.bz2", ".csv.xz", ".csv.zst", ".parquet"]


@pytest.mark.parametrize("lasting", [False, True])
@pytest.mark.parametrize("there", [False, True])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_kth_write_of_a_result_fails(suffix, there, lasting, tmp_path):
    if suffix.endswith(".zst"):
        pytest.importorskip("zstandard")
    path = tmp_path / f"result{suffix}"
    if there:
        path.write_bytes(b"old")
    for fault in each_fault(full_disk, lasting):
        with pytest.MonkeyPatch.context() as patch:
            faulty_files(patch, _replacing, fault)
            try:
                write_result(RESULT, str(path), False)
            except OSError as error:
                assert fault.raised
                assert "No space left on device" in str(error)  # noqa: PT017
            else:
                assert not fault.raised
                break
        assert [file.read_bytes() for file in tmp_path.iterdir()] == [b"old"] * there
    assert os.listdir(tmp_path) == [path.name]
    read = pd.read_parquet if suffix == ".parquet" else pd.read_csv
    settings = {"sep": "\t"} if suffix == ".tsv" else {}
    pd.testing.assert_frame_equal(read(path, **settings), RESULT)


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_an_interrupt_at_any_line_leaves_the_old_result_or_the_new(suffix, tmp_path):
    path = tmp_path / f"result{suffix}"
    write_result(RESULT, str(path), False)
    new = path.read_bytes()
    path.write_bytes(b"old")
    seen = set()
    for interruption in each_interruption(["cli", "persistence"]):
        try:
            with interruption:
                write_result(RESULT, str(path), False)
        except KeyboardInterrupt:
            pass
        assert os.listdir(tmp_path) == [path.name]
        seen.add(path.read_bytes())
        path.write_bytes(b"old")
    assert seen == {b"old", new}


COMMANDS = {
    "printed": "recommend model.npz --users 0",
    "json": "recommend model.npz --users 0 --json",
    "csv": "recommend model.npz --users 0 -o -",
    "facts": "info model.npz",
    "model": "fit tutorial.csv --features 2 --reg-param 1 -o -",
}


def shell(command, folder):
    """Run a command of the command line by the shell, in a folder."""
    return subprocess.run(
        f"{sys.executable} -m sklearn_cofi {command}",
        shell=True,
        capture_output=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
        check=False,
    )


@pytest.mark.parametrize(
    ("redirection", "message"),
    [(">/dev/full", "No space left on device"), (">&-", "Bad file descriptor")],
)
@pytest.mark.parametrize("name", COMMANDS)
def test_stdout_that_cannot_be_written_to_is_one_line(
    name, redirection, message, folder
):
    done = shell(f"{COMMANDS[name]} {redirection}", folder)
    assert done.returncode == 1
    *before, last = done.stderr.decode().splitlines()
    assert last == f"sklearn-cofi: error: stdout: {message}"
    assert not [line for line in before if "columns of" not in line]


def test_a_model_whose_facts_cannot_be_printed_is_saved(folder, tmp_path):
    command = "fit tutorial.csv --features 2 --reg-param 1 -o"
    done = shell(f"{command} {tmp_path}/model.npz >/dev/full", folder)
    assert done.returncode == 1
    assert b"stdout: No space left on device" in done.stderr
    assert os.listdir(tmp_path) == ["model.npz"]


def test_a_full_device_is_named(refused, folder):
    arguments = "--features", 2, "--reg-param", 1, "-o", "/dev/full"
    error = refused("fit", folder / "tutorial.csv", *arguments)
    assert error == "sklearn-cofi: error: /dev/full: No space left on device\n"


def test_lack_of_memory_is_named(refused, folder, monkeypatch):
    def empty(*args, **kwargs):
        raise MemoryError("Unable to allocate 3.00 GiB")

    monkeypatch.setattr(np, "fromfile", empty)
    error = refused("info", folder / "model.npz")
    assert error == "sklearn-cofi: error: out of memory: Unable to allocate 3.00 GiB\n"


@pytest.mark.parametrize("read_only", ["file", "folder"])
def test_a_read_only_target_is_found_before_the_work(read_only, without_rights):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "result.csv"
        path.touch()
        path.chmod(0o444 if read_only == "file" else 0o666)
        os.chmod(folder, 0o777 if read_only == "file" else 0o555)
        named = path if read_only == "file" else folder
        with without_rights(), pytest.raises(PermissionError) as caught:
            check_writable(str(path))
        assert caught.value.filename == str(named)
        os.chmod(folder, 0o777)
