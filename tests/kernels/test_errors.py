"""Errors of the ratings equal their plain twin."""

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
