"""The command line: learn from ratings, say how well, recommend."""

import argparse
import sys
import time
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn.metrics import root_mean_squared_error
from sklearn.model_selection import train_test_split

from sklearn_cofi import CollaborativeFilter
from sklearn_cofi.datasets import fetch_movielens, load_tutorial

READERS = {
    ".csv": pd.read_csv,
    ".tsv": lambda path: pd.read_csv(path, sep="\t"),
    ".parquet": pd.read_parquet,
}
MOVIELENS = ("100k", "latest-small", "1m", "10m", "20m", "25m", "32m")


class Ratings(NamedTuple):
    """Ratings to learn from, and what there is to say about them."""

    name: str
    frame: pd.DataFrame  # columns user, item and rating first
    titles: pd.Series | None  # indexed by item
    parameters: dict  # of the model


def main(arguments=None) -> None:
    """Run the command line; exit with status 1 and one line where it fails."""
    options = _parser().parse_args(arguments)
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _print_warning
            run(options)
    except (OSError, ValueError, TypeError, ImportError) as error:
        sys.exit(f"sklearn-cofi: error: {' '.join(str(error).split())}")


def run(options) -> None:
    """Fit the ratings that were asked for, test the fit, and recommend."""
    ratings = _read(options)
    pairs, values = ratings.frame.iloc[:, :2], ratings.frame.iloc[:, 2]
    scale = float(values.min()), float(values.max())
    rating_range = scale if scale[0] < scale[1] else None
    model = CollaborativeFilter(
        random_state=0, rating_range=rating_range, **ratings.parameters
    )
    print(
        f"{ratings.name}: {len(values):,} ratings of {pairs.iloc[:, 1].nunique():,} "
        f"items by {pairs.iloc[:, 0].nunique():,} users"
    )
    if len(values) >= 1000:
        _report_test_error(model, pairs, values)
    start = time.perf_counter()
    model.fit(pairs, values)
    print(
        f"Fitted {model.num_features} features, reg_param {model.reg_param:g}, in "
        f"{time.perf_counter() - start:.1f} s: cost {model.cost_:,.2f} after "
        f"{model.n_iter_} iterations\n"
    )
    user = _user(options.user, model.user_ids_)
    rated = ratings.frame[(pairs.iloc[:, 0] == user).to_numpy()]
    best_rated = rated.sort_values(rated.columns[2], ascending=False)
    print(f"User {user} rated {len(rated)}, among them")
    _print_items(best_rated.iloc[:5, 1], best_rated.iloc[:5, 2], ratings.titles)
    best = model.recommend(user, n=options.n)
    print(f"\nRecommended to user {user}, with predicted ratings")
    _print_items(best["item"], best["prediction"], ratings.titles)


def _print_warning(message, *where, **how) -> None:
    print(f"sklearn-cofi: warning: {message}", file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sklearn-cofi",
        description="Learn from ratings and recommend items. Without options: the ten "
        "movies and six users of the tutorial.",
    )
    source = parser.add_mutually_exclusive_group()
    source.add_argument(
        "--data",
        metavar="FILE",
        type=Path,
        help="ratings in a .csv, .tsv or .parquet file with a header: columns named "
        "user, item and rating, or else the first three",
    )
    source.add_argument(
        "--movielens",
        nargs="?",
        const="latest-small",
        choices=MOVIELENS,
        help="a MovieLens set (latest-small if none is named), downloaded once",
    )
    parser.add_argument(
        "--data-home", metavar="FOLDER", help="where data sets are kept"
    )
    parser.add_argument("--user", help="the user to recommend to (default: the first)")
    parser.add_argument(
        "-n", type=int, default=5, help="number of items to recommend (default: 5)"
    )
    return parser


def _read(options) -> Ratings:
    if options.movielens:
        bunch = fetch_movielens(options.movielens, data_home=options.data_home)
        titles = bunch.item_frame
        if titles is not None:
            titles = titles.set_index("item")["title"]
        return Ratings(f"MovieLens {options.movielens}", bunch.frame, titles, {})
    if options.data:
        return Ratings(options.data.name, _read_file(options.data), None, {})
    tutorial = load_tutorial()
    frame = tutorial.frame[["user", "item", "rating"]]
    parameters = {"num_features": 3, "reg_param": 1.0}
    return Ratings("Tutorial", frame, pd.Series(tutorial.titles), parameters)


def _read_file(path: Path) -> pd.DataFrame:
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise ValueError(f"{path}: expected a file named {', '.join(READERS)}")
    frame = reader(path)
    if {"user", "item", "rating"} <= set(frame.columns):
        return frame[["user", "item", "rating"]]
    if frame.shape[1] < 3:
        raise ValueError(f"{path}: needs columns of users, items and ratings")
    return frame.iloc[:, :3]


def _report_test_error(model, pairs, values) -> None:
    """Print the error on a tenth of the ratings, learned from the rest."""
    train, test, y_train, y_test = train_test_split(
        pairs, values, test_size=0.1, random_state=0
    )
    model.fit(train, y_train)
    error = root_mean_squared_error(y_test, model.predict(test))
    names = list(train.columns)
    means = y_train.groupby(train[names[1]]).mean()
    baseline = test[names[1]].map(means).fillna(y_train.mean())
    print(
        f"Held-out tenth: RMSE {error:.4f} (item means alone: "
        f"{root_mean_squared_error(y_test, baseline):.4f})"
    )


def _user(asked: str | None, known: np.ndarray):
    """Return the id that was asked for, in the kind that the data has."""
    if asked is None:
        return known[0]
    matching = known[known.astype(str) == asked]
    if matching.size == 0:
        raise ValueError(f"there is no user {asked}")
    return matching[0]


def _print_items(items, ratings, titles) -> None:
    for item, rating in zip(items, ratings, strict=True):
        name = item if titles is None else titles.get(item, item)
        print(f"  {rating:5.1f}  {name}")
