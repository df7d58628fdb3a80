"""Collaborative filtering on a Spark cluster, for ratings beyond one machine."""

from importlib.util import find_spec

if find_spec("pyspark") is None:
    raise ImportError(
        "sklearn_cofi.spark needs pyspark, which is not installed. Install it with "
        "`pip install 'sklearn-cofi[spark]'`, and Java 17 beside it."
    )

from sklearn_cofi.spark._spark_collaborative_filter import SparkCollaborativeFilter

__all__ = ["SparkCollaborativeFilter"]
