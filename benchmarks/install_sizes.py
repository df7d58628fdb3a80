"""Sizes of the installed package, of what it needs, and of its extras.

    python -m benchmarks.install_sizes [EXTRA ...]

Run it in an environment with the extras. It prints the distributions that are needed
and their sizes on disk in MB, without compiled .pyc files.
"""

import sys
from importlib import metadata

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def needed(name, extras=(), found=None):
    """Return the names of a distribution and of all that it needs."""
    found = {} if found is None else found
    key = canonicalize_name(name)
    if key in found and not extras:
        return found
    found[key] = metadata.distribution(name)
    for text in found[key].requires or ():
        one = Requirement(text)
        chosen = [{"extra": extra} for extra in (*extras, "")]
        if one.marker is None or any(map(one.marker.evaluate, chosen)):
            needed(one.name, one.extras, found)
    return found


def size(distribution):
    """Return the size of the files of a distribution in MB."""
    files = [file for file in distribution.files or () if file.suffix != ".pyc"]
    paths = [distribution.locate_file(file) for file in files]
    return sum(path.stat().st_size for path in paths if path.exists()) / 1e6


def main(*extras):
    plain = needed("sklearn-cofi")
    print_sizes("needed", plain)
    for extra in extras:
        more = needed("sklearn-cofi", (extra,))
        print_sizes(extra, {name: more[name] for name in more if name not in plain})


def print_sizes(title, distributions):
    sizes = {name: size(one) for name, one in distributions.items()}
    print(f"{title}: {sum(sizes.values()):.0f} MB")
    for name in sorted(sizes, key=sizes.get, reverse=True):
        print(f"  {name:20} {sizes[name]:7.1f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
