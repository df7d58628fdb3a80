"""Collaborative filtering on a Spark cluster, for ratings that exceed one machine.

==================================  =================================================
file                                content
==================================  =================================================
``_spark_collaborative_filter.py``  the estimator
``_spark_estimator.py``             its base: parameters, and a fit as a value
``_input.py``                       read and check ratings, pairs and users
``_tables.py``                      row numbers, merged pairs and means, in Spark SQL
``_als.py``                         factors by MLlib, and their cost
``_fit.py``                         the fit: from checked rows to fitted attributes
``_query.py``                       checks of ids in queries against those of fit
``_predictions.py``                 predictions and recommendations on the cluster
``_lists.py``                       recommendations of the local estimator
``_local.py``                       a fitted `CollaborativeFilter` on one machine
==================================  =================================================
"""

try:
    import pyspark  # noqa: F401
except ImportError as error:
    raise ImportError(
        "sklearn_cofi.spark needs pyspark, which is not installed. Install it with "
        "`pip install 'sklearn-cofi[spark]'`, and Java 17."
    ) from error

from sklearn_cofi.spark._spark_collaborative_filter import SparkCollaborativeFilter

__all__ = ["SparkCollaborativeFilter"]
