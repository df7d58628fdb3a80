"""`info`: facts about a model in a file."""

from typing import TYPE_CHECKING, Any

import click

from sklearn_cofi import __version__
from sklearn_cofi.cli._fit import summary
from sklearn_cofi.cli._models import model_path
from sklearn_cofi.cli._options import output_options
from sklearn_cofi.cli._output import print_facts

if TYPE_CHECKING:
    import numpy as np

    from sklearn_cofi._typing import Estimator

_KINDS = {"U": "text", "O": "text", "b": "booleans", "M": "dates"}


@click.command()
@click.argument("model")
@output_options
def info(model: str, as_json: bool) -> None:
    """Print facts about MODEL, a file or - for stdin."""
    from sklearn_cofi import load_npz
    from sklearn_cofi.persistence._archive import Archive

    with model_path(model) as path:
        loaded = load_npz(path)
        with Archive(path) as archive:
            version = archive.header()["version"]
    facts = summary(loaded, int(loaded._rated_items.size))
    facts |= {
        "user ids": _kind(loaded.user_ids_),
        "item ids": _kind(loaded.item_ids_),
        "mean rating": float(loaded.global_mean_),
        "parameters": _parameters(loaded, include_defaults=as_json),
        "format version": version,
        "sklearn_cofi": __version__,
    }
    print_facts(facts, as_json)


def _kind(ids: "np.ndarray") -> str:
    kind = _KINDS.get(ids.dtype.kind, "numbers")
    return f"{kind}, such as {ids[0]}"


def _parameters(model: "Estimator", include_defaults: bool) -> dict[str, Any]:
    """Return the parameters, with or without those at their defaults."""
    parameters, defaults = model.get_params(), type(model)().get_params()
    return {
        name: value
        for name, value in parameters.items()
        if include_defaults or repr(value) != repr(defaults[name])
    }
