"""`evaluate`: errors and rankings on ratings that were not learned from."""

import click

from sklearn_cofi.cli._fit import fit_model
from sklearn_cofi.cli._model_options import make_model, model_options
from sklearn_cofi.cli._options import (
    Numbers,
    column_options,
    output_options,
    progress_option,
    taken_columns,
)
from sklearn_cofi.cli._output import print_facts, print_records, records
from sklearn_cofi.cli._ratings import read_ratings


@click.command()
@click.argument("ratings")
@click.option("--test", metavar="FILE", help="Ratings to test on, in a file.")
@click.option(
    "--holdout",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    help="Share of each user's ratings to test on, drawn by --seed; with --temporal, "
    "of all. [default: 0.2]",
)
@click.option("--temporal", is_flag=True, help="Test on the latest ratings.")
@click.option("--ranking", is_flag=True, help="Judge recommendations as well.")
@click.option(
    "--k",
    type=Numbers(int),
    default="5,10,20",
    metavar="K,...",
    help="Numbers of recommendations that --ranking looks at. [default: 5,10,20]",
)
@click.option(
    "--relevant-from",
    type=float,
    metavar="RATING",
    help="From which rating on --ranking counts an item as a hit. [default: any]",
)
@model_options
@column_options
@progress_option
@output_options
def evaluate(ratings, test, holdout, temporal, **options):
    """Learn from a part of RATINGS and say how well the rest is predicted.

    The model is not kept: `fit` all ratings with the same options for that.
    """
    if test and (holdout or temporal):
        raise click.UsageError("Give --test, or else --holdout or --temporal.")
    columns = taken_columns(options)
    ranking, k, relevant_from = (
        options.pop(name) for name in ("ranking", "k", "relevant_from")
    )
    bars, as_json = options.pop("progress"), options.pop("as_json")
    if relevant_from is not None and not ranking:
        raise click.UsageError("--relevant-from needs --ranking.")
    if min(k) < 1:
        raise click.UsageError("--k must be 1 or more.")
    seed = options["random_state"]
    model = make_model(options)
    train = read_ratings(ratings, columns)
    if test:
        tested = read_ratings(test, columns)
    else:
        train, tested = _parts(train, holdout or 0.2, temporal, seed)
    seconds = fit_model(model, train, bars)
    errors = _errors(model, train, tested)
    report = _ranking(model, tested, k, relevant_from) if ranking else None
    facts = {
        "learned from": len(train),
        "tested on": len(tested),
        "of strangers": _strangers(train, tested),
        "seconds": seconds,
    }
    tables = {"errors": errors} | ({"ranking": report} if ranking else {})
    _print(facts, tables, as_json)


def _print(facts: dict, tables: dict, as_json: bool) -> None:
    if as_json:
        facts |= {name: records(table) for name, table in tables.items()}
        print_facts(facts, as_json)
        return
    print_facts(facts, as_json)
    for table in tables.values():
        click.echo()
        print_records(table, as_json, dict.fromkeys(table.columns, ".4f"))


def _parts(frame, fraction: float, temporal: bool, seed: int):
    """Divide the ratings into those to learn from and those to test on."""
    from sklearn_cofi.model_selection import TemporalSplit, UserFractionSplit

    if temporal:
        _check_times(frame)
        splitter = TemporalSplit(1, test_fraction=fraction)
    else:
        splitter = UserFractionSplit(fraction, random_state=seed)
    ((train, test),) = splitter.split(frame)
    return frame.iloc[train], frame.iloc[test]


def _check_times(frame) -> None:
    """Make dates of times that are text."""
    import pandas as pd

    if "timestamp" not in frame:
        raise ValueError(
            "--temporal needs a column of times. Name it by --timestamp-col."
        )
    if not pd.api.types.is_numeric_dtype(frame["timestamp"]):
        try:
            frame["timestamp"] = pd.to_datetime(frame["timestamp"])
        except ValueError as error:
            raise ValueError(
                f"The times are neither numbers nor dates: {error}"
            ) from None


def _errors(model, train, tested):
    """Return RMSE and MAE of the model, and of the items' mean ratings."""
    import pandas as pd
    from sklearn.metrics import mean_absolute_error, root_mean_squared_error

    means = train.groupby("item")["rating"].mean()
    guessed = tested["item"].map(means).fillna(train["rating"].mean())
    predicted = model.predict(tested[["user", "item"]])
    rows = [
        {
            "metric": name,
            "model": float(error(tested["rating"], predicted)),
            "item_means": float(error(tested["rating"], guessed)),
        }
        for name, error in (
            ("RMSE", root_mean_squared_error),
            ("MAE", mean_absolute_error),
        )
    ]
    return pd.DataFrame(rows)


def _strangers(train, tested) -> int:
    """Count tested ratings by users, or of items, that were not learned from."""
    known = tested["user"].isin(train["user"]) & tested["item"].isin(train["item"])
    return int((~known).sum())


def _ranking(model, tested, k, relevant_from):
    from sklearn_cofi.metrics import ranking_report

    truth = tested[["user", "item", "rating"]]
    best = model.recommend(truth["user"].unique(), n=max(k))
    return ranking_report(truth, best, k=k, relevant_from=relevant_from)
