"""The directive `{live} NAME`: the place of a live figure, `web/figures/NAME.js`, loaded only where it is shown.

The directive's body is what stands there for readers without JavaScript, and on paper.
"""

import re
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator


class live(nodes.General, nodes.Element):
    """`live["figure"]` is the figure's name."""


class Live(SphinxDirective):
    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        name = self.arguments[0]
        places = [Path(self.env.app.confdir, folder) for folder in self.config.html_static_path]
        fault = ""
        if not re.fullmatch(r"[a-z0-9_]+", name) or not any((p / "figures" / f"{name}.js").is_file() for p in places):
            fault = f"there is no live figure {name!r}: its script is to be web/figures/{name}.js"
        elif not self.content:
            fault = f"the live figure {name!r} has no text for readers without JavaScript: write it as the body"
        if fault:
            logging.getLogger(__name__).warning("live: %s", fault, location=self.get_location())
            return []
        node = live(figure=name)
        self.state.nested_parse(self.content, self.content_offset, node)
        return [node]


def _visit(self: HTML5Translator, node: live) -> None:
    self.body.append(f'<div class="nn-live" data-figure="{node["figure"]}">\n')


def _depart(self: HTML5Translator, node: live) -> None:
    self.body.append("</div>\n")


def _load_scripts(app: Sphinx, pagename: str, templatename: str, context: dict, doctree: nodes.document | None) -> None:
    if doctree is not None:
        for name in sorted({node["figure"] for node in doctree.findall(live)}):
            app.add_js_file(f"figures/{name}.js", loading_method="defer")


def setup(app: Sphinx) -> None:
    app.add_directive("live", Live)
    app.add_node(live, html=(_visit, _depart))
    app.connect("html-page-context", _load_scripts)
