"""No compiled loop both sums in an order of the compiler's choice and writes.

The compiler makes two versions of such a loop: one for arrays that are far from each
other in memory, and one for arrays that are close. Their sums differ in the last
digits, so that the bits of a fit would depend on the addresses of arrays.
"""

import ast
from pathlib import Path

import pytest

import sklearn_cofi.kernels

FILES = sorted(Path(sklearn_cofi.kernels.__file__).parent.glob("*.py"))


def loops_that_sum_and_write(source):
    """Yield the lines of innermost loops that may sum in any order, and write."""
    for function in ast.walk(ast.parse(source)):
        if not isinstance(function, ast.FunctionDef):
            continue
        if "REORDER" not in "".join(map(ast.unparse, function.decorator_list)):
            continue
        for loop in ast.walk(function):
            inner = [node for node in ast.walk(loop) if isinstance(node, ast.For)]
            if isinstance(loop, ast.For) and len(inner) == 1 and sums_and_writes(loop):
                yield loop.lineno


def sums_and_writes(loop):
    changed = [
        (node, target)
        for node in ast.walk(loop)
        if isinstance(node, ast.Assign | ast.AugAssign)
        for target in getattr(node, "targets", None) or [node.target]
    ]
    writes = any(isinstance(target, ast.Subscript) for _, target in changed)
    return writes and any(
        isinstance(node, ast.AugAssign) and loop.target.id not in names_of(target)
        for node, target in changed
    )


def names_of(target):
    if isinstance(target, ast.Name):
        return set()
    return {node.id for node in ast.walk(target.slice) if isinstance(node, ast.Name)}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_loop_sums_in_any_order_and_writes(file):
    assert list(loops_that_sum_and_write(file.read_text())) == []


@pytest.mark.parametrize(
    "body",
    [
        "for f in range(k):\n        x[f] = y[f]\n        total += y[f]",
        "for f in range(k):\n        x[row] += y[f]",
    ],
)
def test_such_loops_are_found(body):
    source = f"@kernel(fastmath=REORDER)\ndef loop(x, y, k, row, total):\n    {body}\n"
    assert list(loops_that_sum_and_write(source)) == [3]
    assert not list(loops_that_sum_and_write(source.replace("REORDER", "FUSED")))
