"""`fit` and `tune`: fit models to files of ratings, and save them."""

import time
from typing import TYPE_CHECKING, Any

import click

from sklearn_cofi.cli._model_options import (
    make_model,
    make_search,
    model_options,
    tune_options,
)
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
@implicit_options
@column_options
@progress_option
@output_options
def fit(
    ratings: str, output: str, progress: bool, as_json: bool, **options: Any
) -> None:
    """Fit a model to RATINGS, a file or - for stdin, and save it."""
    columns = pop_columns(options)
    check_target(output, as_json)
    model = make_model(options, implicit=bool(columns.implicit))
    frame, file_columns = read_ratings_and_columns(ratings, columns)
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
@column_options
@progress_option
@output_options
def tune(
    ratings: str, output: str | None, progress: bool, as_json: bool, **options: Any
) -> None:
    """Choose number of factors and penalty by cross-validation on RATINGS.

    Prints the held-out error of each candidate, and the chosen one.
    """
    columns = pop_columns(options)
    check_target(output, as_json)
    model = make_search(options)
    frame, file_columns = read_ratings_and_columns(ratings, columns)
    fit_model(model, frame, progress)
    if output:
        save_model(model, output, file_columns)
    if output == "-":
        return
    candidates = _candidates(model)
    chosen = {
        "features": int(model.num_features_),
        "reg_param": float(model.reg_param_),
        "rmse": float(model.cv_rmse_),
    }
    if as_json:
        print_facts(chosen | {"candidates": records(candidates)}, as_json)
        return
    formats = {"reg_param": ".4g", "rmse": ".4f", "std": ".4f"}
    print_records(candidates, as_json, formats)
    click.echo(
        f"\nchosen: --features {chosen['features']} --reg-param "
        f"{chosen['reg_param']:.6g}, held-out RMSE {chosen['rmse']:.4f}"
    )


def fit_model(model: "Estimator", frame: "pd.DataFrame", progress: bool) -> float:
    """Fit a model to ratings, and return the number of seconds that the fit took."""
    start = time.perf_counter()
    with progress_bars(model, progress):
        model.fit(
            frame[["user", "item"]],
            frame.get("rating"),
            sample_weight=frame.get("weight"),
        )
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
    return facts


def _candidates(model: "CollaborativeFilterCV") -> "pd.DataFrame":
    """Return mean and standard deviation over the folds of each candidate's error."""
    import numpy as np
    import pandas as pd

    num_features = np.unique(np.atleast_1d(model.num_features)).tolist()
    rows = [
        {
            "features": k,
            "reg_param": float(reg_param),
            "rmse": float(fold_errors.mean()),
            "std": float(fold_errors.std(ddof=1)),
        }
        for k, path_errors in zip(num_features, model.rmse_path_, strict=True)
        for reg_param, fold_errors in zip(model.reg_params_, path_errors, strict=True)
        if not np.isnan(fold_errors).any()
    ]
    return pd.DataFrame(rows)
