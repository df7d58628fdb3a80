"""Private members are used in their module, or are declared on a shared base."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import sklearn_cofi

PACKAGE = Path(sklearn_cofi.__file__).parent
SOURCES = {
    path.relative_to(PACKAGE).as_posix(): path.read_text("utf-8")
    for path in PACKAGE.rglob("*.py")
}

# The bases of estimators. Other modules may use the private members declared here.
SHARED_BASES = (
    "base/_ratings_estimator.py",
    "base/_feature_estimator.py",
    "base/_factor_estimator.py",
    "base/_factor_model.py",
    "base/_feature_estimator.py",
    "bayesian/_posterior_estimator.py",
    "bayesian/_time_estimator.py",
    "clusters/_cluster_estimator.py",
    "spark/_spark_estimator.py",
)

# Private names of other packages, and why they are used.
FOREIGN = {
    "_fields": "NamedTuple: its underscore avoids clashes with fields",
    "_init_callback_context": "scikit-learn: begins the callbacks of a fit",
    "_jdf": "pyspark: a frame in the JVM, which has no public name",
    "_replace": "NamedTuple: its underscore avoids clashes with fields",
    "_validate_params": "scikit-learn: checks the parameters outside of `fit`",
}

# Point estimators, `optimality_gap`, types, `_compat`, warnings and `show_versions`.
MAX_ROOT_MODULES = 10


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def declared(tree: ast.Module) -> set[str]:
    """Return the members that the classes of a module define, annotate or assign."""
    classes = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    body = [node for one in classes for node in one.body]
    names = {node.name for node in body if isinstance(node, ast.FunctionDef)}
    for node in body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {ast.unparse(target) for target in targets}
    return names | {
        node.attr
        for one in classes
        for node in ast.walk(one)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
        if isinstance(node.value, ast.Name) and node.value.id == "self"
    }


def uses(tree: ast.Module) -> Iterator[ast.Attribute]:
    """Yield the accesses ``x._name``, except those where x is an imported module."""
    modules = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and is_private(node.attr):
            if not (isinstance(node.value, ast.Name) and node.value.id in modules):
                yield node


def private_imports(source: str) -> list[str]:
    """Return the private names that a module imports from modules of the package."""
    return [
        f"{node.module}.{alias.name}"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom) and node.module
        if node.module.startswith("sklearn_cofi.")
        for alias in node.names
        if is_private(alias.name)
    ]


def hidden_uses(sources: dict[str, str]) -> list[str]:
    """Return the accesses to private members of other modules that are not shared."""
    trees = {name: ast.parse(source) for name, source in sources.items()}
    members = {name: declared(tree) for name, tree in trees.items()}
    allowed = set(FOREIGN).union(*(members.get(name, ()) for name in SHARED_BASES))
    return [
        f"{name}:{use.lineno}: {ast.unparse(use)}"
        for name, tree in trees.items()
        for use in uses(tree)
        if use.attr not in members[name] | allowed
    ]


def test_no_module_uses_private_members_of_another_module():
    assert hidden_uses(SOURCES) == []


BASE = "class RatingsEstimator:\n    _kind: str\n    def _model(self):\n        pass\n"
MODULE = "class Fit:\n    def _own(self):\n        self._a = 1\n        {}\n"


@pytest.mark.parametrize(
    "use", ["self._x", "model._x", "self.filter_._x", "fits[0]._x", "self._model()._x"]
)
def test_a_hidden_use_is_found(use):
    sources = {"base/_ratings_estimator.py": BASE, "fit.py": MODULE.format(use)}
    assert hidden_uses(sources) == [f"fit.py:4: {use}"]


@pytest.mark.parametrize(
    "use", ["self._own()", "self._a", "model._model()", "x._kind", "x.__dict__"]
)
def test_other_uses_are_allowed(use):
    sources = {"base/_ratings_estimator.py": BASE, "fit.py": MODULE.format(use)}
    assert hidden_uses(sources) == []


def test_private_names_are_imported_from_compat_only():
    # `_compat` has private names of scikit-learn.
    found = {name for source in SOURCES.values() for name in private_imports(source)}
    assert [x for x in found if not x.startswith("sklearn_cofi._compat.")] == []
    source = "from sklearn_cofi.data._ids import IdMap, _sorted"
    assert private_imports(source) == ["sklearn_cofi.data._ids._sorted"]


def test_each_shared_base_and_each_foreign_name_is_used():
    assert set(SHARED_BASES) <= set(SOURCES)
    used = {use.attr for source in SOURCES.values() for use in uses(ast.parse(source))}
    assert set(FOREIGN) <= used


def test_the_root_has_few_private_modules():
    private = [name for name in SOURCES if "/" not in name and is_private(name)]
    assert len(private) <= MAX_ROOT_MODULES
