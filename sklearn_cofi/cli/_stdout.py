"""Stdout, with system errors that name it."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO


@contextmanager
def open_stdout() -> Iterator[TextIO]:
    """Yield stdout, and write its buffers out at the end.

    Raises
    ------
    OSError
        If stdout is closed or cannot be written to, with "stdout" as its ``filename``.
    """
    try:
        if sys.stdout is None:  # the process was started without it
            raise OSError(errno.EBADF, os.strerror(errno.EBADF))
        yield sys.stdout
        sys.stdout.flush()
    except OSError as error:
        if error.errno is None or error.filename is not None:
            raise
        raise OSError(error.errno, error.strerror, "stdout") from error
