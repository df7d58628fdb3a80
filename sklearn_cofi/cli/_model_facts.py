"""Facts about the features and the times of a fitted model."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sklearn_cofi._typing import Estimator, SideName


def feature_facts(model: "Estimator") -> dict[str, Any]:
    """Return the number of features of each column, and of rows without ratings."""
    import numpy as np

    facts: dict[str, Any] = {}
    sides: tuple[SideName, SideName] = ("user", "item")
    for side in sides:
        if not has_features(model, side):
            continue
        table = model._feature_table(side)
        counts = np.bincount(table.blocks, minlength=len(table.block_names))
        facts[f"{side} features"] = dict(
            zip(table.block_names, counts.tolist(), strict=True)
        )
        facts[f"{side}s without ratings"] = int((model._counts_of(side) == 0).sum())
    return facts


def time_facts(model: "Estimator") -> dict[str, Any]:
    """Return the standard deviation of the effects of times on each scale."""
    facts: dict[str, Any] = {}
    for side, scales in (("user", "time_scales"), ("item", "item_time_scales")):
        if hasattr(model, f"{side}_time_stds_"):
            stds = getattr(model, f"{side}_time_stds_").tolist()
            named = zip(getattr(model, scales), stds, strict=True)
            facts[f"{side} time stds"] = {
                str(scale): float(f"{std:.3g}") for scale, std in named
            }
    return facts


def has_features(model: "Estimator", side: "SideName") -> bool:
    """Return whether a model was fitted with features of a side."""
    return hasattr(model, f"{side}_feature_effects_")
