"""Every picture says in words what it shows, or the build fails."""

from pathlib import PurePosixPath

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging


def _need_words(app: Sphinx, doctree: nodes.document) -> None:
    for image in doctree.findall(nodes.image):
        alt = image.get("alt", "").strip()
        name = PurePosixPath(image.get("uri", "")).name
        if not alt or alt in (name, image.get("uri")):
            logging.getLogger(__name__).warning(
                "the picture %s has no text for readers who cannot see it: write ![what it shows](%s)",
                *(name, name),
                location=image,
            )


def setup(app: Sphinx) -> None:
    app.connect("doctree-read", _need_words)
