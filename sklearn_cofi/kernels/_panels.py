"""Scores of a few rows and a panel of items, which stay in registers until stored."""

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from sklearn_cofi.kernels._vectors import (
    VECTOR_BYTES,
    index,
    plus_product,
    vector_arrays,
)

# Number of rows that are multiplied by a panel at once, and number of vectors in a row
# of a panel. Their product is the number of registers that hold sums: 24 of 32 with
# AVX-512, else 12 of 16. The others hold the vectors of the panel and a factor.
PANEL_ROWS = 6
PANEL_VECTORS = 4 if VECTOR_BYTES == 64 else 2

# Size of a row of a panel.
PANEL_BYTES = PANEL_VECTORS * VECTOR_BYTES


@intrinsic
def fill_scores(context, W, row, last, panels, at, out, out_row, column):
    """Fill `PANEL_ROWS` rows of out, from ``column`` on, with ``W @ panel``.

    The panel is ``panels[at : at + k]``, and the rows of W are those from ``row`` on.
    Rows after ``last`` are replaced by the last row; if ``row`` is the last one, only
    one row is filled.
    """
    n = types.intp
    return types.void(W, n, n, panels, n, out, n, n), _fill_scores


@intrinsic
def above(context, values, start, limit):
    """Return the bits of the items of a panel whose values are above the limit.

    The values are those from ``start`` on. The lowest bit is that of the first item.
    """
    return types.uint64(values, types.intp, values.dtype), _above


@intrinsic
def count_above(context, values, row, n, limit):
    """Return how many of the first n values of a row are above the limit.

    n is a multiple of the number of lanes of a vector.
    """
    return types.int64(values, types.intp, types.intp, values.dtype), _count_above


@intrinsic
def first_bit(context, bits):
    """Return the position of the lowest bit that is set; bits are not zero."""
    return types.int64(types.uint64), _first_bit


def _fill_scores(context, builder, signature, arguments):
    arrays = vector_arrays(context, builder, signature, arguments)
    _, row, last, *_ = arguments
    is_last = builder.icmp_signed(">=", row, last)
    # A query of one user would otherwise take the time of several.
    with builder.if_else(is_last) as (one, several):
        with one:
            _fill_rows(builder, arrays, arguments, 1)
        with several:
            _fill_rows(builder, arrays, arguments, PANEL_ROWS)
    return context.get_dummy_value()


def _fill_rows(builder, arrays, arguments, n_rows):
    """Fill rows of out; the number of sums in registers is fixed."""
    W, panels, out = arrays
    _, row, last, _, at, _, out_row, column = arguments
    rows = []
    for step in range(n_rows):
        own = builder.add(row, index(step))
        is_row = builder.icmp_signed("<", own, last)
        rows.append(W.at(builder.select(is_row, own, last), index(0)))
    sums = [
        [cgutils.alloca_once_value(builder, W.zeros) for _ in range(PANEL_VECTORS)]
        for _ in rows
    ]
    with cgutils.for_range(builder, W.width) as loop:
        start = panels.at(builder.add(at, loop.index), index(0))
        parts = [panels.load(p) for p in _vectors(builder, panels, start)]
        for own, totals in zip(rows, sums, strict=True):
            factor = W.spread(builder.load(builder.gep(own, [loop.index])))
            for total, part in zip(totals, parts, strict=True):
                added = plus_product(builder, builder.load(total), factor, part)
                builder.store(added, total)
    for step, totals in enumerate(sums):
        start = out.at(builder.add(out_row, index(step)), column)
        for position, total in zip(_vectors(builder, out, start), totals, strict=True):
            out.store(builder.load(total), position)


def _vectors(builder, array, start):
    """Return pointers to the vectors of a panel's row."""
    return [
        builder.gep(start, [index(step * array.lanes)]) for step in range(PANEL_VECTORS)
    ]


def _above(context, builder, signature, arguments):
    (values,) = vector_arrays(context, builder, signature, arguments)
    _, start, limit = arguments
    start, spread = values.at(index(0), start), values.spread(limit)
    bits = index(0)
    for step, position in enumerate(_vectors(builder, values, start)):
        lanes = _lanes_above(builder, values, position, spread)
        bits = builder.or_(bits, builder.shl(lanes, index(step * values.lanes)))
    return bits


def _count_above(context, builder, signature, arguments):
    (values,) = vector_arrays(context, builder, signature, arguments)
    _, row, n, limit = arguments
    word = ir.IntType(64)
    total = cgutils.alloca_once_value(builder, index(0))
    ones = builder.module.declare_intrinsic("llvm.ctpop", [word])
    spread = values.spread(limit)
    slices = (index(0), n, index(values.lanes))
    with cgutils.for_range_slice(builder, *slices, intp=word) as (column, _):
        lanes = _lanes_above(builder, values, values.at(row, column), spread)
        count = builder.call(ones, [lanes])
        builder.store(builder.add(builder.load(total), count), total)
    return builder.load(total)


def _lanes_above(builder, values, position, spread):
    """Return a 64-bit integer with a bit for each lane that is above the limit."""
    lanes = builder.fcmp_ordered(">", values.load(position), spread)
    bits = builder.bitcast(lanes, ir.IntType(values.lanes))
    return builder.zext(bits, ir.IntType(64))


def _first_bit(context, builder, signature, arguments):
    word = ir.IntType(64)
    kind = ir.FunctionType(word, [word, ir.IntType(1)])
    zeros = builder.module.declare_intrinsic("llvm.cttz", [word], kind)
    # True: the result for zero has no meaning, and needs no instruction.
    return builder.call(zeros, [arguments[0], ir.Constant(ir.IntType(1), 1)])
