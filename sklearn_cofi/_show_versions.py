"""Versions of this package and of what it runs on, for reports of bugs."""

from importlib import metadata

import sklearn

# Distributions that the package needs, and those that it uses if they are installed.
DEPENDENCIES = (
    "click",
    "narwhals",
    "numba",
    "numpy",
    "pandas",
    "scikit-learn",
    "scipy",
    "threadpoolctl",
)
OPTIONAL = ("matplotlib", "polars", "pyarrow", "pyspark")


def show_versions() -> None:
    """Print the versions of this package, its dependencies, Python and the system.

    The second part of the output is that of ``sklearn.show_versions()``: Python, the
    operating system, the dependencies of scikit-learn, and the libraries for linear
    algebra and threads that this process has loaded. Paste all of it into a report of a
    bug.

    See Also
    --------
    sklearn.show_versions : Versions of scikit-learn and its dependencies.

    Examples
    --------
    >>> from sklearn_cofi import show_versions
    >>> show_versions()
    <BLANKLINE>
    sklearn_cofi and its dependencies:
     sklearn_cofi: ...
            click: ...
    """
    from sklearn_cofi import __version__

    print("\nsklearn_cofi and its dependencies:")
    _print_version("sklearn_cofi", __version__)
    for name in (*DEPENDENCIES, "llvmlite"):
        _print_version(name, _installed_version(name))
    print("\nOptional dependencies:")
    for name in OPTIONAL:
        _print_version(name, _installed_version(name))
    sklearn.show_versions()


def _installed_version(name: str) -> str:
    # The metadata has the version, so that packages such as pyspark are not imported.
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"


def _print_version(name: str, version: str) -> None:
    print(f"{name:>13}: {version}")
