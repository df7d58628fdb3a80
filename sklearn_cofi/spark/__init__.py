"""Collaborative filtering on a Spark cluster, for ratings beyond one machine."""

try:
    import pyspark  # noqa: F401
except ImportError as error:
    raise ImportError(
        "sklearn_cofi.spark needs pyspark, which is not installed. Install it with "
        "`pip install 'sklearn-cofi[spark]'`, and Java 17 beside it."
    ) from error

from sklearn_cofi.spark._spark_collaborative_filter import SparkCollaborativeFilter

__all__ = ["SparkCollaborativeFilter"]
