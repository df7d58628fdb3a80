"""Where compiled code is kept: in numba's cache, or else in a folder of the user."""

import os
import stat
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from numba import config, njit
from numba.core.typing import Signature

_REMEDY = (
    "Set NUMBA_CACHE_DIR to a folder that only you can write to, or fill the cache "
    "beforehand with `sklearn-cofi warm-up`."
)


def compile_and_keep(
    function: Callable[..., Any], signature: Signature, **options: Any
) -> Callable[..., Any]:
    """Compile a function, or load its code, and keep the code where possible.

    numba keeps code in ``NUMBA_CACHE_DIR``, next to the module, or in the home of the
    user. If it can write to none of these, the code is kept in a folder for temporary
    files that belongs to the user and that others cannot write to, because loading code
    that another user wrote would run it. Otherwise code is compiled in each process.

    Parameters
    ----------
    function : callable
    signature : Signature
        Types of the arguments.
    **options
        Further arguments of `numba.njit`.

    Warns
    -----
    UserWarning
        Once, if numba's own cache cannot be used.
    """
    folder = None if _numba_can_cache() else _temporary_folder()
    if folder is None and not _numba_can_cache():
        return njit(signature, **options)(function)
    try:
        with _cache_in(folder):
            return njit(signature, cache=True, **options)(function)
    except OSError as error:  # a full disk, or rights that changed
        reason = error.strerror or error
        warnings.warn(f"Compiled code is not kept: {reason}. {_REMEDY}", stacklevel=2)
        return njit(signature, **options)(function)


@contextmanager
def _cache_in(folder: Path | None) -> Iterator[None]:
    """Let numba use a folder for the functions that are compiled meanwhile."""
    if folder is None:
        yield
        return
    before, config.CACHE_DIR = config.CACHE_DIR, str(folder)
    try:
        yield
    finally:
        config.CACHE_DIR = before


@cache
def _numba_can_cache() -> bool:
    try:
        njit(cache=True)(_numba_can_cache.__wrapped__)
    except RuntimeError:  # "no locator available for file"
        return False
    return True


@cache
def _temporary_folder() -> Path | None:
    folder = _own_temporary_folder()
    where = f"It is kept in {folder} instead" if folder else "It is not kept"
    warnings.warn(
        f"numba finds no folder that it can write compiled code to. {where}. {_REMEDY}",
        stacklevel=2,
    )
    return folder


def _own_temporary_folder() -> Path | None:
    """Return a folder of this user alone, made if needed; None if there cannot be one.

    A link, another user's folder, and one that others may use are refused.
    """
    if not hasattr(os, "getuid"):
        return None
    try:
        folder = Path(tempfile.gettempdir()) / f"sklearn-cofi-numba-{os.getuid()}"
        folder.mkdir(mode=0o700, exist_ok=True)
        found, around = folder.lstat(), folder.parent.stat()
    except OSError:
        return None
    is_own = stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()
    is_closed = not found.st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    # Whoever may rename the folder could put another one in its place.
    is_sticky = bool(around.st_mode & stat.S_ISVTX)
    is_safe = is_sticky or not around.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    is_safe = is_safe and around.st_uid in (0, os.getuid())
    usable = is_own and is_closed and is_safe and os.access(folder, os.W_OK | os.X_OK)
    return folder if usable else None
