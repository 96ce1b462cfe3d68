"""Every page of the book, in a real browser: self-contained, readable by everyone, light."""

import functools
import gzip
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from .conftest import PAGES

MOST_BYTES = 600_000


@pytest.fixture(scope="module", params=PAGES)
def name(request):
    """Each page of the book; the tests of one page follow each other, so that they can look at one window."""
    return request.param


def test_the_pages_that_are_tested_are_all_there_are(site: Path):
    built = {path.relative_to(site).with_suffix("").as_posix() for path in site.rglob("*.html")}
    assert built == set(PAGES)


@pytest.mark.parametrize("way", ["file", "http"])
def test_a_page_asks_for_nothing_outside_its_folder_and_raises_no_error(name, way, visit, site, server):
    here = site.as_uri() if way == "file" else server
    page = visit(name, at=here)
    page.wait_for_timeout(100)
    assert [url for url in page.requests if not url.startswith((here, "data:"))] == []
    assert page.errors == []


# Inside a drawing or a formula nothing can be operated, and its words are in its label or its MathML. Taken out, they
# no longer take nine tenths of the time.
INSIDES = ".nn-figure svg > *, .katex-html > *"
ONLY_CONTRAST = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
ALL_BUT_CONTRAST = {"rules": {"color-contrast": {"enabled": False}}}


@pytest.mark.parametrize(
    ("scheme", "width", "rules"),
    [("light", 1280, {}), ("dark", 1280, ONLY_CONTRAST), ("light", 360, ALL_BUT_CONTRAST)],
    ids=["light", "dark", "narrow"],
)
def test_a_page_has_no_known_barrier(name, scheme, width, rules, visit):
    from axe_playwright_python.sync_playwright import Axe

    page = visit(name, scheme=scheme, width=width)
    page.evaluate("inside => document.querySelectorAll(inside).forEach(e => e.remove())", INSIDES)
    found = Axe().run(page, options={"resultTypes": ["violations"], **rules}).response["violations"]
    assert [f"{v['id']}: {n['html'][:120]} ({n['failureSummary']})" for v in found for n in v["nodes"]] == []


def test_a_page_fits_a_narrow_screen(name, look):
    page = look(name, width=360)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_what_is_wider_than_the_screen_scrolls_in_its_own_box_and_is_reached_by_keyboard(name, look):
    page = look(name, width=360)
    stuck = page.evaluate(
        """() => {
            const scrolls = (e) => ["auto", "scroll"].includes(getComputedStyle(e).overflowX);
            const box = (e) => { while (e && e.localName !== "article" && !scrolls(e)) e = e.parentElement; return e; };
            const hidden = (e) => e.closest(".katex-mathml, .nn-sr, svg *") || !e.getClientRects().length;
            return [...document.querySelectorAll("article *")].filter((e) => {
                const { left, right } = e.getBoundingClientRect();
                if ((left >= 0 && right <= innerWidth + 1) || hidden(e)) return false;
                const around = box(e);
                return !around || around.localName === "article" || left < 0 || around.tabIndex !== 0;
            }).map((e) => e.outerHTML.slice(0, 120));
        }"""
    )
    assert stuck == []


def test_a_page_with_all_that_it_loads_is_light(name, look):
    page = look(name)
    files = {Path(unquote(urlsplit(url).path)) for url in page.requests if url.startswith("file:")}
    sizes = {file.name: _packed(file) for file in files}
    assert sum(sizes.values()) <= MOST_BYTES, sorted(sizes.items(), key=lambda item: -item[1])[:5]


def _packed(file: Path) -> int:
    """Bytes on the wire: fonts are packed already."""
    content = file.read_bytes()
    return len(content) if file.suffix == ".woff2" else len(gzip.compress(content))


def test_formulas_show_without_javascript(name, visit):
    page = visit(name, javascript=False)
    formulas = page.locator(".math")
    drawn = page.locator(".math .katex-html")
    assert drawn.count() >= formulas.count()
    if formulas.count():
        assert drawn.first.bounding_box()["width"] > 0
        # KaTeX's own fonts and sizes are there: without its style sheet a formula stands twice, once as plain text.
        assert page.locator(".katex-mathml").first.bounding_box()["width"] <= 1


def test_no_formula_failed(name, site):
    html = (site / f"{name}.html").read_text(encoding="utf-8")
    assert "katex-error" not in html
    assert "#cc0000" not in html
    assert not re.search(
        r"\$\$|\\begin\{|\\frac", re.sub(r"<annotation.*?</annotation>|<pre.*?</pre>", "", html, flags=re.S)
    )


class Outline(HTMLParser):
    """What the tests below need to know of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.pictures: list[dict[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if given.get("id"):
            self.ids.append(str(given["id"]))
        if tag == "a" and given.get("href"):
            self.links.append(str(given["href"]))
        if tag == "img":
            self.pictures.append(given)


@functools.cache
def outline(path: Path) -> Outline:
    parser = Outline()
    parser.feed(path.read_text(encoding="utf-8"))
    return parser


def test_no_id_stands_twice(name, site):
    counted = Counter(outline(site / f"{name}.html").ids)
    assert [id for id, times in counted.items() if times > 1 and not id.startswith("search-input")] == []


def test_every_link_within_the_book_leads_somewhere(name, site):
    here = site / f"{name}.html"
    broken = []
    for link in outline(here).links:
        parts = urlsplit(link)
        if parts.scheme or parts.netloc:
            continue
        target = (here.parent / unquote(parts.path)).resolve() if parts.path else here
        if not target.is_file() or (
            parts.fragment and target.suffix == ".html" and unquote(parts.fragment) not in outline(target).ids
        ):
            broken.append(link)
    assert broken == []


def test_every_picture_says_in_words_what_it_shows(name, site, look):
    for picture in outline(site / f"{name}.html").pictures:
        alt = (picture.get("alt") or "").strip()
        assert len(alt.split()) >= 3, picture
        assert not re.search(r"\.(png|svg|jpe?g|gif)$", alt, re.I), picture
    labels = (
        look(name)
        .locator("article .nn-figure svg")
        .evaluate_all("all => all.map(svg => [svg.getAttribute('role'), svg.getAttribute('aria-label')])")
    )
    for role, label in labels:
        assert role == "img"
        assert len(label.split()) >= 4
