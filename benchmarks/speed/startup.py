"""Seconds of imports, a first fit, and compilation in a new process.

    python benchmarks/speed/startup.py

Each figure is the median over new processes, started in turn. "first fit" is a fit to
the tutorial's ratings with compiled kernels in numba's cache, including the import of
sklearn_cofi; "compiling" is the same with an empty cache.
"""

import os
import subprocess
import sys
import tempfile
from statistics import median

ROUNDS = 7
TIMED = "from time import perf_counter as now; start = now(); {}; print(now() - start)"
FIT = (
    "from sklearn_cofi import CollaborativeFilter; "
    "from sklearn_cofi.datasets import load_tutorial; "
    "CollaborativeFilter({}).fit(load_tutorial().frame)"
)
TASKS = {
    "import sklearn.linear_model, pandas": "import sklearn.linear_model, pandas",
    "import sklearn_cofi": "import sklearn_cofi",
    "first fit": FIT.format(3),
    'first fit, solver="als-ncg"': FIT.format("3, solver='als-ncg'"),
}


def seconds(code, **environment):
    """Return the seconds of some code in a new process."""
    command = [sys.executable, "-W", "ignore", "-c", TIMED.format(code)]
    run = subprocess.run(
        command,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return float(run.stdout)


def main():
    """Print a line for each figure."""
    times = {name: [] for name in TASKS}
    for round_number in range(ROUNDS + 1):
        for name, code in TASKS.items():
            taken = seconds(code)
            if round_number:  # the first round fills the caches
                times[name].append(taken)
    for name, taken in times.items():
        print(f"{name}: {median(taken):.2f} s")
    for name in list(TASKS)[2:]:
        with tempfile.TemporaryDirectory() as empty:
            taken = seconds(TASKS[name], NUMBA_CACHE_DIR=empty)
        print(f"{name}, compiling: {taken:.1f} s")


if __name__ == "__main__":
    main()
