"""The built book and a real browser, for every test here.

Without Chromium these tests are skipped with the reason; in CI (environment variable CI) that is a failure.
"""

import contextlib
import functools
import http.server
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
]
SOURCES = ("book", "nnlab", "web", "notebooks", "_config.yml", "_toc.yml")


def book_pages() -> list[str]:
    """The book's pages, "index" and so on, from the table of contents; and the search."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    files = [chapter["file"] for part in toc["parts"] for chapter in part["chapters"]]
    return [toc["root"], *files, "search"]


PAGES = book_pages()
CHAPTERS = [page for page in PAGES if page.startswith("chapters/")]


@pytest.fixture(scope="session")
def site() -> Path:
    """The folder of the built site, built anew where a source is newer."""
    from filelock import FileLock

    from nnlab.course.build import build

    html = ROOT / "_build" / "html"
    (ROOT / "_build").mkdir(exist_ok=True)
    stamp = ROOT / "_build" / "site.stamp"
    with FileLock(ROOT / "_build" / "site.lock"):  # the processes of pytest-xdist share one site
        if not (html / "index.html").exists() or not stamp.exists() or stamp.stat().st_mtime < _newest():
            started = _newest()
            build(ROOT)
            stamp.touch()
            os.utime(stamp, (started, started))
    return html


def _newest() -> float:
    files = (path for name in SOURCES for path in [ROOT / name, *(ROOT / name).rglob("*")] if path.is_file())
    return max(path.stat().st_mtime for path in files if path.suffix not in (".pyc", ".lock"))


@pytest.fixture(scope="session")
def server(site: Path) -> Iterator[str]:
    """The address of the site, served on this machine."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=site)) as serving:
        threading.Thread(target=serving.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{serving.server_port}"
        serving.shutdown()


@pytest.fixture(scope="session")
def browser() -> Iterator:
    chromium = shutil.which("chromium")
    if chromium is None:
        reason = "Chromium is not installed: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)  # with a profile of its own
        yield browser
        browser.close()


@pytest.fixture
def visit(browser, site: Path) -> Iterator[Callable]:
    """`visit("index", width=360)`: a page of the book, opened from its file, in a window of its own.

    `page.requests` lists what it asked for, `page.errors` what went wrong.
    """
    with _windows(browser, site) as open_page:
        yield open_page


@pytest.fixture(scope="module")
def look(browser, site: Path) -> Iterator[Callable]:
    """As `visit`, for tests that only look: the windows of a page stay open until another page is asked for."""
    with _windows(browser, site) as open_page:
        kept: dict[tuple, object] = {}

        def look_at(name, *, width=1280):
            for other in [key for key in kept if key[0] != name]:
                kept.pop(other).context.close()
            if (name, width) not in kept:
                kept[name, width] = open_page(name, width=width)
            return kept[name, width]

        yield look_at


@contextlib.contextmanager
def _windows(browser, site: Path) -> Iterator[Callable]:
    contexts = []

    def open_page(name, *, at: str = "", width=1280, scheme="light", javascript=True, media=None):
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=scheme, java_script_enabled=javascript
        )
        contexts.append(context)
        page = context.new_page()
        page.requests, page.errors = [], []
        page.on("request", lambda request: page.requests.append(request.url))
        page.on("requestfailed", lambda request: page.errors.append(f"failed: {request.url}"))
        page.on("response", lambda reply: reply.status >= 400 and page.errors.append(f"{reply.status}: {reply.url}"))
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.on("console", lambda line: line.type in ("error", "warning") and page.errors.append(line.text))
        page.emulate_media(media=media)
        name, _, query = name.partition("?")
        page.goto(f"{at or site.as_uri()}/{name}.html{'?' if query else ''}{query}", wait_until="load")
        return page

    yield open_page
    for context in contexts:
        context.close()
