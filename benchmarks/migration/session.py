"""Run tasks of one library, in the environment of that library.

    python -m benchmarks.migration.session NAME FOLDER TASK ...

FOLDER/0, FOLDER/1, ... have the splits, as train.csv and test.csv. A task that is a
number runs lines/NAME.py on this split, and its result is what `outcome` of
cases/NAME.py makes of the variables. Any other task is a case of cases/common.py, on
the first split. FOLDER/answers.json gets each result once it is known.
"""

import importlib
import json
import re
import runpy
import sys
import warnings
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from benchmarks.migration.cases import common

LINES = Path(__file__).resolve().parent / "lines"


def tables(folder):
    """Return the training and the test rows."""
    return pd.read_csv(folder / "train.csv"), pd.read_csv(folder / "test.csv")


def run_lines(name, folder, library):
    """Return the outcome of the lines, as numbers and columns."""
    train, test = tables(folder)
    given = {"train": train, "test": test, "folder": folder}
    found = runpy.run_path(str(LINES / f"{name}.py"), init_globals=given)
    versions = {package: version(package) for package in library.PACKAGES}
    return {"versions": versions} | library.outcome(found)


def first_sentence(text):
    """Return the text to its first full stop or line break."""
    return re.split(r"\.\s|\n", text.strip())[0].rstrip(".,")


def run_case(library, task, train):
    """Return what a case shows: text, or the error that it raises."""
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", UserWarning)
            shown = common.observe(task, library, train)
    except Exception as error:  # the error is the observation
        return first_sentence(f"{type(error).__name__}: {str(error).strip()}")
    warned = any(issubclass(w.category, UserWarning) for w in caught)
    return f"{shown}, with a warning" if warned else shown


def main(name, folder, *tasks):
    folder = Path(folder)
    answers = folder / "answers.json"
    library = importlib.import_module(f"benchmarks.migration.cases.{name}")
    train, _ = tables(folder / "0")
    for task in tasks:
        if task.isdigit():
            found = run_lines(name, folder / task, library)
        else:
            found = run_case(library, task, train)
        answers.write_text(json.dumps(json.loads(answers.read_text()) | {task: found}))


if __name__ == "__main__":
    main(*sys.argv[1:])
