"""What a fit on a cluster does: numbers, means, factors, and what they cost."""

from contextlib import ExitStack

from pyspark.sql import DataFrame
from sklearn.utils import check_random_state

from sklearn_cofi._warnings import warn_caller
from sklearn_cofi.spark._als import costs, factorise, release
from sklearn_cofi.spark._input import Given
from sklearn_cofi.spark._tables import Merged, described, merge, numbered

# Sweeps without a checkpoint: 20 may overflow the stack of Java's threads, which hold
# what all of them depend on (Spark 4.3, Java 17); how many do is a matter of luck.
_WITHOUT_CHECKPOINT = 10
_CHECKPOINT_EVERY = 5

# Below this share of the cost of zero factors, they have learned nothing.
_NOTHING = 1e-6


def check_checkpoints(max_iter: int, session):
    """Refuse more sweeps than Spark can repeat from memory alone."""
    folder = session.sparkContext.getCheckpointDir()
    if max_iter > _WITHOUT_CHECKPOINT and folder is None:
        raise ValueError(
            f"max_iter={max_iter} is more than the {_WITHOUT_CHECKPOINT} sweeps that "
            "MLlib makes safely without checkpoints: Java's stack may overflow. Call "
            "`spark.sparkContext.setCheckpointDir` with a folder that all machines "
            "see, or lower max_iter."
        )


def learn(model, given: Given) -> dict:
    """Return fitted attributes of a `SparkCollaborativeFilter`; set nothing on it."""
    rows = given.rows.select("user", "item", "rating")
    ids = [numbered(rows, side) for side in ("user", "item")]
    merged = merge(rows, *ids, given.n_rows, given.lowest)
    with ExitStack() as undo:  # what a failed fit kept, Spark forgets
        undo.callback(merged.ratings.unpersist)
        users, items, factors = _factorise(model, merged, ids)
        undo.callback(release, factors)
        for side in (users, items):
            side.persist()
            undo.callback(side.unpersist)
        found = costs(merged, users, items, model.mean_normalization, model.reg_param)
        _warn(merged, model.reg_param, found.cost >= (1 - _NOTHING) * found.at_zero)
        undo.pop_all()
    release(factors)  # users and items hold them now
    return {
        **_frames("user", users),
        **_frames("item", items),
        "item_counts_": items.select("id", "count"),
        "global_mean_": merged.overall,
        "cost_": found.cost,
        "n_ratings_": merged.n_ratings,
        "n_iter_": model.max_iter,
        "_ratings": merged.ratings,
        "_examples": given.examples,
    }


def _frames(side: str, table: DataFrame) -> dict[str, DataFrame]:
    """Return the attributes of one side: its table, and parts of it."""
    parts = {"ids": "row", "means": "mean", "factors": "factors"}
    return {f"{side}s_": table} | {
        f"{side}_{part}_": table.select("id", column) for part, column in parts.items()
    }


def _factorise(model, merged: Merged, ids):
    users, items = (
        described(numbers, merged, side, model.mean_damping)
        for numbers, side in zip(ids, ("user", "item"), strict=True)
    )
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


def _warn(merged: Merged, reg_param: float, learned_nothing: bool):
    if merged.n_conflicts:
        warn_caller(
            f"{merged.n_conflicts} (user, item) pairs have more than one rating; "
            "each is fitted with the weighted mean of its ratings."
        )
    if learned_nothing:
        warn_caller(
            f"reg_param={reg_param:g} leaves nothing to learn: all factors are about "
            "zero and the model predicts means only. Lower reg_param, or give more "
            "ratings."
        )
