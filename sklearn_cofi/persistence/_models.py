"""`save_npz` and `load_npz`: fitted models in one file without code."""

import os
from pathlib import Path
from typing import Literal

import numpy as np
from sklearn.utils.validation import check_is_fitted

from sklearn_cofi._collaborative_filter import CollaborativeFilter
from sklearn_cofi._collaborative_filter_cv import CollaborativeFilterCV
from sklearn_cofi._typing import Estimator
from sklearn_cofi.bayesian._bayesian_collaborative_filter import (
    BayesianCollaborativeFilter,
)
from sklearn_cofi.persistence._archive import Archive, DamagedError, write_archive
from sklearn_cofi.persistence._shapes import check_attributes
from sklearn_cofi.persistence._values import (
    arrays_to_strings,
    decoded,
    encoded,
    strings_to_arrays,
)

FORMAT = "sklearn_cofi model"
# Raised when an older version of this package would misread the file.
VERSION = 1

_CLASSES = {
    kind.__name__: kind
    for kind in (
        BayesianCollaborativeFilter,
        CollaborativeFilter,
        CollaborativeFilterCV,
    )
}
_DATA, _ENDS = "#utf8", "#ends"
# Where scikit-learn keeps what `set_callbacks` was given.
_CALLBACKS = "_skl_callbacks"


def save_npz(model: Estimator, path: str | os.PathLike[str]) -> None:
    """Save a fitted model in one file, without pickle.

    The file is a .npz of numpy: an array for each array of the model, uncompressed,
    and ``header.json`` with the class, its parameters and all other attributes. It is
    written beside the path and then takes its place at once: who reads meanwhile, or
    when this process is killed, finds the old file whole or the new one. Where the path
    is a link, it stays one, and the file that it names is replaced. Callbacks are not
    saved: they watch a fit, and are no part of what it learned.

    Parameters
    ----------
    model : CollaborativeFilter, CollaborativeFilterCV or BayesianCollaborativeFilter
        Fitted.
    path : str or path-like
        The file; it is best named ``.npz``.

    Raises
    ------
    NotFittedError
        If the model is not fitted.
    TypeError
        If it is of another class, or a parameter or an id is neither a number nor a
        string (a callable solver, a splitter as ``cv``, a `RandomState`): set it to
        one, or use skops.
    OSError
        If the folder cannot be written to, the disk is full, or the path is a folder's.

    See Also
    --------
    load_npz : Read the file.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from sklearn_cofi import CollaborativeFilter, load_npz, save_npz
    >>> from sklearn_cofi.datasets import load_tutorial
    >>> ratings = load_tutorial().frame
    >>> model = CollaborativeFilter(3, reg_param=1.0, random_state=0).fit(ratings)
    >>> with TemporaryDirectory() as folder:
    ...     save_npz(model, Path(folder) / "model.npz")
    ...     same = load_npz(Path(folder) / "model.npz")
    >>> bool((same.predict(ratings) == model.predict(ratings)).all())
    True
    """
    if type(model) not in _CLASSES.values():
        raise TypeError(
            f"A {type(model).__name__} cannot be saved so, only {_names()}. Save the "
            "filter that it holds, or use skops."
        )
    check_is_fitted(model)
    parameters = model.get_params(deep=False)
    attributes, arrays = {}, {}
    for name, value in vars(model).items():
        if name in parameters or name == _CALLBACKS:
            continue
        if not isinstance(value, np.ndarray):
            attributes[name] = {"value": _encoded(name, value)}
        elif value.dtype == object:
            attributes[name] = {"strings": name}
            arrays[name + _DATA], arrays[name + _ENDS] = _strings(name, value)
        else:
            attributes[name] = {"array": name}
            arrays[name] = value
    header = {
        "format": FORMAT,
        "version": VERSION,
        "class": type(model).__name__,
        "parameters": {name: _encoded(name, x) for name, x in parameters.items()},
        "attributes": attributes,
    }
    write_archive(Path(path), header, arrays)


def load_npz(
    path: str | os.PathLike[str],
    *,
    mmap_mode: Literal["r", "c"] | None = None,
    check: bool = True,
) -> Estimator:
    """Load a model that `save_npz` saved.

    No code in the file is run: there is none, and files of unknown origin can be
    loaded.

    Parameters
    ----------
    path : str or path-like
    mmap_mode : {"r", "c"}, default=None
        Leave the arrays in the file, where several processes share them, and read
        what is asked for: "r" read-only, "c" with changes in memory. None reads all.
    check : bool, default=True
        Compare the checksums of everything first, which reads the whole file.

    Returns
    -------
    estimator
        Fitted, of the class and with the parameters that were saved.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is damaged or no model, or was written in a later version of the format.

    Examples
    --------
    See `save_npz`.
    """
    if mmap_mode not in (None, "r", "c"):
        raise ValueError(f"mmap_mode must be None, 'r' or 'c', got {mmap_mode!r}.")
    path = Path(path)
    try:
        with Archive(path) as archive:
            header = archive.header()
            _check_header(header, path)
            if check:
                archive.verify()
            return _restored(archive, header, mmap_mode)
    except DamagedError as error:
        raise ValueError(
            f"{os.fspath(path)} is damaged, or no model of this package: {error}. Save "
            "the model again."
        ) from error


def _check_header(header: dict, path: Path) -> None:
    if header.get("format") != FORMAT or not isinstance(header.get("version"), int):
        raise DamagedError("its header is another's")
    if header["version"] > VERSION:
        raise ValueError(
            f"{os.fspath(path)} is of version {header['version']} of the format, and "
            f"this version of sklearn_cofi reads {VERSION} at most. Upgrade it."
        )


def _restored(archive: Archive, header: dict, mmap_mode):
    try:
        kind = _CLASSES[header["class"]]
        parameters = {n: decoded(x) for n, x in header["parameters"].items()}
        model = kind(**parameters)
        attributes = {
            name: _attribute(archive, how, mmap_mode)
            for name, how in header["attributes"].items()
        }
    except DamagedError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DamagedError(f"{type(error).__name__} {error} in its header") from error
    for name in attributes:
        if name in parameters or hasattr(kind, name):
            raise DamagedError(f"{name} is no attribute")
    check_attributes(attributes)
    vars(model).update(attributes)
    return model


def _attribute(archive: Archive, how: dict, mmap_mode):
    if "value" in how:
        return decoded(how["value"])
    if "array" in how:
        return archive.array(how["array"], mmap_mode)
    parts = (archive.array(how["strings"] + part, None) for part in (_DATA, _ENDS))
    return arrays_to_strings(*parts)


def _encoded(name: str, value):
    try:
        return encoded(value)
    except TypeError as error:
        raise TypeError(
            f"{name} cannot be saved without pickle: {error}. Set it to one, or use "
            "skops."
        ) from None


def _strings(name: str, values: np.ndarray):
    try:
        return strings_to_arrays(values)
    except TypeError as error:
        raise TypeError(
            f"{name} cannot be saved without pickle: {error}. Fit with strings or "
            "numbers for ids, or use skops."
        ) from None


def _names() -> str:
    *names, last = sorted(_CLASSES)
    return f"{', '.join(names)} and {last}"
