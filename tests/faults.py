"""Faults of the system: the k-th call of a function raises an error."""

import errno
import io
import os
import sys
from pathlib import Path

PACKAGE = str(Path(__file__).parent.parent / "sklearn_cofi")


class Fault:
    """Counts calls, and raises an error in the k-th (or, lasting, from then on).

    Parameters
    ----------
    k : int
        Number of the call that fails, from 0.
    error : callable
        Function without arguments that returns the error.
    lasting : bool, default=False
        Whether all later calls fail, too, as on a full disk.
    """

    def __init__(self, k, error, lasting=False):
        self.k, self.error, self.lasting = k, error, lasting
        self.n_calls = 0

    @property
    def raised(self):
        return self.n_calls > self.k

    def __call__(self):
        self.n_calls += 1
        if self.n_calls == self.k + 1 or (self.lasting and self.raised):
            raise self.error()

    def before(self, function):
        """Return the function, preceded by the fault."""

        def faulty(*args, **kwargs):
            self()
            return function(*args, **kwargs)

        return faulty


def full_disk():
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def each_fault(error, lasting=False, limit=2000):
    """Yield a fault at call 0, 1, 2, ... until an operation has no further call."""
    for k in range(limit):
        fault = Fault(k, error, lasting)
        yield fault
        if not fault.raised:
            assert k > 0, "the operation has no such call"
            return
    raise AssertionError(f"more than {limit} calls")


def faulty_files(monkeypatch, module, fault, n_bytes=None):
    """Make the module's files raise the fault when the system writes them.

    ``n_bytes`` is the most that one call writes: the system may write less than it is
    passed.
    """

    class File(io.FileIO):
        def write(self, data):
            fault()
            return super().write(memoryview(data)[:n_bytes])

    def opened(name, mode, opener=None):
        return io.BufferedWriter(File(name, mode.replace("b", ""), opener=opener), 512)

    monkeypatch.setattr(module, "open", opened, raising=False)


class Interruption:
    """Raises KeyboardInterrupt before one line of the package is run, as Ctrl-C does.

    Parameters
    ----------
    places : set of (file, line)
        Lines at which earlier interruptions happened; the next new line is added.
    files : sequence of str, default=("",)
        Beginnings of the paths, inside the package, of the files to interrupt.
    """

    def __init__(self, places, files=("",)):
        self.places, self.place = places, None
        self.files = tuple(os.path.join(PACKAGE, file) for file in files)

    def __enter__(self):
        self._before = sys.gettrace()
        sys.settrace(self._enter_frame)
        return self

    def __exit__(self, *error):
        sys.settrace(self._before)

    def _enter_frame(self, frame, event, argument):
        is_ours = frame.f_code.co_filename.startswith(self.files)
        return self._run_line if is_ours and self.place is None else None

    def _run_line(self, frame, event, argument):
        place = frame.f_code.co_filename, frame.f_lineno
        if event == "line" and self.place is None and place not in self.places:
            self.place = place
            self.places.add(place)
            raise KeyboardInterrupt
        return self._run_line


def each_interruption(files=("",), limit=5000):
    """Yield an interruption at each line, until an operation has no further line."""
    places = set()
    for _ in range(limit):
        interruption = Interruption(places, files)
        yield interruption
        if interruption.place is None:
            assert len(places) > 1, "the operation runs no line of these files"
            return
    raise AssertionError(f"more than {limit} lines")
