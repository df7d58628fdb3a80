"""Worker: Spark, ALS by Cholesky factorisation, on local threads."""

import numpy as np
import pandas as pd
from pyspark.ml.recommendation import ALS
from pyspark.sql import SparkSession
from worker import THREADS, difference, serve

SESSION = (
    SparkSession.builder.master(f"local[{THREADS}]")
    .config("spark.ui.enabled", "false")
    .config("spark.driver.memory", "6g")
    .config("spark.sql.shuffle.partitions", str(THREADS))
    .config("spark.sql.execution.arrow.pyspark.enabled", "true")
    .getOrCreate()
)


def fit(train, n_iterations, **settings):
    """Fit by the public interface, to a data frame, with a block for each thread."""
    frame = SESSION.createDataFrame(pd.DataFrame(train._asdict()))
    als = ALS(
        maxIter=n_iterations,
        userCol="user",
        itemCol="item",
        ratingCol="rating",
        numUserBlocks=THREADS,
        numItemBlocks=THREADS,
        seed=0,
        **settings,
    )
    model = als.fit(frame)
    return {"user": _array(model.userFactors), "item": _array(model.itemFactors)}


def predict(model, users, items):
    return np.einsum("nk,nk->n", model["user"][users], model["item"][items])


def sweep(train, k, method, reg, iterations):
    """Time by difference.

    Its penalty is scaled by counts, so `reg` is the penalty of an average row.
    """
    counts = train.user.size / train.shape[0]
    settings = {"rank": k, "regParam": reg / counts}
    return difference(lambda n: fit(train, n, **settings), iterations)


def _array(frame):
    """Return factors in the order of encoded ids; each id has a row."""
    rows = frame.toPandas().sort_values("id")
    return np.stack(rows["features"].to_numpy()).astype(np.float32)


if __name__ == "__main__":
    serve(("pyspark", "numpy"), fit=fit, predict=predict, factors=dict, sweep=sweep)
