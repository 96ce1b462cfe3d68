"""What a reader does: find, switch to dark, print."""

import re

import pytest

from nnlab.course.source import read

from .conftest import CHAPTERS, PAGES, ROOT

BACKGROUND = "getComputedStyle(document.body).backgroundColor"


@pytest.mark.parametrize("way", ["file", "http"])
@pytest.mark.parametrize("name", CHAPTERS)
def test_search_finds_a_chapter_by_a_word_of_its_text(name, way, visit, site, server):
    chapter = read(ROOT / "book" / f"{name}.py")
    word = max(re.findall(r"[a-z]+", chapter.title.lower()), key=len)
    page = visit(f"search?q={word}", at=site.as_uri() if way == "file" else server)
    page.wait_for_selector("#search-results li")
    page.wait_for_function("document.querySelector('#search-results p').innerText.match(/found|matching/)")
    links = page.locator("#search-results li > a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    assert any(link.startswith(f"{name}.html") for link in links), links
    assert page.errors == []


def test_search_can_be_opened_by_keyboard(visit):
    page = visit("index")
    page.keyboard.press("Control+k")
    page.keyboard.type("gradient")
    page.keyboard.press("Enter")
    page.wait_for_selector("#search-results li")
    assert "search.html" in page.url


@pytest.mark.parametrize("name", CHAPTERS)
def test_the_switch_turns_page_and_figures_dark_and_back(name, visit):
    page = visit(name)
    line = ".nn-figure [style*='--nn-']"
    assert page.locator(line).count() > 0
    paint = """(line) => [...document.querySelectorAll(line)].map(getComputedStyle).map(s => s.fill + s.stroke)"""
    before, light = page.evaluate(paint, line), page.evaluate(BACKGROUND)
    seen = {}
    for _ in range(3):  # the switch goes round: light, dark, as the system
        page.locator(".theme-switch-button").first.click()
        seen[page.evaluate("document.documentElement.dataset.mode")] = (
            page.evaluate(paint, line),
            page.evaluate(BACKGROUND),
        )
    assert seen["light"] == (before, light)
    dark, background = seen["dark"]
    assert background != light
    assert all(old != new for old, new in zip(before, dark, strict=True))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_follows_the_system_and_can_be_read_without_javascript(scheme, visit):
    with_script = visit("index", scheme=scheme).evaluate(BACKGROUND)
    light = visit("index", scheme="light").evaluate(BACKGROUND)
    assert (with_script == light) == (scheme == "light")
    page = visit("index", scheme=scheme, javascript=False)
    assert page.locator("article h1").is_visible()
    paper = page.locator("body").evaluate("e => getComputedStyle(e).backgroundColor")
    ink = page.locator("article h1").evaluate("e => getComputedStyle(e).color")
    assert paper == light != ink


@pytest.mark.parametrize("name", [page for page in PAGES if page != "search"])
def test_on_paper_the_text_stands_alone(name, visit):
    page = visit(name, media="print")
    for around in ".bd-sidebar-primary", ".bd-sidebar-secondary", ".bd-header-article", ".prev-next-footer":
        for part in page.locator(around).all():
            assert not part.is_visible(), around
    assert [h1.is_visible() for h1 in page.locator("h1").all()].count(True) == 1
    assert page.locator("article p").first.is_visible()
    for button in page.locator("article button, .nn-launch a").all():
        assert not button.is_visible()


@pytest.mark.parametrize("name", CHAPTERS)
def test_on_paper_nothing_is_cut_off_and_a_dark_screen_does_not_print_dark(name, visit):
    page = visit(name, media="print", scheme="dark", width=800)
    assert page.evaluate("document.documentElement.scrollWidth") <= 800
    assert page.evaluate(BACKGROUND) == visit(name).evaluate(BACKGROUND)
    cut = page.evaluate(
        "() => [...document.querySelectorAll('article pre')].filter(e => e.scrollWidth > e.clientWidth + 1).length"
    )
    assert cut == 0


def test_previous_and_next_lead_through_the_whole_book(visit):
    page = visit("index")
    walked = ["index"]
    while page.locator("a.right-next").count():
        page.locator("a.right-next").click()
        page.wait_for_load_state("load")
        walked.append(page.url.partition("/html/")[2].removesuffix(".html"))
    assert walked == [name for name in PAGES if name != "search"]
