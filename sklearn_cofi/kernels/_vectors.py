"""Whole vector registers in generated code, for loops too short for a compiler.

When a compiler vectorises these short loops by itself, it adds checks and remainders to
each of them, and loads and stores sums that could stay in registers. Loops written as
vectors reach nearly the full speed of the machine, for arrays whose rows are padded to
whole vectors.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager

import numpy as np
from llvmlite import ir
from llvmlite.binding import get_host_cpu_features
from numba import types
from numba.core import cgutils
from numba.core.base import BaseContext
from numba.core.typing import Signature

# Width of a vector register in bytes: 64 with AVX-512, else 32. A tile of 64 bytes made
# of narrower registers needs more of them than there are.
VECTOR_BYTES = 64 if get_host_cpu_features().get("avx512f") else 32

# Fast-math flags for loops that sum over latent factors: the compiler may reorder a sum
# to fill vector registers. NaN and infinity keep their meaning. Such a loop must not
# write to an array: the compiler then makes a second version of the loop, for arrays
# that lie next to each other in memory, and the order of the sum depends on addresses.
REORDER = {"reassoc", "contract", "nsz"}

# Fast-math flag that lets a product and a sum be one instruction, rounded once.
FUSED = ("contract",)


def padded_columns(V: np.ndarray) -> np.ndarray:
    """Return V with columns of zeros added up to whole vectors, aligned to vectors.

    A vector that is not aligned lies in two lines of the cache, which takes twice as
    long to load. Returns V itself if nothing has to change.
    """
    lanes = VECTOR_BYTES // V.itemsize
    width = -(-V.shape[1] // lanes) * lanes
    aligned = V.flags.c_contiguous and V.ctypes.data % VECTOR_BYTES == 0
    if width == V.shape[1] and aligned:
        return V
    wide = _aligned_empty(V.shape[0], width, V.dtype)
    wide[:, : V.shape[1]] = V
    wide[:, V.shape[1] :] = 0
    return wide


def _aligned_empty(n_rows: int, n_columns: int, dtype: np.dtype) -> np.ndarray:
    """Return an array whose first element starts a line of the cache."""
    n_bytes = n_rows * n_columns * dtype.itemsize
    memory = np.empty(n_bytes + VECTOR_BYTES, np.uint8)
    start = -memory.ctypes.data % VECTOR_BYTES
    return memory[start : start + n_bytes].view(dtype).reshape(n_rows, n_columns)


class VectorArray:
    """Access to a C-contiguous array of one or two dimensions, in generated code."""

    def __init__(
        self,
        context: BaseContext,
        builder: ir.IRBuilder,
        array_type: types.Array,
        array: ir.Value,
    ) -> None:
        self.builder = builder
        element = context.get_value_type(array_type.dtype)
        self.element_bytes = context.get_abi_sizeof(element)
        self.lanes = VECTOR_BYTES // self.element_bytes
        self.vector = ir.VectorType(element, self.lanes)
        self.zeros = ir.Constant(self.vector, None)
        parts = context.make_array(array_type)(context, builder, array)
        self.start = parts.data
        self.width = cgutils.unpack_tuple(builder, parts.shape)[-1]

    def at(self, row: ir.Value, column: ir.Value) -> ir.Value:
        """Return a pointer to the element at ``[row, column]``."""
        offset = self.builder.add(self.builder.mul(row, self.width), column)
        return self.builder.gep(self.start, [offset])

    def element(self, pointer: ir.Value, step: int) -> ir.Value:
        """Return the element ``step`` elements after a pointer."""
        return self.builder.load(self.builder.gep(pointer, [index(step)]))

    def load(self, pointer: ir.Value, vector: ir.VectorType | None = None) -> ir.Value:
        """Return the vector that starts at a pointer."""
        wide = self.builder.bitcast(pointer, (vector or self.vector).as_pointer())
        return self.builder.load(wide, align=self.element_bytes)

    def store(self, vector: ir.Value, pointer: ir.Value) -> None:
        """Write a vector to memory, starting at a pointer."""
        wide = self.builder.bitcast(pointer, vector.type.as_pointer())
        self.builder.store(vector, wide, align=self.element_bytes)

    def tile(self, row: ir.Value, column: ir.Value) -> list[ir.Value]:
        """Return pointers to the rows of the tile at ``[row, column]``."""
        rows = [self.builder.add(row, index(step)) for step in range(self.lanes)]
        return [self.at(row, column) for row in rows]

    def rows(self, indices: "VectorArray", start: ir.Value, n: int) -> list[ir.Value]:
        """Return pointers to the rows ``indices[start : start + n]``."""
        first = indices.at(index(0), start)
        numbers = [indices.element(first, step) for step in range(n)]
        wide = [self.builder.sext(number, ir.IntType(64)) for number in numbers]
        return [self.at(number, index(0)) for number in wide]

    def columns(self) -> AbstractContextManager:
        """Loop over the columns, one vector at a time."""
        slices = (index(0), self.width, index(self.lanes))
        return cgutils.for_range_slice(self.builder, *slices, intp=ir.IntType(64))

    def spread(self, scalar: ir.Value) -> ir.Value:
        """Return the vector that holds a scalar in each of its lanes."""
        undefined = ir.Constant(self.vector, ir.Undefined)
        first = self.builder.insert_element(undefined, scalar, lane(0))
        return shuffled(self.builder, first, undefined, [0] * self.lanes)


def vector_arrays(
    context: BaseContext,
    builder: ir.IRBuilder,
    signature: Signature,
    arguments: Sequence[ir.Value],
) -> list[VectorArray]:
    """Return access to each argument that is an array."""
    return [
        VectorArray(context, builder, kind, argument)
        for kind, argument in zip(signature.args, arguments, strict=True)
        if isinstance(kind, types.Array)
    ]


def index(value: int) -> ir.Constant:
    """Return a constant row or column number."""
    return ir.Constant(ir.IntType(64), value)


def lane(value: int) -> ir.Constant:
    """Return a constant lane number."""
    return ir.Constant(ir.IntType(32), value)


def shuffled(
    builder: ir.IRBuilder, x: ir.Value, y: ir.Value, order: list[int]
) -> ir.Value:
    """Return the lanes in ``order`` of two vectors laid end to end."""
    lanes = ir.Constant(ir.VectorType(ir.IntType(32), len(order)), order)
    return builder.shuffle_vector(x, y, lanes)


def plus_product(
    builder: ir.IRBuilder, total: ir.Value, x: ir.Value, y: ir.Value
) -> ir.Value:
    """Return ``total + x * y``."""
    return builder.fadd(total, builder.fmul(x, y, flags=FUSED), flags=FUSED)


def minus_product(
    builder: ir.IRBuilder, total: ir.Value, x: ir.Value, y: ir.Value
) -> ir.Value:
    """Return ``total - x * y``."""
    return builder.fsub(total, builder.fmul(x, y, flags=FUSED), flags=FUSED)
