"""Checks of a model's arrays: kernels do not check their indices.

Wrong dtypes or shapes would make compiled code read outside of an array.
"""

from typing import Any

import numpy as np

from sklearn_cofi.bayesian._noise_distribution import POINTS
from sklearn_cofi.persistence._archive import DamagedError

_IDS = "biufMmUO"
_SIDES = "user", "item"
# Kinds of dtype and names of the axes of each attribute. Axes of one name have one
# length; a "+" after the name adds one to it.
_EXPECTED = {
    "user_ids_": (_IDS, ("users",)),
    "item_ids_": (_IDS, ("items",)),
    "item_counts_": ("i", ("items",)),
    "user_factors_": ("f", ("users", "k")),
    "item_factors_": ("f", ("items", "k")),
    "user_bias_": ("f", ("users",)),
    "item_bias_": ("f", ("items",)),
    "user_means_": ("f", ("users",)),
    "item_means_": ("f", ("items",)),
    "_rated_indptr": ("i", ("users+",)),
    "_rated_items": ("i", ("ratings",)),
    "_rated_ratings": ("f", ("ratings",)),
    "user_noise_": ("f", ("users",)),
    "item_noise_": ("f", ("items",)),
    "unknown_user_predictions_": ("f", ("items",)),
    "unknown_item_predictions_": ("f", ("users",)),
    "_user_is_cold": ("b", ("users",)),
    "_item_is_cold": ("b", ("items",)),
    "_user_cold_baseline": ("f", ("users",)),
    "_item_cold_baseline": ("f", ("items",)),
    **{
        f"{private}{side}_feature_{name}": (kinds, axes)
        for side in _SIDES
        for private, name, kinds, axes in (
            ("", "coef_", "f", (f"{side} features", "k")),
            ("", "effects_", "f", (f"{side} features",)),
            ("", "names_", "U", (f"{side} features",)),
            ("_", "means", "f", (f"{side} features",)),
            ("_", "blocks", "i", (f"{side} features",)),
            ("_", "present", "b", (f"{side}s",)),
            ("_", "indptr", "i", (f"{side}s+",)),
            ("_", "indices", "i", (f"{side} values",)),
            ("_", "values", "f", (f"{side} values",)),
        )
    },
    "user_draws_": ("f", ("draws", "users+", "width")),
    "item_draws_": ("f", ("draws", "items+", "width")),
    "_user_variance_draws": ("f", ("draws", "users+")),
    "_item_ratio_draws": ("f", ("draws", "items+")),
    "_noise_draws": ("f", ("draws",)),
    "_degrees_draws": ("f", ("draws",)),
    "_user_precision_draws": ("f", ("draws", "width", "width")),
    "_item_precision_draws": ("f", ("draws", "width", "width")),
    "_user_covariance_draws": ("f", ("draws", "width", "width")),
    "_item_covariance_draws": ("f", ("draws", "width", "width")),
    "_user_prior_mean_draws": ("f", ("draws", "width")),
    "_item_prior_mean_draws": ("f", ("draws", "width")),
    "_item_degrees_draws": ("f", ("draws",)),
    "_user_own_degrees_draws": ("f", ("draws",)),
    "_item_own_degrees_draws": ("f", ("draws",)),
    "noise_path_": ("f", ("sweeps",)),
    "trace_names_": ("U", ("traces+",)),
    "traces_": ("f", ("traces", "chains", "sweeps")),
    "r_hat_": ("f", ("traces+",)),
    "ess_": ("f", ("traces+",)),
    "_noise_distribution": ("f", ("points",)),
    **{
        f"{private}{side}_{name}": ("f", axes)
        for side in _SIDES
        for private, name, axes in (
            ("_", "regression_draws", ("draws", f"{side} features+", "width")),
            ("_", "coef_draws", ("draws", f"{side} features", "width")),
            ("_", "rest_draws", ("draws", "width", "width")),
            ("_", "times", ("times",)),
            ("_", "time_effects", (f"{side} scales", "times")),
            ("_", "time_effect_stds", (f"{side} scales", "times")),
            ("_", "time_scale_seconds", (f"{side} scales",)),
            ("", "time_stds_", (f"{side} scales",)),
        )
    },
    "_user_time_indptr": ("i", ("users+",)),
    "_item_time_indptr": ("i", ("items+",)),
}
# All of the first, or none, and all of the second, or none.
_COLD = [name for name in _EXPECTED if "cold" in name]
_TIMES = [name for name in _EXPECTED if "time" in name and "indptr" not in name]
# All other attributes are in every model, from version 3 of the format on.
_OPTIONAL = ("draws", "noise", "cold", "feature", "trace", "r_hat_", "ess_", "time")
_REQUIRED = [name for name in _EXPECTED if not any(x in name for x in _OPTIONAL)]


def check_attributes(attributes: dict[str, Any], version: int) -> None:
    """Check that the arrays of a model are complete and fit together.

    Parameters
    ----------
    attributes : dict
    version : int
        Version of the file format.

    Raises
    ------
    DamagedError
        If an array is missing, has another dtype or shape, or has indices out of
        range. The message has the name of the first such array.
    """
    lengths = {"points": POINTS}
    for name, (kinds, axes) in _EXPECTED.items():
        if name not in attributes:
            if name in _REQUIRED and not (version < 3 and name.startswith("unknown")):
                raise DamagedError(f"it has no {name}")
            continue
        values = attributes[name]
        if not isinstance(values, np.ndarray) or values.dtype.kind not in kinds:
            raise DamagedError(f"{name} has the wrong type")
        if values.ndim != len(axes):
            raise DamagedError(f"{name} has {values.ndim} dimensions")
        for axis, length in zip(axes, values.shape, strict=True):
            length -= axis.endswith("+")
            if lengths.setdefault(axis.rstrip("+"), length) != length:
                raise DamagedError(f"{name} has the shape {values.shape}")
    _check_ids(attributes)
    _check_rated(attributes, lengths)
    _check_features(attributes, lengths)
    _check_column_names(attributes)
    if len({name in attributes for name in _COLD}) > 1:
        raise DamagedError("it has the cold rows of one side only")
    _check_times(attributes)


def _check_column_names(attributes: dict[str, Any]) -> None:
    """Check the names of the columns of the fit, which older files do not have."""
    names = attributes.get("_column_names", (None, None, None))
    is_triple = isinstance(names, tuple) and len(names) == 3
    if not is_triple or not all(isinstance(name, str | None) for name in names):
        raise DamagedError("_column_names are not three names")


def _check_times(attributes: dict[str, Any]) -> None:
    """Check that effects of time are complete, and ratings by item have bounds."""
    present = [name in attributes for name in _TIMES]
    if not any(present):
        return
    if not all(present):
        raise DamagedError("its effects of time are not complete")
    for side in _SIDES:
        size, name = attributes[f"_{side}_times"].size, f"_{side}_time_indptr"
        if name in attributes:
            _check_partition(attributes[name], size, name, "times")
        elif attributes["_rated_items"].size != size:
            raise DamagedError(f"_{side}_times has the wrong shape")
    counts = attributes.get("item_counts_", np.full(1, -1))
    if "_item_time_indptr" not in attributes and (
        counts.min() < 0 or counts.sum() != attributes["_item_times"].size
    ):
        raise DamagedError("item_counts_ do not partition the ratings")


def _check_partition(indptr: np.ndarray, size: int, name: str, what: str) -> None:
    """Check that the rows of an indptr divide ``size`` values."""
    if (indptr[0], indptr[-1]) != (0, size) or (indptr[:-1] > indptr[1:]).any():
        raise DamagedError(f"{name} does not partition the {what}")


def _check_features(attributes: dict[str, Any], lengths: dict[str, int]) -> None:
    """Check that features of a side are complete, and their rows are sparse rows."""
    for side in _SIDES:
        names = [name for name in _EXPECTED if f"{side}_feature_" in name]
        present = [name in attributes for name in names]
        if not any(present):
            continue
        if not all(present):
            raise DamagedError(f"its features of {side}s are not complete")
        indptr, indices = (
            attributes[f"_{side}_feature_{name}"] for name in ("indptr", "indices")
        )
        name = f"_{side}_feature_indptr"
        _check_partition(indptr, indices.size, name, "values")
        m = lengths[f"{side} features"]
        if indices.size and not (0 <= indices.min() and indices.max() < m):
            raise DamagedError(f"_{side}_feature_indices is out of range")
    regressions = [f"_{side}_regression_draws" in attributes for side in _SIDES]
    expected = "user_draws_" in attributes and _COLD[0] in attributes
    if any(present != expected for present in regressions):
        raise DamagedError("the draws of its features are not complete")


def _check_ids(attributes: dict[str, Any]) -> None:
    for name in ("user_ids_", "item_ids_"):
        ids = attributes[name]
        if not ids.size or not (ids[:-1] < ids[1:]).all():
            raise DamagedError(f"{name} is not sorted")


def _check_rated(attributes: dict[str, Any], lengths: dict[str, int]) -> None:
    indptr, items = attributes["_rated_indptr"], attributes["_rated_items"]
    _check_partition(indptr, items.size, "_rated_indptr", "ratings")
    if items.size and not (0 <= items.min() and items.max() < lengths["items"]):
        raise DamagedError("_rated_items is out of range")
    for name in ("_rated_weights", "_rated_validation"):
        values = attributes.get(name)
        if not isinstance(values, np.ndarray) or values.shape not in (
            (0,),
            items.shape,
        ):
            raise DamagedError(f"{name} does not have the length of the ratings")
    for name, others in (("_link_draws", "items"), ("_item_link_draws", "users")):
        links = attributes.get(name)
        if links is None:
            continue
        expected = (lengths.get("draws"), lengths[others], lengths.get("width"))
        if links.ndim != 3 or (links.size and links.shape != expected):
            raise DamagedError(f"{name} has the wrong shape")
