"""The command line as a process: pipes, interrupts and terminal encodings."""

import os
import re
import subprocess
import sys

import pytest

COMMAND = f"{sys.executable} -m sklearn_cofi"


def shell(script, folder, **environment):
    return subprocess.run(
        ["bash", "-c", script.replace("sklearn-cofi", COMMAND)],
        capture_output=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.getcwd(), **environment},
        check=False,
    )


def test_ratings_and_models_go_through_pipes(folder, tmp_path):
    done = shell(
        "cat tutorial.csv | sklearn-cofi fit - -o - --features 3 --reg-param 1 "
        "| tee piped.npz | sklearn-cofi recommend - --users 0 | head -1",
        folder,
    )
    assert done.returncode == 0
    assert done.stdout.split() == [b"user", b"rank", b"item", b"prediction"]
    # The facts of fit go to stderr if the model goes to stdout.
    assert b"CollaborativeFilter" in done.stderr
    assert b"Traceback" not in done.stderr
    assert shell("sklearn-cofi info - < piped.npz", folder).returncode == 0


def test_a_file_may_be_the_output_of_another_command(folder):
    done = shell(
        "sklearn-cofi predict model.npz <(gzip < tutorial.csv) -o - "
        "| cut -d, -f1-3 | cmp - tutorial.csv",
        folder,
    )
    notice = b"sklearn-cofi: columns of /dev/fd/[0-9]+: user 'user', item 'item'\n"
    assert (done.returncode, done.stdout) == (0, b"")
    assert re.fullmatch(notice, done.stderr)


@pytest.mark.slow
def test_an_interrupt_leaves_the_old_file(folder, tmp_path):
    """The command reads from a pipe without content, so it is still waiting."""
    os.mkfifo(tmp_path / "pairs.csv")
    (tmp_path / "out.csv").write_text("old")
    words = [folder / "model.npz", tmp_path / "pairs.csv", "-o", tmp_path / "out.csv"]
    process = subprocess.Popen(
        [sys.executable, "-m", "sklearn_cofi", "predict", *words],
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.getcwd()},
    )
    writer = os.open(
        tmp_path / "pairs.csv", os.O_WRONLY
    )  # blocks until the pipe is read
    process.send_signal(2)
    _, err = process.communicate(timeout=60)
    os.close(writer)
    assert (process.returncode, err.strip()) == (130, b"")
    assert sorted(os.listdir(tmp_path)) == ["out.csv", "pairs.csv"]
    assert (tmp_path / "out.csv").read_text() == "old"


@pytest.mark.slow
def test_an_interrupt_leaves_no_traceback(folder):
    fit = [sys.executable, "-m", "sklearn_cofi", "fit", "ratings.csv", "--bayesian"]
    where = {"cwd": folder, "env": {**os.environ, "PYTHONPATH": os.getcwd()}}
    # Compiles first: an interrupt in a callback of the compiler is printed by Python.
    subprocess.run([*fit, "-o", "first.npz", "--sweeps", "30"], check=True, **where)
    process = subprocess.Popen(
        [*fit, "-o", "never.npz", "--sweeps", "1000000"],
        stderr=subprocess.PIPE,
        **where,
    )
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(timeout=8)
    process.send_signal(2)
    _, err = process.communicate(timeout=60)
    columns, *others = err.strip().splitlines()
    assert b"columns of ratings.csv" in columns
    assert (process.returncode, others) == (130, [])
    assert not (folder / "never.npz").exists()


def test_characters_outside_the_encoding_are_escaped(folder):
    titles = folder / "accented.csv"
    titles.write_text("item,title\n3,Amélie\n", encoding="utf-8")
    command = "sklearn-cofi recommend model.npz --users 0 -n 1 --titles accented.csv"
    assert b"Am\\xe9lie" in shell(command, folder, PYTHONIOENCODING="ascii").stdout
    assert "Amélie".encode() in shell(command, folder, PYTHONIOENCODING="utf-8").stdout
