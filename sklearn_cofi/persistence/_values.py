"""Parameters and attributes as JSON, and strings as arrays."""

from numbers import Integral, Real
from typing import Any

import numpy as np

JSON = None | bool | int | str | list["JSON"] | dict[str, "JSON"]

_PLAIN = (bool, str, type(None))


def encoded(value: object) -> JSON:
    """Return a value in the types that JSON has.

    Parameters
    ----------
    value : object
        None, a string, a number, a type of numpy, an array of numbers, or a list, tuple
        or range of such values.

    Raises
    ------
    TypeError
        If the value is of another type.
    """
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, np.bool_):
        return bool(value)
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        return {"float": float(value).hex()}
    if isinstance(value, tuple):
        return {"tuple": [encoded(item) for item in value]}
    if isinstance(value, list | range):
        return [encoded(item) for item in value]
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        return {"array": encoded(value.tolist()), "dtype": value.dtype.str}
    if isinstance(value, type) and issubclass(value, np.generic):
        return {"type": np.dtype(value).name}
    raise TypeError(f"{value!r} is neither a number nor a string")


def decoded(value: Any) -> Any:
    """Return the value that `encoded` was called with.

    Raises
    ------
    KeyError, TypeError, ValueError
        If `encoded` does not return such a value: the file is damaged.
    """
    if isinstance(value, list):
        return [decoded(item) for item in value]
    if not isinstance(value, dict):
        return value
    if "float" in value:
        return float.fromhex(value["float"])
    if "tuple" in value:
        return tuple(decoded(item) for item in value["tuple"])
    if "array" in value:
        return np.array(decoded(value["array"]), np.dtype(value["dtype"]))
    return np.dtype(value["type"]).type


def strings_to_arrays(strings: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return strings of any length as two arrays.

    Parameters
    ----------
    strings : ndarray of shape (n,), object

    Returns
    -------
    data : ndarray of shape (n_bytes,), uint8
        The strings in UTF-8, without gaps.
    ends : ndarray of shape (n,), int64
        Position after the last byte of each string.

    Raises
    ------
    TypeError
        If a value is not a string.
    """
    for value in strings:
        if not isinstance(value, str):
            raise TypeError(f"{value!r} is not a string")
    parts = [value.encode() for value in strings]
    ends = np.cumsum([len(part) for part in parts], dtype=np.int64)
    return np.frombuffer(b"".join(parts), np.uint8), ends


def arrays_to_strings(data: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Return the strings that `strings_to_arrays` was called with."""
    content, strings = data.tobytes(), np.empty(ends.size, object)
    begins = np.concatenate([[0], ends[:-1]])
    for position, (begin, end) in enumerate(zip(begins, ends, strict=True)):
        strings[position] = content[begin:end].decode()
    return strings
