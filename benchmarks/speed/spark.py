"""Seconds and memory from a Parquet file to factors: ours, and Spark's MLlib.

    python benchmarks/speed/spark.py FOLDER --millions 1 3 10 > spark.csv

The ratings of `scale.py` are written to FOLDER once. Each fit runs ten exact sweeps
with ten latent factors, ``reg_scaling="count"``, in float32, in a separate process.
Memory is the sum of the peaks of resident memory of all its processes, including
workers of Java and Python. Spark needs Java.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import warnings
from contextlib import suppress
from pathlib import Path
from signal import SIGKILL
from time import perf_counter, sleep

import pandas as pd
from processes import family, peak_megabytes, processor_seconds
from sklearn.exceptions import ConvergenceWarning
from timing import timed

from sklearn_cofi import CollaborativeFilter
from sklearn_cofi.datasets import make_ratings

SETTINGS = {"num_features": 10, "reg_param": 0.05, "max_iter": 10, "random_state": 0}
PARTS = "start", "read", "fit"
THREADS = 2
LOOK_EVERY = 0.2  # seconds; Linux records the peak, so none is missed in between


def write_ratings(path, millions):
    """Write a hundred ratings per user and a thousand per item, with ids of int32."""
    n = int(millions * 1_000_000)
    X, y = make_ratings(n, n // 100, n // 1000, random_state=0, as_frame=False)
    frame = pd.DataFrame(X, columns=["user", "item"]).assign(rating=y.astype("float32"))
    frame.to_parquet(path, index=False, row_group_size=1_000_000)


def measured(part, run):
    """Return elapsed and processor seconds of a call, and its result."""
    before = processor_seconds(os.getpid())
    seconds, result = timed(run)
    spent = processor_seconds(os.getpid()) - before
    return {f"{part}_s": seconds, f"{part}_cpu_s": spent}, result


def ours(path):
    """Read the file with pandas, and fit on all threads."""
    model = CollaborativeFilter(
        **SETTINGS,
        reg_scaling="count",
        mean_normalization="item",
        fit_bias=False,
        solver="als",
        tol=0,
        dtype="float32",
    )
    warnings.simplefilter("ignore", ConvergenceWarning)
    few = make_ratings(1000, 50, 20, random_state=0)
    start, _ = measured("start", lambda: model.fit(*few))  # loads compiled code
    read, frame = measured("read", lambda: pd.read_parquet(path))
    fit, _ = measured("fit", lambda: model.fit(frame))
    return start | read | fit | {"cost": model.cost_}


def spark_session(master, driver_gb, executor_gb):
    """Start Spark, with four shuffle partitions for each thread."""
    from pyspark.sql import SparkSession

    os.environ |= {"SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": sys.executable}
    session = (
        SparkSession.builder.master(master)
        .config("spark.driver.memory", f"{driver_gb}g")
        .config("spark.executor.memory", f"{executor_gb}g")
        .config("spark.sql.shuffle.partitions", str(4 * THREADS))
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    return session


def spark(path, *cluster):
    """Read and fit; Spark reads a frame when it is used, so within the fit."""
    from sklearn_cofi.spark import SparkCollaborativeFilter

    model = SparkCollaborativeFilter(**SETTINGS, n_blocks=THREADS)
    start, session = measured("start", lambda: spark_session(*cluster))
    frame = session.read.parquet(str(path))
    columns = {"user": "max", "item": "max", "rating": "sum"}
    read, _ = measured("read", lambda: frame.agg(columns).first())  # one pass
    fit, _ = measured("fit", lambda: model.fit(frame))
    session.stop()
    return start | read | fit | {"cost": model.cost_}


def in_own_processes(command, seconds):
    """Run one fit; return its results, and the sum of its processes' peaks."""
    run = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    peaks, began = {}, perf_counter()
    while run.poll() is None:
        for process in family(run.pid):
            peaks[process] = max(peaks.get(process, 0), peak_megabytes(process))
        if perf_counter() - began > seconds:
            for process in family(run.pid)[::-1]:
                with suppress(ProcessLookupError):
                    os.kill(process, SIGKILL)
        sleep(LOOK_EVERY)
    answer = run.stdout.read()
    found = json.loads(answer.splitlines()[-1]) if run.returncode == 0 else {}
    ended = "finished" if found else f"ended with {run.returncode}"
    if perf_counter() - began > seconds:
        ended = f"did not finish in {seconds} s"
    return found | {"peak_mb": sum(peaks.values()), "ended": ended}


def command_of(path, contestant, asked):
    """Return the command that measures one contestant."""
    cluster = ["--driver-gb", asked.driver_gb, "--executor-gb", asked.executor_gb]
    only = ["--file", path, "--only", contestant]
    return [*map(str, [sys.executable, __file__, asked.folder, *cluster, *only])]


def main():
    """Print a line for each size and contestant."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--millions", type=float, nargs="+", default=[1, 3, 10])
    parser.add_argument("--contestants", nargs="+", default=["ours", "local[2]"])
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--driver-gb", type=int, default=12)
    parser.add_argument("--executor-gb", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=900, help="limit of a fit")
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--only", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.only == "ours":
        print(json.dumps(ours(asked.file)))
    elif asked.only:
        cluster = asked.only, asked.driver_gb, asked.executor_gb
        print(json.dumps(spark(asked.file, *cluster)))
    else:
        compare(asked)


def compare(asked):
    """Measure the contestants in turn."""
    parts = [f"{part}_{unit}" for part in PARTS for unit in ("s", "cpu_s")]
    names = ["millions", "contestant", *parts, "peak_mb", "cost", "ended", "load"]
    table = csv.DictWriter(sys.stdout, names)
    table.writeheader()
    for millions in asked.millions:
        path = asked.folder / f"ratings-{millions:g}.parquet"
        if not path.exists():
            write_ratings(path, millions)
        for contestant in asked.contestants * asked.rounds:
            load = os.getloadavg()[0]
            found = in_own_processes(command_of(path, contestant, asked), asked.seconds)
            row = {"millions": millions, "contestant": contestant, "load": load}
            table.writerow(row | found)
            sys.stdout.flush()


if __name__ == "__main__":
    main()
