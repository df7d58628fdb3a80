"""Options that several commands share, and their types."""

from typing import NamedTuple

import click


class Columns(NamedTuple):
    """How a file of ratings is read."""

    user_col: str | None
    item_col: str | None
    rating_col: str | None
    timestamp_col: str | None
    sep: str | None
    header: bool | None
    encoding: str
    text_ids: bool


class Numbers(click.ParamType):
    """Numbers with commas between them."""

    def __init__(self, kind=float):
        self.kind = kind
        self.name = "integers" if kind is int else "numbers"

    def convert(self, value, param, ctx):
        """Return a list of numbers."""
        if isinstance(value, list):
            return value
        try:
            return [self.kind(part) for part in value.split(",")]
        except ValueError:
            self.fail(f"{value!r} is not made of {self.name}, as in 5,10,20.")


class PenaltyType(click.ParamType):
    """A number, or one for users and one for items."""

    name = "number"

    def convert(self, value, param, ctx):
        """Return a float or a pair of them."""
        numbers = Numbers().convert(value, param, ctx)
        if len(numbers) > 2:
            self.fail(f"{value!r} is neither a number nor two, of users and of items.")
        return numbers[0] if len(numbers) == 1 else tuple(numbers)


class WordOrNumber(click.ParamType):
    """One of some words, or a number."""

    def __init__(self, *words):
        self.words = words
        self.name = "|".join((*words, "number"))

    def convert(self, value, param, ctx):
        """Return the word or a float."""
        if value in self.words:
            return value
        try:
            return float(value)
        except ValueError:
            self.fail(f"{value!r} is neither {', '.join(self.words)} nor a number.")


def stacked(*options):
    """Return one decorator for several options, in the order of their help."""

    def decorate(command):
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def _note_debug(context, parameter, value):
    if value:
        context.obj["debug"] = True


debug_option = click.option(
    "--debug",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_note_debug,
    help="Show where an error came from.",
)

output_options = stacked(
    click.option("--json", "as_json", is_flag=True, help="Print JSON, not a table."),
    debug_option,
)

progress_option = click.option(
    "--progress", is_flag=True, help="Show bars on stderr, if it is a terminal."
)

titles_option = click.option(
    "--titles",
    metavar="FILE",
    help="Names of items: columns of id and title (those named so, or the first two).",
)


def _column_option(name: str, default: str):
    return click.option(
        f"--{name}-col",
        metavar="NAME|POSITION",
        help=f"Column of the {name}s. [default: {default}]",
    )


_id_columns = stacked(
    _column_option("user", '"user", or the first'),
    _column_option("item", '"item", or the second'),
)
_reading = stacked(
    click.option(
        "--sep",
        help="What separates fields, such as , ; | :: or \\t. [default: by the name of "
        "the file, else by its first line]",
    ),
    click.option(
        "--header/--no-header",
        default=None,
        help="Whether the first line names the columns. [default: if no field of it "
        "is a number]",
    ),
    click.option("--encoding", default="utf-8", show_default=True),
    click.option(
        "--text-ids",
        is_flag=True,
        help="Take ids as they are written: 007 is not 7 then.",
    ),
)
# Of files of ratings.
column_options = stacked(
    _id_columns,
    _column_option("rating", '"rating", or the third'),
    _column_option("timestamp", '"timestamp", or without a header the fourth'),
    _reading,
)
# Of files of users and items.
pair_options = stacked(_id_columns, _reading)


def taken_columns(options: dict) -> Columns:
    """Take what `column_options` or `pair_options` gave out of those of a command."""
    return Columns(**{name: options.pop(name, None) for name in Columns._fields})
