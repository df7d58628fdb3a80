"""The group of all commands. An error or a warning is one line on stderr."""

import os
import sys
import traceback
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click

from sklearn_cofi import __version__
from sklearn_cofi.cli._demo import demo
from sklearn_cofi.cli._effects import effects
from sklearn_cofi.cli._evaluate import evaluate
from sklearn_cofi.cli._explain import explain
from sklearn_cofi.cli._fit import fit, tune
from sklearn_cofi.cli._info import info
from sklearn_cofi.cli._options import debug_option
from sklearn_cofi.cli._predict import predict
from sklearn_cofi.cli._query_commands import recommend, similar
from sklearn_cofi.cli._stdout import open_stdout
from sklearn_cofi.cli._warm_up import warm_up
from sklearn_cofi.kernels._announce import announcing

# The releases of `fetch_movielens`: importing it here would slow --help down.
MOVIELENS = ("100k", "latest-small", "1m", "10m", "20m", "25m", "32m")

FAILED = 1
INTERRUPTED = 128 + 2  # the exit status that shells give a process ended by SIGINT
BROKEN_PIPE = 128 + 13  # and by SIGPIPE

# Errors that this package and the file system raise on purpose: their messages are
# clear without the class of the error.
_EXPECTED = (OSError, ValueError, TypeError, ImportError)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, default=None
        Arguments after the program's name. None takes those of the process.

    Returns
    -------
    int
        Exit status: 0 on success, 1 after an error (stderr has one line about it), 2 if
        the arguments are invalid, 130 after an interrupt, and 141 if the reader of
        stdout closed the pipe, as ``head`` does (nothing is printed then).

    Examples
    --------
    >>> from sklearn_cofi.cli import main
    >>> main(["--version"])
    sklearn-cofi, version ...
    0
    """
    settings = {"debug": False}
    with warnings.catch_warnings(), announcing(write=_print_note):
        warnings.showwarning = _print_warning
        try:
            status = commands.main(
                arguments, prog_name="sklearn-cofi", standalone_mode=False, obj=settings
            )
            return status or 0  # --help and --version return a status
        except click.ClickException as error:
            error.show()
            return error.exit_code
        except (click.Abort, KeyboardInterrupt):
            return INTERRUPTED
        except _StdoutClosedError:
            _silence_stdout()
            return BROKEN_PIPE
        except Exception as error:  # noqa: BLE001 - tracebacks are for --debug only
            if settings["debug"]:
                traceback.print_exc()
            click.echo(f"sklearn-cofi: error: {_in_one_line(error)}", err=True)
            return FAILED


class _StdoutClosedError(Exception):
    """The reader of stdout closed the pipe. Not an OSError: click handles those."""


class _Commands(click.Group):
    """A group that tells a closed stdout from other errors."""

    def make_context(self, *arguments: Any, **more: Any) -> click.Context:
        """Parse the arguments, and print the help if --help is given."""
        with _stdout_errors():
            return super().make_context(*arguments, **more)

    def invoke(self, ctx: click.Context) -> None:
        """Run the command and flush stdout."""
        with _stdout_errors():
            super().invoke(ctx)


@contextmanager
def _stdout_errors() -> Iterator[None]:
    """Flush stdout at the end; raise an error of its own if its reader closed it."""
    try:
        yield
        if sys.stdout is not None:
            with open_stdout():
                pass
    except BrokenPipeError as error:
        raise _StdoutClosedError from error


def _silence_stdout() -> None:
    """Point stdout to the null device, so that the interpreter can flush it at exit."""
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)
    except (OSError, ValueError):  # stdout is not a file of the operating system
        pass


def _in_one_line(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror and error.filename is not None:
        return f"{os.fsdecode(error.filename)}: {error.strerror}"
    text = " ".join(str(error).split())
    if isinstance(error, MemoryError):
        return f"out of memory: {text}".removesuffix(": ")
    if isinstance(error, _EXPECTED) and text:
        return text
    return f"{type(error).__name__} {text}".strip() + " (--debug shows where)"


def _print_note(text: str) -> None:
    click.echo(f"sklearn-cofi: {text}", err=True)


def _print_warning(message: Warning | str, *where: object, **how: object) -> None:
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
    help="File of ratings: columns with usual names, as userId, or the first three.",
)
@click.option(
    "--movielens",
    is_flag=False,
    flag_value="latest-small",
    type=click.Choice(MOVIELENS),
    help="MovieLens data set (latest-small if none is named), downloaded once.",
)
@click.option("--data-home", metavar="FOLDER", help="Folder of downloaded data sets.")
@click.option(
    "--user", metavar="ID", help="User to recommend items to. [default: the first]"
)
@click.option(
    "-n",
    type=click.IntRange(1),
    default=5,
    show_default=True,
    help="Number of items to recommend.",
)
@debug_option
@click.pass_context
def commands(context: click.Context, **options: Any) -> None:
    """Fit models to ratings and recommend items.

    Without a command, fit a model to the tutorial's six users and ten movies, or to
    --data or --movielens, and recommend items. COMMAND --help lists the options of a
    command.
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
                f"{option} comes before the command and has no effect on it. Options "
                "of a command come after its name."
            )


for _command in (
    fit,
    tune,
    evaluate,
    predict,
    recommend,
    similar,
    explain,
    effects,
    info,
    warm_up,
):
    commands.add_command(_command)
