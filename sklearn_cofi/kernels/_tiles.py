"""Square tiles of a matrix, which stay in registers while they are computed.

A tile has as many rows as a vector has lanes, and each of its rows is one vector.
"""

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from sklearn_cofi.kernels._vectors import (
    index,
    lane,
    minus_product,
    plus_product,
    vector_arrays,
)


@intrinsic
def add_outer_products(context, C, row, column, A, n):
    """Add ``A[:n, rows].T @ A[:n, columns]`` to the tile of C at ``[row, column]``.

    ``rows`` and ``columns`` are the rows and the columns of that tile.
    """
    signature = types.void(C, row, column, A, n)
    return signature, lambda *parts: _outer_products(plus_product, *parts)


@intrinsic
def subtract_outer_products(context, C, row, column, A, n):
    """Subtract the product that `add_outer_products` adds."""
    signature = types.void(C, row, column, A, n)
    return signature, lambda *parts: _outer_products(minus_product, *parts)


@intrinsic
def factor_tile(context, G, at, limits, inverses):
    """Replace the tile at ``[at, at]`` by its Cholesky factor R, ``R.T @ R``.

    Fills this tile's part of ``inverses`` with the inverses of R's diagonal. Returns
    False if a pivot is NaN or not above its limit. The elements below the diagonal
    have no meaning.
    """
    return types.boolean(G, at, limits, inverses), _factor_tile


@intrinsic
def solve_tile(context, G, row, column, inverses):
    """Replace the tile B at ``[row, column]`` by ``inv(R).T @ B``.

    R is the factor that `factor_tile` wrote to ``[row, row]``.
    """
    return types.void(G, row, column, inverses), _solve_tile


def _outer_products(add, context, builder, signature, arguments):
    C, A = vector_arrays(context, builder, signature, arguments)
    _, row, column, _, n = arguments
    positions = C.tile(row, column)
    sums = [cgutils.alloca_once_value(builder, C.load(at)) for at in positions]
    with cgutils.for_range(builder, n) as loop:
        left, right = A.at(loop.index, row), A.load(A.at(loop.index, column))
        for step, total in enumerate(sums):
            factor = A.spread(A.element(left, step))
            builder.store(add(builder, builder.load(total), factor, right), total)
    for at, total in zip(positions, sums, strict=True):
        C.store(builder.load(total), at)
    return context.get_dummy_value()


def _factor_tile(context, builder, signature, arguments):
    G, limits, inverses = vector_arrays(context, builder, signature, arguments)
    at = arguments[1]
    limit, inverse = limits.at(index(0), at), inverses.at(index(0), at)
    root = builder.module.declare_intrinsic("llvm.sqrt", [G.vector.element])
    one = ir.Constant(G.vector.element, 1)
    positions = G.tile(at, at)
    rows = [G.load(position) for position in positions]
    scales, ok = G.zeros, ir.Constant(ir.IntType(1), 1)
    for step in range(G.lanes):
        pivot = builder.extract_element(rows[step], lane(step))
        above = builder.fcmp_ordered(">", pivot, limits.element(limit, step))
        ok = builder.and_(ok, above)
        scale = builder.fdiv(one, builder.call(root, [pivot]))
        scales = builder.insert_element(scales, scale, lane(step))
        rows[step] = builder.fmul(rows[step], G.spread(scale))
        for later in range(step + 1, G.lanes):
            factor = G.spread(builder.extract_element(rows[step], lane(later)))
            rows[later] = minus_product(builder, rows[later], factor, rows[step])
    for position, row in zip(positions, rows, strict=True):
        G.store(row, position)
    inverses.store(scales, inverse)
    return ok


def _solve_tile(context, builder, signature, arguments):
    G, inverses = vector_arrays(context, builder, signature, arguments)
    _, row, column, _ = arguments
    inverse = inverses.at(index(0), row)
    positions = G.tile(row, column)
    rows = [G.load(position) for position in positions]
    for step, factors in enumerate(G.tile(row, row)):
        scale = G.spread(inverses.element(inverse, step))
        rows[step] = builder.fmul(rows[step], scale)
        for later in range(step + 1, G.lanes):
            factor = G.spread(G.element(factors, later))
            rows[later] = minus_product(builder, rows[later], factor, rows[step])
    for position, solved in zip(positions, rows, strict=True):
        G.store(solved, position)
    return context.get_dummy_value()
