"""`recommend`, `similar` and `explain`: questions to a model in a file."""

import warnings
from contextlib import contextmanager

import click

from sklearn_cofi.cli._models import load_model
from sklearn_cofi.cli._options import (
    column_options,
    output_options,
    taken_columns,
    titles_option,
)
from sklearn_cofi.cli._output import print_records
from sklearn_cofi.cli._ratings import ids_in_kind, read_ids, read_ratings, read_titles

# Ids that a warning names.
_NAMED = 5

_count_option = click.option(
    "-n",
    type=click.IntRange(1),
    default=10,
    show_default=True,
    help="Number of rows for each.",
)


def _list_options(command):
    """Add options for items to choose from, and to leave out."""
    for name, told in (
        ("banned", "Items that are not to be recommended"),
        ("candidates", "Recommend none but these items"),
    ):
        command = click.option(
            f"--{name}-file", metavar="FILE", help=f"{told}: one a line."
        )(command)
        command = click.option(f"--{name}", metavar="ID,...", help=f"{told}.")(command)
    return command


@click.command()
@click.argument("model")
@click.option("--users", metavar="ID,...", help="Users that the model knows.")
@click.option("--users-file", metavar="FILE", help="Such users, one a line, or -.")
@click.option("--all", "everyone", is_flag=True, help="All users of the model.")
@click.option(
    "--ratings", metavar="FILE", help="Ratings of new users, or of one without an id."
)
@_count_option
@_list_options
@click.option("--include-rated", is_flag=True, help="Recommend what was rated, too.")
@titles_option
@column_options
@output_options
def recommend(model, n, include_rated, titles, as_json: bool, **options):
    """Print the items that MODEL recommends, with predicted ratings."""
    columns = taken_columns(options)
    ways = ("users", "users_file", "everyone", "ratings")
    users, users_file, everyone, ratings = map(options.pop, ways)
    if sum(map(bool, (users, users_file, everyone, ratings))) != 1:
        raise click.UsageError("Give --users, --users-file, --all or --ratings.")
    loaded = load_model(model)
    who = {}
    if ratings:
        who["ratings"] = read_ratings(ratings, columns, like=loaded, new_users=True)
    elif not everyone:
        who["users"] = _listed(users, users_file, loaded.user_ids_, "user")
        _warn_of_unknown(who["users"], loaded.user_ids_, "user")
    chosen = {
        name: _listed(options[name], options[f"{name}_file"], loaded.item_ids_, "item")
        for name in ("candidates", "banned")
    }
    with _strangers_told():
        best = loaded.recommend(**who, **chosen, n=n, exclude_rated=not include_rated)
    print_records(_titled(best, "item", titles, loaded), as_json)


@click.command()
@click.argument("model")
@click.argument("ids", metavar="ITEM...", nargs=-1, required=True)
@_count_option
@click.option("--users", is_flag=True, help="Compare users: the ids are of users.")
@click.option(
    "--metric",
    type=click.Choice(["cosine", "dot"]),
    default="cosine",
    show_default=True,
)
@titles_option
@output_options
def similar(model, ids, n, users: bool, metric, titles, as_json: bool):
    """Print the items whose learned features are most like those of each ITEM."""
    if users and titles:
        raise click.UsageError("--titles are of items, and --users compares users.")
    loaded = load_model(model)
    if users:
        asked = ids_in_kind(ids, loaded.user_ids_, "user")
        alike = loaded.similar_users(asked, n, metric=metric)
    else:
        asked = ids_in_kind(ids, loaded.item_ids_, "item")
        alike = loaded.similar_items(asked, n, metric=metric)
        alike = _titled(alike, "similar_item", titles, loaded)
    print_records(alike, as_json)


@click.command()
@click.argument("model")
@click.argument("user")
@click.argument("item")
@_count_option
@titles_option
@output_options
def explain(model, user, item, n, titles, as_json: bool):
    """Print what each rating of USER adds to the predicted rating of ITEM.

    The last row is the prediction: the sum of the others.
    """
    import pandas as pd

    loaded = load_model(model)
    if not hasattr(loaded, "explain"):
        raise ValueError(
            f"A {type(loaded).__name__} has no explanations: its predictions are means "
            "over draws. Fit without --bayesian."
        )
    users = ids_in_kind([user], loaded.user_ids_, "user")
    items = ids_in_kind([item], loaded.item_ids_, "item")
    _warn_of_unknown(users, loaded.user_ids_, "user")
    _warn_of_unknown(items, loaded.item_ids_, "item")
    with _strangers_told():
        parts = loaded.explain(users[0], items[0], n=n)
    total = {"kind": "prediction", "contribution": parts["contribution"].sum()}
    rows = parts.to_dict("records") + [total]
    why = pd.DataFrame(rows, columns=parts.columns, dtype=object)
    print_records(_titled(why, "item", titles, loaded), as_json, {"rating": ".4g"})


def _listed(texts, source, ids, side: str) -> list | None:
    """Return ids that were given in the command or in a file, if any were."""
    if texts and source:
        raise click.UsageError("Give ids, or a file of them, not both.")
    if source:
        return read_ids(source, ids, side)
    if not texts:
        return None
    listed = [text.strip() for text in texts.split(",") if text.strip()]
    if not listed:
        raise click.UsageError(f"{texts!r} holds no id of a {side}.")
    return ids_in_kind(listed, ids, side)


def _warn_of_unknown(asked, ids, side: str) -> None:
    """Say which ids the model does not know; it answers for a stranger then."""
    known = set(ids.tolist())
    strange = [one for one in dict.fromkeys(asked) if one not in known]
    if strange:
        named = ", ".join(map(str, strange[:_NAMED]))
        more = f" and {len(strange) - _NAMED} more" if len(strange) > _NAMED else ""
        warnings.warn(
            f"The model does not know {side} {named}{more}: what it says holds for any "
            f"{side} of whom nothing is known.",
            stacklevel=2,
        )


@contextmanager
def _strangers_told():
    """Say once that none is known: `_warn_of_unknown` has, with the ids."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="None of the")
        yield


def _titled(frame, column: str, titles: str | None, model):
    """Put titles beside the items."""
    if titles is None:
        return frame
    names = read_titles(titles, model.item_ids_)
    place = list(frame.columns).index(column) + 1
    found = [names.get(item) for item in frame[column].tolist()]
    frame.insert(place, "title", found)
    return frame
