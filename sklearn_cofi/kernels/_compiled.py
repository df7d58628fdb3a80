"""Functions compiled at their first call, and run on several threads.

A kernel is compiled once for each dtype: arrays that it only reads are compiled as
read-only, so that arrays in memory and in a mapped file use the same code. Its threads
are those of Python (`run_on_threads`). numba's parallel functions take longer to
compile, and their threads allow neither `fork` nor, in one of numba's layers, calls
from two threads at the same time.
"""

import inspect
from collections.abc import Callable, Collection, Iterable
from contextlib import AbstractContextManager, nullcontext
from functools import update_wrapper
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils, event
from numba.core.base import BaseContext
from numba.core.typing import Signature
from numba.extending import intrinsic

from sklearn_cofi.kernels._announce import Announcement, announcement
from sklearn_cofi.kernels._code_cache import compile_and_keep
from sklearn_cofi.kernels._threads import run_on_threads


def part(fastmath: Collection[str] = ()) -> Callable[[Callable[..., Any]], Any]:
    """Return a decorator of a function that only compiled functions call.

    Parts whose sums the compiler may reorder become code of each caller. Otherwise a
    kernel would contain the part under a name that other compiled code may have too,
    and a process could run another copy, with sums in another order.

    Access from Python takes as long to compile as a short function, so there is none.
    Divisions by zero give infinity or NaN, as in numpy, and no exception.

    Parameters
    ----------
    fastmath : collection of str
        Fast-math flags of LLVM.
    """
    return njit(
        fastmath=set(fastmath),
        forceinline="reassoc" in fastmath,
        no_cpython_wrapper=True,
        no_cfunc_wrapper=True,
        error_model="numpy",
    )


class Kernel:
    """A function of blocks of rows, compiled for the dtypes of its arguments.

    Parameters
    ----------
    function : callable
        Its first argument is given by this class: ``taken``, for `next_block`. It
        computes blocks until all are taken.
    writes : iterable of str
        Names of the arrays that the function changes.
    n_blocks : callable
        Function of all arguments but ``taken`` that returns the number of blocks.
    fastmath : collection of str
        Fast-math flags of LLVM.
    """

    def __init__(
        self,
        function: Callable[..., None],
        writes: Iterable[str],
        n_blocks: Callable[..., int],
        fastmath: Collection[str],
    ) -> None:
        names = list(inspect.signature(function).parameters)[1:]
        self._function, self._n_blocks, self._fastmath = function, n_blocks, fastmath
        self._written = {names.index(name) for name in writes}
        self._compiled: dict[tuple[Any, ...], Callable[..., None]] = {}
        update_wrapper(self, function)

    def __call__(self, *arguments: Any) -> None:
        """Compute all blocks, on `n_threads` threads."""
        arguments = tuple(map(_plain, arguments))
        key = tuple([getattr(argument, "dtype", None) for argument in arguments])
        compiled = self._compiled.get(key)
        if compiled is None:
            compiled = self._compiled[key] = self._compile(arguments)
        taken = np.zeros(1, np.int64)
        n_blocks = self._n_blocks(*arguments)
        run_on_threads(lambda: compiled(taken, *arguments), n_blocks)

    def _compile(self, arguments: tuple[Any, ...]) -> Callable[..., None]:
        kinds = [types.int64[::1]]
        for position, argument in enumerate(arguments):
            kind = numba.typeof(argument)
            if isinstance(kind, types.Array) and position not in self._written:
                kind = kind.copy(readonly=True)
            kinds.append(kind)
        with _announced():
            return compile_and_keep(
                self._function,
                types.void(*kinds),
                nogil=True,
                error_model="numpy",
                fastmath=set(self._fastmath),
                no_cfunc_wrapper=True,
            )


def kernel(
    *,
    writes: Iterable[str],
    n_blocks: Callable[..., int] = lambda blocks, *_: blocks.size - 1,
    fastmath: Collection[str] = (),
) -> Callable[[Callable[..., None]], Kernel]:
    """Return a decorator that makes a `Kernel`; see there for the parameters."""
    return lambda function: Kernel(function, writes, n_blocks, fastmath)


class _Compilation(event.Listener):
    """Counts the seconds of compilation, without those of loading kept code."""

    def __init__(self, announcement: Announcement) -> None:
        self._announcement, self._depth = announcement, 0

    def on_start(self, event: event.Event) -> None:
        """Begin to count; functions called by the function may be compiled inside."""
        if self._depth == 0:
            self._announcement.begin()
        self._depth += 1

    def on_end(self, event: event.Event) -> None:
        """End the count that the event began."""
        self._depth -= 1
        if self._depth == 0:
            self._announcement.end()


def _announced() -> AbstractContextManager[object]:
    """Return a context in which compilation is announced, where that is wanted."""
    current = announcement()
    if current is None:
        return nullcontext()
    return event.install_listener("numba:compile", _Compilation(current))


def _plain(argument: Any) -> Any:
    """Return an array in C order, aligned; other arguments as they are."""
    if not isinstance(argument, np.ndarray):
        return argument
    flags = argument.flags
    if flags.c_contiguous and flags.aligned:
        return argument
    return np.require(argument, requirements=["C", "A"])


@intrinsic
def next_block(context, taken):
    """Return the number of the next block, and count it in ``taken[0]`` as taken.

    No two threads get the same number.
    """
    return types.int64(taken), _next_block


@intrinsic
def as_matrix(context, buffer, n_rows, n_columns):
    """Return the start of a matrix in C order as one of another shape, without a copy.

    The buffer is not checked to be long enough: compiling the error message of
    ``reshape`` takes longer than compiling a kernel.
    """
    return buffer(buffer, types.intp, types.intp), _as_matrix


def _next_block(
    context: BaseContext, builder: ir.IRBuilder, signature: Signature, arguments: Any
) -> ir.Value:
    taken = context.make_array(signature.args[0])(context, builder, arguments[0])
    one = ir.Constant(ir.IntType(64), 1)
    return builder.atomic_rmw("add", taken.data, one, "monotonic")


def _as_matrix(
    context: BaseContext, builder: ir.IRBuilder, signature: Signature, arguments: Any
) -> ir.Value:
    array, n_rows, n_columns = arguments
    kind = signature.return_type
    model = context.data_model_manager[kind]
    item = builder.extract_value(array, model.get_field_position("itemsize"))
    fields = {
        "nitems": builder.mul(n_rows, n_columns),
        "shape": cgutils.pack_array(builder, [n_rows, n_columns]),
        "strides": cgutils.pack_array(builder, [builder.mul(n_columns, item), item]),
    }
    context.nrt.incref(builder, kind, array)
    for name, value in fields.items():
        array = builder.insert_value(array, value, model.get_field_position(name))
    return array
