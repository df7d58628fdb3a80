"""Fixtures: files of ratings, models fitted to them, and the command line."""

import io
import sys
import warnings
from typing import NamedTuple

import pytest

from sklearn_cofi import CollaborativeFilter, save_npz
from sklearn_cofi.cli import main
from sklearn_cofi.datasets import load_tutorial, make_ratings

_NOTICES = ("sklearn-cofi: columns of ", "sklearn-cofi: compiling, once")


class Done(NamedTuple):
    """Exit status and output of a command."""

    status: int
    out: str
    err: str  # without the lines that name columns, or that code is compiled


@pytest.fixture
def run(capsys, monkeypatch):
    """Return a function that runs a command in this process."""

    def run(*arguments, stdin=b""):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        with warnings.catch_warnings():
            # The settings outside of pytest, where a warning is a line on stderr.
            warnings.simplefilter("default")
            status = main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        lines = err.splitlines(keepends=True)
        return Done(
            status, out, "".join(x for x in lines if not x.startswith(_NOTICES))
        )

    return run


@pytest.fixture
def refused(run):
    """Return a function that runs a failing command and returns its error line."""

    def refused(*arguments, stdin=b""):
        done = run(*arguments, stdin=stdin)
        assert done.status == 1
        assert done.out == ""
        assert done.err.startswith("sklearn-cofi: error: ")
        assert done.err.count("\n") == 1
        return done.err

    return refused


@pytest.fixture(scope="session")
def frame():
    X, y = make_ratings(
        2000, 80, 60, rank=2, rating_range=(1, 5), step=1, random_state=0
    )
    return X.assign(rating=y)


@pytest.fixture(scope="session")
def folder(frame, tmp_path_factory):
    """Return a folder with ratings.csv, tutorial.csv, titles.csv and two models."""
    folder = tmp_path_factory.mktemp("ratings")
    frame.to_csv(folder / "ratings.csv", index=False)
    tutorial = load_tutorial()
    ratings = tutorial.frame[["user", "item", "rating"]]
    ratings.to_csv(folder / "tutorial.csv", index=False)
    titles = ["item,title"]
    titles += [f'{item},"{title}"' for item, title in enumerate(tutorial.titles)]
    (folder / "titles.csv").write_text("\n".join(titles))
    model = CollaborativeFilter(3, reg_param=1.0, random_state=0)
    save_npz(model.fit(ratings), folder / "model.npz")
    named = ratings.assign(
        user="u" + ratings["user"].astype(str), item="0" + ratings["item"].astype(str)
    )
    save_npz(model.fit(named), folder / "named.npz")
    return folder
