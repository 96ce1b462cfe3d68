"""A matplotlib figure as the text of one `<svg>`: small, the same bytes every time, safe to put inline in a page."""

import base64
import hashlib
import io
import re
from html import escape

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.collections import Collection
from matplotlib.contour import ContourSet
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from PIL import Image

LIMIT = 60_000  # characters that one figure may add to a page
MARKS = 500  # points, cells or segments of one artist; more of them become one picture
DPI = 144  # of that picture: two pixels for each CSS pixel


def to_svg(figure: Figure, alt: str) -> str:
    """The figure as one `<svg role="img">` element, of about 60 000 characters at most where that can be reached.

    Scatters, meshes and lines with many marks become pictures inside the SVG: first each artist of more than 500
    marks, then the heaviest ones while the text is too long. Such a picture does not follow the page's dark mode.
    """
    artists = sorted(figure.findobj(lambda a: isinstance(a, Collection | Line2D)), key=_weight, reverse=True)
    while artists and _weight(artists[0]) > MARKS:
        artists.pop(0).set_rasterized(True)
    text = _save(figure)
    while len(text) > LIMIT and artists and _weight(artists[0]) > MARKS / 10:
        artists.pop(0).set_rasterized(True)
        text = _save(figure)
    if len(text) > LIMIT:
        text = re.sub(r"(?<=data:image/png;base64,)[^\"]+", lambda m: _fewer_colors(m[0]), text)
    return _fit_for_a_page(text, alt)


def _weight(artist: Artist) -> float:
    """How many marks an artist writes into an SVG; ten vertices of a curve take the room of one mark."""
    if isinstance(artist, Line2D):
        marked = artist.get_marker() not in (None, "None", "none", "", " ")
        return np.size(artist.get_xdata()) * (1 if marked else 0.1)
    if not isinstance(artist, Collection):
        return 0
    paths = artist.get_paths() or []
    if isinstance(artist, ContourSet):
        return sum(len(np.asarray(path.vertices)) for path in paths) / 10
    cells = artist.get_array()
    return max(len(paths), len(np.atleast_2d(artist.get_offsets())), 0 if cells is None else np.size(cells))


def _save(figure: Figure) -> str:
    file = io.StringIO()
    # Set here too, for figures of those who did not call use_style(). Without a date and a salt of its own each run
    # would give other bytes.
    with mpl.rc_context({"svg.fonttype": "path", "svg.hashsalt": "nnlab", "svg.image_inline": True}):
        figure.savefig(file, format="svg", dpi=DPI, bbox_inches="tight", pad_inches=0.05, metadata={"Date": None})
    text = file.getvalue()
    text = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", text[text.index("<svg") :], flags=re.S)
    # A hundredth of a point is invisible. Numbers of `transform` stay: they scale letters and pictures.
    text = re.sub(r' (?:d|x|y)="[^"]+"', lambda m: re.sub(r"(\.\d\d)\d+", r"\1", m[0].replace("\n", "")), text)
    return re.sub(r"\s*\n\s*", "\n", text)


def _fewer_colors(png: str) -> str:
    picture = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGBA")
    file = io.BytesIO()
    picture.quantize(64, method=Image.Quantize.FASTOCTREE).save(file, format="PNG", optimize=True)
    smaller = base64.b64encode(file.getvalue()).decode()
    return min(smaller, png, key=len)


def _fit_for_a_page(text: str, alt: str) -> str:
    """Names that clash with no other figure of the page, no rule that reaches beyond this figure, and the alt text."""
    used = set(re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', text))
    names = {a or b for a, b in used}
    prefix = "n" + hashlib.sha256(text.encode()).hexdigest()[:8] + "-"
    text = re.sub(r' id="([^"]*)"', lambda m: f' id="{prefix}{m[1]}"' if m[1] in names else "", text)
    text = re.sub(r'href="#', f'href="#{prefix}', text)
    text = re.sub(r"url\(#", f"url(#{prefix}", text)
    # matplotlib styles `*`; inline that would restyle every other drawing of the page.
    text = re.sub(r"<defs>\s*<style[^>]*>.*?</style>\s*</defs>\n?", "", text, count=1, flags=re.S)
    head = f'<svg role="img" aria-label="{escape(alt)}" style="stroke-linejoin: round; stroke-linecap: butt"'
    return text.replace("<svg", head, 1)
