"""A matplotlib figure as the text of one `<svg>`: small, the same bytes every time, safe to put inline in a page."""

import base64
import hashlib
import io
import re
from html import escape
from itertools import pairwise

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
DPI = 144  # of that picture: two pixels for each point of the SVG
_NO_MARKER = (None, "None", "none", "", " ")
_STRAIGHT = 0.04  # points: a vertex that lies so near the line between its neighbours is left out


def to_svg(figure: Figure, alt: str) -> str:
    """The figure as one `<svg role="img">` element, of about 60 000 characters at most where that can be reached.

    Scatters, meshes and lines with many marks become pictures inside the SVG: first each artist of more than 500
    marks, then the heaviest ones while the text is too long. Such a picture does not follow the page's dark mode.
    """
    artists = figure.findobj(lambda a: isinstance(a, Collection | Line2D))
    for artist in artists:
        if not _is_line(artist) and _weight(artist) > MARKS:
            artist.set_rasterized(True)
    text = _save(figure)
    # Lines last: in ink, as a picture, they could not be seen on the dark page.
    heavy = [a for a in artists if not a.get_rasterized() and _weight(a) > MARKS / 10]
    for artist in sorted(heavy, key=lambda a: (_is_line(a), -_weight(a))):
        if len(text) <= LIMIT:
            break
        artist.set_rasterized(True)
        text = _save(figure)
    return _fit_for_a_page(text, alt)


def _is_line(artist: Artist) -> bool:
    """Curves and the lines of a contour plot, without a marker at each vertex."""
    if isinstance(artist, ContourSet):
        return not artist.filled
    return isinstance(artist, Line2D) and artist.get_marker() in _NO_MARKER


def _weight(artist: Artist) -> float:
    """How many marks an artist writes into an SVG; ten vertices of a curve take the room of one mark."""
    if isinstance(artist, Line2D):
        return np.size(artist.get_xdata()) * (0.1 if _is_line(artist) else 1)
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
    text = re.sub(r"-?[\d.]+ -?[\d.]+(?: L -?[\d.]+ -?[\d.]+){2,}", lambda m: _straighten(m[0]), text)
    # Each point of a scatter repeats its style: say it once for each run of equal ones.
    run = re.compile(
        r'(<use xlink:href="[^"]+" x="[^"]+" y="[^"]+") style="([^"]*)"/>\s*(?:<use [^>]* style="\2"/>\s*){3,}'
    )
    text = run.sub(lambda m: f'<g style="{m[2]}">\n' + m[0].replace(f' style="{m[2]}"', "") + "</g>\n", text)
    text = re.sub(r"\s*\n\s*", "\n", text)
    if len(text) > LIMIT:
        text = re.sub(r"(?<=data:image/png;base64,)[^\"]+", lambda m: _fewer_colors(m[0]), text)
    return text


def _straighten(polyline: str) -> str:
    """Drop the vertices of "x y L x y L …" that lie on straight pieces: contours bring hundreds along the frame."""
    points = [complex(*map(float, pair.split())) for pair in polyline.split("L")]
    kept, pending = points[:1], []
    for point, following in pairwise(points[1:]):
        pending.append(point)
        way = following - kept[-1]
        # The part of each left-out vertex across the way, and along it: a turn back is a corner too.
        parts = [(p - kept[-1]) * way.conjugate() / (abs(way) or 1) for p in pending]
        if any(abs(p.imag) > _STRAIGHT or not 0 <= p.real <= abs(way) for p in parts):
            kept.append(point)
            pending = []
    kept += points[1:][-1:]
    return " L ".join(f"{p.real:g} {p.imag:g}" for p in kept)


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
    prefix = "n" + hashlib.sha256(text.encode()).hexdigest()[:8]
    short = {name: f"{prefix}-{i}" for i, name in enumerate(sorted(names))}
    text = re.sub(r' id="([^"]*)"', lambda m: f' id="{short[m[1]]}"' if m[1] in short else "", text)
    text = re.sub(r'(href="#|url\(#)([^")]+)', lambda m: m[1] + short[m[2]], text)
    # matplotlib styles `*`; inline that would restyle every other drawing of the page.
    text = re.sub(r"<defs>\s*<style[^>]*>.*?</style>\s*</defs>\n?", "", text, count=1, flags=re.S)
    head = f'<svg role="img" aria-label="{escape(alt)}" style="stroke-linejoin: round; stroke-linecap: butt"'
    return text.replace("<svg", head, 1)
