"""A chapter's page: its buttons, its facts, its exercises, its figures."""

import json
import re

import pytest

from nnlab.course import execute
from nnlab.course.site.config import repository
from nnlab.course.source import read
from nnlab.plot import DARK, PALETTE

from .conftest import CHAPTERS, ROOT


@pytest.fixture(scope="module", params=CHAPTERS)
def name(request):
    """Each chapter's page; the tests of one page follow each other, so that they can look at one window."""
    return request.param


def chapter_of(name):
    return read(ROOT / "book" / f"{name}.py")


def test_the_buttons_open_this_chapters_notebook(name, look, site):
    notebook = f"notebooks/{name.removeprefix('chapters/')}.ipynb"
    there = repository(ROOT)
    assert (ROOT / notebook).is_file()
    page = look(name)
    links = {link.inner_text(): link.get_attribute("href") for link in page.locator(".nn-launch a").all()}
    assert links == {
        "Open in Colab": there.in_colab(notebook),
        "Open in JupyterLab": there.in_jupyterlab(notebook),
        "Download the notebook": f"../{notebook}",
    }
    assert (site / notebook).read_bytes() == (ROOT / notebook).read_bytes()


def test_the_download_arrives(name, visit, server, site):
    page = visit(name, at=server)
    with page.expect_download() as waiting:
        page.get_by_text("Download the notebook").click()
    assert json.loads(waiting.value.path().read_text(encoding="utf-8"))["nbformat"] == 4


def test_no_link_leads_to_the_pages_source(name, look):
    hrefs = look(name).locator("a").evaluate_all("all => all.map(a => a.getAttribute('href') || '')")
    assert [href for href in hrefs if re.search(r"_sources|/edit/|/issues", href)] == []


def test_the_line_under_the_title_gives_the_measured_time(name, look):
    run = execute.last_run(chapter_of(name), ROOT / "_build", execute.FULL)
    facts = look(name).locator(".nn-facts").inner_text()
    minutes, seconds = re.fullmatch(r"(\d+) min to read · runs in (.+) on two CPU cores", facts).groups()
    words = len(chapter_of(name).text.split())
    assert words / 400 < int(minutes) < words / 60
    spoken = re.fullmatch(r"(?:(\d+) min )?(\d+) s", seconds)
    assert abs(60 * int(spoken[1] or 0) + int(spoken[2]) - max(1, run.seconds)) <= 0.5


def test_the_title_carries_the_chapters_number(name, look):
    chapter = chapter_of(name)
    heading = look(name).locator("article h1").inner_text()
    assert heading.startswith(f"{int(chapter.number)}. ")


def test_an_exercise_shows_its_todo_and_keeps_its_solution_folded(name, look):
    page = look(name)
    solutions = [cell for cell in chapter_of(name).notebook.cells if "### BEGIN SOLUTION" in cell.source]
    folded = page.locator("details.hide", has_text="Show a solution")
    assert folded.count() == len(solutions) > 0
    assert page.locator(".cell_input").filter(has_text="# TODO").count() >= len(solutions)
    for fold in folded.all():
        code = fold.locator("pre")
        assert not code.is_visible()
        fold.locator("summary").click()
        assert code.is_visible()
        assert "TODO" not in code.inner_text()


def test_nothing_of_the_machinery_is_on_the_page(name, site):
    html = (site / f"{name}.html").read_text(encoding="utf-8")
    code = re.sub(r"<[^>]+>", "", " ".join(re.findall(r"<pre.*?</pre>", html, re.S)))
    for word in "BEGIN SOLUTION", "END SOLUTION", "claim(", "FAST =", "# Parameters":
        assert word not in code


def test_no_cell_warns_the_reader_of_something(name, look):
    """Not even where a package that is only optional is missing, as after `make book` alone."""
    assert look(name).locator(".output.stderr").all_text_contents() == []


def test_figures_are_numbered_in_order(name, look):
    numbers = look(name).locator(".nn-figure-number").all_inner_texts()
    assert numbers == [f"Figure {int(name[9:11])}.{n}." for n in range(1, len(numbers) + 1)]
    assert numbers


def test_equations_are_numbered_from_one_in_the_order_of_the_text(name, look):
    page = look(name)
    numbers = page.locator("article .eqno").evaluate_all("all => all.map(e => e.firstChild.textContent)")
    assert numbers == [f"({n})" for n in range(1, len(numbers) + 1)]
    references = page.locator("article a[href^='#equation-']:not(.headerlink)").all_inner_texts()
    assert set(references) <= set(numbers)


def test_no_colour_of_a_figure_vanishes_on_the_dark_page(name, site):
    """Those outside the palette stay as they are, so they must be seen on both pages."""
    html = (site / f"{name}.html").read_text(encoding="utf-8")
    drawings = re.findall(
        r"<svg.*?</svg>", "".join(re.findall(r'<figure class="nn-figure".*?</figure>', html, re.S)), re.S
    )
    fixed = set(re.findall(r"(?:fill|stroke): (#[0-9a-f]{6})", "".join(drawings)))
    on_cells = {"#11151a", "#fdfdfc"}  # the letters on the coloured cells of a matrix (nnlab/plot/figures.py)
    assert [c for c in fixed - on_cells if contrast(c, DARK["paper"]) < 1.5] == []
    assert [p for p in PALETTE.values() if p in fixed] == []


def contrast(one, other):
    """WCAG 2.2's contrast ratio of two colours, 1 to 21."""

    def luminance(color):
        parts = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_a_fold_is_called_by_the_words_that_it_shows(name, look):
    for summary in look(name).locator("details > summary").all():
        assert summary.get_attribute("aria-label") is None
        assert len(summary.inner_text().split()) >= 2
