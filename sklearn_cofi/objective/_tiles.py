"""Loops over whole vector registers, for sizes known only when they run.

What a compiler vectorises by itself, it guards with checks and remainders at each of
these short loops, and it loads and stores sums that could stay in registers. These
reach nearly all of the machine's speed, for arrays whose rows are padded to whole
vectors. A tile is a square as many rows high as a vector has lanes.
"""

import numpy as np
from llvmlite import ir
from llvmlite.binding import get_host_cpu_features
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

# Of a vector register. Where they are narrower, two for each row of a tile would be
# more than there are registers.
VECTOR_BYTES = 64 if get_host_cpu_features().get("avx512f") else 32

# Rows of factors that `row_products` and `add_rows` take at once.
ROWS = 8

# Lets a product and a sum be rounded once, as one instruction.
_FUSED = ("contract",)


def padded_columns(V: np.ndarray) -> np.ndarray:
    """Return V with columns of zeros up to whole vectors; V itself if it has those."""
    lanes = VECTOR_BYTES // V.itemsize
    width = -(-V.shape[1] // lanes) * lanes
    if width == V.shape[1]:
        return np.ascontiguousarray(V)
    wide = np.zeros((V.shape[0], width), V.dtype)
    wide[:, : V.shape[1]] = V
    return wide


@intrinsic
def add_outer_products(context, C, row, column, A, n):
    """Add ``A[:n, rows].T @ A[:n, columns]`` to the tile of C at a place."""
    signature = types.void(C, row, column, A, n)
    return signature, lambda *parts: _outer_products(*parts, sign=1)


@intrinsic
def subtract_outer_products(context, C, row, column, A, n):
    """Subtract ``A[:n, rows].T @ A[:n, columns]`` from the tile of C at a place."""
    signature = types.void(C, row, column, A, n)
    return signature, lambda *parts: _outer_products(*parts, sign=-1)


@intrinsic
def factor_tile(context, G, at, limits, inverses):
    """Replace the tile at ``(at, at)`` by its Cholesky factor R, ``R.T @ R``.

    Fills its part of ``inverses`` with the inverses of R's diagonal. Returns False if
    a pivot is not above its limit, or is NaN. Below the diagonal nothing has a meaning.
    """
    return types.boolean(G, at, limits, inverses), _factor_tile


@intrinsic
def solve_tile(context, G, row, column, inverses):
    """Replace the tile B at ``(row, column)`` by ``inv(R).T @ B``.

    R is the factor that `factor_tile` has left at ``(row, row)``.
    """
    return types.void(G, row, column, inverses), _solve_tile


@intrinsic
def row_products(context, V, indices, start, x, out):
    """``out[:] = V[indices[start:]] @ x`` for the next `ROWS` indices."""
    return types.void(V, indices, start, x, out), _row_products


@intrinsic
def add_rows(context, V, indices, start, y, out):
    """``out[:] += V[indices[start:]].T @ y`` for the next `ROWS` indices."""
    return types.void(V, indices, start, y, out), _add_rows


class _Array:
    """Access to a C-contiguous array of one or two dimensions, in generated code."""

    def __init__(self, context, builder, array_type, array):
        self.builder = builder
        element = context.get_value_type(array_type.dtype)
        self.element_bytes = context.get_abi_sizeof(element)
        self.lanes = VECTOR_BYTES // self.element_bytes
        self.vector = ir.VectorType(element, self.lanes)
        self.zeros = ir.Constant(self.vector, None)
        parts = context.make_array(array_type)(context, builder, array)
        self.start = parts.data
        self.width = cgutils.unpack_tuple(builder, parts.shape)[-1]

    def at(self, row, column):
        """Return a pointer to the element at ``[row, column]``."""
        offset = self.builder.add(self.builder.mul(row, self.width), column)
        return self.builder.gep(self.start, [offset])

    def element(self, pointer, step):
        """Return the element so many steps after a pointer."""
        return self.builder.load(self.builder.gep(pointer, [_index(step)]))

    def load(self, pointer):
        """Return the vector that starts at a pointer."""
        wide = self.builder.bitcast(pointer, self.vector.as_pointer())
        return self.builder.load(wide, align=self.element_bytes)

    def store(self, vector, pointer):
        """Write a vector from a pointer on."""
        wide = self.builder.bitcast(pointer, vector.type.as_pointer())
        self.builder.store(vector, wide, align=self.element_bytes)

    def tile(self, row, column):
        """Return the pointers to the rows of the tile at ``[row, column]``."""
        rows = [self.builder.add(row, _index(step)) for step in range(self.lanes)]
        return [self.at(row, column) for row in rows]

    def rows(self, indices, start):
        """Return the pointers to the rows that the next `ROWS` indices name."""
        first = indices.at(_index(0), start)
        numbers = [indices.element(first, step) for step in range(ROWS)]
        wide = [self.builder.sext(number, ir.IntType(64)) for number in numbers]
        return [self.at(number, _index(0)) for number in wide]

    def columns(self):
        """Loop over the columns, a vector at a time."""
        slices = (_index(0), self.width, _index(self.lanes))
        return cgutils.for_range_slice(self.builder, *slices, intp=ir.IntType(64))

    def spread(self, scalar):
        """Return the vector that holds a scalar in each of its lanes."""
        undefined = ir.Constant(self.vector, ir.Undefined)
        first = self.builder.insert_element(undefined, scalar, _lane(0))
        return _shuffled(self.builder, first, undefined, [0] * self.lanes)


def _arrays(context, builder, signature, arguments):
    """Return access to those of the arguments that are arrays."""
    return [
        _Array(context, builder, kind, argument)
        for kind, argument in zip(signature.args, arguments, strict=True)
        if isinstance(kind, types.Array)
    ]


def _index(value):
    return ir.Constant(ir.IntType(64), value)


def _lane(value):
    return ir.Constant(ir.IntType(32), value)


def _shuffled(builder, x, y, order):
    """Return the chosen lanes of two vectors laid end to end."""
    lanes = ir.Constant(ir.VectorType(ir.IntType(32), len(order)), order)
    return builder.shuffle_vector(x, y, lanes)


def _plus_product(builder, total, x, y):
    return builder.fadd(total, builder.fmul(x, y, flags=_FUSED), flags=_FUSED)


def _minus_product(builder, total, x, y):
    return builder.fsub(total, builder.fmul(x, y, flags=_FUSED), flags=_FUSED)


def _outer_products(context, builder, signature, arguments, sign):
    C, A = _arrays(context, builder, signature, arguments)
    _, row, column, _, n = arguments
    add = _plus_product if sign > 0 else _minus_product
    places = C.tile(row, column)
    sums = [cgutils.alloca_once_value(builder, C.load(place)) for place in places]
    with cgutils.for_range(builder, n) as loop:
        left, right = A.at(loop.index, row), A.load(A.at(loop.index, column))
        for step, total in enumerate(sums):
            factor = A.spread(A.element(left, step))
            builder.store(add(builder, builder.load(total), factor, right), total)
    for place, total in zip(places, sums, strict=True):
        C.store(builder.load(total), place)
    return context.get_dummy_value()


def _factor_tile(context, builder, signature, arguments):
    G, limits, inverses = _arrays(context, builder, signature, arguments)
    at = arguments[1]
    limit, inverse = limits.at(_index(0), at), inverses.at(_index(0), at)
    root = builder.module.declare_intrinsic("llvm.sqrt", [G.vector.element])
    one = ir.Constant(G.vector.element, 1)
    places = G.tile(at, at)
    rows = [G.load(place) for place in places]
    scales, sound = G.zeros, ir.Constant(ir.IntType(1), 1)
    for step in range(G.lanes):
        pivot = builder.extract_element(rows[step], _lane(step))
        above = builder.fcmp_ordered(">", pivot, limits.element(limit, step))
        sound = builder.and_(sound, above)
        scale = builder.fdiv(one, builder.call(root, [pivot]))
        scales = builder.insert_element(scales, scale, _lane(step))
        rows[step] = builder.fmul(rows[step], G.spread(scale))
        for later in range(step + 1, G.lanes):
            factor = G.spread(builder.extract_element(rows[step], _lane(later)))
            rows[later] = _minus_product(builder, rows[later], factor, rows[step])
    for place, row in zip(places, rows, strict=True):
        G.store(row, place)
    inverses.store(scales, inverse)
    return sound


def _solve_tile(context, builder, signature, arguments):
    G, inverses = _arrays(context, builder, signature, arguments)
    _, row, column, _ = arguments
    inverse = inverses.at(_index(0), row)
    places = G.tile(row, column)
    rows = [G.load(place) for place in places]
    for step, factors in enumerate(G.tile(row, row)):
        scale = G.spread(inverses.element(inverse, step))
        rows[step] = builder.fmul(rows[step], scale)
        for later in range(step + 1, G.lanes):
            factor = G.spread(G.element(factors, later))
            rows[later] = _minus_product(builder, rows[later], factor, rows[step])
    for place, solved in zip(places, rows, strict=True):
        G.store(solved, place)
    return context.get_dummy_value()


def _row_products(context, builder, signature, arguments):
    V, indices, x, out = _arrays(context, builder, signature, arguments)
    rows = V.rows(indices, arguments[2])
    sums = [cgutils.alloca_once(builder, V.vector) for _ in rows]
    for total in sums:
        builder.store(V.zeros, total)
    with V.columns() as (column, _):
        near = x.load(x.at(_index(0), column))
        for row, total in zip(rows, sums, strict=True):
            v = V.load(builder.gep(row, [column]))
            builder.store(_plus_product(builder, builder.load(total), v, near), total)
    place = out.start
    for vector in _lane_sums(builder, [builder.load(total) for total in sums]):
        out.store(vector, place)
        place = builder.gep(place, [_index(vector.type.count)])
    return context.get_dummy_value()


def _lane_sums(builder, vectors):
    """Return vectors that hold, in order, the sum over the lanes of each vector.

    Each round adds neighbouring lanes, of two vectors in one while there are two.
    """
    for _ in range(vectors[0].type.count.bit_length() - 1):
        n = vectors[0].type.count
        pairs = list(zip(vectors[::2], vectors[1::2], strict=False))
        ends = 2 * n if pairs else n
        vectors = [
            builder.fadd(
                _shuffled(builder, x, y, list(range(0, ends, 2))),
                _shuffled(builder, x, y, list(range(1, ends, 2))),
            )
            for x, y in pairs or [vectors * 2]
        ]
    return vectors


def _add_rows(context, builder, signature, arguments):
    V, indices, y, out = _arrays(context, builder, signature, arguments)
    rows = V.rows(indices, arguments[2])
    factors = [V.spread(y.element(y.start, step)) for step in range(ROWS)]
    with V.columns() as (column, _):
        place = out.at(_index(0), column)
        # Two chains of sums, for a sum takes longer than the next could start.
        chains = [out.load(place), V.zeros]
        for step, (row, factor) in enumerate(zip(rows, factors, strict=True)):
            v = V.load(builder.gep(row, [column]))
            chains[step % 2] = _plus_product(builder, chains[step % 2], factor, v)
        out.store(builder.fadd(*chains), place)
    return context.get_dummy_value()
