"""scikit-learn's progress bars, on stderr."""

import sys
from contextlib import contextmanager


@contextmanager
def progress(model, wanted: bool):
    """Show bars while the model is fitted, if they are wanted and stderr is a terminal.

    Raises
    ------
    ImportError
        If rich is not installed.
    """
    if not (wanted and sys.stderr.isatty()):
        yield
        return
    try:
        import rich
    except ImportError as error:
        raise ImportError("--progress needs rich: pip install rich.") from error
    from sklearn.callback import ProgressBar

    rich.reconfigure(stderr=True)  # what ProgressBar draws on: stdout is for answers
    model.set_callbacks(ProgressBar())
    try:
        yield
    finally:
        model.set_callbacks()  # what fits it next may have no terminal
        rich.reconfigure()
