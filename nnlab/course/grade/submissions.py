"""Find the submissions in a folder or a zip, whoever made it: one `Submission` a file, and none lost on the way.

Every file is placed by its own path, so layouts may be mixed; `LAYOUTS` lists them. Names and contents are students':
no link is followed, no device opened, nothing extracted, and what cannot be read is a submission that says why.
"""

import errno
import os
import re
import stat
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Lock
from typing import NamedTuple, NoReturn

from nnlab.course.grade.notebook import Unreadable, too_large
from nnlab.errors import GradeError

LAYOUTS = """\
  <student>/02_name.ipynb                                     a folder a student
  <student>_02_name.ipynb                                     all in one folder
  submitted/<student>/<assignment>/02_name.ipynb              nbgrader
  <lastfirst>_[LATE_]<user>_<submission>_02_name.ipynb        Canvas' download
  <Full Name>_<number>_assignsubmission_file_/02_name.ipynb   Moodle's download"""
_LONGEST = 80  # characters of a student's key
_NBGRADERS_OWN = {"source", "release", "autograded", "feedback"}
_JUNK = {
    ".DS_Store",
    ".git",
    ".ipynb_checkpoints",
    "Thumbs.db",
    "__MACOSX",
    "__pycache__",
    "desktop.ini",
    "timestamp.txt",
}
_NOTEBOOK = re.compile(r"\.ipynb(?:\.(?:txt|json))?$", re.I)  # browsers add .txt or .json to what they do not know
_ARCHIVE = re.compile(r"\.(?:zip|7z|rar|tar|tgz|gz|bz2|xz)$", re.I)
_MOODLE = re.compile(r"(?P<student>.+?)(?:_(?P<number>[0-9]{1,18}))?_assignsubmission_file_(?P<rest>.*)", re.S)
# Canvas' numbers have no leading zero, which tells them from the number of a chapter below 10.
_CANVAS = re.compile(
    r"(?P<student>.+?)(?P<late>_LATE)?_(?P<number>[1-9][0-9]{0,17})_[1-9][0-9]{0,17}_(?P<rest>.+)", re.S
)
_ANONYMOUS = re.compile(r"(?P<late>LATE_)?(?P<student>anon_[0-9A-Za-z]+)(?P<number>)_[1-9][0-9]*_(?P<rest>.+)", re.S)
_COPY = re.compile(r"(?:(?: ?\(|-copy|-)([1-9][0-9]?)\)?)+$", re.I)  # "… (1)", "…-Copy1", and Canvas' "…-1"
# A chapter's number, then the end or a word: "02", "02_mine", "s01_02", but not a date such as 02_03.
_NUMBERED = re.compile(r"(?:(?P<student>.+?)_)??(?:copy of )*(?P<number>[0-9]{2})[\W_]*(?:[^\W\d_].*)?", re.I | re.S)


@dataclass(frozen=True)
class Submission:
    """One file that a student has handed in.

    `student` and `notebook` are keys: no two submissions of a batch have both in common, and both can be file names.
    `notebook` is the chapter's name, with "~2", "~3" for further files of the student for that chapter; `chapter` is
    the name alone, or "" where the file's name does not tell it. `origin` is the path in the folder or zip, fit to be
    printed. `late` and `attempt` are what the file's name says; `canvas_id` is Canvas' number of the student, or "".

    `read(limit)` returns the file's bytes, or raises `Unreadable` where there are more than `limit`, or none to be had.
    """

    student: str
    notebook: str
    chapter: str
    origin: str
    read: Callable[[int], bytes] = field(repr=False, compare=False)
    late: bool = False
    attempt: int = 0
    canvas_id: str = ""


class Found(NamedTuple):
    """The submissions by student and chapter, and a line for each other thing: where it lies, and what it is."""

    submissions: tuple[Submission, ...]
    passed_over: tuple[str, ...]


class _File(NamedTuple):
    """`parts` is the file's path, from the given folder's own name on. A folder that stays shut has the name ""."""

    origin: str
    parts: tuple[str, ...]
    read: Callable[[int], bytes]


class _Place(NamedTuple):
    """What a file's path says. `number` (or 0) tells students of one name apart."""

    student: str
    chapter: str
    number: int = 0
    canvas: bool = False
    late: bool = False


def find(path: Path, chapters: Sequence[str]) -> Found:
    """The submissions in `path`, a folder or a zip, for the chapters of these names.

    A chapter is known by its name or, at the start of a file's name, by its number: "02.ipynb", "02_mine (1).ipynb".

    Raises:
        GradeError: there is no such folder or zip, it cannot be opened, or there is no notebook in it.
    """
    files = list(_on_disk(path) if os.path.isdir(path) else _in_zip(path))
    notebooks = [file for file in files if _is_notebook(file)]
    passed_over = {f"{file.origin}: {_kind(file.origin)}" for file in files if not _is_notebook(file)}
    placed: list[tuple[_File, _Place]] = []
    for file in _unwrapped(notebooks, chapters):
        if file.parts[1] in _NBGRADERS_OWN:
            passed_over.add(f"{file.parts[1]}/: a folder of nbgrader, but not of submissions")
        else:
            placed.append((file, _place(file, chapters)))
    if not placed:
        raise GradeError(f"{path} holds no submitted notebook (.ipynb). What is understood:\n{LAYOUTS}")
    return Found(tuple(_keyed(placed)), tuple(sorted(passed_over)))


def key(name: str) -> str:
    """`name` made safe as a file's name and as a cell of a table.

    Letters of any script, digits and `-_. @` stay, and every other character becomes `_`; so does one of `-. @` at
    the start, and a full stop or a space at the end. At most 80 characters and 200 bytes stay.

    >>> key("=cmd/../s01"), key("élève 1"), key("..")
    ('_cmd_.._s01', 'élève 1', '__')
    """
    kept = "".join(c if unicodedata.category(c)[0] in "LMN" or c in "-_. @" else "_" for c in name)
    short = kept[:_LONGEST].encode()[:200].decode(errors="ignore")
    return re.sub(r"^[-. @]|[. ]$", "_", short) or "_"


def _keyed(placed: Sequence[tuple[_File, _Place]]) -> Iterator[Submission]:
    """The submissions, each with keys of its own, in an order that no file system decides."""
    lowest: dict[str, int] = {}
    for _, place in placed:
        if place.number:
            lowest[place.student] = min(place.number, lowest.get(place.student, place.number))

    def person(place: _Place) -> tuple[str, int]:
        # Who comes without a number is the one of this name who has the lowest.
        return place.student, place.number or lowest.get(place.student, 0)

    keys = _keys(person(place) for _, place in placed)

    def order(pair: tuple[_File, _Place]) -> tuple:
        file, place = pair
        return keys[person(place)], place.chapter, _attempt(file), file.parts, file.origin

    count: Counter[tuple[str, str]] = Counter()
    for file, place in sorted(placed, key=order):
        student, chapter = keys[person(place)], place.chapter
        count[student, chapter] += 1
        nth = count[student, chapter]
        yield Submission(
            student=student,
            notebook=f"{chapter}~{nth}" if nth > 1 else chapter,
            chapter=chapter,
            origin=file.origin,
            read=file.read,
            late=place.late,
            attempt=_attempt(file),
            canvas_id=str(place.number) if place.canvas and place.number else "",
        )


def _keys(people: Iterable[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """A key for each name and number: keys differ even where a file system does not tell S01 from s01."""
    keys: dict[tuple[str, int], str] = {}
    taken: set[str] = set()
    for name, number in sorted(set(people), key=lambda who: (key(who[0]) != who[0], who)):  # a name that is a key stays
        clean = unique = key(name)
        nth = 1
        while unique.casefold() in taken:
            nth += 1
            unique = f"{clean[: _LONGEST - len(f'~{nth}')]}~{nth}"
        keys[name, number] = unique
        taken.add(unique.casefold())
    return keys


def _unwrapped(files: Sequence[_File], chapters: Sequence[str]) -> Sequence[_File]:
    """Where one folder holds everything, it is a student's, or else the class's: then it is the one that was meant."""
    around = {file.parts[1] for file in files} - _NBGRADERS_OWN
    if len(around) == 1 and all(file.parts[1] in around and len(file.parts) > 2 for file in files):
        inner = [file._replace(parts=file.parts[1:]) for file in files]
        if len({_place(file, chapters).student for file in inner}) > 1:
            return inner
    return files


def _place(file: _File, chapters: Sequence[str]) -> _Place:
    """Whose file this is, and for which chapter."""
    *folders, name = (unicodedata.normalize("NFC", part) for part in file.parts)  # macOS splits é into two characters
    stem = _stem(name)
    for part in (*folders, stem):
        if moodle := _MOODLE.fullmatch(part):
            rest = moodle["rest"] if part is stem else stem
            return _Place(moodle["student"], _chapter(rest, chapters), int(moodle["number"] or 0))
    if folders[1:2] == ["submitted"]:  # nbgrader's, in a course's folder
        folders = folders[1:]
    from_canvas = None
    if canvas := _ANONYMOUS.fullmatch(stem) or _CANVAS.fullmatch(stem):
        chapter, number = _chapter(canvas["rest"], chapters), int(canvas["number"] or 0)
        from_canvas = _Place(canvas["student"], chapter, number, canvas=True, late=bool(canvas["late"]))
        if chapter:
            return from_canvas
    if len(folders) > 1:
        return _Place(folders[1], _chapter(stem.removeprefix(f"{folders[1]}_"), chapters))
    if student := _before_chapter(stem, chapters):
        return _Place(student, _chapter(stem.removeprefix(f"{student}_"), chapters))
    return from_canvas or _Place(folders[0], _chapter(stem, chapters))


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


def _attempt(file: _File) -> int:
    match = _COPY.search(_stem(file.parts[-1]))
    return int(match[1]) if match else 0


def _is_notebook(file: _File) -> bool:
    return not file.parts[-1] or bool(_NOTEBOOK.search(file.parts[-1]))


def _kind(origin: str) -> str:
    return "an archive: unpack it, or grade it by itself" if _ARCHIVE.search(origin) else "not a notebook"


def _is_junk(name: str) -> bool:
    return name in _JUNK or name.startswith("._")


def _split(path: str) -> tuple[str, ...]:
    """The folders and the name in a path of any system, without what leads nowhere (`..`, `C:`)."""
    parts = (part for part in re.split(r"[/\\]", path) if not re.fullmatch(r"\.{0,2}|[A-Za-z]:", part))
    return tuple(parts) or ("_",)


def _printable(path: str) -> str:
    shown = "".join(c if c.isprintable() else "\ufffd" for c in path)
    return shown if len(shown) <= 200 else f"{shown[:60]}…{shown[-120:]}"


def _refuse(reason: str, limit: int) -> NoReturn:
    raise Unreadable(reason)


_LINK = partial(_refuse, "This is a symbolic link, which is not followed: hand in the file itself.")
_SPECIAL = partial(_refuse, "This is not an ordinary file: hand in the notebook itself.")


def _on_disk(path: Path) -> Iterator[_File]:
    root = path.resolve().name
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(os.path.join(path, folder)) as scan:
                entries = [(e, e.is_symlink(), e.is_dir(follow_symlinks=False)) for e in scan if not _is_junk(e.name)]
        except OSError as error:
            if not folder:
                raise GradeError(f"{path} cannot be opened: {_trouble(error)}") from error
            yield _file(root, folder, partial(_refuse, f"The folder cannot be opened: {_trouble(error)}."), shut=True)
            continue
        for entry, is_link, is_folder in entries:
            inside = os.path.join(folder, entry.name)
            if is_link:
                yield _file(root, inside, _LINK, shut=os.path.isdir(entry.path))
            elif is_folder:
                waiting.append(inside)
            else:
                yield _file(root, inside, partial(_read_file, entry.path))


def _in_zip(path: Path) -> Iterator[_File]:
    if not os.path.exists(path):
        raise GradeError(f"{path} is not there: give the folder or the zip of the submissions:\n{LAYOUTS}")
    try:
        if not os.path.isfile(path):  # a pipe would wait for ever
            raise zipfile.BadZipFile
        archive, turn = zipfile.ZipFile(path), Lock()  # stays open as long as one of its submissions is kept
    except Exception as error:  # of a damaged archive zipfile raises many kinds, among them what its codecs raise
        told = "neither a folder nor a zip that can be read: unpack it where you can, and give the folder"
        raise GradeError(f"{path} is {told}. What is understood:\n{LAYOUTS}") from error
    count = Counter(member.orig_filename for member in archive.infolist())
    for member in archive.infolist():
        name = _member_name(member)
        kind = stat.S_IFMT(member.external_attr >> 16)  # 0 in a zip made on Windows
        if name.endswith(("/", "\\")) or kind == stat.S_IFDIR or any(map(_is_junk, _split(name))):
            continue
        if kind == stat.S_IFLNK:
            yield _file(path.stem, name, _LINK, shut="." not in _split(name)[-1])
        elif kind not in (0, stat.S_IFREG):
            yield _file(path.stem, name, _SPECIAL)
        elif count[member.orig_filename] > 1:
            reason = "The zip holds more than one file of this name: take all but one of them out."
            yield _file(path.stem, name, partial(_refuse, reason))
        else:
            yield _file(path.stem, name, partial(_read_member, archive, member, turn))


def _file(root: str, path: str, read: Callable[[int], bytes], shut: bool = False) -> _File:
    parts = (root, *_split(path))
    return _File(_printable(path), (*parts, "") if shut else parts, read)


def _member_name(member: zipfile.ZipInfo) -> str:
    """The name as it was meant: many tools write UTF-8 without saying so, which zipfile then takes for cp437."""
    if not member.flag_bits & 0x800:
        try:
            return member.orig_filename.encode("cp437").decode()
        except UnicodeError:
            pass
    return member.orig_filename  # `filename` would end at a NUL


def _read_file(path: str, limit: int) -> bytes:
    # Should the file have become a link or a pipe since it was found: neither follow it nor wait for it.
    flags = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode):  # to open a device can already do something
            _SPECIAL(limit)
        with open(path, "rb", opener=lambda name, mode: os.open(name, mode | flags)) as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise Unreadable(f"The file cannot be read: {_trouble(error)}.") from error
    if len(data) > limit:
        raise too_large(limit)
    return data


def _read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, turn: Lock, limit: int) -> bytes:
    if member.flag_bits & 1:
        raise Unreadable("The file is locked with a password in the zip: pack it without one.")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        # zipfile unpacks a whole block of the others at once, so a bomb of theirs would not stop at the limit.
        raise Unreadable("The file is packed in a way that is not read here: pack an ordinary zip (deflate).")
    try:
        with turn, archive.open(member) as file:  # to open and close the members of a zip is not safe in threads
            data = file.read(limit + 1)  # checks the CRC at the end of the file, whatever size the zip claims
    except Exception as error:
        raise Unreadable("The file is damaged in the zip: pack it again.") from error
    if len(data) > limit:
        raise too_large(limit)
    return data


def _trouble(error: OSError) -> str:
    """What went wrong, in words that do not change with the machine's language."""
    if error.errno in (errno.EACCES, errno.EPERM):
        return "its permissions do not allow it"
    return f"the system says {errno.errorcode.get(error.errno or 0, 'no more')}"
