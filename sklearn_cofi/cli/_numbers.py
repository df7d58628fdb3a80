"""Numbers with decimal commas."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_DECIMAL = r"\s*[+-]?[0-9]*,[0-9]+\s*"
_THOUSANDS = r"\s*[+-]?[1-9][0-9]{0,2}(,[0-9]{3})+\s*"


def decimal_points(
    column: "pd.Series", name: str, what: str = "ratings"
) -> "pd.Series":
    """Replace decimal commas in numbers that are text; errors begin with the name.

    A column in which a text has a point, too, stays as it is: ``1,234.5`` has a comma
    between thousands.

    Raises
    ------
    ValueError
        If every comma may be one between thousands: ``1,234``.
    """
    import pandas as pd

    if pd.api.types.infer_dtype(column, skipna=True) != "string":
        return column
    with_comma = column[column.str.contains(",", regex=False, na=False)]
    if not with_comma.str.fullmatch(_DECIMAL).all() or with_comma.empty:
        return column
    if column.str.contains(".", regex=False, na=False).any():
        return column
    if with_comma.str.fullmatch(_THOUSANDS).all():
        raise ValueError(
            f"{name}: {what} such as {with_comma.iloc[0]!r} can be read with a "
            "decimal comma or with a comma between thousands. Write decimals with a "
            "point."
        )
    return column.str.replace(",", ".", regex=False)
