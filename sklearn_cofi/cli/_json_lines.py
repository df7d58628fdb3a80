"""Tables of JSON: a record in each line, or one list of records."""

import codecs
import re
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

SUFFIXES = (".json", ".jsonl", ".ndjson")
# The beginning of a record, or of a list of records.
_RECORDS = re.compile(rb"\s*(\[\s*)?\{\s*[\"}]")


def is_json(head: bytes, suffix: str) -> bool:
    """Return whether a file holds JSON, by its suffix or its first bytes."""
    head = head.removeprefix(codecs.BOM_UTF8)
    return suffix in SUFFIXES or _RECORDS.match(head) is not None


def read_json(
    stream: IO[bytes], head: bytes, name: str, *, encoding: str, text: bool
) -> "pd.DataFrame":
    """Read records; a key that a record lacks is missing.

    Parameters
    ----------
    stream : stream of bytes
    head : bytes
        The first bytes.
    name : str
        Name of the file, for messages.
    encoding : str
    text : bool
        Whether whole numbers become strings.

    Raises
    ------
    ValueError
        If the file is not valid JSON, or holds no records.
    """
    import pandas as pd

    is_list = head.removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"[")
    try:
        is_utf8 = codecs.lookup(encoding).name == "utf-8"
        frame = pd.read_json(
            stream,
            lines=not is_list,
            dtype=False,
            precise_float=True,
            encoding="utf-8-sig" if is_utf8 else encoding,
        )
    except (ValueError, LookupError) as error:
        raise ValueError(
            f"{name} is not valid JSON with a record in each line: {error}."
        ) from error
    if len(frame) == 1 and all(isinstance(x, dict | list) for x in frame.iloc[0]):
        raise ValueError(
            f"{name} is a JSON object of columns. Write a record in each line, in "
            'pandas with `to_json(orient="records", lines=True)`.'
        )
    for column in frame if text else ():
        if frame[column].dtype.kind in "iu":
            frame[column] = frame[column].astype(str)
    return frame
