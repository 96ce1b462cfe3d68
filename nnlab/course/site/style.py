"""The site's look: templates over the theme's, the style sheet, and the palette of the figures as CSS variables."""

from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

_TEMPLATES = Path(__file__).parent / "templates"


def _templates_first(app: Sphinx, config: Config) -> None:
    config.templates_path.insert(0, str(_TEMPLATES))


def _write_palette(app: Sphinx) -> None:
    """The palette has one home, `nnlab.plot`: the pages get theirs from it."""
    from nnlab.plot import css_variables

    static = Path(app.outdir) / "_static"
    static.mkdir(parents=True, exist_ok=True)
    (static / "palette.css").write_text(css_variables(), encoding="utf-8")


def setup(app: Sphinx) -> None:
    app.connect("config-inited", _templates_first, priority=100)
    app.connect("builder-inited", _write_palette)
    app.add_css_file("palette.css")
    app.add_css_file("nnlab.css", priority=900)
    app.add_js_file("nnlab.js", loading_method="defer")
