"""The files in a folder or in a zip, without trust: no link is followed, no device opened, nothing extracted."""

import errno
import os
import re
import stat
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from threading import Lock
from typing import NamedTuple, NoReturn

from nnlab.course.grade.notebook import Unreadable, too_large
from nnlab.course.grade.submissions.layouts import LAYOUTS
from nnlab.errors import GradeError

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


class File(NamedTuple):
    """`path` starts with the given folder's own name; `origin` is the rest, fit to be printed. A folder that stays shut
    is a file of the name ""."""

    origin: str
    path: tuple[str, ...]
    read: Callable[[int], bytes]


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


def on_disk(path: Path) -> Iterator[File]:
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


def in_zip(path: Path) -> Iterator[File]:
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


def _file(root: str, path: str, read: Callable[[int], bytes], shut: bool = False) -> File:
    parts = (root, *_split(path))
    return File(_printable(path), (*parts, "") if shut else parts, read)


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
