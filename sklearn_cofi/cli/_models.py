"""Load and save models: files, stdin and stdout."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sklearn_cofi.cli._stdout import open_stdout

if TYPE_CHECKING:
    from sklearn_cofi._typing import Estimator
    from sklearn_cofi.cli._file_columns import FileColumns

_PIPE = "-"


@contextmanager
def model_path(source: str) -> Iterator[Path]:
    """Yield the path of a model; a model from stdin is in a temporary folder."""
    if source != _PIPE:
        yield Path(source)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "stdin"
        path.write_bytes(sys.stdin.buffer.read())
        yield path


def load_model(source: str) -> "Estimator":
    """Load a model from a file, or from stdin for "-"; see `load_model_and_columns`."""
    return load_model_and_columns(source)[0]


def load_model_and_columns(
    source: str,
) -> "tuple[Estimator, tuple[str | int | None, ...]]":
    """Load a model from a file, or from stdin for "-".

    The model takes and returns pandas frames with columns user, item and rating,
    whatever frames it was fitted to; times are in a column timestamp. The names or
    positions of these columns in the fit are the second value; None is not known.
    """
    import numpy as np

    from sklearn_cofi import load_npz

    with model_path(source) as path:
        model = load_npz(path)
    given = model.user_col, model.item_col, model.rating_col
    # Models of earlier versions do not have the names.
    fitted = getattr(model, "_column_names", given)
    columns = tuple(
        one if name is None else name for one, name in zip(given, fitted, strict=True)
    )
    time = getattr(model, "time_col", None)
    model.set_params(user_col=None, item_col=None, rating_col=None)
    if time is not None:
        model.set_params(time_col="timestamp")
    model._column_names = (None, None, None)
    model.n_features_in_ = 2
    model.feature_names_in_ = np.array(["user", "item"], dtype=object)
    model._frame_kind = "pandas"
    return model, (*columns, time)


def _set_columns(model: "Estimator", columns: "FileColumns") -> None:
    """Set the columns of a model as if it had been fitted to the frame in the file."""
    import numpy as np

    user_col, item_col, rating_col = columns.given
    model.set_params(user_col=user_col, item_col=item_col, rating_col=rating_col)
    if columns.time is not None:
        model.set_params(time_col=columns.time)
    if columns.names is None:
        del model.feature_names_in_
        model._column_names = (None, None, None)
    else:
        model.feature_names_in_ = np.array(columns.names[:2], dtype=object)
        model._column_names = columns.names


def save_model(model: "Estimator", target: str, columns: "FileColumns") -> None:
    """Save a model in a file, or write it to stdout for "-".

    The saved model finds its columns in the frame of the ratings' file.
    """
    from sklearn_cofi import save_npz

    _set_columns(model, columns)
    if target != _PIPE:
        save_npz(model, target)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "stdout"
        save_npz(model, path)
        with open_stdout() as stream:
            stream.buffer.write(path.read_bytes())


def check_target(target: str | None, as_json: bool = False) -> None:
    """Raise an error before a fit, which may take hours, if its model cannot be saved.

    Raises
    ------
    click.UsageError
        If the model would be mixed with JSON on stdout, or printed on a terminal.
    OSError
        If the path cannot be written to.
    """
    if target is None:
        return
    if target == _PIPE:
        if as_json:
            raise click.UsageError("--json and -o - would both write to stdout.")
        with open_stdout() as stream:
            if stream.isatty():
                raise click.UsageError("-o - would write a model to your terminal.")
        return
    check_writable(target)


def check_writable(target: str) -> None:
    """Raise an error if the path cannot be written to.

    Raises
    ------
    OSError
        If the path is a folder or a read-only file, or its parent does not exist or is
        not writable.
    """
    path = Path(target)
    if path.is_dir():
        raise IsADirectoryError(21, "Is a directory", target)
    if path.exists() and not path.is_file():
        return  # a device or a pipe
    if not path.parent.is_dir():
        raise FileNotFoundError(2, "No such folder", str(path.parent))
    for needed in (path.parent, path):
        effective = os.access in os.supports_effective_ids
        if needed.exists() and not os.access(needed, os.W_OK, effective_ids=effective):
            raise PermissionError(13, "Permission denied", str(needed))
