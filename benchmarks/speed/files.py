"""Seconds to save and to load a model of a million users with 32 latent factors.

    python benchmarks/speed/files.py [--folder FOLDER] [--ratings 10]

The factors are random, in float32 and float64; `--ratings` is the number of ratings per
user. `save_npz` and `load_npz` are compared with joblib's pickles of the same model.
"""

import argparse
import os
from pathlib import Path
from tempfile import TemporaryDirectory

import joblib
import numpy as np
import pandas as pd
from timing import median_seconds

from sklearn_cofi import CollaborativeFilter, load_npz, save_npz

N_USERS, N_ITEMS, K = 1_000_000, 100_000, 32


def model_of(n_ratings, dtype):
    """Return a model with random factors."""
    rng = np.random.default_rng(0)
    users = np.repeat(np.arange(N_USERS), n_ratings)
    items = rng.integers(N_ITEMS, size=users.size)
    items[:N_ITEMS] = np.arange(N_ITEMS)
    frame = pd.DataFrame(
        {"user": users, "item": items, "rating": rng.random(users.size)}
    )
    frame = frame.drop_duplicates(["user", "item"])
    model = CollaborativeFilter(1, 0.1, tol=0.9, dtype=dtype, random_state=0).fit(frame)
    for name in ("user_factors_", "item_factors_"):
        n_rows = len(getattr(model, name))
        setattr(model, name, rng.standard_normal((n_rows, K), dtype=dtype))
    return model


def report(model, folder):
    """Print a line for each way to save and to load."""
    path, pickled = folder / "model.npz", folder / "model.joblib"
    took = median_seconds(lambda: save_npz(model, path), 3)
    size = os.path.getsize(path) / 2**20
    print(
        f"{model.user_factors_.dtype}, {size:.0f} MiB: save_npz {took:.2f} s", end=", "
    )
    print(f"load_npz {median_seconds(lambda: load_npz(path), 5):.2f} s", end=", ")
    unchecked = median_seconds(lambda: load_npz(path, check=False), 5)
    print(f"unchecked {unchecked:.2f} s", end=", ")
    mapped = median_seconds(lambda: load_npz(path, mmap_mode="r", check=False), 5)
    print(f"mapped {mapped:.3f} s", end="; ")
    took = median_seconds(lambda: joblib.dump(model, pickled), 3)
    again = median_seconds(lambda: joblib.load(pickled), 5)
    print(f"joblib dump {took:.2f} s, load {again:.2f} s")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", help="folder on the disk to measure")
    parser.add_argument("--ratings", type=int, default=10)
    asked = parser.parse_args()
    with TemporaryDirectory(dir=asked.folder) as folder:
        for dtype in (np.float32, np.float64):
            report(model_of(asked.ratings, dtype), Path(folder))


if __name__ == "__main__":
    main()
