"""MLlib minimises our objective, even if an executor is lost during the fit."""

import os
import signal
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from fitting import PLAIN

from sklearn_cofi import CollaborativeFilter
from sklearn_cofi.datasets import make_ratings

pytest.importorskip("pyspark", reason="pyspark is not installed: extra [spark]")
from sklearn_cofi.spark import SparkCollaborativeFilter  # noqa: E402


@pytest.fixture(scope="module")
def made():
    X, y = make_ratings(6000, n_users=200, n_items=80, rank=3, random_state=0)
    return X.assign(rating=y)


def stored(spark):
    """Return the ids of the frames in Spark's storage."""
    return set(spark.sparkContext._jsc.getPersistentRDDs())


@pytest.mark.filterwarnings("error::UserWarning")
def test_failed_and_former_fits_leave_nothing_in_the_storage_of_spark(spark, made):
    before = stored(spark)
    model = SparkCollaborativeFilter(2, max_iter=1, n_blocks=1, random_state=0)
    first = model.fit(spark.createDataFrame(made)).users_
    kept = stored(spark) - before
    assert len(kept) == 3  # users, items and ratings
    twice = pd.concat([made, made.assign(rating=0.0)])
    with pytest.raises(UserWarning, match="more than one rating"):
        model.fit(spark.createDataFrame(twice))
    assert stored(spark) - before == kept
    assert model.users_ is first
    predicted = model.predict(spark.createDataFrame(made[:5])).toPandas()
    model.fit(spark.createDataFrame(made))
    assert len(stored(spark) - before) == 3
    assert not stored(spark) & kept
    model.unpersist()
    assert stored(spark) == before
    again = model.predict(spark.createDataFrame(made[:5])).toPandas()
    by_pair = ["user", "item"]  # Spark returns the rows in any order
    pd.testing.assert_frame_equal(
        again.sort_values(by_pair, ignore_index=True),
        predicted.sort_values(by_pair, ignore_index=True),
    )
    model.unpersist()


@pytest.fixture
def checkpoints(spark, tmp_path):
    """Give Spark a folder for checkpoints during one test."""
    spark.sparkContext.setCheckpointDir(str(tmp_path))
    yield
    spark.sparkContext.setCheckpointDir(None)


def assert_same_optimum(spark, frame, max_iter=20, **parameters):
    settings = PLAIN | parameters | {"reg_scaling": "count"}
    here = CollaborativeFilter(
        **settings, solver="als-ncg", tol=1e-5, random_state=0
    ).fit(frame)
    there = SparkCollaborativeFilter(
        **parameters, max_iter=max_iter, n_blocks=2, random_state=1
    ).fit(spark.createDataFrame(frame))
    assert there.cost_ == pytest.approx(here.cost_, rel=0.005)
    # Spark SQL and our kernels compute the same objective.
    local = there.to_local()
    assert local.cost_ == pytest.approx(there.cost_, rel=1e-5)
    assert local.reg_param_max_ == pytest.approx(here.reg_param_max_, rel=1e-3)


# Without normalisation the factors need many sweeps to fit the means.
@pytest.mark.parametrize(
    ("normalization", "max_iter"),
    [("item", 20), ("user", 20), ("global", 20), (None, 80)],
)
def test_the_cost_is_that_of_local_solvers(
    spark, checkpoints, made, normalization, max_iter
):
    assert_same_optimum(
        spark,
        made,
        max_iter,
        num_features=3,
        reg_param=0.05,
        mean_normalization=normalization,
        mean_damping=2.0,
    )


def test_the_cost_on_ml_1m(spark, checkpoints, ml_1m):
    frame = ml_1m[["user", "item", "rating"]]
    assert_same_optimum(spark, frame, num_features=10, reg_param=0.05)


def test_the_gradient_is_zero_where_mllib_stops(spark, checkpoints, made):
    """With half the penalty, or without counts, the gradient would not be near zero."""
    model = SparkCollaborativeFilter(3, 0.05, max_iter=20, n_blocks=2, random_state=0)
    local = model.fit(spark.createDataFrame(made)).to_local()
    U, V = local.user_factors_, local.item_factors_
    scale = np.sqrt((U**2).sum() + (V**2).sum())
    assert local.gradient_norm_ * scale < 1e-2 * local.cost_


def test_repeats_count_as_weights_do(spark, checkpoints, made):
    """A pair with three ratings has their mean with weight three."""
    thrice = pd.concat([made, made[:500], made[:500].assign(rating=1.0)])
    parameters = {"num_features": 3, "reg_param": 0.05}
    with pytest.warns(UserWarning, match="500 .* have more than one rating"):
        assert_same_optimum(spark, thrice, **parameters)


def test_means_are_those_of_the_local_estimator(spark, made):
    here = CollaborativeFilter(2, 0.2, **PLAIN | {"mean_damping": 3.0}).fit(made)
    there = SparkCollaborativeFilter(2, mean_damping=3.0, max_iter=1)
    local = there.fit(spark.createDataFrame(made)).to_local()
    assert local.global_mean_ == pytest.approx(here.global_mean_, rel=1e-12)
    for name in ("user_means_", "item_means_"):
        np.testing.assert_allclose(getattr(local, name), getattr(here, name), 1e-6)
    for name in ("user_ids_", "item_ids_", "item_counts_", "_rated_items"):
        np.testing.assert_array_equal(getattr(local, name), getattr(here, name))


def test_a_penalty_too_large_is_warned_of(spark, made):
    model = SparkCollaborativeFilter(2, 100.0, max_iter=3, n_blocks=2)
    with pytest.warns(UserWarning, match="leaves nothing to learn.* Lower reg_param"):
        model.fit(spark.createDataFrame(made))


def executors(spark) -> list[int]:
    """Return the process ids of the executors of this session."""
    application = spark.sparkContext.applicationId.encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        backend = any(word.endswith(b"CoarseGrainedExecutorBackend") for word in words)
        if backend and application in words:
            found.append(int(folder.name))
    return found


def kill_one_during_fit(spark, killed):
    """Kill an executor after a few stages of ALS."""
    tracker, seen = spark.sparkContext.statusTracker(), set()
    while not killed:
        for stage in tracker.getActiveStageIds():
            information = tracker.getStageInfo(stage)
            if information is not None and "ALS.scala" in information.name:
                seen.add(stage)
        if len(seen) >= 4:
            killed.append(executors(spark)[0])
            os.kill(killed[0], signal.SIGKILL)
        time.sleep(0.005)


@pytest.mark.skipif(not Path("/proc").exists(), reason="executors are found in /proc")
def test_a_killed_executor_does_not_lose_the_fit(spark, made):
    frame = spark.createDataFrame(made).repartition(2, "user")
    model = SparkCollaborativeFilter(3, 0.05, n_blocks=2, random_state=0)
    undisturbed = model.fit(frame).cost_
    model.unpersist()
    killed = []
    killer = threading.Thread(target=kill_one_during_fit, args=(spark, killed))
    killer.daemon = True
    killer.start()
    cost = model.fit(frame).cost_
    assert killed, "the fit ended before an executor could be killed"
    killer.join()
    assert killed[0] not in executors(spark)
    assert cost == pytest.approx(undisturbed, rel=1e-4)
