"""Compiled loops over ratings and factors; the only package that imports numba.

================================  ==================================================
``_blocks.py``                    blocks of rows with equal numbers of ratings
``_threads.py``                   threads that run kernels, and those of BLAS
``_compiled.py``                  functions compiled once for each dtype
``_code_cache.py``                the folder of compiled code
``_announce.py``                  the message "compiling, once"
``_gradient.py``                  cost and gradient of one side of the factors
``_errors.py``                    errors of the ratings, also along a line
``_pair_predictions.py``          predictions of given pairs
``_drawn_pairs.py``               variances, quantiles, preferences of pairs
``_sparse_products.py``           products of sparse matrices and of the mask
``_solve_rows.py``                exact ridge regressions, one for each row
``_improve_rows.py``              the same by steps of conjugate gradients
``_sample_rows.py``               draws of rows from their posteriors
``_rows_of_draws.py``             rows given each draw of the other side
``_cholesky.py``                  Gram matrices of a row and their Cholesky factors
``_top_k.py``                     the items with the largest scores
``_diverse_items.py``             relevant items that differ from each other
``_tiles.py``                     intrinsics on square tiles of a matrix
``_row_products.py``              intrinsics on eight rows of factors
``_panels.py``                    intrinsics on the scores of a panel of items
``_vectors.py``                   vector registers, for the three files above
``_dot.py``                       the sum whose order the compiler may choose
================================  ==================================================

Kernels fill the arrays in their last arguments. They are imported where they are
called, not at the top of a module, because importing numba takes half a second. Numba
caches each compiled function by the file that holds it: after a change to a function
that other files call, delete the caches (``__pycache__`` or ``NUMBA_CACHE_DIR``).

**numba versions.** The tests run with numba 0.60 (llvmlite 0.43), the oldest version
that ``pyproject.toml`` allows, and with the newest, 0.68 (llvmlite 0.50). An intrinsic
is a function that writes LLVM instructions by hand, with llvmlite: those are in
``_tiles.py``, ``_row_products.py`` and ``_panels.py``, on top of ``_vectors.py``, and
the files from ``_gradient.py`` to ``_top_k.py`` call them, except ``_errors.py``,
``_pair_predictions.py`` and ``_drawn_pairs.py``.

**If code generation fails**, the first call of such a kernel raises, and with it the
first ``fit``; there is no fallback. If an interface of llvmlite changes, the error of
that call comes through as it is, such as an ``AttributeError``; if LLVM rejects the
instructions, numba raises ``RuntimeError: LLVM IR parsing error``. With
``NUMBA_DISABLE_JIT=1`` the intrinsics raise ``NotImplementedError: <intrinsic
row_products> is not usable in pure-python``, so kernels cannot run as plain Python; the
tests compare them with plain twins instead.
"""
