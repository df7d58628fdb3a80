"""The versions that a report of a bug needs are printed."""

import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import sklearn_cofi
from sklearn_cofi import _show_versions

PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"


def names(requirements):
    return [re.match(r"[\w.-]+", requirement)[0] for requirement in requirements]


def printed(text):
    """Return the first version that is printed for each name."""
    pairs = re.findall(r"^ *([\w-]+): (.+)$", text, re.MULTILINE)
    return dict(reversed(pairs))


def test_every_dependency_is_listed():
    project = tomllib.loads(PYPROJECT.read_text("utf-8"))["project"]
    assert list(_show_versions.DEPENDENCIES) == names(project["dependencies"])
    extras = project["optional-dependencies"]
    used = set(names(extras["plot"] + extras["spark"]))
    listed = {*_show_versions.DEPENDENCIES, *_show_versions.OPTIONAL}
    assert used <= listed


def test_the_versions_are_those_of_the_metadata(capsys):
    sklearn_cofi.show_versions()
    versions = printed(capsys.readouterr().out)
    assert versions["sklearn_cofi"] == sklearn_cofi.__version__
    for name in _show_versions.DEPENDENCIES:
        assert versions[name] == metadata.version(name)


def test_python_the_system_and_the_libraries_of_threads_are_printed(capsys):
    sklearn_cofi.show_versions()
    out = capsys.readouterr().out
    assert printed(out)["python"] == sys.version.replace("\n", " ")
    assert "threadpoolctl info:" in out
    assert printed(out)["user_api"] in ("blas", "openmp")


def test_a_package_that_is_missing_is_named(capsys, monkeypatch):
    monkeypatch.setattr(_show_versions, "OPTIONAL", ("no-such-package",))
    sklearn_cofi.show_versions()
    assert printed(capsys.readouterr().out)["no-such-package"] == "not installed"


def test_the_module_prints_the_version():
    done = subprocess.run(
        [sys.executable, "-m", "sklearn_cofi", "--version"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"sklearn-cofi, version {sklearn_cofi.__version__}\n"
    assert done.stderr == ""
