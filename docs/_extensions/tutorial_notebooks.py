"""Turn the pages of `tutorials/` into notebooks, and link to them at the end of a page.

Text becomes cells of text, and doctests become cells of code without their results. A
cell of code ends where a result is expected, because a notebook shows the value of the
last line only.
"""

import doctest
import json
import re
from pathlib import Path

# pytest's option, which a parser of Python's own doctests refuses.
doctest.register_optionflag("NUMBER")

_CODE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_TOCTREE = re.compile(r"^```\{toctree\}.*?^```$", re.MULTILINE | re.DOTALL)
_FLAGS = re.compile(r" *# doctest: .*")
# A notebook is read outside the site, where links to other pages lead nowhere.
_INNER_LINK = re.compile(r"(?<!!)\[([^]]+)\]\((?!https?:)[^)]+\)")


def pages(docs):
    """Return the tutorials, without their index."""
    folder = Path(docs) / "tutorials"
    return [page for page in sorted(folder.glob("*.md")) if page.stem != "index"]


def write(app):
    """Write a notebook for each tutorial."""
    target = Path(app.srcdir) / "tutorials" / "notebooks"
    target.mkdir(exist_ok=True)
    for page in pages(app.srcdir):
        made = notebook(page.read_text("utf-8"))
        text = json.dumps(made, indent=1, ensure_ascii=False) + "\n"
        (target / f"{page.stem}.ipynb").write_text(text, encoding="utf-8")


def notebook(page):
    """Return the notebook of a page, in the format 4.5 of Jupyter."""
    cells = []
    # Texts and blocks of code alternate, and the first of them is a text.
    for number, part in enumerate(_CODE.split(_TOCTREE.sub("", page))):
        cells += code_cells(part) if number % 2 else text_cells(part)
    numbered = [cell | {"id": f"cell-{n}"} for n, cell in enumerate(cells)]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {
        "cells": numbered,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def text_cells(text):
    """Return a cell of text, or none if the text is empty."""
    text = _INNER_LINK.sub(r"\1", text).strip()
    return [{"cell_type": "markdown", "metadata": {}, "source": text}] if text else []


def code_cells(block):
    """Return a cell of code for each expected result, and one for the lines after."""
    cells, source = [], ""
    for example in doctest.DocTestParser().get_examples(block):
        source += _FLAGS.sub("", example.source)
        if example.want:
            # With this tag, "Run all" goes on after the error that the text describes.
            tags = {"tags": ["raises-exception"]} if example.exc_msg else {}
            cells.append(code_cell(source, tags))
            source = ""
    return cells + [code_cell(source, {})] * bool(source)


def code_cell(source, metadata):
    """Return a cell of code that has not been run."""
    return {
        "cell_type": "code",
        "metadata": metadata,
        "source": source.rstrip(),
        "outputs": [],
        "execution_count": None,
    }


def add_link(app, name, source):
    """Add a link to the notebook at the end of a tutorial."""
    folder, _, stem = name.rpartition("/")
    if folder == "tutorials" and stem != "index":
        link = f"Download this page as a notebook <notebooks/{stem}.ipynb>"
        source[0] += f"\n---\n\n{{download}}`{link}`\n"


def setup(app):
    app.connect("builder-inited", write)
    app.connect("source-read", add_link)
    return {"parallel_read_safe": True}
