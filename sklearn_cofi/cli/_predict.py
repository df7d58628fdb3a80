"""`predict`: a predicted rating for each row of a file of users and items."""

from typing import TYPE_CHECKING, Any

import click

from sklearn_cofi._warnings import warn_caller
from sklearn_cofi.cli._file_columns import with_option_names
from sklearn_cofi.cli._models import load_model_and_columns
from sklearn_cofi.cli._options import output_options, pair_options, pop_columns
from sklearn_cofi.cli._ratings import read_pairs
from sklearn_cofi.cli._results import (
    check_result_file,
    is_text_file,
    result_option,
    write_result,
)
from sklearn_cofi.cli._tables import label_of
from sklearn_cofi.cli._unknown_ids import list_ids

if TYPE_CHECKING:
    import pandas as pd

    from sklearn_cofi._typing import Estimator

std_option = click.option(
    "--std",
    "with_std",
    is_flag=True,
    help="Add standard deviations of the ratings; MODEL was fitted with --bayesian.",
)


@click.command()
@click.argument("model")
@click.argument("pairs")
@std_option
@result_option
@pair_options
@output_options
def predict(
    model: str,
    pairs: str,
    with_std: bool,
    output: str | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Predict the rating of each row of PAIRS, a file or - for stdin.

    Prints PAIRS with one more column: the predictions. All other columns stay as they
    are.
    """
    columns = pop_columns(options)
    check_result_file(output, as_json)
    loaded, of_model = load_model_and_columns(model)
    columns = columns._replace(of_model=of_model)
    std = std_argument(loaded, with_std)
    table, queried = read_pairs(pairs, columns, loaded, as_written=is_text_file(output))
    names = ("prediction", "std") if std else ("prediction",)
    present = [name for name in names if name in table.columns]
    if present:
        raise ValueError(
            f"{label_of(pairs)} already has a column {present[0]!r}, which `predict` "
            "adds. Rename it."
        )
    try:
        predicted = loaded.predict(queried, **std)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{label_of(pairs)}: {with_option_names(error)}") from error
    _warn_of_unknown_pairs(queried, loaded)
    for name, values in zip(names, predicted if std else (predicted,), strict=True):
        table[name] = values
    write_result(table, output, as_json)


def std_argument(model: "Estimator", with_std: bool) -> dict[str, bool]:
    """Return the keyword argument of `predict` and `recommend` for --std.

    Raises
    ------
    ValueError
        If ``with_std`` is True and the model does not have standard deviations.
    """
    if with_std and not hasattr(model, "predict_interval"):
        raise ValueError(
            f"A {type(model).__name__} has no standard deviations. Leave out --std, or "
            "fit with --bayesian."
        )
    return {"return_std": True} if with_std else {}


def _warn_of_unknown_pairs(pairs: "pd.DataFrame", model: "Estimator") -> None:
    """Warn of pairs with a user or an item that was not seen in fit."""
    unknown = {
        side: ~pairs[side].isin(ids).to_numpy()
        for side, ids in (("user", model.user_ids_), ("item", model.item_ids_))
    }
    if unknown["user"].all() and unknown["item"].all():
        return  # the model warns of this itself, and tells whether columns look swapped
    either = unknown["user"] | unknown["item"]
    if not either.any():
        return
    listed = "; ".join(
        f"{side} {list_ids(pairs[side][unknown[side]])}"
        for side in unknown
        if unknown[side].any()
    )
    one = either.sum() == 1
    warn_caller(
        f"{either.sum():,} of {either.size:,} pairs {'has' if one else 'have'} a user "
        f"or item not seen in fit ({listed}); "
        f"{'its prediction falls' if one else 'their predictions fall'} back to a mean."
    )
