"""Parameters and attributes as JSON, and arrays beside it."""

from numbers import Integral, Real

import numpy as np

_PLAIN = (bool, str, type(None))


def encoded(value):
    """Return a value as what JSON can hold.

    Raises
    ------
    TypeError
        If it is none of numbers, strings, None, lists, tuples, arrays of numbers and
        types of numpy.
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


def decoded(value):
    """Return what `encoded` was given."""
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
    """Return the bytes of strings of any length, and where each ends.

    Raises
    ------
    TypeError
        If something else is among them.
    """
    for value in strings:
        if not isinstance(value, str):
            raise TypeError(f"{value!r} is no string")
    parts = [value.encode() for value in strings]
    ends = np.cumsum([len(part) for part in parts], dtype=np.int64)
    return np.frombuffer(b"".join(parts), np.uint8), ends


def arrays_to_strings(data: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Return what `strings_to_arrays` was given."""
    data, strings = data.tobytes(), np.empty(ends.size, object)
    begins = np.concatenate([[0], ends[:-1]])
    for place, (begin, end) in enumerate(zip(begins, ends, strict=True)):
        strings[place] = data[begin:end].decode()
    return strings
