"""Collaborative filtering for explicit ratings, as a scikit-learn estimator."""

__version__ = "0.1.0.dev0"

__all__ = ["__version__"]
