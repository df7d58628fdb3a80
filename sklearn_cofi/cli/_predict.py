"""`predict`: a rating beside each row of a file of users and items."""

import click

from sklearn_cofi._warnings import warn_caller
from sklearn_cofi.cli._answers import answer_option, check_answer, give, is_text_file
from sklearn_cofi.cli._models import load_model
from sklearn_cofi.cli._options import output_options, pair_options, taken_columns
from sklearn_cofi.cli._ratings import in_options, read_pairs
from sklearn_cofi.cli._strangers import named
from sklearn_cofi.cli._tables import label_of

std_option = click.option(
    "--std",
    "with_std",
    is_flag=True,
    help="Add standard deviations of the ratings, if MODEL was fitted with --bayesian.",
)


@click.command()
@click.argument("model")
@click.argument("pairs")
@std_option
@answer_option
@pair_options
@output_options
def predict(model, pairs, with_std: bool, output, as_json: bool, **options):
    """Predict the rating in each row of PAIRS, a file or - for stdin.

    Prints PAIRS with a column of predictions; what else it holds stays as it is.
    """
    columns = taken_columns(options)
    check_answer(output, as_json)
    loaded = load_model(model)
    std = std_asked(loaded, with_std)
    table, asked = read_pairs(pairs, columns, loaded, as_written=is_text_file(output))
    names = ("prediction", "std") if std else ("prediction",)
    taken = [name for name in names if name in table.columns]
    if taken:
        raise ValueError(
            f"{label_of(pairs)} has a column {taken[0]!r}, and one is to be added. "
            "Rename it."
        )
    try:
        predicted = loaded.predict(asked, **std)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{label_of(pairs)}: {in_options(error)}") from error
    _warn_of_strangers(asked, loaded)
    for name, values in zip(names, predicted if std else (predicted,), strict=True):
        table[name] = values
    give(table, output, as_json)


def std_asked(model, wanted: bool) -> dict:
    """Return the argument of `predict` and `recommend` for standard deviations.

    Raises
    ------
    ValueError
        If they are wanted of a model that has none.
    """
    if wanted and not hasattr(model, "predict_interval"):
        raise ValueError(
            f"A {type(model).__name__} has no standard deviations. Leave out --std, or "
            "fit with --bayesian."
        )
    return {"return_std": True} if wanted else {}


def _warn_of_strangers(pairs, model) -> None:
    """Say of how many pairs the model does not know the user, or the item."""
    strange = {
        side: ~pairs[side].isin(ids).to_numpy()
        for side, ids in (("user", model.user_ids_), ("item", model.item_ids_))
    }
    if strange["user"].all() and strange["item"].all():
        return  # the model says so, and whether the columns look swapped
    some = strange["user"] | strange["item"]
    if some.any():
        of = " and ".join(
            f"{side} {named(pairs[side][strange[side]])}"
            for side in strange
            if strange[side].any()
        )
        warn_caller(
            f"{some.sum():,} of the {some.size:,} pairs are of strangers, and are "
            f"predicted what holds for any: the model does not know {of}."
        )
