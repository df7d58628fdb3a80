"""scikit-learn's progress bars, on stderr."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sklearn_cofi._typing import Estimator


@contextmanager
def progress(model: "Estimator", enabled: bool) -> Iterator[None]:
    """Show progress bars during a fit, if they are enabled and stderr is a terminal.

    Raises
    ------
    ImportError
        If rich is not installed, or scikit-learn is older than 1.9.
    """
    if not (enabled and sys.stderr.isatty()):
        yield
        return
    try:
        import rich
    except ImportError as error:
        raise ImportError("--progress needs rich: pip install rich.") from error
    try:
        from sklearn.callback import ProgressBar
    except ImportError as error:
        raise ImportError(
            "--progress needs scikit-learn 1.9: pip install --upgrade scikit-learn."
        ) from error

    # ProgressBar draws on rich's console, and stdout is for results.
    rich.reconfigure(stderr=True)
    model.set_callbacks(ProgressBar())
    try:
        yield
    finally:
        model.set_callbacks()  # the next fit may have no terminal
        rich.reconfigure()
