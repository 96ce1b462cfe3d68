"""From an executed chapter to its page: what `prepare` changes, and what it refuses."""

import copy
import io
import re
from xml.etree import ElementTree

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from nnlab.course.site.figures import inline_svg, prepare
from nnlab.errors import ChapterError
from nnlab.plot import PALETTE

SVG = "image/svg+xml"
BLUE = PALETTE["blue"]
DRAWING = f"""<?xml version="1.0"?>
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="72pt" viewBox="0 0 72 36">
 <metadata>made by a machine</metadata>
 <defs><style type="text/css">*{{stroke-linejoin: round}}</style></defs>
 <defs><clipPath id="window"><rect width="9" height="9"/></clipPath></defs>
 <g id="axes_1" clip-path="url(#window)"><path id="mark" d="M 1.23456 2 L 3 4" style="stroke: {BLUE.upper()}"/></g>
 <use xlink:href="#mark" x="5" style="fill: #123456; clip-path: url(#window)"/>
</svg>"""


def figure(svg=DRAWING, alt="A blue line that rises.", caption=None, **more):
    metadata = {SVG: {"alt": alt, "caption": caption}}
    return new_output("display_data", data={SVG: svg, "text/plain": "x", **more}, metadata=metadata)


def chapter(*cells):
    return new_notebook(cells=[new_markdown_cell("# Lines\n\nWhy?"), *cells])


def page_of(*cells, number="06"):
    return prepare(chapter(*cells), number)


def html_of(page):
    return [o.data["text/html"] for cell in page.cells for o in cell.get("outputs", []) if "text/html" in o.data]


def tagged(code, *tags):
    return new_code_cell(code, metadata={"tags": list(tags)})


def test_an_inlined_drawing_is_well_formed_and_carries_its_words():
    svg = ElementTree.fromstring(inline_svg(DRAWING, 'A "blue" <line>', prefix="f1"))
    assert svg.attrib["role"] == "img"
    assert svg.attrib["aria-label"] == 'A "blue" <line>'
    assert svg.attrib["viewBox"] == "0 0 72 36"
    assert svg.attrib["style"] == "max-width: 96px"  # 72 pt
    assert "width" not in svg.attrib


def test_ids_are_kept_apart_and_every_reference_finds_its_target():
    svg = inline_svg(DRAWING, "A line", prefix="f6-2")
    ids = re.findall(r'\bid="([^"]+)"', svg)
    referred = re.findall(r'url\(#([^)]+)\)|href="#([^"]+)"', svg)
    assert {a or b for a, b in referred} == set(ids)
    assert len(ids) == len(set(ids)) == 2
    assert all(id.startswith("f6-2-") for id in ids)


def test_colours_of_the_palette_follow_the_page_and_others_stay():
    svg = inline_svg(DRAWING, "A line", prefix="f1")
    assert f"stroke: var(--nn-blue, {BLUE})" in svg
    assert "fill: #123456" in svg


def test_nothing_in_a_drawing_reaches_beyond_it():
    svg = inline_svg(DRAWING, "A line", prefix="f1")
    for leak in "<style", "<metadata", "<?xml", "DOCTYPE", "xmlns", "xlink":
        assert leak not in svg


def test_coordinates_keep_two_decimals():
    assert 'd="M 1.23 2 L 3 4"' in inline_svg(DRAWING, "A line", prefix="f1")


def test_a_real_drawing_looks_the_same_when_it_is_inlined(browser):
    """The pixels of matplotlib's own SVG, and of the one in the page."""
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context({"svg.hashsalt": "x"}):
        drawn = Figure(figsize=(4, 3))
        axes = drawn.subplots()
        axes.plot([1, 2, 3], [1, 4, 2], "o--", color=BLUE)
        axes.imshow([[0, 1], [1, 0]], extent=(1, 2, 1, 2))
        axes.set_xlabel(r"$x^2$")
        text = io.StringIO()
        drawn.savefig(text, format="svg")
    page = browser.new_page(viewport={"width": 384, "height": 288})
    pictures = []
    for svg in text.getvalue()[text.getvalue().index("<svg") :], inline_svg(text.getvalue(), "A line", prefix="f1"):
        style = "body{margin:0} svg{display:block;width:384px;height:288px;stroke-linejoin:round;stroke-linecap:butt}"
        page.set_content(f"<style>{style}</style>{svg}")
        pictures.append(page.screenshot())
    page.close()
    from PIL import Image, ImageChops

    one, other = (Image.open(io.BytesIO(picture)).convert("RGB") for picture in pictures)
    assert len(one.getcolors(1 << 20)) > 20  # something is there
    assert max(high for _, high in ImageChops.difference(one, other).getextrema()) <= 40  # 1/100 pt moves an edge a bit


def test_figures_with_a_caption_are_numbered_in_their_chapter():
    cells = [new_code_cell("plot.show()", outputs=[figure(caption=c)]) for c in ("One & two.", None, "Three.")]
    first, second, third = html_of(page_of(*cells))
    assert '<span class="nn-figure-number">Figure 6.1.</span> One &amp; two.</figcaption>' in first
    assert 'id="figure-6-1"' in first
    assert "figcaption" not in second
    assert "Figure 6.2.</span> Three." in third


def test_no_two_figures_of_a_page_share_an_id():
    cells = [new_code_cell("plot.show()", outputs=[figure(), figure()]) for _ in range(2)]
    html = "".join(html_of(page_of(*cells)))
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids)) == 8


@pytest.mark.parametrize(
    "output",
    [
        figure(alt=""),
        figure(alt="   "),
        new_output("display_data", data={SVG: DRAWING}),
        new_output("display_data", data={"image/png": "iVBORw0KGgo="}),
        figure(**{"image/png": "iVBORw0KGgo="}),
        figure(svg="<svg"),
    ],
    ids=["empty alt", "blank alt", "no alt", "png", "svg and png", "broken"],
)
def test_a_picture_without_words_or_that_is_no_drawing_is_refused(output):
    with pytest.raises(ChapterError):
        page_of(new_code_cell("plt.show()", outputs=[output]))


def test_a_refusal_names_the_chapter_and_the_cell():
    with pytest.raises(ChapterError, match=r"chapter 06, the cell that begins `plt\.plot\(x\)`.*plot\.show"):
        page_of(new_code_cell("plt.plot(x)\nplt.show()", outputs=[new_output("display_data", data={"image/png": "x"})]))


def test_claims_and_parameters_are_left_out():
    page = page_of(
        tagged("SEED = 0", "parameters"),
        tagged("SEED = 1", "injected-parameters"),
        tagged("claim(1)", "claim"),
        tagged("leave()", "artifact"),
    )
    assert [cell.cell_type for cell in page.cells] == ["markdown"]


SOLUTION = """def double(x):
    ### BEGIN SOLUTION: twice x
    return 2 * x
    ### END SOLUTION"""


def test_a_solution_stands_folded_below_its_todo():
    printed = new_output("stream", name="stdout", text="4\n")
    _, todo, solved = page_of(new_code_cell(SOLUTION, outputs=[printed])).cells
    assert todo.source == "def double(x):\n    return ...  # TODO: twice x"
    assert todo.outputs == []
    assert "tags" not in todo.metadata
    assert solved.source == "def double(x):\n    return 2 * x"
    assert solved.outputs == [printed]
    assert solved.metadata.tags == ["hide-input"]
    assert solved.metadata.mystnb.code_prompt_show == "Show a solution"


def test_the_title_gets_the_chapters_number():
    assert page_of(number="06").cells[0].source == "# 6. Lines\n\nWhy?"
    assert page_of(number="12").cells[0].source.startswith("# 12. ")


def test_tables_and_text_pass_unchanged():
    table = new_output("execute_result", data={"text/html": "<table></table>", "text/plain": "t"}, execution_count=7)
    cell = page_of(new_code_cell("frame", outputs=[table])).cells[1]
    assert cell.outputs[0].data == table.data


def test_the_page_depends_on_nothing_but_the_notebook():
    notebook = chapter(new_code_cell(SOLUTION), new_code_cell("plot.show()", outputs=[figure(caption="A line.")]))
    notebook.metadata = {"kernelspec": {"name": "python3"}, "papermill": {"start_time": "now"}, "nnlab": {"seconds": 3}}
    before = copy.deepcopy(notebook)
    one = prepare(notebook, "06")
    assert notebook == before
    for cell in notebook.cells:
        cell.id = f"other-{cell.id}"
        cell.metadata["papermill"] = {"duration": 3.2}
        if cell.cell_type == "code":
            cell.execution_count = 99
    assert prepare(notebook, "06") == one
    assert set(one.metadata) == {"kernelspec", "nnlab"}
