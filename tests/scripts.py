"""Scripts of the repository that are not part of a package, as modules."""

import importlib.util
from pathlib import Path


def load_script(script: Path):
    """Import a script by its path."""
    spec = importlib.util.spec_from_file_location(script.stem, script)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
