"""Errors of the ratings equal their plain twin, compiled just now or loaded."""

import os
import subprocess
import sys

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from strategies import random_factors, ratings

from sklearn_cofi.data._matrix import rating_matrix
from sklearn_cofi.kernels._blocks import balanced_blocks
from sklearn_cofi.kernels._errors import weighted_errors
from sklearn_cofi.kernels._vectors import padded_columns


@given(ratings(), st.integers(1, 20))
def test_weighted_errors_equal_their_plain_twin(drawn, k):
    rows = rating_matrix(*drawn).by_user
    U, V = random_factors(drawn.shape, k, drawn.ratings.dtype)
    errors = np.full_like(rows.ratings, np.nan)
    unrated = U.dtype.type(0), errors[:0], errors[:0]
    blocks = balanced_blocks(rows)
    weighted_errors(blocks, *rows, *unrated, U, padded_columns(V), errors)
    U, V = U[rows.row_of_entry].astype(float), V[rows.indices].astype(float)
    twins = rows.weight_of_entry * (rows.ratings - (U * V).sum(axis=1))
    sizes = rows.weight_of_entry * (np.abs(rows.ratings) + np.abs(U * V).sum(axis=1))
    eps = float(np.finfo(drawn.ratings.dtype).eps)
    assert (np.abs(errors - twins) <= (k + 4) * eps * sizes).all()


BITS = """
import numpy as np
from sklearn_cofi.data._matrix import rating_matrix
from sklearn_cofi.objective._penalty import Penalty
from sklearn_cofi.objective._squared import MaskedSquaredLoss
from sklearn_cofi._types import Factors
rng = np.random.default_rng(0)
users, items = np.nonzero(rng.random((80, 60)) < 0.3)
for dtype in (np.float32, np.float64):
    values = rng.standard_normal(users.size).astype(dtype)
    loss = MaskedSquaredLoss(
        rating_matrix(users, items, values, None, (80, 60)), Penalty(1.0)
    )
    for k in (3, 8, 20):
        sides = (rng.standard_normal((n, k)).astype(dtype) for n in (80, 60))
        print(loss.weighted_errors(0, Factors(*sides)).tobytes().hex())
"""


def test_loops_loaded_from_the_cache_give_the_bits_of_those_just_compiled(tmp_path):
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    compiled, loaded = (
        subprocess.run(
            [sys.executable, "-c", BITS],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for _ in range(2)
    )
    assert compiled == loaded
    assert len(compiled.splitlines()) == 6
