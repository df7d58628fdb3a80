"""Settings of Sphinx. Build: ``python -m sphinx -W --keep-going -b html docs OUT``."""

import inspect
import json
import re
import sys
from pathlib import Path

import sklearn_cofi

HERE = Path(__file__).parent
sys.path.append(str(HERE / "_extensions"))

project = "sklearn_cofi"
author = "The sklearn_cofi developers"
version = release = sklearn_cofi.__version__
copyright = f"{author}. Version {version}, BSD-3-Clause"

extensions = [
    "changes_page",
    "tutorial_notebooks",
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.extlinks",
    "sphinx.ext.intersphinx",
    "sphinx.ext.viewcode",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = [
    "_build",
    "changelog",
    "whats-new/generated",  # included by whats-new/index.md
    "tutorials/notebooks",
    # sphinx-gallery's copies of the scripts, and its run times.
    "auto_gallery/*.py",
    "auto_gallery/*.ipynb",
    "gallery",
    "sg_execution_times.rst",
    "auto_gallery/sg_execution_times.rst",
]
templates_path = ["_templates"]

# A name or a link that leads nowhere is an error, as all warnings are.
nitpicky = True

# `names` of the public API in docstrings become links.
default_role = "py:obj"
myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence"]
extlinks = {"doi": ("https://doi.org/%s", "doi:%s")}
autodoc_typehints = "none"
toc_object_entries_show_parents = "hide"
autosummary_generate = True
# autodoc only reads docstrings, so the build needs no pyspark.
autodoc_mock_imports = ["pyspark"]
# The inventories are local files, because a build must not depend on other sites. They
# contain the names that the pages use, in Sphinx's plain text format. A name that is
# missing from them is an error: add it there.
_OTHER_SITES = {
    "python": "https://docs.python.org/3",
    "numpy": "https://numpy.org/doc/stable",
    "scipy": "https://docs.scipy.org/doc/scipy",
    "pandas": "https://pandas.pydata.org/docs",
    "sklearn": "https://scikit-learn.org/stable",
}
intersphinx_mapping = {
    name: (site, f"_inventories/{name}.inv") for name, site in _OTHER_SITES.items()
}
# Copies of a doctest have neither prompts nor results.
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
# The template lists members; numpydoc would list them again.
numpydoc_show_class_members = False

sphinx_gallery_conf = {
    "examples_dirs": "gallery",
    "gallery_dirs": "auto_gallery",
    "within_subsection_order": "FileNameSortKey",
    "backreferences_dir": "reference/generated/backreferences",
    "doc_module": ("sklearn_cofi",),
    "download_all_examples": False,
    "plot_gallery": True,
    "abort_on_example_error": True,
    "capture_repr": (),
    "show_memory": False,
    "show_signature": False,
    "remove_config_comments": True,
    "min_reported_time": 1e9,  # without run times, pages are the same in each build
}

html_theme = "pydata_sphinx_theme"
html_title = "sklearn_cofi"
html_logo = "_static/logo.svg"
html_favicon = "_static/logo.svg"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False

# The list of versions appears in the bar at the top once switcher.json has two of them,
# each with "version" and the "url" of its site.
_VERSIONS = json.loads((HERE / "_static" / "switcher.json").read_text("utf-8"))
html_theme_options = {
    "logo": {"text": "sklearn_cofi"},
    "navigation_with_keys": False,
    "show_toc_level": 2,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "navbar_start": ["navbar-logo"] + ["version-switcher"] * (len(_VERSIONS) > 1),
    "switcher": {
        "json_url": "_static/switcher.json",
        "version_match": "dev" if "dev" in release else release,
    },
    "check_switcher": False,  # the check would fetch the file from the site
}

_REQUESTS = re.compile("set_.*_request")
_FIELD = type(sklearn_cofi.OptimalityGap.cost)


def skip_foreign(app, what, name, obj, skip, options):
    """Skip members that scikit-learn or Python define."""
    if skip or name.startswith("_"):
        return skip
    # Python documents fields of named tuples as "Alias for field number 0"; the class
    # documents them better.
    if _REQUESTS.fullmatch(name) or isinstance(obj, _FIELD):
        return True
    made = inspect.unwrap(obj) if callable(obj) else obj
    home = getattr(made, "__module__", None)
    return None if home is None else not home.startswith("sklearn_cofi")


def for_the_site(app, name, source):
    """Adapt links to pictures and ends of doctests to the site."""
    # Link to the page with the picture instead of the script that draws it.
    source[0] = re.sub(r"\.\./gallery/(\w+)\.py", r"../auto_gallery/\1.rst", source[0])
    # The site would show the empty line that ends a doctest.
    source[0] = re.sub(r"\n\n( *```)$", r"\n\1", source[0], flags=re.MULTILINE)


def of_protocols(app, what, name, obj, options, signature, returned):
    """Return the signature of a protocol's ``__call__`` instead of its constructor."""
    if not getattr(obj, "_is_protocol", False):
        return None
    if "__call__" not in vars(obj):
        return "", returned
    called = inspect.signature(obj.__call__)
    shown = [one.replace(annotation=one.empty) for one in called.parameters.values()]
    return str(inspect.Signature(shown[1:])), returned


def setup(app):
    app.connect("autodoc-process-signature", of_protocols)
    app.connect("source-read", for_the_site)
    app.connect("autodoc-skip-member", skip_foreign)
