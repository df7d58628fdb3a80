"""`fit` and `tune`: fit models to files of ratings, and save them."""

import time
import warnings
from typing import TYPE_CHECKING, Any

import click

from sklearn_cofi.cli._feature_files import feature_options, pop_feature_files
from sklearn_cofi.cli._features import set_features
from sklearn_cofi.cli._file_columns import with_option_names
from sklearn_cofi.cli._make_model import make_model, make_search
from sklearn_cofi.cli._model_facts import feature_facts, time_facts
from sklearn_cofi.cli._model_options import model_options, tune_options
from sklearn_cofi.cli._models import check_target, save_model
from sklearn_cofi.cli._options import (
    column_options,
    implicit_options,
    output_options,
    pop_columns,
    progress_option,
)
from sklearn_cofi.cli._output import print_facts, print_records, records
from sklearn_cofi.cli._progress import progress as progress_bars
from sklearn_cofi.cli._ratings import read_ratings_and_columns

if TYPE_CHECKING:
    import pandas as pd

    from sklearn_cofi import CollaborativeFilterCV
    from sklearn_cofi._typing import Estimator


# Names of scores, and how they are written.
_SCORES = {"rmse": "RMSE", "ndcg": "NDCG@10"}


@click.command()
@click.argument("ratings")
@click.option(
    "-o",
    "--output",
    metavar="MODEL",
    required=True,
    help="File of the model, or - for stdout.",
)
@model_options
@feature_options
@implicit_options
@column_options
@progress_option
@output_options
def fit(
    ratings: str, output: str, progress: bool, as_json: bool, **options: Any
) -> None:
    """Fit a model to RATINGS, a file or - for stdin, and save it."""
    columns = pop_columns(options)
    features = pop_feature_files(options, ratings)
    check_target(output, as_json)
    model = make_model(
        options, implicit=bool(columns.implicit), times=bool(columns.times)
    )
    frame, file_columns = read_ratings_and_columns(ratings, columns)
    set_features(model, features, frame, file_columns, columns.encoding)
    seconds = fit_model(model, frame, progress)
    save_model(model, output, file_columns)
    facts = summary(model, len(frame)) | {"seconds": seconds}
    print_facts(facts, as_json, err=output == "-")


@click.command()
@click.argument("ratings")
@click.option(
    "-o",
    "--output",
    metavar="MODEL",
    help="File of the chosen model, or - for stdout.",
)
@tune_options
@feature_options
@column_options
@progress_option
@output_options
def tune(
    ratings: str, output: str | None, progress: bool, as_json: bool, **options: Any
) -> None:
    """Choose number of factors and penalty by cross-validation on RATINGS.

    Prints the held-out error of each candidate, or its NDCG@10 with --lists, and the
    chosen one.
    """
    columns = pop_columns(options)
    features = pop_feature_files(options, ratings)
    check_target(output, as_json)
    model = make_search(options)
    frame, file_columns = read_ratings_and_columns(ratings, columns)
    set_features(model, features, frame, file_columns, columns.encoding)
    fit_model(model, frame, progress)
    if output:
        save_model(model, output, file_columns)
    if output == "-":
        return
    candidates, chosen = _candidates(model), _chosen(model)
    if as_json:
        print_facts(chosen | {"candidates": records(candidates)}, as_json)
        return
    formats = dict.fromkeys([*_SCORES, "std"], ".4f")
    formats |= dict.fromkeys(["reg_param", "unrated_weight"], ".4g")
    print_records(candidates, as_json, formats)
    click.echo(f"\nchosen: {_as_options(chosen)}")


def fit_model(model: "Estimator", frame: "pd.DataFrame", progress: bool) -> float:
    """Fit a model to ratings, and return the number of seconds that the fit took."""
    start = time.perf_counter()
    has_times = getattr(model, "time_col", None) is not None
    X = frame[["user", "item", *(["timestamp"] if has_times else [])]]
    with progress_bars(model, progress), warnings.catch_warnings():
        # `set_features` counts these ids, in all ratings.
        warnings.filterwarnings("ignore", message=".* have no row in")
        try:
            model.fit(X, frame.get("rating"), sample_weight=frame.get("weight"))
        except ValueError as error:
            raise ValueError(with_option_names(error)) from error
    return time.perf_counter() - start


def summary(model: "Estimator", n_ratings: int) -> dict[str, Any]:
    """Return facts about a fitted model, by name."""
    facts = {
        "model": type(model).__name__,
        "ratings": n_ratings,
        "users": int(model.user_ids_.size),
        "items": int(model.item_ids_.size),
        "features": int(getattr(model, "num_features_", model.num_features)),
        "iterations": int(model.n_iter_),
    }
    if hasattr(model, "reg_param_"):
        facts |= {"reg_param": model.reg_param_}
    if hasattr(model, "cost_"):
        facts |= {"cost": float(model.cost_), "stop reason": model.stop_reason_}
    else:
        facts |= {"noise": float(model.noise_)}
    return facts | feature_facts(model) | time_facts(model)


def _candidates(model: "CollaborativeFilterCV") -> "pd.DataFrame":
    """Return mean and standard deviation over the folds of each candidate's score."""
    import numpy as np
    import pandas as pd

    num_features = np.unique(np.atleast_1d(model.num_features))
    scores, rows = model.scores_path_, []
    for place, mean in np.ndenumerate(scores.mean(axis=-1)):
        if np.isnan(mean):
            continue
        weight, features, penalty = place
        reg_param = model.reg_params_grid_[weight, penalty]
        row = {"features": int(num_features[features]), "reg_param": float(reg_param)}
        if _is_of_lists(model):
            row["unrated_weight"] = float(model.unrated_weights_[weight])
        row[_score_name(model)] = abs(float(mean))
        rows.append(row | {"std": float(scores[place].std(ddof=1))})
    return pd.DataFrame(rows)


def _chosen(model: "CollaborativeFilterCV") -> dict[str, Any]:
    """Return the chosen values and their score, by name."""
    chosen = {"features": int(model.num_features_), "reg_param": model.reg_param_}
    if _is_of_lists(model):
        chosen["unrated_weight"] = model.unrated_weight_
    return chosen | {_score_name(model): abs(float(model.best_score_))}


def _as_options(chosen: dict[str, Any]) -> str:
    """Return the options that `fit` needs for the chosen model, and its score."""
    values = dict(chosen)
    name, score = values.popitem()
    options = [
        f"--{name.replace('_', '-')} {value:.6g}" for name, value in values.items()
    ]
    if name == "ndcg":
        options.insert(0, "--lists")
    return f"{' '.join(options)}, held-out {_SCORES[name]} {score:.4f}"


def _is_of_lists(model: "CollaborativeFilterCV") -> bool:
    return model.scoring is not None


def _score_name(model: "CollaborativeFilterCV") -> str:
    return "ndcg" if _is_of_lists(model) else "rmse"
