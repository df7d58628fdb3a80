"""`recommend` and `similar`: queries of a model in a file."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from sklearn_cofi.cli._ids import parse_ids, read_ids, with_titles
from sklearn_cofi.cli._models import load_model_and_columns
from sklearn_cofi.cli._options import (
    Command,
    column_options,
    output_options,
    pop_columns,
    stacked,
    titles_option,
)
from sklearn_cofi.cli._predict import std_argument, std_option
from sklearn_cofi.cli._ratings import read_ratings
from sklearn_cofi.cli._results import check_result_file, result_option, write_result
from sklearn_cofi.cli._unknown_ids import warn_of_unknown_ids, without_unknown_warning

if TYPE_CHECKING:
    import numpy as np

    from sklearn_cofi._typing import Id

count_option = click.option(
    "-n",
    type=click.IntRange(1),
    default=10,
    show_default=True,
    help="Number of rows for each user or item.",
)


def _item_list_options(command: Command) -> Command:
    """Add options for items to choose from, and items to leave out."""
    for name, help_text in (
        ("banned", "Items that are never recommended"),
        ("candidates", "The only items that may be recommended"),
    ):
        command = click.option(
            f"--{name}-file", metavar="FILE", help=f"{help_text}: one per line."
        )(command)
        command = click.option(f"--{name}", metavar="ID,...", help=f"{help_text}.")(
            command
        )
    return command


_list_options = stacked(
    click.option(
        "--min-count",
        type=click.IntRange(0),
        default=0,
        show_default=True,
        help="Number of ratings that an item needs to be recommended.",
    ),
    click.option(
        "--popularity-penalty",
        type=float,
        default=0.0,
        show_default=True,
        help="Rank by prediction - NUMBER * log(ratings of the item); a negative "
        "number prefers items with many ratings.",
    ),
    click.option(
        "--diversity",
        type=click.FloatRange(0, 1),
        default=0.0,
        show_default=True,
        help="Weight of the differences between the items of a list.",
    ),
)


@click.command()
@click.argument("model")
@click.option("--users", metavar="ID,...", help="Users to recommend items to.")
@click.option(
    "--users-file", metavar="FILE", help="File of users, one per line, or - for stdin."
)
@click.option("--all", "all_users", is_flag=True, help="All users of the model.")
@click.option(
    "--ratings",
    metavar="FILE",
    help="Ratings of new users; without a column of users, of one new user.",
)
@count_option
@_item_list_options
@click.option(
    "--include-rated", is_flag=True, help="Recommend items that the user rated, too."
)
@_list_options
@std_option
@titles_option
@result_option
@column_options
@output_options
def recommend(
    model: str,
    n: int,
    include_rated: bool,
    titles: str | None,
    output: str | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Print the items that MODEL recommends, with predictions.

    Predictions are ratings, or the relevance of items for a model of lists.
    """
    columns = pop_columns(options)
    names = ("users", "users_file", "all_users", "ratings")
    users, users_file, all_users, ratings = map(options.pop, names)
    if sum(map(bool, (users, users_file, all_users, ratings))) != 1:
        raise click.UsageError("Give --users, --users-file, --all or --ratings.")
    check_result_file(output, as_json)
    loaded, of_model = load_model_and_columns(model)
    columns = columns._replace(of_model=of_model)
    query: dict[str, Any] = std_argument(loaded, options["with_std"])
    for name in ("min_count", "popularity_penalty", "diversity"):
        query[name] = options[name]
    if ratings:
        query["ratings"] = read_ratings(ratings, columns, like=loaded, new_users=True)
    elif not all_users:
        query["users"] = _id_list(users, users_file, loaded.user_ids_, "user")
        warn_of_unknown_ids(query["users"], loaded.user_ids_, "user")
    for name in ("candidates", "banned"):
        query[name] = _id_list(
            options[name], options[f"{name}_file"], loaded.item_ids_, "item"
        )
    with without_unknown_warning():
        best = loaded.recommend(**query, n=n, exclude_rated=not include_rated)
    write_result(with_titles(best, "item", titles, loaded, of_model), output, as_json)


@click.command()
@click.argument("model")
@click.argument("ids", metavar="ITEM...", nargs=-1, required=True)
@count_option
@click.option("--users", is_flag=True, help="Compare users: the arguments are users.")
@click.option(
    "--metric",
    type=click.Choice(["cosine", "dot"]),
    default="cosine",
    show_default=True,
    help="Similarity of two rows of factors: their cosine or their dot product.",
)
@titles_option
@result_option
@output_options
def similar(
    model: str,
    ids: Sequence[str],
    n: int,
    users: bool,
    metric: str,
    titles: str | None,
    output: str | None,
    as_json: bool,
) -> None:
    """Print the items whose factors are most similar to those of each ITEM."""
    if users and titles:
        raise click.UsageError("--titles names items, but --users compares users.")
    check_result_file(output, as_json)
    loaded, of_model = load_model_and_columns(model)
    if users:
        queried = parse_ids(ids, loaded.user_ids_, "user")
        neighbours = loaded.similar_users(queried, n, metric=metric)
    else:
        queried = parse_ids(ids, loaded.item_ids_, "item")
        neighbours = loaded.similar_items(queried, n, metric=metric)
        neighbours = with_titles(neighbours, "similar_item", titles, loaded, of_model)
    write_result(neighbours, output, as_json)


def _id_list(
    texts: str | None, source: str | None, ids: "np.ndarray", side: str
) -> "list[Id] | None":
    """Return the ids given on the command line or in a file; None without both."""
    if texts and source:
        raise click.UsageError("Give ids or a file of ids, not both.")
    if source:
        return read_ids(source, ids, side)
    if not texts:
        return None
    listed = [text for text in texts.split(",") if text.strip()]
    if not listed:
        raise click.UsageError(f"{texts!r} does not contain an id of a {side}.")
    return parse_ids(listed, ids, side)
