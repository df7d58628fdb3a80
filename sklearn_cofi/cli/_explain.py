"""`explain`: what each rating or each feature adds to a prediction."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from sklearn_cofi.cli._ids import parse_ids, with_titles
from sklearn_cofi.cli._model_facts import has_features
from sklearn_cofi.cli._models import load_model_and_columns
from sklearn_cofi.cli._options import (
    column_options,
    output_options,
    pop_columns,
    titles_option,
)
from sklearn_cofi.cli._query_commands import count_option
from sklearn_cofi.cli._ratings import read_ratings
from sklearn_cofi.cli._results import check_result_file, result_option, write_result
from sklearn_cofi.cli._unknown_ids import warn_of_unknown_ids, without_unknown_warning

if TYPE_CHECKING:
    import pandas as pd

    from sklearn_cofi._typing import Estimator


@click.command()
@click.argument("model")
@click.argument("ids", metavar="[USER] ITEM", nargs=-1, required=True)
@click.option("--ratings", metavar="FILE", help="Ratings of a new user, who is USER.")
@click.option(
    "--by",
    type=click.Choice(["ratings", "features"]),
    default="ratings",
    show_default=True,
    help="Whether the rows are ratings of USER, or features of ITEM.",
)
@count_option
@titles_option
@result_option
@column_options
@output_options
def explain(
    model: str,
    ids: Sequence[str],
    ratings: str | None,
    by: str,
    n: int,
    titles: str | None,
    output: str | None,
    as_json: bool,
    **options: Any,
) -> None:
    """Print what each rating of USER adds to the predicted rating of ITEM.

    With --by features, print what each feature of ITEM adds. The last row is the
    prediction: the sum of the other rows.
    """
    columns = pop_columns(options)
    *user, item_text = ids
    if len(user) != (ratings is None):
        raise click.UsageError("Give USER and ITEM, or --ratings and ITEM.")
    if titles and by == "features":
        raise click.UsageError("--titles names rated items, but --by is features.")
    check_result_file(output, as_json)
    loaded, of_model = load_model_and_columns(model)
    columns = columns._replace(of_model=of_model)
    query: dict[str, Any] = _by_argument(loaded, by)
    if ratings:
        query["ratings"] = read_ratings(ratings, columns, like=loaded, new_users=True)
    else:
        (query["user"],) = parse_ids(user, loaded.user_ids_, "user")
        warn_of_unknown_ids([query["user"]], loaded.user_ids_, "user")
    (item,) = parse_ids([item_text], loaded.item_ids_, "item")
    warn_of_unknown_ids([item], loaded.item_ids_, "item")
    with without_unknown_warning():
        contributions = loaded.explain(item=item, n=n, **query)
    table = with_titles(_with_total(contributions), "item", titles, loaded, of_model)
    write_result(table, output, as_json, {"rating": ".4g"})


def _by_argument(model: "Estimator", by: str) -> dict[str, str]:
    """Return the keyword argument of `explain` for --by.

    Raises
    ------
    ValueError
        If the model cannot explain by features.
    """
    if by == "ratings":
        return {}
    if hasattr(model, "predict_interval"):
        raise ValueError(
            f"A {type(model).__name__} explains by ratings only. `sklearn-cofi "
            "effects` prints the effects of its features."
        )
    if not has_features(model, "item"):
        raise ValueError(
            "The model has no features of items. Fit it with --item-features."
        )
    return {"by": by}


def _with_total(contributions: "pd.DataFrame") -> "pd.DataFrame":
    """Return the contributions with one more row: their sum, the prediction."""
    import pandas as pd

    total = {"kind": "prediction", "contribution": contributions["contribution"].sum()}
    rows = contributions.to_dict("records") + [total]
    return pd.DataFrame(rows, columns=contributions.columns, dtype=object)
