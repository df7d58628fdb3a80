"""Many standard normal numbers, drawn on several threads."""

from typing import Any

import numpy as np

from sklearn_cofi.kernels._threads import run_on_threads

# Numbers that one generator draws, in about half a millisecond.
_PER_GENERATOR = 1 << 16


def standard_normal(
    rng: np.random.Generator, shape: tuple[int, int], dtype: Any
) -> np.ndarray:
    """Return standard normal numbers, which do not depend on the number of threads.

    Large arrays are cut into parts of a fixed size. Each part has a generator of its
    own, spawned from ``rng``.
    """
    out = np.empty(shape, dtype)
    n_parts = -(-out.size // _PER_GENERATOR)
    if n_parts <= 1:
        return rng.standard_normal(shape, dtype)
    parts = np.array_split(out.reshape(-1), n_parts)
    left = list(zip(rng.spawn(n_parts), parts, strict=True))

    def draw_parts() -> None:
        while left:
            try:
                generator, part = left.pop()
            except IndexError:  # another thread took the last part
                return
            generator.standard_normal(dtype=dtype, out=part)

    run_on_threads(draw_parts, n_parts)
    return out
