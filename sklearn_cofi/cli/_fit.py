"""`fit` and `tune`: models out of ratings, into files."""

import time

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
    output_options,
    progress_option,
    taken_columns,
)
from sklearn_cofi.cli._output import print_facts, print_records, records
from sklearn_cofi.cli._progress import progress
from sklearn_cofi.cli._ratings import read_ratings


@click.command()
@click.argument("ratings")
@click.option(
    "-o", "--output", metavar="MODEL", required=True, help="File of the model, or -."
)
@model_options
@column_options
@progress_option
@output_options
def fit(ratings, output, progress: bool, as_json: bool, **options):
    """Learn a model from RATINGS, a file or - for stdin, and save it."""
    columns = taken_columns(options)
    check_target(output, as_json)
    model = make_model(options)
    frame = read_ratings(ratings, columns)
    seconds = fit_model(model, frame, progress)
    save_model(model, output)
    facts = summary(model, len(frame)) | {"seconds": seconds}
    print_facts(facts, as_json, err=output == "-")


@click.command()
@click.argument("ratings")
@click.option("-o", "--output", metavar="MODEL", help="Save the chosen model here.")
@tune_options
@column_options
@progress_option
@output_options
def tune(ratings, output, progress: bool, as_json: bool, **options):
    """Choose features and penalty by cross-validation on RATINGS.

    Prints the held-out error of all that was tried, and what was chosen.
    """
    columns = taken_columns(options)
    check_target(output, as_json)
    model = make_search(options)
    fit_model(model, read_ratings(ratings, columns), progress)
    if output:
        save_model(model, output)
    if output == "-":
        return
    tried = _tried(model)
    chosen = {
        "features": int(model.num_features_),
        "reg_param": float(model.reg_param_),
        "rmse": float(model.cv_rmse_),
    }
    if as_json:
        print_facts(chosen | {"tried": records(tried)}, as_json)
        return
    print_records(tried, as_json, {"reg_param": ".4g", "rmse": ".4f", "std": ".4f"})
    click.echo(
        f"\nchosen: --features {chosen['features']} --reg-param "
        f"{chosen['reg_param']:.6g}, held-out RMSE {chosen['rmse']:.4f}"
    )


def fit_model(model, frame, bars: bool) -> float:
    """Fit the ratings, and return how many seconds it took."""
    start = time.perf_counter()
    with progress(model, bars):
        model.fit(frame[["user", "item"]], frame["rating"])
    return time.perf_counter() - start


def summary(model, n_rows: int) -> dict:
    """Return what there is to say of a fit."""
    facts = {
        "model": type(model).__name__,
        "ratings": n_rows,
        "users": int(model.user_ids_.size),
        "items": int(model.item_ids_.size),
        "features": int(getattr(model, "num_features_", model.num_features)),
        "iterations": int(model.n_iter_),
    }
    if hasattr(model, "reg_param_"):
        facts |= {"reg_param": float(model.reg_param_)}
    if hasattr(model, "cost_"):
        facts |= {"cost": float(model.cost_), "stopped by": model.stop_reason_}
    else:
        facts |= {"noise": float(model.noise_)}
    return facts


def _tried(model):
    """Return the mean error over the folds at each point of the paths."""
    import numpy as np
    import pandas as pd

    errors = model.rmse_path_
    features = np.unique(np.atleast_1d(model.num_features)).tolist()
    rows = [
        {
            "features": k,
            "reg_param": float(penalty),
            "rmse": float(of_folds.mean()),
            "std": float(of_folds.std(ddof=1)),
        }
        for k, of_penalties in zip(features, errors, strict=True)
        for penalty, of_folds in zip(model.reg_params_, of_penalties, strict=True)
        if not np.isnan(of_folds).any()
    ]
    return pd.DataFrame(rows)
