"""Whole vector registers in generated code, for loops too short for a compiler.

What a compiler vectorises by itself, it guards with checks and remainders at each of
these short loops, and it loads and stores sums that could stay in registers. Written
as vectors, they reach nearly all of the machine's speed, for arrays whose rows are
padded to whole vectors.
"""

import numpy as np
from llvmlite import ir
from llvmlite.binding import get_host_cpu_features
from numba import types
from numba.core import cgutils

# Of a vector register. Where they are narrower, two for each row of a tile would be
# more than there are registers.
VECTOR_BYTES = 64 if get_host_cpu_features().get("avx512f") else 32

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


class VectorArray:
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
        return self.builder.load(self.builder.gep(pointer, [index(step)]))

    def load(self, pointer, vector=None):
        """Return the vector that starts at a pointer."""
        wide = self.builder.bitcast(pointer, (vector or self.vector).as_pointer())
        return self.builder.load(wide, align=self.element_bytes)

    def store(self, vector, pointer):
        """Write a vector from a pointer on."""
        wide = self.builder.bitcast(pointer, vector.type.as_pointer())
        self.builder.store(vector, wide, align=self.element_bytes)

    def tile(self, row, column):
        """Return the pointers to the rows of the tile at ``[row, column]``."""
        rows = [self.builder.add(row, index(step)) for step in range(self.lanes)]
        return [self.at(row, column) for row in rows]

    def rows(self, indices, start, n):
        """Return the pointers to the rows that the next n indices name."""
        first = indices.at(index(0), start)
        numbers = [indices.element(first, step) for step in range(n)]
        wide = [self.builder.sext(number, ir.IntType(64)) for number in numbers]
        return [self.at(number, index(0)) for number in wide]

    def columns(self):
        """Loop over the columns, a vector at a time."""
        slices = (index(0), self.width, index(self.lanes))
        return cgutils.for_range_slice(self.builder, *slices, intp=ir.IntType(64))

    def spread(self, scalar):
        """Return the vector that holds a scalar in each of its lanes."""
        undefined = ir.Constant(self.vector, ir.Undefined)
        first = self.builder.insert_element(undefined, scalar, lane(0))
        return shuffled(self.builder, first, undefined, [0] * self.lanes)


def vector_arrays(context, builder, signature, arguments):
    """Return access to those of the arguments that are arrays."""
    return [
        VectorArray(context, builder, kind, argument)
        for kind, argument in zip(signature.args, arguments, strict=True)
        if isinstance(kind, types.Array)
    ]


def index(value):
    return ir.Constant(ir.IntType(64), value)


def lane(value):
    return ir.Constant(ir.IntType(32), value)


def shuffled(builder, x, y, order):
    """Return the chosen lanes of two vectors laid end to end."""
    lanes = ir.Constant(ir.VectorType(ir.IntType(32), len(order)), order)
    return builder.shuffle_vector(x, y, lanes)


def plus_product(builder, total, x, y):
    return builder.fadd(total, builder.fmul(x, y, flags=_FUSED), flags=_FUSED)


def minus_product(builder, total, x, y):
    return builder.fsub(total, builder.fmul(x, y, flags=_FUSED), flags=_FUSED)
