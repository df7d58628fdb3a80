"""Options that several commands share, and the types of their values."""

from collections.abc import Callable
from typing import Any, NamedTuple

import click

# A function that becomes a command, and a decorator that adds options to it.
Command = Callable[..., Any]
Decorator = Callable[[Command], Command]


class Columns(NamedTuple):
    """Options for reading a file of ratings."""

    user_col: str | None
    item_col: str | None
    rating_col: str | None
    timestamp_col: str | None
    sep: str | None
    header: bool | None
    encoding: str
    text_ids: bool
    # Columns of user, item, rating and time in the file of a model's ratings.
    of_model: tuple[str | int | None, ...] | None = None
    quotes: bool | None = None
    weight_col: str | None = None
    implicit: bool | None = None  # rows are pairs, and no ratings are read
    times: bool | None = None  # the model learns from the times


class Numbers(click.ParamType):
    """A list of numbers with commas between them."""

    def __init__(self, kind: type[int] | type[float] = float) -> None:
        self.kind = kind
        self.name = "integers" if kind is int else "numbers"

    def convert(
        self,
        value: str | list[float],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> list[float]:
        """Return a list of numbers."""
        if isinstance(value, list):
            return value
        try:
            return [self.kind(part) for part in value.split(",")]
        except ValueError:
            self.fail(f"{value!r} is not a list of {self.name} such as 5,10,20.")


class PenaltyType(click.ParamType):
    """A number, or two: for users and for items; with ``auto``, also "0.5*auto"."""

    def __init__(self, *, auto: bool = False) -> None:
        self.auto = auto
        self.name = "number|auto" if auto else "number"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> float | tuple[float, ...] | str:
        """Return a float, a pair of floats, or a multiple of "auto"."""
        if self.auto and value.endswith("auto"):
            return value  # checked by the estimator
        numbers = Numbers().convert(value, param, ctx)
        if len(numbers) > 2:
            self.fail(f"{value!r} is neither a number nor a pair USERS,ITEMS.")
        return numbers[0] if len(numbers) == 1 else tuple(numbers)


class PenaltyList(click.ParamType):
    """Penalties with commas between them: numbers, or multiples of "auto"."""

    name = "penalties"

    def convert(
        self,
        value: str | list[float | str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> list[float | str]:
        """Return a list of numbers and multiples of "auto"."""
        if isinstance(value, list):
            return value
        parts = value.split(",")
        try:
            return [p if p.endswith("auto") else float(p) for p in parts]
        except ValueError:
            self.fail(
                f"{value!r} is not a list of penalties such as 2,1 or 2*auto,auto."
            )


class Durations(click.ParamType):
    """Durations with commas between them, or "none"."""

    name = "durations"

    def convert(
        self,
        value: str | list[float | str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> list[float | str]:
        """Return a list of numbers of seconds and of durations, such as "1h"."""
        if isinstance(value, list):
            return value
        from sklearn_cofi.bayesian._time_scales import seconds_of_scales

        parts: list[float | str] = []
        for part in [] if value == "none" else value.split(","):
            try:
                parts.append(float(part))
            except ValueError:
                parts.append(part.strip())
        try:
            seconds_of_scales("it", parts)
        except ValueError as error:
            self.fail(f"{value!r} is not a list of durations: {error}")
        return parts


class WordOrNumber(click.ParamType):
    """One of several words, or a number."""

    def __init__(self, *words: str) -> None:
        self.words = words
        self.name = "|".join((*words, "number"))

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> str | float:
        """Return the word, or a float."""
        if value in self.words:
            return value
        try:
            return float(value)
        except ValueError:
            self.fail(f"{value!r} is neither {', '.join(self.words)} nor a number.")


def stacked(*options: Decorator) -> Decorator:
    """Return one decorator that adds several options, in the order of their help."""

    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def _set_debug(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value:
        context.obj["debug"] = True


debug_option = click.option(
    "--debug",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_set_debug,
    help="Print the traceback of an error.",
)

output_options = stacked(
    click.option(
        "--json", "as_json", is_flag=True, help="Print JSON instead of a table."
    ),
    debug_option,
)

progress_option = click.option(
    "--progress", is_flag=True, help="Show progress bars if stderr is a terminal."
)

titles_option = click.option(
    "--titles",
    metavar="FILE",
    help="File of item titles: columns as movieId and title, else the first two.",
)


def _column_option(name: str, default: str) -> Decorator:
    return click.option(
        f"--{name}-col",
        metavar="NAME|POSITION",
        help=f"Column of the {name}s. [default: {default}]",
    )


_id_columns = stacked(
    _column_option("user", "by its name, as userId, else the first"),
    _column_option("item", "by its name, as movieId, else the second"),
)
_reading = stacked(
    click.option(
        "--sep",
        help="Separator of the fields, such as , ; | :: or \\t. [default: from the "
        "name of the file and its first lines]",
    ),
    click.option(
        "--header/--no-header",
        default=None,
        help="Whether the first line names the columns. [default: yes, if it has usual "
        "names or text above numbers]",
    ),
    click.option(
        "--quotes/--no-quotes",
        default=None,
        help="Whether quotation marks quote fields. [default: yes, if the file follows "
        "RFC 4180]",
    ),
    click.option(
        "--encoding",
        default="utf-8",
        show_default=True,
        help="Encoding of a text file.",
    ),
    click.option(
        "--text-ids",
        is_flag=True,
        help="Keep all ids as text: 007 and 7 are two ids.",
    ),
)
_time_column = _column_option(
    "timestamp", '"timestamp", or the fourth if there is no header'
)
# For files of ratings.
column_options = stacked(
    _id_columns,
    _column_option("rating", "by its name, as Rating, else the third"),
    _time_column,
    _reading,
)
# For files of clicks, plays and purchases.
implicit_options = stacked(
    click.option(
        "--implicit",
        is_flag=True,
        help="Rows are clicks, plays or purchases of a user and an item, without "
        "ratings: fit RankingCollaborativeFilter to them.",
    ),
    _column_option("weight", "by its name, as plays, else each row counts as 1"),
)
# For files of pairs of users and items.
pair_options = stacked(_id_columns, _time_column, _reading)


def pop_columns(options: dict[str, Any]) -> Columns:
    """Remove the values of `column_options` or `pair_options` from a command's options.

    Returns
    -------
    Columns
        These values; None for an option that the command does not have.

    Raises
    ------
    click.UsageError
        If ratings are chosen with --implicit, or weights without it.
    """
    columns = Columns(**{name: options.pop(name, None) for name in Columns._fields})
    if columns.implicit and columns.rating_col is not None:
        raise click.UsageError(
            "--rating-col cannot be used with --implicit, which reads no ratings. "
            "Name a column of counts with --weight-col."
        )
    if columns.weight_col is not None and not columns.implicit:
        raise click.UsageError("--weight-col needs --implicit.")
    return columns
