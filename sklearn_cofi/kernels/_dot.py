"""The compiled sum whose order the compiler may choose."""

from sklearn_cofi.kernels._compiled import part
from sklearn_cofi.kernels._vectors import REORDER


@part(fastmath=REORDER)
def dot(x, y, size):
    """Return the inner product of the first ``size`` elements of x and y."""
    total = x.dtype.type(0)
    for f in range(size):
        total += x[f] * y[f]
    return total
