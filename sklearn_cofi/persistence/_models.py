"""`save_npz` and `load_npz`: a fitted model in one file without code."""

import os
from pathlib import Path
from typing import Any, Literal

import numpy as np
from sklearn.utils.validation import check_is_fitted

from sklearn_cofi._collaborative_filter import CollaborativeFilter
from sklearn_cofi._collaborative_filter_cv import CollaborativeFilterCV
from sklearn_cofi._ranking_collaborative_filter import RankingCollaborativeFilter
from sklearn_cofi._typing import Estimator
from sklearn_cofi.base._factor_estimator import FactorEstimator
from sklearn_cofi.base._feature_estimator import TRANSFORMERS
from sklearn_cofi.bayesian._bayesian_collaborative_filter import (
    BayesianCollaborativeFilter,
)
from sklearn_cofi.kernels._threads import single_blas_thread
from sklearn_cofi.persistence._archive import (
    Archive,
    DamagedError,
    MmapMode,
    write_archive,
)
from sklearn_cofi.persistence._shapes import check_attributes
from sklearn_cofi.persistence._values import (
    JSON,
    arrays_to_strings,
    decoded,
    encoded,
    strings_to_arrays,
)

FORMAT = "sklearn_cofi model"
# Increased when an older version of this package would misread the file.
VERSION = 5
# New names of attributes in files whose version is below 2.
_RENAMED = {"_rated_apart": "_rated_validation"}

_CLASSES: dict[str, type[Estimator]] = {
    kind.__name__: kind
    for kind in (
        BayesianCollaborativeFilter,
        CollaborativeFilter,
        CollaborativeFilterCV,
        RankingCollaborativeFilter,
    )
}
_DATA, _ENDS = "#utf8", "#ends"
# The attribute in which scikit-learn keeps the callbacks of `set_callbacks`.
_CALLBACKS = "_skl_callbacks"
# Parameters that are not saved: frames of features and transformers of them.
_FRAMES = ("user_features", "item_features", "user_encoder", "item_encoder")


def save_npz(model: Estimator, path: str | os.PathLike[str]) -> None:
    """Save a fitted model in one file, without pickle.

    The file is a .npz file of numpy: the arrays of the model, uncompressed, and
    ``header.json`` with the class, its parameters and all other attributes. A temporary
    file next to the path replaces it once the temporary file is complete: other
    processes read the old file or the new one, never a part, even if this process is
    killed. A symbolic link stays, and its target is replaced. Every later version of
    this package loads the file. Callbacks are not saved:
    they observe a fit, and are not part of the fitted model. Frames of features and
    their encoders are not saved either: a loaded model has ``user_features=None``. It
    has the encoded features of all users and items, and cannot encode further ones.

    Parameters
    ----------
    model : CollaborativeFilter, CollaborativeFilterCV or BayesianCollaborativeFilter
        A fitted model.
    path : str or path-like
        Path of the file, preferably with the suffix ``.npz``.

    Raises
    ------
    NotFittedError
        If the model is not fitted.
    TypeError
        If the model has another class, or a parameter or an id is neither a number nor
        a string (a callable solver, a splitter as ``cv``, a `RandomState`). Set the
        parameter to a number or a string, or use skops.
    OSError
        If the folder cannot be written to, the disk is full, the path is a folder, or
        the file at the path is read-only. That file is left as it was.

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
            f"A {type(model).__name__} cannot be saved with save_npz, only a "
            f"{_names()}. Save the filter inside it, or use joblib or skops."
        )
    check_is_fitted(model)
    parameters = model.get_params(deep=False)
    attributes: dict[str, JSON] = {}
    arrays: dict[str, np.ndarray] = {}
    for name, value in vars(model).items():
        if name in parameters or name == _CALLBACKS or name in TRANSFORMERS:
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
        "parameters": {
            name: _encoded(name, value)
            for name, value in parameters.items()
            if name not in _FRAMES
        },
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

    The file contains no code, so files from untrusted sources can be loaded.

    Parameters
    ----------
    path : str or path-like
    mmap_mode : {"r", "c"}, default=None
        Mode of a memory map: "r" for read-only arrays, "c" for arrays whose changes
        stay in memory. The arrays stay in the file, and processes that map it share its
        memory. None reads all arrays into memory.
    check : bool, default=True
        Whether to compare the checksums first, which reads the whole file.

    Returns
    -------
    estimator
        The fitted model, with the class and the parameters that were saved.

    Raises
    ------
    FileNotFoundError
        If the file does not exist.
    ValueError
        If the file is damaged, is not a model, or has a later version of the format.

    See Also
    --------
    save_npz : Write the file.

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
            f"{os.fspath(path)} is damaged, or is not a model of this package: "
            f"{error}. Save the model again. If this is a file of ratings, fit a model "
            "to it first."
        ) from error


def _check_header(header: dict[str, Any], path: Path) -> None:
    if header.get("format") != FORMAT or not isinstance(header.get("version"), int):
        raise DamagedError("its header is not that of a model")
    if header["version"] > VERSION:
        raise ValueError(
            f"{os.fspath(path)} has version {header['version']} of the format, and "
            f"this sklearn_cofi reads versions up to {VERSION}. Upgrade sklearn_cofi."
        )


def _restored(
    archive: Archive, header: dict[str, Any], mmap_mode: MmapMode
) -> Estimator:
    try:
        kind = _CLASSES[header["class"]]
        parameters = {n: decoded(x) for n, x in header["parameters"].items()}
        model = kind(**parameters)
        renamed = _RENAMED if header["version"] < 2 else {}
        attributes = {
            renamed.get(name, name): _attribute(archive, how, mmap_mode)
            for name, how in header["attributes"].items()
        }
    except DamagedError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DamagedError(f"{type(error).__name__} {error} in its header") from error
    if header["version"] < 4 and issubclass(kind, FactorEstimator):
        attributes.setdefault("unrated_weight_", 0.0)  # unrated pairs did not count
    if header["version"] < 3 and kind is CollaborativeFilter:
        # The penalty was always a number or a pair, and not repeated as an attribute.
        attributes.setdefault("reg_param_", parameters["reg_param"])
    for name in attributes:
        if name in parameters or hasattr(kind, name):
            raise DamagedError(f"{name} is not an attribute of a model")
    check_attributes(attributes, header["version"])
    vars(model).update(attributes)
    if header["version"] < 3:
        try:
            with single_blas_thread:
                model._add_missing_attributes()
        except (AttributeError, KeyError, ValueError, TypeError) as error:
            raise DamagedError(f"{type(error).__name__} {error}") from error
    return model


def _attribute(archive: Archive, how: dict[str, Any], mmap_mode: MmapMode) -> Any:
    if "value" in how:
        return decoded(how["value"])
    if "array" in how:
        return archive.array(how["array"], mmap_mode)
    data, ends = (archive.array(how["strings"] + part, None) for part in (_DATA, _ENDS))
    return arrays_to_strings(data, ends)


def _encoded(name: str, value: object) -> JSON:
    try:
        return encoded(value)
    except TypeError as error:
        raise TypeError(
            f"{name} cannot be saved without pickle: {error}. Set it to a number or a "
            "string, or use skops."
        ) from None


def _strings(name: str, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    try:
        return strings_to_arrays(values)
    except TypeError as error:
        raise TypeError(
            f"{name} cannot be saved without pickle: {error}. Fit with strings or "
            "numbers for ids, or use skops."
        ) from None


def _names() -> str:
    *names, last = sorted(_CLASSES)
    return f"{', '.join(names)} or {last}"
