"""Eight rows of factors at once: multiplied by one vector, and added to another."""

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from sklearn_cofi.kernels._compiled import part
from sklearn_cofi.kernels._vectors import (
    index,
    plus_product,
    shuffled,
    vector_arrays,
)

# Number of rows of factors in one operation.
ROWS = 8


@intrinsic
def row_products(context, V, indices, start, x, out):
    """Fill ``out = V[indices[start:]] @ x`` for the next `ROWS` indices."""
    return types.void(V, indices, start, x, out), _row_products


@intrinsic
def add_rows(context, V, indices, start, y, out):
    """Add ``V[indices[start:]].T @ y`` to out, for the next `ROWS` indices."""
    return types.void(V, indices, start, y, out), _add_rows


@intrinsic
def add_row_errors(context, V, indices, ratings, start, x, out, squares):
    """Add ``V_u.T @ e`` to out and ``e**2`` to squares, for the next `ROWS` ratings.

    ``e = V_u @ x - ratings[start:]`` with ``V_u = V[indices[start:]]``.
    """
    return types.void(V, indices, ratings, start, x, out, squares), _add_row_errors


@part()
def repeat_last(indices, start, stop, block_index):
    """Copy the indices from start on to ``block_index``, and repeat the last one."""
    for j in range(ROWS):
        block_index[j] = indices[min(start + j, stop - 1)]


def _row_products(context, builder, signature, arguments):
    V, indices, x, out = vector_arrays(context, builder, signature, arguments)
    position = out.start
    for vector in _products(builder, V, V.rows(indices, arguments[2], ROWS), x):
        out.store(vector, position)
        position = builder.gep(position, [index(vector.type.count)])
    return context.get_dummy_value()


def _products(builder, V, rows, x):
    """Return vectors that hold, in order, the product of each row with x."""
    sums = [cgutils.alloca_once(builder, V.vector) for _ in rows]
    for total in sums:
        builder.store(V.zeros, total)
    with V.columns() as (column, _):
        x_part = x.load(x.at(index(0), column))
        for row, total in zip(rows, sums, strict=True):
            v = V.load(builder.gep(row, [column]))
            builder.store(plus_product(builder, builder.load(total), v, x_part), total)
    return _lane_sums(builder, [builder.load(total) for total in sums])


def _lane_sums(builder, vectors):
    """Return vectors that hold, in order, the sum over the lanes of each vector.

    Each round adds neighbouring lanes, and packs the sums of two vectors into one as
    long as there are two.
    """
    for _ in range(vectors[0].type.count.bit_length() - 1):
        n = vectors[0].type.count
        pairs = list(zip(vectors[::2], vectors[1::2], strict=False))
        ends = 2 * n if pairs else n
        vectors = [
            builder.fadd(
                shuffled(builder, x, y, list(range(0, ends, 2))),
                shuffled(builder, x, y, list(range(1, ends, 2))),
            )
            for x, y in pairs or [vectors * 2]
        ]
    return vectors


def _add_rows(context, builder, signature, arguments):
    V, indices, y, out = vector_arrays(context, builder, signature, arguments)
    factors = [V.spread(y.element(y.start, step)) for step in range(ROWS)]
    _add_products(builder, V, V.rows(indices, arguments[2], ROWS), factors, out)
    return context.get_dummy_value()


def _add_products(builder, V, rows, factors, out):
    """Add each row times its factor to out."""
    with V.columns() as (column, _):
        position = out.at(index(0), column)
        # Two chains of sums, because an addition takes longer than a load.
        chains = [out.load(position), V.zeros]
        for step, (row, factor) in enumerate(zip(rows, factors, strict=True)):
            v = V.load(builder.gep(row, [column]))
            chains[step % 2] = plus_product(builder, chains[step % 2], factor, v)
        out.store(builder.fadd(*chains), position)


def _add_row_errors(context, builder, signature, arguments):
    V, indices, ratings, x, out, squares = vector_arrays(
        context, builder, signature, arguments
    )
    start = arguments[3]
    rows = V.rows(indices, start, ROWS)
    rating, square, factors = ratings.at(index(0), start), squares.start, []
    for products in _products(builder, V, rows, x):
        n = products.type.count
        errors = builder.fsub(products, ratings.load(rating, products.type))
        wide = ir.VectorType(squares.vector.element, n)
        exact = errors if wide == errors.type else builder.fpext(errors, wide)
        total = squares.load(square, wide)
        squares.store(plus_product(builder, total, exact, exact), square)
        for lane in range(n):
            factors.append(shuffled(builder, errors, errors, [lane] * V.lanes))
        rating, square = (builder.gep(x, [index(n)]) for x in (rating, square))
    _add_products(builder, V, rows, factors, out)
    return context.get_dummy_value()
