"""What the path of a file says: whose it is, for which chapter, and which of several attempts."""

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

LAYOUTS = """\
  <student>/02_name.ipynb                                     a folder a student
  <student>_02_name.ipynb                                     all in one folder
  submitted/<student>/<assignment>/02_name.ipynb              nbgrader
  <lastfirst>_[LATE_]<user>_<submission>_02_name.ipynb        Canvas' download
  <Full Name>_<number>_assignsubmission_file_/02_name.ipynb   Moodle's download"""
NBGRADERS_OWN = {"source", "release", "autograded", "feedback"}
_NOTEBOOK = re.compile(r"\.ipynb(?:\.(?:txt|json))?$", re.I)  # browsers add .txt or .json to what they do not know
_MOODLE = re.compile(r"(?P<student>.+?)(?:_(?P<number>[0-9]{1,18}))?_assignsubmission_file_(?P<rest>.*)", re.S)
# Canvas' numbers have no leading zero, which tells them from the number of a chapter below 10.
_CANVAS = re.compile(
    r"(?P<student>.+?)(?P<late>_LATE)?_(?P<number>[1-9][0-9]{0,17})_[1-9][0-9]{0,17}_(?P<rest>.+)", re.S
)
_ANONYMOUS = re.compile(r"(?P<late>LATE_)?(?P<student>anon_[0-9A-Za-z]+)(?P<number>)_[1-9][0-9]*_(?P<rest>.+)", re.S)
_COPY = re.compile(r"(?:(?: ?\(|-copy|-)([1-9][0-9]?)\)?)+$", re.I)  # "… (1)", "…-Copy1", and Canvas' "…-1"
# A chapter's number, then the end or a word: "02", "02_mine", "s01_02", but not a date such as 02_03.
_NUMBERED = re.compile(r"(?:(?P<student>.+?)_)??(?:copy of )*(?P<number>[0-9]{2})[\W_]*(?:[^\W\d_].*)?", re.I | re.S)


Parts = tuple[str, ...]  # from the name of the folder or zip that was given to the name of the file


class Place(NamedTuple):
    """What a file's path says. `number` (or 0) tells students of one name apart."""

    student: str
    chapter: str
    number: int = 0
    canvas: bool = False
    late: bool = False


def place(path: Parts, chapters: Sequence[str]) -> Place:
    """Whose file this is, and for which chapter."""
    *folders, name = (unicodedata.normalize("NFC", part) for part in path)  # macOS splits é into two characters
    stem = _stem(name)
    for part in (*folders, stem):
        if moodle := _MOODLE.fullmatch(part):
            rest = moodle["rest"] if part is stem else stem
            return Place(moodle["student"], _chapter(rest, chapters), int(moodle["number"] or 0))
    if folders[1:2] == ["submitted"]:  # nbgrader's, in a course's folder
        folders = folders[1:]
    from_canvas = None
    if canvas := _ANONYMOUS.fullmatch(stem) or _CANVAS.fullmatch(stem):
        chapter, number = _chapter(canvas["rest"], chapters), int(canvas["number"] or 0)
        from_canvas = Place(canvas["student"], chapter, number, canvas=True, late=bool(canvas["late"]))
        if chapter:
            return from_canvas
    if len(folders) > 1:
        return Place(folders[1], _chapter(stem.removeprefix(f"{folders[1]}_"), chapters))
    if student := _before_chapter(stem, chapters):
        return Place(student, _chapter(stem.removeprefix(f"{student}_"), chapters))
    return from_canvas or Place(folders[0], _chapter(stem, chapters))


def is_wrapped(paths: Sequence[Parts], chapters: Sequence[str]) -> bool:
    """Whether the one folder that holds everything is the class's, not a student's: then what is in it was meant."""
    around = {path[1] for path in paths} - NBGRADERS_OWN
    if len(around) != 1 or not all(path[1] in around and len(path) > 2 for path in paths):
        return False
    return len({place(path[1:], chapters).student for path in paths}) > 1


def _chapter(stem: str, chapters: Sequence[str]) -> str:
    """The one chapter whose name stands in `stem`, or whose number stands at its start; or ''."""
    named = set(_names(chapters).findall(stem))
    if not named and (match := _NUMBERED.fullmatch(_COPY.sub("", stem))) and not match["student"]:
        named = {name for name in chapters if name[:2] == match["number"]}
    return named.pop() if len(named) == 1 else ""


def _before_chapter(stem: str, chapters: Sequence[str]) -> str:
    """The student in `<student>_02_name` or `<student>_02`; or ''."""
    if match := _names(chapters).search(stem):
        return stem[: match.start()].rpartition("_")[0]
    match = _NUMBERED.fullmatch(_COPY.sub("", stem))
    return (match and match["student"]) or ""


def _names(chapters: Sequence[str]) -> re.Pattern[str]:
    longest_first = "|".join(re.escape(name) for name in sorted(chapters, key=len, reverse=True))
    return re.compile(rf"(?<![0-9])(?:{longest_first})")


def _stem(name: str) -> str:
    return _NOTEBOOK.sub("", name)[:255]  # no file system knows longer names, but a zip may hold them


def attempt(path: Parts) -> int:
    """The number that a browser or a learning platform has put behind the name of a further copy, or 0."""
    match = _COPY.search(_stem(path[-1]))
    return int(match[1]) if match else 0


def is_notebook(path: Parts) -> bool:
    """Whether the file is called a notebook. So is a folder that stays shut: nobody knows what is in it."""
    return not path[-1] or bool(_NOTEBOOK.search(path[-1]))
