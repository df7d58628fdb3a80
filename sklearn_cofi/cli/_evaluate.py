"""`evaluate`: errors and rankings on held-out ratings."""

from typing import TYPE_CHECKING, Any

import click

from sklearn_cofi.cli._feature_files import feature_options, pop_feature_files
from sklearn_cofi.cli._features import set_features
from sklearn_cofi.cli._fit import fit_model
from sklearn_cofi.cli._make_model import make_model
from sklearn_cofi.cli._model_options import model_options
from sklearn_cofi.cli._options import (
    Numbers,
    column_options,
    implicit_options,
    output_options,
    pop_columns,
    progress_option,
)
from sklearn_cofi.cli._output import print_facts, print_records, records
from sklearn_cofi.cli._ratings import read_ratings, read_ratings_and_columns
from sklearn_cofi.cli._times import parse_times

if TYPE_CHECKING:
    import pandas as pd

    from sklearn_cofi._typing import Estimator


# Popularity outweighs every prediction.
_POPULARITY_ONLY = -1e9


@click.command()
@click.argument("ratings")
@click.option("--test", metavar="FILE", help="File of the test ratings.")
@click.option(
    "--holdout",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    help="Fraction of each user's ratings to test on, drawn by --seed; with "
    "--temporal, of all ratings. [default: 0.2]",
)
@click.option("--temporal", is_flag=True, help="Test on the latest ratings.")
@click.option("--ranking", is_flag=True, help="Evaluate recommendations, too.")
@click.option(
    "--k",
    type=Numbers(int),
    default="5,10,20",
    metavar="K,...",
    help="Numbers of recommendations that --ranking evaluates. [default: 5,10,20]",
)
@click.option(
    "--relevant-from",
    type=float,
    metavar="RATING",
    help="Lowest rating of a relevant item for --ranking. [default: any rating]",
)
@model_options
@feature_options
@implicit_options
@column_options
@progress_option
@output_options
def evaluate(
    ratings: str,
    test: str | None,
    holdout: float | None,
    temporal: bool,
    ranking: bool,
    k: list[int],
    relevant_from: float | None,
    progress: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Fit a part of RATINGS and print the errors on the rest.

    With --lists and --implicit, print ranking metrics instead of errors. Next to each
    error is that of the items' mean ratings, and next to each ranking metric that of
    the most rated items. The model is not saved. To save one, `fit` all ratings with
    the same options.
    """
    if test and (holdout or temporal):
        raise click.UsageError("--test cannot be used with --holdout or --temporal.")
    columns = pop_columns(options)
    implicit = bool(columns.implicit)
    only_lists = implicit or options["lists"]
    _check_ranking(implicit, ranking or only_lists, relevant_from, k)
    seed, features = options["random_state"], pop_feature_files(options, ratings, test)
    model = make_model(options, implicit=implicit, times=bool(columns.times))
    train_ratings, file_columns = read_ratings_and_columns(ratings, columns)
    set_features(model, features, train_ratings, file_columns, columns.encoding)
    if test:
        test_ratings = read_ratings(test, columns)
    else:
        train_ratings, test_ratings = _split(
            train_ratings, holdout or 0.2, temporal, seed
        )
    facts = _sizes(train_ratings, test_ratings)
    facts["seconds"] = fit_model(model, train_ratings, progress)
    tables = {}
    if not only_lists:
        tables["errors"] = _errors(model, train_ratings, test_ratings)
    if ranking or only_lists:
        tables["ranking"] = _ranking(model, test_ratings, k, relevant_from)
    _print(facts, tables, as_json)


def _check_ranking(
    implicit: bool, ranking: bool, relevant_from: float | None, k: list[int]
) -> None:
    """Check the options of ranking metrics."""
    if relevant_from is not None and implicit:
        raise click.UsageError(
            "--relevant-from cannot be used with --implicit, because there are no "
            "ratings: every test pair is relevant."
        )
    if relevant_from is not None and not ranking:
        raise click.UsageError("--relevant-from needs --ranking or --lists.")
    if min(k) < 1:
        raise click.UsageError("--k must be 1 or more.")


def _print(
    facts: dict[str, Any], tables: "dict[str, pd.DataFrame]", as_json: bool
) -> None:
    if as_json:
        facts |= {name: records(table) for name, table in tables.items()}
        print_facts(facts, as_json)
        return
    print_facts(facts, as_json)
    for table in tables.values():
        click.echo()
        print_records(table, as_json, dict.fromkeys(table.columns, ".4f"))


def _split(
    frame: "pd.DataFrame", fraction: float, temporal: bool, seed: int
) -> "tuple[pd.DataFrame, pd.DataFrame]":
    """Split the ratings into training and test ratings."""
    from sklearn_cofi.model_selection import TemporalSplit, UserFractionSplit

    splitter: TemporalSplit | UserFractionSplit
    if temporal:
        if "timestamp" not in frame:
            raise ValueError(
                "--temporal needs a column of times. Name it with --timestamp-col."
            )
        frame["timestamp"] = parse_times(frame["timestamp"])
        splitter = TemporalSplit(1, test_fraction=fraction)
    else:
        splitter = UserFractionSplit(fraction, random_state=seed)
    ((train, test),) = splitter.split(frame)
    return frame.iloc[train], frame.iloc[test]


def _errors(
    model: "Estimator", train: "pd.DataFrame", test: "pd.DataFrame"
) -> "pd.DataFrame":
    """Return RMSE and MAE of the model and of the items' mean ratings."""
    import pandas as pd
    from sklearn.metrics import mean_absolute_error, root_mean_squared_error

    means = train.groupby("item")["rating"].mean()
    baseline = test["item"].map(means).fillna(train["rating"].mean())
    predicted = model.predict(test.drop(columns="rating"))
    rows = [
        {
            "metric": name,
            "model": float(error(test["rating"], predicted)),
            "item_means": float(error(test["rating"], baseline)),
        }
        for name, error in (
            ("RMSE", root_mean_squared_error),
            ("MAE", mean_absolute_error),
        )
    ]
    return pd.DataFrame(rows)


def _sizes(train: "pd.DataFrame", test: "pd.DataFrame") -> dict[str, Any]:
    """Return the numbers of training and test ratings, by name."""
    return {
        "training ratings": len(train),
        "test ratings": len(test),
        "unknown pairs": _count_unknown(train, test),
    }


def _count_unknown(train: "pd.DataFrame", test: "pd.DataFrame") -> int:
    """Count the test ratings whose user or item has no training rating."""
    known = test["user"].isin(train["user"]) & test["item"].isin(train["item"])
    return int((~known).sum())


def _ranking(
    model: "Estimator", test: "pd.DataFrame", k: list[int], relevant_from: float | None
) -> "pd.DataFrame":
    """Return metrics of the model's lists and of lists of the most rated items."""
    from sklearn_cofi.metrics import ranking_report

    if "weight" in test:
        test = test[test["weight"] > 0]  # a count of 0 is no click
    truth = test[[name for name in ("user", "item", "rating") if name in test]]
    users = truth["user"].unique()

    def report(**options: float) -> "pd.DataFrame":
        best = model.recommend(users, n=max(k), **options)
        return ranking_report(truth, best, k=k, relevant_from=relevant_from)

    popular = report(popularity_penalty=_POPULARITY_ONLY)
    return report().assign(most_popular=popular["mean"])
