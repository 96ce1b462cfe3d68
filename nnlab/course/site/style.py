"""The site's look: templates over the theme's, the style sheet, and the palette of the figures as CSS variables."""

import re
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

_TEMPLATES = Path(__file__).parent / "templates"


def _templates_first(app: Sphinx, config: Config) -> None:
    config.templates_path.insert(0, str(_TEMPLATES))


def _write_palette(app: Sphinx) -> None:
    """The palette has one home, `nnlab.plot`: the pages get theirs from it."""
    from nnlab.plot import PALETTE, css_variables

    light = ";".join(f"--nn-{name}:{value}" for name, value in PALETTE.items())
    on_paper = f"@media print{{html[data-theme]{{{light}}}}}\n"  # from a dark screen too
    static = Path(app.outdir) / "_static"
    static.mkdir(parents=True, exist_ok=True)
    (static / "palette.css").write_text(css_variables() + on_paper, encoding="utf-8")


def _follow_the_system(
    app: Sphinx, pagename: str, template: str, context: dict, doctree: nodes.document | None
) -> None:
    """Light or dark as the reader's system is, until she chooses; the theme writes this word into each page."""
    context["default_mode"] = "auto"


_EMPTY_HEADER = re.compile(r"<th[^>]*>\s*(?:<p></p>)?\s*</th>")


def _mend(app: Sphinx, pagename: str, template: str, context: dict, doctree: nodes.document | None) -> None:
    """Docutils marks bibliographies with roles that are withdrawn since, or stand where they may not.

    The empty corner of a table heads nothing, and a fold is called by the words that it shows.
    """
    if "body" in context:
        for role in (' role="doc-biblioentry"', ' role="list" class="citation-list"'):
            context["body"] = context["body"].replace(role, ' class="citation-list"' if "class" in role else "")
        context["body"] = _EMPTY_HEADER.sub("<td></td>", context["body"])
        context["body"] = context["body"].replace('<summary aria-label="Toggle hidden content">', "<summary>")


def setup(app: Sphinx) -> None:
    app.connect("config-inited", _templates_first, priority=100)
    app.connect("builder-inited", _write_palette)
    app.connect("html-page-context", _follow_the_system)
    app.connect("html-page-context", _mend)
    app.add_css_file("palette.css")
    app.add_css_file("icons.css", priority=900)
    app.add_css_file("nnlab.css", priority=900)
    app.add_js_file("nnlab.js", loading_method="defer")
