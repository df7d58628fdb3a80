"""Models out of files and into them, and through pipes."""

import os
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import click

_PIPE = "-"


@contextmanager
def model_path(source: str):
    """Give the path of a model; one from stdin lies in a temporary folder meanwhile."""
    if source != _PIPE:
        yield Path(source)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "stdin"
        path.write_bytes(sys.stdin.buffer.read())
        yield path


def load_model(source: str):
    """Load a model from a file or, for "-", from stdin; it takes and gives our frames.

    They are pandas' with columns user, item and rating, whatever it was fitted to.
    """
    import numpy as np

    from sklearn_cofi import load_npz

    with model_path(source) as path:
        model = load_npz(path)
    model.set_params(user_col=None, item_col=None, rating_col=None)
    model.n_features_in_ = 2
    model.feature_names_in_ = np.array(["user", "item"], dtype=object)
    model._frame_kind = "pandas"
    return model


def save_model(model, target: str) -> None:
    """Save a model in a file or, for "-", write it to stdout."""
    from sklearn_cofi import save_npz

    if target != _PIPE:
        save_npz(model, target)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "stdout"
        save_npz(model, path)
        sys.stdout.buffer.write(path.read_bytes())
        sys.stdout.buffer.flush()


def check_target(target: str | None, as_json: bool = False) -> None:
    """Refuse early what cannot be written to: a fit may take hours."""
    if target is None:
        return
    if target == _PIPE:
        if as_json:
            raise click.UsageError("--json and -o - would both write to stdout.")
        if sys.stdout.isatty():
            raise click.UsageError("-o - would write a model on your terminal.")
        return
    check_place(target)


def check_place(target: str) -> None:
    """Refuse early a path that nothing can be written to.

    Raises
    ------
    OSError
        If it is a folder, or there is none for it, or none that may be written to.
    """
    path = Path(target)
    if path.is_dir():
        raise IsADirectoryError(21, "Is a directory", target)
    if path.exists() and not path.is_file():
        return  # a device or a pipe
    if not path.parent.is_dir():
        raise FileNotFoundError(2, "No such folder", str(path.parent))
    if not os.access(path.parent, os.W_OK):
        raise PermissionError(13, "Permission denied", str(path.parent))
