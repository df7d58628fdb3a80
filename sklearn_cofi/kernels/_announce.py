"""Messages about compilation that takes longer than a user expects."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Timer
from time import monotonic

# Seconds of compilation after which the message is written.
_PATIENCE = 1.0


class Announcement:
    """A message that is written once, when compilation has taken too long in all.

    Parameters
    ----------
    write : callable
        Called with the message, by another thread.
    """

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write: Callable[[str], None] | None = write
        self._left, self._since = _PATIENCE, 0.0
        self._timer = Timer(0, self._announce)

    def begin(self) -> None:
        """Begin to count the seconds."""
        if self._write is None:
            return
        self._since = monotonic()
        self._timer = Timer(max(self._left, 0), self._announce)
        self._timer.daemon = True
        self._timer.start()

    def end(self) -> None:
        """Stop counting the seconds until `begin` is called again."""
        self._timer.cancel()
        self._left -= monotonic() - self._since

    def _announce(self) -> None:
        write, self._write = self._write, None
        if write is not None:
            write("compiling, once")


_announcement: ContextVar[Announcement | None] = ContextVar(
    "sklearn_cofi_announcement", default=None
)


def _to_stderr(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


@contextmanager
def announcing(
    enabled: bool | int = True, write: Callable[[str], None] = _to_stderr
) -> Iterator[None]:
    """Write "compiling, once" if kernels compile for more than a second.

    Parameters
    ----------
    enabled : bool or int, default=True
        Whether to write it. Within another `announcing`, the outer one writes it.
    write : callable, default=a line on stderr
        Called once at most, by another thread.
    """
    if not enabled or _announcement.get() is not None:
        yield
        return
    token = _announcement.set(Announcement(write))
    try:
        yield
    finally:
        _announcement.reset(token)


def announcement() -> Announcement | None:
    """Return the announcement of the innermost `announcing`, if any."""
    return _announcement.get()
