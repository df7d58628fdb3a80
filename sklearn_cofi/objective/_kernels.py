"""Compiled inner loops over pairs of factors: cost, gradient, line, prediction.

Each row writes its own cells and sums are taken outside, so that the number of
threads cannot change a bit of any result.
"""

from numba import njit, prange

# Sums over features may be reordered to fill vector registers: the order is fixed
# when the loop is compiled, not when it runs, so results stay reproducible. NaN and
# infinity keep their meaning.
REORDER = {"reassoc", "contract", "nsz"}


@njit(parallel=True, cache=True, nogil=True, fastmath=REORDER)
def half_gradient(blocks, indptr, indices, ratings, weights, U, V, grad_U, row_loss):
    """Price the rows of U and fill their half of the gradient.

    ``E = mask * (U @ V.T - R)``; fills ``grad_U = (W * E) @ V`` and
    ``row_loss = 1/2 * sum(W * E**2, axis=1)``.

    Parameters
    ----------
    blocks : int64 array of shape (n_blocks + 1,)
        Rows ``blocks[b]:blocks[b + 1]`` are done by one thread: cut them so that
        each block holds about as many ratings.
    indptr, indices, ratings, weights : arrays
        Rows of the rating matrix in compressed form; empty ``weights`` means ones.
    U, V : float arrays of shape (n_rows, k) and (n_columns, k)
    grad_U, row_loss : float arrays of shape (n_rows, k), float64 (n_rows,)
        Overwritten.
    """
    weighted = weights.size > 0
    for b in prange(blocks.size - 1):
        for row in range(blocks[b], blocks[b + 1]):
            u, gradient = U[row], grad_U[row]
            gradient[:] = 0
            loss = 0.0
            start, stop = indptr[row], indptr[row + 1]
            fours = stop - (stop - start) % 4
            # Four ratings at a time: each feature of u and of its gradient is then
            # loaded and stored once for four ratings, which takes half the time.
            for p in range(start, fours, 4):
                v0, v1 = V[indices[p]], V[indices[p + 1]]
                v2, v3 = V[indices[p + 2]], V[indices[p + 3]]
                e0, e1 = -ratings[p], -ratings[p + 1]
                e2, e3 = -ratings[p + 2], -ratings[p + 3]
                for f in range(u.size):
                    e0 += u[f] * v0[f]
                    e1 += u[f] * v1[f]
                    e2 += u[f] * v2[f]
                    e3 += u[f] * v3[f]
                w0, w1, w2, w3 = e0, e1, e2, e3
                if weighted:
                    w0, w1 = weights[p] * e0, weights[p + 1] * e1
                    w2, w3 = weights[p + 2] * e2, weights[p + 3] * e3
                loss += (w0 * e0 + w1 * e1) + (w2 * e2 + w3 * e3)
                for f in range(u.size):
                    gradient[f] += (w0 * v0[f] + w1 * v1[f]) + (w2 * v2[f] + w3 * v3[f])
            for p in range(fours, stop):
                v = V[indices[p]]
                error = -ratings[p]
                for f in range(u.size):
                    error += u[f] * v[f]
                pull = weights[p] * error if weighted else error
                loss += pull * error
                for f in range(u.size):
                    gradient[f] += pull * v[f]
            row_loss[row] = 0.5 * loss


@njit(parallel=True, cache=True, nogil=True, fastmath=REORDER)
def add_pair_scores(U, V, users, items, scores):
    """Add ``U[users] . V[items]`` to the scores of the pairs where both are known.

    Parameters
    ----------
    U, V : float arrays of shape (n_users, k) and (n_items, k)
    users, items : int64 arrays of shape (n_pairs,)
        Row numbers; -1 is unknown, and leaves the score alone.
    scores : float array of shape (n_pairs,)
        Added to in place.
    """
    for n in prange(users.size):
        u, i = users[n], items[n]
        if u >= 0 and i >= 0:
            score = scores[n]
            for f in range(U.shape[1]):
                score += U[u, f] * V[i, f]
            scores[n] = score


@njit(parallel=True, cache=True, nogil=True, fastmath=REORDER)
def line_terms(blocks, indptr, indices, ratings, weights, U, V, dU, dV, row_terms):
    """Expand half the squared error of ``U + a * dU``, ``V + a * dV`` in powers of a.

    The errors are ``E + a * F + a**2 * G``, with ``E = U . V - R``,
    ``F = U . dV + dU . V`` and ``G = dU . dV``; all is summed in float64.

    Parameters
    ----------
    blocks, indptr, indices, ratings, weights, U, V : arrays
        As for ``half_gradient``.
    dU, dV : float arrays of the shapes of U and V
    row_terms : float64 array of shape (4, n_rows)
        Overwritten with the row's coefficients of a, a**2, a**3 and a**4:
        ``sum(W * (E * F, F**2 / 2 + E * G, F * G, G**2 / 2))``.
    """
    weighted = weights.size > 0
    for b in prange(blocks.size - 1):
        for row in range(blocks[b], blocks[b + 1]):
            first = second = third = fourth = 0.0
            for p in range(indptr[row], indptr[row + 1]):
                column = indices[p]
                E, F, G = 0.0 - ratings[p], 0.0, 0.0
                for f in range(U.shape[1]):
                    u, v, du, dv = U[row, f], V[column, f], dU[row, f], dV[column, f]
                    E += u * v
                    F += u * dv + du * v
                    G += du * dv
                weight = weights[p] if weighted else 1.0
                first += weight * E * F
                second += weight * (F * F / 2 + E * G)
                third += weight * F * G
                fourth += weight * G * G / 2
            row_terms[0, row], row_terms[1, row] = first, second
            row_terms[2, row], row_terms[3, row] = third, fourth
