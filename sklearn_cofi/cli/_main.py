"""The commands together, and what becomes of errors and warnings: one line each."""

import os
import sys
import traceback
import warnings
from contextlib import contextmanager

import click

from sklearn_cofi import __version__
from sklearn_cofi.cli._ask import explain, recommend, similar
from sklearn_cofi.cli._demo import demo
from sklearn_cofi.cli._evaluate import evaluate
from sklearn_cofi.cli._fit import fit, tune
from sklearn_cofi.cli._info import info
from sklearn_cofi.cli._options import debug_option
from sklearn_cofi.cli._predict import predict

MOVIELENS = ("100k", "latest-small", "1m", "10m", "20m", "25m", "32m")

FAILED = 1
INTERRUPTED = 128 + 2  # as shells number an end by SIGINT
BROKEN_PIPE = 128 + 13  # and by SIGPIPE

# What we raise on purpose, and what files and folders do. Of all else the kind is said
# too, for the message alone may mean nothing.
_EXPECTED = (OSError, ValueError, TypeError, ImportError)


def main(arguments=None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : list of str, default=None
        None takes those of the process.

    Returns
    -------
    int
        0 if all went well, 1 if not (one line on stderr says why), 2 if the arguments
        cannot be understood, 130 if it was interrupted, and 141 if the reader of
        stdout went away, as ``head`` does, which is no error and said nothing of.

    Examples
    --------
    >>> from sklearn_cofi.cli import main
    >>> main(["--version"])
    sklearn-cofi, version ...
    0
    """
    asked = {"debug": False}
    with warnings.catch_warnings():
        warnings.showwarning = _print_warning
        try:
            status = commands.main(
                arguments, prog_name="sklearn-cofi", standalone_mode=False, obj=asked
            )
            return status or 0  # that of --help and --version is their own
        except click.ClickException as error:
            error.show()
            return error.exit_code
        except (click.Abort, KeyboardInterrupt):
            return INTERRUPTED
        except _ReaderGoneError:
            _silence_stdout()
            return BROKEN_PIPE
        except Exception as error:  # noqa: BLE001 - no one is shown a traceback unasked
            if asked["debug"]:
                traceback.print_exc()
            click.echo(f"sklearn-cofi: error: {_in_one_line(error)}", err=True)
            return FAILED


class _ReaderGoneError(Exception):
    """Nobody reads stdout any more. No OSError, of which click makes what it likes."""


class _Commands(click.Group):
    """A group that tells a broken pipe from other errors."""

    def make_context(self, *arguments, **more):
        """Parse the arguments, and print help where that is asked for."""
        with _reader_watched():
            return super().make_context(*arguments, **more)

    def invoke(self, ctx):
        """Run the command, until all that it printed is written."""
        with _reader_watched():
            super().invoke(ctx)
            sys.stdout.flush()


@contextmanager
def _reader_watched():
    try:
        yield
    except BrokenPipeError as error:
        raise _ReaderGoneError from error


def _silence_stdout() -> None:
    """Let the interpreter flush stdout at its end without a complaint."""
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)
    except (OSError, ValueError):  # stdout is no file of the system
        pass


def _in_one_line(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror and error.filename is not None:
        return f"{os.fsdecode(error.filename)}: {error.strerror}"
    text = " ".join(str(error).split())
    if isinstance(error, _EXPECTED) and text:
        return text
    return f"{type(error).__name__} {text}".strip() + " (--debug shows where)"


def _print_warning(message, *where, **how) -> None:
    text = " ".join(str(message).split())
    click.echo(f"sklearn-cofi: warning: {text}", err=True)


@click.group(
    cls=_Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(__version__, prog_name="sklearn-cofi")
@click.option(
    "--data",
    metavar="FILE",
    help="Ratings in a file: columns named user, item and rating, or the first three.",
)
@click.option(
    "--movielens",
    is_flag=False,
    flag_value="latest-small",
    type=click.Choice(MOVIELENS),
    help="A MovieLens set (latest-small if none is named), downloaded once.",
)
@click.option("--data-home", metavar="FOLDER", help="Where data sets are kept.")
@click.option("--user", metavar="ID", help="Who to recommend to. [default: the first]")
@click.option(
    "-n",
    type=click.IntRange(1),
    default=5,
    show_default=True,
    help="Number of items to recommend.",
)
@debug_option
@click.pass_context
def commands(context, **options):
    """Learn from ratings and recommend items.

    Without a command: fit the ten movies and six users of the tutorial, or --data or
    --movielens, say how well, and recommend. Every command has a --help of its own.
    """
    if context.invoked_subcommand is None:
        if options["data"] and options["movielens"]:
            raise click.UsageError("Give --data or --movielens, not both.")
        demo(**options)
        return
    default = click.core.ParameterSource.DEFAULT
    for name in options:
        if context.get_parameter_source(name) not in (default, None):
            option = "-n" if name == "n" else "--" + name.replace("_", "-")
            raise click.UsageError(
                f"{option} before a command has no effect on it. Options of a command "
                "come after it."
            )


for _command in (fit, tune, evaluate, predict, recommend, similar, explain, info):
    commands.add_command(_command)
