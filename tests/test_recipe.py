"""The conda recipe has the requirements of pyproject.toml, by their conda names."""

import hashlib
import re
import tomllib
from pathlib import Path

import yaml
from scripts import load_script

ROOT = Path(__file__).parents[1]
TEMPLATE = (ROOT / "recipe" / "recipe.yaml").read_text("utf-8")
RECIPE = yaml.safe_load(TEMPLATE)
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PROJECT = SETTINGS["project"]
REQUIREMENTS = RECIPE["requirements"]
# Packages with another name on conda-forge, where "matplotlib" also installs Qt.
NAMES = {"matplotlib": "matplotlib-base"}
PYTHON = "${{ python_min }}"


def on_conda(requirement: str) -> str:
    """Return a requirement of pip in the form of conda, ``name >=version``."""
    name, bounds = re.fullmatch(r"([\w.-]+)(.*)", requirement).groups()
    return f"{NAMES.get(name, name)} {bounds}"


def test_the_dependencies_are_those_of_the_package():
    expected = [on_conda(one) for one in PROJECT["dependencies"]]
    assert REQUIREMENTS["run"] == [f"python >={PYTHON}", *expected]


def test_the_tools_of_the_build_are_those_of_pyproject():
    expected = [on_conda(one) for one in SETTINGS["build-system"]["requires"]]
    assert REQUIREMENTS["host"] == [f"python {PYTHON}.*", "pip", *expected]


def test_optional_dependencies_are_constraints():
    extras = PROJECT["optional-dependencies"]
    optional = {on_conda(one) for one in extras["plot"] + extras["spark"]}
    # It would hold for users without Spark, too.
    optional.remove("pandas <3")
    assert set(REQUIREMENTS["run_constraints"]) == optional


def test_the_rest_agrees_with_pyproject():
    assert f">={RECIPE['context']['python_min']}" == PROJECT["requires-python"]
    assert RECIPE["package"]["name"] == PROJECT["name"]
    assert RECIPE["about"]["license"] == PROJECT["license"]
    assert [RECIPE["about"]["license_file"]] == PROJECT["license-files"]
    scripts = [f"{name} = {target}" for name, target in PROJECT["scripts"].items()]
    assert RECIPE["build"]["python"]["entry_points"] == scripts


def test_the_recipe_of_an_sdist_has_its_version_and_hash(tmp_path):
    conda_recipe = load_script(ROOT / ".ci" / "conda_recipe.py")
    sdist = tmp_path / "sklearn_cofi-1.2.3.tar.gz"
    sdist.write_bytes(b"files")
    filled = yaml.safe_load(conda_recipe.filled(TEMPLATE, sdist))
    assert filled["context"]["version"] == "1.2.3"
    assert filled["source"]["sha256"] == hashlib.sha256(b"files").hexdigest()
