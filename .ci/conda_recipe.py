"""Write the conda recipe of an sdist, and render it as rattler-build does.

Usage: ``python .ci/conda_recipe.py SDIST RECIPE``, with py-rattler-build installed.
"""

import hashlib
import sys
from pathlib import Path

TEMPLATE = Path(__file__).parent.parent / "recipe" / "recipe.yaml"


def main(sdist, recipe):
    """Write the file RECIPE, and exit with the error if it is invalid."""
    from rattler_build import Stage0Recipe, VariantConfig

    text = filled(TEMPLATE.read_text("utf-8"), Path(sdist))
    Path(recipe).write_text(text, "utf-8")
    rendered = Stage0Recipe.from_yaml(text).render(VariantConfig())
    if len(rendered) != 1:
        raise SystemExit(f"recipe: {len(rendered)} packages instead of one")


def filled(template, sdist):
    """Return the recipe with the version and the SHA-256 of the file of an sdist."""
    version = sdist.name.removesuffix(".tar.gz").removeprefix("sklearn_cofi-")
    text = template.replace("VERSION", version)
    return text.replace("SHA256", hashlib.sha256(sdist.read_bytes()).hexdigest())


if __name__ == "__main__":
    main(*sys.argv[1:])
