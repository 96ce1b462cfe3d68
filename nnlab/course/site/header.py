"""What stands under a chapter's title: how long it takes, and the three ways to work with its notebook."""

import json
import math
import re
import shutil
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

from nnlab.course.site.config import from_settings

_WORDS_A_MINUTE = 200
_LINES_A_MINUTE = 20  # of code, read with care


class chapter_header(nodes.General, nodes.Element):
    """`seconds`: the measured run time, 0 where it is unknown; `minutes`: to read."""


def reading_minutes(doctree: nodes.document) -> int:
    """Minutes to read a page: its words at 200 a minute and its lines of code at 20, folded solutions aside."""
    words = lines = 0
    for node in doctree.findall():
        if isinstance(node, nodes.literal_block):
            folded = any(isinstance(p, nodes.Element) and p.get("hide_mode") for p in _ancestors(node))
            lines += 0 if folded else len(node.astext().splitlines())
        elif isinstance(node, nodes.Text) and not any(
            isinstance(p, nodes.literal_block | nodes.raw) for p in _ancestors(node)
        ):
            words += len(re.findall(r"\w+", node.astext()))
    return max(1, math.ceil(words / _WORDS_A_MINUTE + lines / _LINES_A_MINUTE))


def _ancestors(node: nodes.Node):
    while node.parent is not None:
        node = node.parent
        yield node


def _add_header(app: Sphinx, doctree: nodes.document) -> None:
    source = Path(app.env.doc2path(app.env.docname))
    if source.suffix != ".ipynb":
        return
    title = doctree.next_node(nodes.title)
    if title is None:
        return
    run = json.loads(source.read_text(encoding="utf-8"))["metadata"].get("nnlab", {})
    header = chapter_header(name=source.stem, minutes=reading_minutes(doctree), seconds=run.get("seconds", 0))
    title.parent.insert(title.parent.index(title) + 1, header)


def _visit(self: HTML5Translator, node: chapter_header) -> None:
    options = self.config.html_theme_options
    place = {"url": options.get("repository_url"), "branch": options.get("repository_branch")}
    there = from_settings(place, options.get("launch_buttons", {}))
    notebook = f"notebooks/{node['name']}.ipynb"
    up = "../" * self.builder.current_docname.count("/")
    facts = [f"{node['minutes']} min to read"]
    if node["seconds"]:
        facts.append(f"runs in {said(node['seconds'])} on two CPU cores")
    self.body.append(
        f'<div class="nn-header"><p class="nn-facts">{" · ".join(facts)}</p>\n'
        '<ul class="nn-launch" aria-label="Work with this chapter\'s notebook">\n'
        f'<li><a class="nn-button" href="{there.in_colab(notebook)}">Open in Colab</a></li>\n'
        f'<li><a class="nn-button" href="{self.attval(there.in_jupyterlab(notebook))}">Open in JupyterLab</a></li>\n'
        f'<li><a class="nn-button" href="{up}{notebook}" download>Download the notebook</a></li>\n'
        "</ul></div>\n"
    )
    raise nodes.SkipNode


def said(seconds: float) -> str:
    """A duration as one says it.

    >>> said(0.4), said(8.6), said(134)
    ('1 s', '9 s', '2 min 14 s')
    """
    whole = max(1, round(seconds))
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60} s"


def _only_own_buttons(app: Sphinx, pagename: str, template: str, context: dict, doctree: nodes.document | None) -> None:
    """The theme's own buttons open the page's source, which is no student's notebook; printing is worth keeping."""
    context["header_buttons"] = [
        {
            "type": "javascript",
            "javascript": "window.print()",
            "icon": "fas fa-print",
            "tooltip": "Print this page",
            "label": "print",
        }
    ]


def _copy_notebooks(app: Sphinx, exception: Exception | None) -> None:
    """The download must work from the zip too: so each chapter's notebook comes along."""
    if exception is not None or app.builder.name != "html":
        return
    target = Path(app.outdir) / "notebooks"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    for docname in sorted(app.env.found_docs):
        if not app.env.doc2path(docname).endswith(".ipynb"):
            continue
        notebook = Path(app.confdir, app.config.nnlab_notebooks, f"{docname.rpartition('/')[2]}.ipynb")
        if notebook.is_file():
            shutil.copyfile(notebook, target / notebook.name)
        else:
            logging.getLogger(__name__).warning(
                "notebooks/%s is not there to download: run `nnlab release`", notebook.name
            )


def setup(app: Sphinx) -> None:
    app.add_config_value("nnlab_notebooks", "../../notebooks", "")
    app.add_node(chapter_header, html=(_visit, None))
    app.connect("doctree-read", _add_header)
    app.connect("html-page-context", _only_own_buttons, priority=900)
    app.connect("build-finished", _copy_notebooks, priority=100)
