"""Collaborative filtering for ratings and lists, as scikit-learn estimators."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sklearn_cofi._collaborative_filter import CollaborativeFilter
    from sklearn_cofi._collaborative_filter_cv import CollaborativeFilterCV
    from sklearn_cofi._collaborative_filter_path import collaborative_filter_path
    from sklearn_cofi._optimality import optimality_gap, reg_param_max
    from sklearn_cofi._ranking_collaborative_filter import RankingCollaborativeFilter
    from sklearn_cofi._show_versions import show_versions
    from sklearn_cofi.bayesian._bayesian_collaborative_filter import (
        BayesianCollaborativeFilter,
    )
    from sklearn_cofi.bayesian._recommend_with_ratings import recommend_with_ratings
    from sklearn_cofi.clusters._cluster_recommender import ClusterRecommender
    from sklearn_cofi.data._feature_encoder import FeatureEncoder
    from sklearn_cofi.objective._gap import OptimalityGap
    from sklearn_cofi.persistence._models import load_npz, save_npz

__version__ = "0.1.0"

__all__ = [
    "BayesianCollaborativeFilter",
    "ClusterRecommender",
    "CollaborativeFilter",
    "CollaborativeFilterCV",
    "FeatureEncoder",
    "OptimalityGap",
    "RankingCollaborativeFilter",
    "__version__",
    "collaborative_filter_path",
    "load_npz",
    "optimality_gap",
    "recommend_with_ratings",
    "reg_param_max",
    "save_npz",
    "show_versions",
]

# Subpackages for users, which are attributes without an import of their own. Not
# `spark`, because it cannot be imported without pyspark.
_SUBPACKAGES = ("datasets", "displays", "metrics", "model_selection", "solvers")

# Modules are imported when a name is first used, because importing scikit-learn and
# pandas takes seconds, which would delay even `sklearn-cofi --help`.
_MODULES = {
    "BayesianCollaborativeFilter": "bayesian._bayesian_collaborative_filter",
    "ClusterRecommender": "clusters._cluster_recommender",
    "CollaborativeFilter": "_collaborative_filter",
    "CollaborativeFilterCV": "_collaborative_filter_cv",
    "FeatureEncoder": "data._feature_encoder",
    "OptimalityGap": "objective._gap",
    "RankingCollaborativeFilter": "_ranking_collaborative_filter",
    "collaborative_filter_path": "_collaborative_filter_path",
    "load_npz": "persistence._models",
    "optimality_gap": "_optimality",
    "recommend_with_ratings": "bayesian._recommend_with_ratings",
    "reg_param_max": "_optimality",
    "save_npz": "persistence._models",
    "show_versions": "_show_versions",
}


if not TYPE_CHECKING:  # a type checker would accept every name that is misspelt

    def __getattr__(name: str) -> object:
        if name in _SUBPACKAGES:
            return import_module(f"{__name__}.{name}")
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    """Return what users need: no private names, and none that this file imports."""
    dunders = [name for name in globals() if name.startswith("__")]
    return sorted({*dunders, *_SUBPACKAGES, *__all__})
