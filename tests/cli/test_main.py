"""Exit statuses, one line per error and warning, and fast imports."""

import os
import subprocess
import sys
import types
import warnings

import pytest

import sklearn_cofi
from sklearn_cofi.cli import _main

COMMANDS = ["fit", "tune", "evaluate", "predict", "recommend", "similar", "explain"]
COMMANDS += ["effects", "info"]

HELP = """
import sys
from sklearn_cofi.cli import main
status = main({arguments})
heavy = {{"sklearn", "pandas", "numpy", "numba", "scipy"}}
print(status, *sorted(heavy & set(sys.modules)), file=sys.stderr)
"""


@pytest.mark.parametrize("command", [[], *([name] for name in COMMANDS)])
def test_help_imports_no_heavy_package(command):
    done = subprocess.run(
        [sys.executable, "-c", HELP.format(arguments=[*command, "--help"])],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr.split() == ["0"]
    assert done.stdout.startswith(f"Usage: {' '.join(['sklearn-cofi', *command])}")


def test_the_version_is_the_package_s(run):
    assert sklearn_cofi.__version__ in run("--version").out


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["fit"],
        ["fit", "ratings.csv"],
        ["fit", "ratings.csv", "-o", "model.npz", "--nonsense"],
        ["fit", "ratings.csv", "-o", "model.npz", "--features", "0"],
        ["fit", "ratings.csv", "-o", "model.npz", "--features", "some"],
        ["fit", "ratings.csv", "-o", "model.npz", "--reg-param", "1,2,3"],
        ["fit", "ratings.csv", "-o", "model.npz", "--reg-scaling", "half"],
        ["fit", "ratings.csv", "-o", "model.npz", "--sweeps", "3"],
        ["fit", "ratings.csv", "-o", "model.npz", "--bayesian", "--bias"],
        ["fit", "ratings.csv", "-o", "-", "--json"],
        ["tune", "ratings.csv", "--features", "5,x"],
        ["evaluate", "ratings.csv", "--holdout", "1"],
        ["evaluate", "ratings.csv", "--test", "test.csv", "--temporal"],
        ["evaluate", "ratings.csv", "--relevant-from", "4"],
        ["evaluate", "ratings.csv", "--ranking", "--k", "0"],
        ["recommend", "model.npz"],
        ["recommend", "model.npz", "--all", "--users", "1"],
        ["similar", "model.npz"],
        ["similar", "model.npz", "1", "--users", "--titles", "titles.csv"],
        ["explain", "model.npz", "1"],
        ["explain", "model.npz", "1", "2", "--ratings", "new.csv"],
        ["explain", "model.npz", "1", "2", "3"],
        ["predict", "model.npz"],
        ["predict", "model.npz", "pairs.csv", "--json", "-o", "-"],
        ["--movielens", "nonsense"],
        ["--movielens", "100k", "--data", "ratings.csv"],
        ["-n", "3", "info", "model.npz"],
        ["--data", "ratings.csv", "fit", "ratings.csv", "-o", "model.npz"],
    ],
)
def test_invalid_arguments_are_usage_errors(run, arguments):
    done = run(*arguments)
    assert done.status == 2
    assert done.out == ""
    assert "Usage: sklearn-cofi" in done.err
    assert "Error: " in done.err


def raising(error):
    def command(**options):
        raise error

    return command


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("two\n  lines"), "two lines"),
        (FileNotFoundError(2, "No such file", "x.csv"), "x.csv: No such file"),
        (MemoryError(), "out of memory"),
        (KeyError("key"), "KeyError 'key' (--debug shows where)"),
    ],
)
def test_any_error_is_one_line(monkeypatch, refused, error, line):
    monkeypatch.setattr(_main, "demo", raising(error))
    assert refused() == f"sklearn-cofi: error: {line}\n"


@pytest.mark.parametrize("arguments", [["--debug"], ["info", "--debug", "none.npz"]])
def test_debug_prints_the_traceback(monkeypatch, run, arguments):
    monkeypatch.setattr(_main, "demo", raising(ValueError("wrong")))
    done = run(*arguments)
    assert done.status == 1
    assert done.err.startswith("Traceback")


def test_the_status_after_an_interrupt_is_130(monkeypatch, run):
    monkeypatch.setattr(_main, "demo", raising(KeyboardInterrupt()))
    done = run()
    assert done.status == 130
    assert done.err.strip() == ""


def test_the_status_after_an_interrupt_of_the_import_is_130(monkeypatch, run):
    monkeypatch.setitem(sys.modules, "sklearn_cofi.cli._main", Interrupting("_main"))
    assert run() == (130, "", "")


class Interrupting(types.ModuleType):
    """A module whose import is interrupted."""

    def __getattr__(self, name):
        raise KeyboardInterrupt


def test_a_warning_is_one_line(monkeypatch, run):
    def warn(**options):
        warnings.warn("two\n  lines", stacklevel=1)

    monkeypatch.setattr(_main, "demo", warn)
    done = run()
    assert (done.status, done.out) == (0, "")
    assert done.err == "sklearn-cofi: warning: two lines\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["fit", "--help"],
        ["info", "{}"],
        ["recommend", "{}", "--all", "-o", "-"],
    ],
)
def test_a_closed_stdout_ends_the_command_silently(folder, arguments):
    reader, writer = os.pipe()
    os.close(reader)
    arguments = [argument.format(folder / "model.npz") for argument in arguments]
    # At its exit, the interpreter writes the rest of the buffer again.
    buffered = {k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"}
    done = subprocess.run(
        [sys.executable, "-m", "sklearn_cofi", *arguments],
        env=buffered,
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, b"")


def test_names_of_the_package_are_imported_on_access():
    for name in sklearn_cofi.__all__:
        assert getattr(sklearn_cofi, name) is not None
        assert name in dir(sklearn_cofi)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        sklearn_cofi.nonsense  # noqa: B018
