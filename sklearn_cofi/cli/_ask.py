"""`recommend`, `similar` and `explain`: questions to a model in a file."""

import click

from sklearn_cofi.cli._answers import answer_option, check_answer, give
from sklearn_cofi.cli._ids import ids_in_kind, read_ids, read_titles
from sklearn_cofi.cli._models import load_model
from sklearn_cofi.cli._options import (
    column_options,
    output_options,
    taken_columns,
    titles_option,
)
from sklearn_cofi.cli._predict import std_asked, std_option
from sklearn_cofi.cli._ratings import read_ratings
from sklearn_cofi.cli._strangers import strangers_told, warn_of_unknown

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
@std_option
@titles_option
@answer_option
@column_options
@output_options
def recommend(model, n, include_rated, titles, output, as_json: bool, **options):
    """Print the items that MODEL recommends, with predicted ratings."""
    columns = taken_columns(options)
    ways = ("users", "users_file", "everyone", "ratings")
    users, users_file, everyone, ratings = map(options.pop, ways)
    if sum(map(bool, (users, users_file, everyone, ratings))) != 1:
        raise click.UsageError("Give --users, --users-file, --all or --ratings.")
    check_answer(output, as_json)
    loaded = load_model(model)
    who = std_asked(loaded, options["with_std"])
    if ratings:
        who["ratings"] = read_ratings(ratings, columns, like=loaded, new_users=True)
    elif not everyone:
        who["users"] = _listed(users, users_file, loaded.user_ids_, "user")
        warn_of_unknown(who["users"], loaded.user_ids_, "user")
    chosen = {
        name: _listed(options[name], options[f"{name}_file"], loaded.item_ids_, "item")
        for name in ("candidates", "banned")
    }
    with strangers_told():
        best = loaded.recommend(**who, **chosen, n=n, exclude_rated=not include_rated)
    give(_titled(best, "item", titles, loaded), output, as_json)


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
@answer_option
@output_options
def similar(model, ids, n, users: bool, metric, titles, output, as_json: bool):
    """Print the items whose learned features are most like those of each ITEM."""
    if users and titles:
        raise click.UsageError("--titles are of items, and --users compares users.")
    check_answer(output, as_json)
    loaded = load_model(model)
    if users:
        asked = ids_in_kind(ids, loaded.user_ids_, "user")
        alike = loaded.similar_users(asked, n, metric=metric)
    else:
        asked = ids_in_kind(ids, loaded.item_ids_, "item")
        alike = loaded.similar_items(asked, n, metric=metric)
        alike = _titled(alike, "similar_item", titles, loaded)
    give(alike, output, as_json)


@click.command()
@click.argument("model")
@click.argument("ids", metavar="[USER] ITEM", nargs=-1, required=True)
@click.option("--ratings", metavar="FILE", help="Ratings of a new user, for USER.")
@_count_option
@titles_option
@answer_option
@column_options
@output_options
def explain(model, ids, ratings, n, titles, output, as_json: bool, **options):
    """Print what each rating of USER adds to the predicted rating of ITEM.

    The last row is the prediction: the sum of the others.
    """
    columns = taken_columns(options)
    *user, item = ids
    if len(user) != (ratings is None):
        raise click.UsageError("Give USER and ITEM, or --ratings and ITEM.")
    check_answer(output, as_json)
    loaded = load_model(model)
    if not hasattr(loaded, "explain"):
        raise ValueError(
            f"A {type(loaded).__name__} has no explanations: its predictions are means "
            "over draws. Fit without --bayesian."
        )
    if ratings:
        who = {"ratings": read_ratings(ratings, columns, like=loaded, new_users=True)}
    else:
        who = {"user": ids_in_kind(user, loaded.user_ids_, "user")[0]}
        warn_of_unknown(who.values(), loaded.user_ids_, "user")
    (item,) = ids_in_kind([item], loaded.item_ids_, "item")
    warn_of_unknown([item], loaded.item_ids_, "item")
    with strangers_told():
        parts = loaded.explain(item=item, n=n, **who)
    why = _titled(_with_sum(parts), "item", titles, loaded)
    give(why, output, as_json, {"rating": ".4g"})


def _with_sum(parts):
    """Add a row for what the contributions add up to."""
    import pandas as pd

    total = {"kind": "prediction", "contribution": parts["contribution"].sum()}
    rows = parts.to_dict("records") + [total]
    return pd.DataFrame(rows, columns=parts.columns, dtype=object)


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


def _titled(frame, column: str, titles: str | None, model):
    """Put titles beside the items."""
    if titles is None:
        return frame
    names = read_titles(titles, model.item_ids_)
    place = list(frame.columns).index(column) + 1
    found = [names.get(item) for item in frame[column].tolist()]
    frame.insert(place, "title", found)
    return frame
