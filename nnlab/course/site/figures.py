"""From an executed chapter to the notebook that becomes its page: figures, folded solutions, nothing of the machinery.

`prepare` is a pure function: the same notebook gives the same page, byte for byte.
"""

import copy
import html
import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_output

from nnlab.course.source import BEHIND, is_solution, name_cells, solved_code, student_code, tags
from nnlab.errors import ChapterError

SVG = "image/svg+xml"
HTML = "text/html"
_LEFT_OUT = {*BEHIND, "parameters", "injected-parameters"}
_SPACES = {"": "http://www.w3.org/2000/svg", "xlink": "http://www.w3.org/1999/xlink"}
_HREF = f"{{{_SPACES['xlink']}}}href"
_REFERENCE = re.compile(r"url\(#([^)]+)\)")


def prepare(notebook: NotebookNode, number: str) -> NotebookNode:
    """What the page of chapter `number` ("06") is made from; the notebook itself stays as it was.

    Figures become `<figure>` elements with their SVG in the page, numbered through the chapter where they have a
    caption. An exercise shows its TODO, and the book's solution folded; so is a cell tagged `hide-input`. Claims,
    artifacts and parameters are left out.

    Raises:
        ChapterError: a picture has no text for those who cannot see it, or is no SVG.
    """
    page = copy.deepcopy(notebook)
    page.metadata = {
        key: page.metadata[key] for key in ("kernelspec", "language_info", "nnlab") if key in page.metadata
    }
    page.cells = []
    figures = _Figures(number)
    for cell in notebook.cells:
        if not _LEFT_OUT.isdisjoint(tags(cell)):
            continue
        cell = copy.deepcopy(cell)
        folded = "hide-input" in tags(cell)
        cell.metadata = _fold("the code") if folded else {}
        if cell.cell_type == "code":
            cell.execution_count = None
            if is_solution(cell):
                page.cells.append(new_code_cell(student_code(cell.source)))
                cell.source = solved_code(cell.source)
                cell.metadata = _fold("a solution")
            where = f"chapter {number}, the cell that begins `{cell.source.partition(chr(10))[0]}`"
            cell.outputs = [figures.output(output, where) for output in cell.outputs]
        page.cells.append(cell)
    if page.cells and page.cells[0].source.startswith("# "):
        page.cells[0].source = f"# {int(number)}. {page.cells[0].source[2:]}"
    name_cells(page)
    return page


def _fold(what: str) -> dict:
    """Metadata that makes myst-nb fold a cell's code, with a button that says what it shows."""
    return {"tags": ["hide-input"], "mystnb": {"code_prompt_show": f"Show {what}", "code_prompt_hide": f"Hide {what}"}}


class _Figures:
    """Counts a chapter's figures while it turns their outputs into HTML."""

    def __init__(self, number: str) -> None:
        self.chapter = int(number)
        self.drawn = 0  # every figure: keeps the ids apart
        self.numbered = 0  # those with a caption

    def output(self, output: NotebookNode, where: str) -> NotebookNode:
        if "data" not in output:  # printed text
            return output
        pictures = [kind for kind in output.data if kind.startswith("image/")]
        if not pictures:
            return new_output("display_data", data=output.data)
        alt = output.metadata.get(SVG, {}).get("alt", "").strip()
        if pictures != [SVG] or not alt:
            raise ChapterError(
                f"{where}: its picture has no text for readers who cannot see it, or is no SVG: "
                'call `plot.use_style()` in the setup cell and end this one with `plot.show("what it shows")`'
            )
        self.drawn += 1
        caption = output.metadata[SVG].get("caption") or ""
        drawing = inline_svg(output.data[SVG], alt, prefix=f"f{self.chapter}-{self.drawn}")
        return new_output("display_data", data={HTML: self._figure(drawing, caption), "text/plain": alt})

    def _figure(self, drawing: str, caption: str) -> str:
        if not caption:
            return f'<figure class="nn-figure">{drawing}</figure>'
        self.numbered += 1
        label = f"{self.chapter}.{self.numbered}"
        return (
            f'<figure class="nn-figure" id="figure-{label.replace(".", "-")}">{drawing}\n'
            f'<figcaption><span class="nn-figure-number">Figure {label}.</span> {html.escape(caption)}</figcaption>'
            "</figure>"
        )


def inline_svg(svg: str, alt: str, *, prefix: str, palette: Mapping[str, str] | None = None) -> str:
    r"""An SVG document as an element that can stand in a page beside others.

    Its ids get `prefix`; those that nothing refers to go, with all that only other programs read. Colours of `palette`
    (name to "#rrggbb"; by default the book's) become CSS variables `--nn-NAME`, so that dark mode reaches them.

    >>> svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 48"><g id="a" style="fill: #FF0000"/></svg>'
    >>> print(inline_svg(svg, "A square.", prefix="f1", palette={"red": "#ff0000"}).replace("><", ">\n<"))
    <svg viewBox="0 0 96 48" role="img" aria-label="A square." style="max-width: 96px">
    <g style="fill: var(--nn-red, #ff0000)" />
    </svg>
    """
    if palette is None:
        from nnlab.plot import PALETTE

        palette = PALETTE
    try:
        root = ET.fromstring(svg)
    except ET.ParseError as error:
        raise ChapterError(f"the figure described by {alt!r} is no SVG that can be read: {error}") from None
    width = _pixels(root.get("width", "")) or float(root.get("viewBox", "0 0 640 480").split()[2])
    names = {value.lower(): name for name, value in palette.items()}
    short = {id: f"{prefix}-{place}" for place, id in enumerate(_referred(root), start=1)}
    _drop(root)
    for element in root.iter():
        _clean(element, short, names)
    kept = {"viewBox": root.get("viewBox", ""), "role": "img", "aria-label": alt, "style": f"max-width: {width:g}px"}
    style = root.get("style")
    root.attrib.clear()
    root.attrib.update(kept)
    if style:
        root.set("style", f"{kept['style']}; {style}")
    return _as_html(root)


def _pixels(length: str) -> float:
    """A CSS length in pixels; 0 where it is none of px, pt, or a bare number."""
    match = re.fullmatch(r"([\d.]+)(pt|px)?", length.strip())
    if not match:
        return 0.0
    return round(float(match[1]) * (4 / 3 if match[2] == "pt" else 1), 1)


def _referred(root: ET.Element) -> list[str]:
    """The ids that something in the drawing refers to, in order of their first use."""
    found: dict[str, None] = {}
    for element in root.iter():
        for key, value in element.attrib.items():
            if key in ("href", _HREF) and value.startswith("#"):
                found[value[1:]] = None
            for id in _REFERENCE.findall(value):
                found[id] = None
    return list(found)


def _drop(root: ET.Element) -> None:
    """Take out metadata, and the style sheet: in a page it would reach every element outside the drawing too."""
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag.endswith(("}metadata", "}style", "}title")):
                parent.remove(child)
            elif child.tail and not child.tail.strip():
                child.tail = None
        if parent.text and not parent.text.strip():
            parent.text = None
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag.endswith("}defs") and not len(child):
                parent.remove(child)


def _clean(element: ET.Element, short: Mapping[str, str], names: Mapping[str, str]) -> None:
    for key, value in list(element.attrib.items()):
        if key == "id":
            if value in short:
                element.set(key, short[value])
            else:
                del element.attrib[key]
        elif key in ("href", _HREF) and value.startswith("#"):
            element.set(key, f"#{short[value[1:]]}")
        else:
            value = _REFERENCE.sub(lambda match: f"url(#{short[match[1]]})", value)
            if key in ("d", "x", "y"):
                value = _rounded(value)
            elif key in ("style", "fill", "stroke", "stop-color"):
                value = _themed(value, names)
            elif value.startswith("data:"):
                value = "".join(value.split())
            element.set(key, value)


def _rounded(coordinates: str) -> str:
    """Numbers to 1/100 pt, which no eye can tell from the six decimals written, in half the bytes."""
    short = re.sub(r"-?\d+\.\d+", lambda match: f"{float(match[0]):.2f}".rstrip("0").rstrip("."), coordinates)
    return " ".join(short.split())


def _themed(value: str, names: Mapping[str, str]) -> str:
    def variable(match: re.Match[str]) -> str:
        name = names.get(match[0].lower())
        return f"var(--nn-{name}, {match[0].lower()})" if name else match[0]

    return re.sub(r"#[0-9a-fA-F]{6}\b", variable, value)


def _as_html(root: ET.Element) -> str:
    """The element as HTML reads it: its namespaces are known there and go unsaid."""
    for element in root.iter():
        element.tag = element.tag.removeprefix(f"{{{_SPACES['']}}}")
        for key in [k for k in element.attrib if k.startswith("{")]:
            element.set(key.partition("}")[2], element.attrib.pop(key))  # xlink:href is href today
    return ET.tostring(root, encoding="unicode")
