"""`effects`: what each feature adds to ratings."""

from typing import TYPE_CHECKING

import click

from sklearn_cofi.cli._model_facts import has_features
from sklearn_cofi.cli._models import load_model
from sklearn_cofi.cli._options import output_options
from sklearn_cofi.cli._results import check_result_file, result_option, write_result

if TYPE_CHECKING:
    from sklearn_cofi._typing import SideName


@click.command()
@click.argument("model")
@click.option("--users", is_flag=True, help="Print the effects of features of users.")
@result_option
@output_options
def effects(model: str, users: bool, output: str | None, as_json: bool) -> None:
    """Print what each feature of items adds to their ratings.

    The norm is how much a feature changes which users like an item. A Bayesian model
    has the standard deviation of each effect, too.
    """
    check_result_file(output, as_json)
    loaded = load_model(model)
    side: SideName = "user" if users else "item"
    other: SideName = "item" if users else "user"
    if not has_features(loaded, side):
        advice = f"Fit it with --{side}-features."
        if has_features(loaded, other):
            how = "Leave out" if users else "Add"
            advice = f"{how} --users for the features of {other}s."
        raise ValueError(f"The model has no features of {side}s. {advice}")
    write_result(loaded.feature_effects(side), output, as_json)
