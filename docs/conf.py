"""Settings of Sphinx. Build: ``python -m sphinx -W --keep-going -b html docs OUT``."""

import inspect
import json
import re
import sys
from pathlib import Path

from numpydoc.xref import DEFAULT_LINKS
from sphinx.ext.intersphinx import InventoryAdapter

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

# `names` of the public API in docstrings become links. One that leads nowhere is an
# error, as all warnings are. Words in lower case need not be links: they are parameters
# and methods.
default_role = "py:obj"
nitpicky = True
nitpick_ignore_regex = [("py:obj", "[a-z_][a-z_0-9]*|return_X_y")]
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
    "matplotlib": "https://matplotlib.org/stable",
    "pandas": "https://pandas.pydata.org/docs",
    "sklearn": "https://scikit-learn.org/stable",
}
intersphinx_mapping = {
    name: (site, f"_inventories/{name}.inv") for name, site in _OTHER_SITES.items()
}
# Types of parameters that become links. Other words that numpydoc would link stay plain
# text, which keeps the inventories small.
numpydoc_xref_param_type = True
numpydoc_xref_ignore = "all"
_BUILT_IN = ["bool", "callable", "dict", "float", "int", "list", "str", "tuple"]
numpydoc_xref_aliases = {word: word for word in DEFAULT_LINKS}
numpydoc_xref_aliases |= {name: f":obj:`{name}`" for name in _BUILT_IN}
numpydoc_xref_aliases |= {
    "ndarray": "numpy.ndarray",
    "RandomState": "numpy.random.RandomState",
    "DataFrame": "pandas.DataFrame",
    "Series": "pandas.Series",
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
# Pages outside the sections have no list of neighbours.
html_sidebars = {"index": [], "install": [], "whats-new/index": []}

# The list of versions appears in the bar at the top once switcher.json has two of them,
# each with "version" and the "url" of its site.
_VERSIONS = json.loads((HERE / "_static" / "switcher.json").read_text("utf-8"))
html_theme_options = {
    "logo": {"text": "sklearn_cofi"},
    "navigation_with_keys": False,
    "show_toc_level": 2,
    "header_links_before_dropdown": 7,
    # The button is narrower than the field, and leaves room for the list of versions.
    "navbar_persistent": ["search-button"],
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "navbar_end": ["version-switcher"] * (len(_VERSIONS) > 1) + ["theme-switcher"],
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


def with_module(app, env, node, text):
    """Find a class or function that a docstring names without its module."""
    if node.get("refdomain") != "py":
        return None
    python, short = env.domains["py"], node["reftarget"]
    named = {name for name in python.objects if name.endswith(f".{short}")}
    ours = [name for name in named if not python.objects[name].aliased]
    other = InventoryAdapter(env).main_inventory
    names = [
        name for kind in ("py:class", "py:function") for name in other.get(kind, ())
    ]
    theirs = [name for name in names if name.endswith(f".{short}")]
    if theirs and not ours:
        # The handler of intersphinx runs next, and finds this name.
        node["reftarget"] = theirs[0]
    kinds = [python.objects[name].objtype for name in ours]
    if len(ours) != 1 or (kinds == ["method"] and "." not in short):
        return None
    where = node["refdoc"], app.builder, "obj", ours[0]
    return python.resolve_xref(env, *where, node, text)


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
    app.connect("missing-reference", with_module, priority=400)
    app.connect("autodoc-process-signature", of_protocols)
    app.connect("source-read", for_the_site)
    app.connect("autodoc-skip-member", skip_foreign)
