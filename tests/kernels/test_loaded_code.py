"""Kernels loaded from the cache give the bits of those just compiled."""

import os
import subprocess
import sys

import pytest

BITS = """
import sys
import numpy as np
from sklearn_cofi import CollaborativeFilter
from sklearn_cofi._types import Factors
from sklearn_cofi.data._matrix import rating_matrix
from sklearn_cofi.objective._penalty import Penalty
from sklearn_cofi.objective._squared import MaskedSquaredLoss

solver = sys.argv[1]
rng = np.random.default_rng(0)
users, items = np.nonzero(rng.random((80, 60)) < 0.3)
values, weights = rng.standard_normal(users.size), rng.uniform(0.1, 2, users.size)
for k in (3, 8, 20):
    factors = Factors(*(rng.standard_normal((n, k)) for n in (80, 60)))
    for given in (None, weights):
        matrix = rating_matrix(users, items, values, given, (80, 60))
        loss = MaskedSquaredLoss(matrix, Penalty(1.0))
        print(loss.weighted_errors(0, factors).tobytes().hex())
        for unrated in (0.0, 0.3):
            model = CollaborativeFilter(
                k, solver=solver, max_iter=5, tol=1e-12, unrated_weight=unrated
            )
            model.set_params(random_state=0).fit(
                np.column_stack([users, items]), values, sample_weight=given
            )
            print(model.user_factors_.tobytes().hex())
"""


@pytest.mark.parametrize("solver", ["cg", "als"])
def test_loaded_code_gives_the_bits_of_code_just_compiled(solver, tmp_path):
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    compiled, loaded = (
        subprocess.run(
            [sys.executable, "-W", "ignore", "-c", BITS, solver],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for _ in range(2)
    )
    assert compiled == loaded
    assert len(set(compiled.splitlines())) == 3 * 2 * 3
