"""The fit on a cluster: row numbers, means, factors and their cost."""

from contextlib import ExitStack

from pyspark.ml.recommendation import ALSModel
from pyspark.sql import DataFrame, SparkSession
from sklearn.utils import check_random_state

from sklearn_cofi._warnings import warn_caller
from sklearn_cofi.base._fit_warnings import warn_of_conflicts
from sklearn_cofi.spark._als import costs, factorise, release
from sklearn_cofi.spark._input import CheckedRows
from sklearn_cofi.spark._spark_estimator import SparkEstimator, SparkFit
from sklearn_cofi.spark._tables import Merged, merge, numbered, with_means

# Number of sweeps without a checkpoint. 20 sweeps may overflow the stack of Java's
# threads, which hold the dependencies of all sweeps (Spark 4.3, Java 17); the exact
# limit varies from run to run.
_WITHOUT_CHECKPOINT = 10
_CHECKPOINT_EVERY = 5

# Factors whose cost is not below that of zero factors by this fraction are about zero.
_NEGLIGIBLE = 1e-6


def check_checkpoints(max_iter: int, session: SparkSession) -> None:
    """Check that Spark has a folder for checkpoints if there are many sweeps."""
    folder = session.sparkContext.getCheckpointDir()
    if max_iter > _WITHOUT_CHECKPOINT and folder is None:
        raise ValueError(
            f"max_iter={max_iter} is more than the {_WITHOUT_CHECKPOINT} sweeps that "
            "MLlib makes safely without checkpoints: Java's stack may overflow. Call "
            "`spark.sparkContext.setCheckpointDir` with a folder that all machines "
            "can access, or lower max_iter."
        )


def fit_on_cluster(model: SparkEstimator, checked: CheckedRows) -> SparkFit:
    """Fit the factors on the cluster; the model itself is not changed."""
    rows = checked.rows.select("user", "item", "rating")
    user_ids, item_ids = (numbered(rows, side) for side in ("user", "item"))
    merged = merge(rows, user_ids, item_ids, checked.n_rows, checked.lowest)
    with ExitStack() as undo:  # a failed fit must leave nothing in Spark's storage
        undo.callback(merged.ratings.unpersist)
        users, items, factors = _factorise(model, merged, user_ids, item_ids)
        undo.callback(release, factors)
        for side in (users, items):
            side.persist()
            undo.callback(side.unpersist)
        found = costs(merged, users, items, model.mean_normalization, model.reg_param)
        warn_of_conflicts(merged.n_conflicts)
        if found.cost >= (1 - _NEGLIGIBLE) * found.at_zero:
            _warn_of_zero_factors(model.reg_param)
        undo.pop_all()
    release(factors)  # the persisted tables contain the factors now
    return SparkFit(
        users=users,
        items=items,
        ratings=merged.ratings,
        examples=checked.examples,
        global_mean=merged.global_mean,
        cost=found.cost,
        n_ratings=merged.n_ratings,
        n_iter=model.max_iter,
    )


def _factorise(
    model: SparkEstimator,
    merged: Merged,
    user_ids: DataFrame,
    item_ids: DataFrame,
) -> tuple[DataFrame, DataFrame, ALSModel]:
    users = with_means(user_ids, merged, "user", model.mean_damping)
    items = with_means(item_ids, merged, "item", model.mean_damping)
    seed = int(check_random_state(model.random_state).randint(2**31 - 1))
    return factorise(
        merged,
        users,
        items,
        model.mean_normalization,
        rank=int(model.num_features),
        maxIter=int(model.max_iter),
        regParam=float(model.reg_param),
        numUserBlocks=int(model.n_blocks),
        numItemBlocks=int(model.n_blocks),
        checkpointInterval=_CHECKPOINT_EVERY,
        seed=seed,
    )


def _warn_of_zero_factors(reg_param: float) -> None:
    warn_caller(
        f"reg_param={reg_param:g} leaves nothing to learn: all factors are about "
        "zero and the model predicts means only. Lower reg_param, or give more "
        "ratings."
    )
