"""`nnlab doctor`: what this machine has of what the course needs; each line is ok, or what to do."""

import os
import platform
import re
import shutil
import sys
import tomllib
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Literal, NamedTuple

from nnlab.errors import NnlabError

FREE_GB = 4.0  # the environment takes 2, a build 1
MEMORY_GB = 6.0  # two chapters at a time, 1 to 2 each, and the browser's tests


class Finding(NamedTuple):
    """One thing looked at. "missing" stops something that is named in `told`; "note" stops nothing."""

    what: str
    state: Literal["ok", "note", "missing"]
    told: str


def doctor(root: Path) -> int:
    """Look at everything and print it; the exit status is 1 where something is missing."""
    findings = [finding for look in LOOKS for finding in look(root)]
    width = max(len(f.what) for f in findings)
    for what, state, told in findings:
        print(f"{state:8}{what:{width}}  {told}")
    missing = [f.what for f in findings if f.state == "missing"]
    print(f"\nto be mended: {', '.join(missing)}" if missing else "\nall is well")
    return 1 if missing else 0


def python(root: Path) -> Iterator[Finding]:
    """The interpreter's version."""
    wanted = re.findall(r"\d+", _project(root)["requires-python"])
    enough = sys.version_info[:2] >= tuple(map(int, wanted[:2]))
    told = f"{platform.python_version()} at {sys.executable}"
    yield Finding(
        "Python", "ok" if enough else "missing", told if enough else f"{told}: install {'.'.join(wanted)} or newer"
    )


def packages(root: Path) -> Iterator[Finding]:
    """The packages of each part of the course, as far as they are installed in this Python."""
    project = _project(root)
    pinned = dict(re.findall(r"^([\w.-]+)==(\S+)", (root / "constraints.txt").read_text(), re.M))
    pinned = {_plain(name): version for name, version in pinned.items()}
    for part, lines in {"course": project["dependencies"], **project["optional-dependencies"]}.items():
        names = [name for line in lines if (name := re.match(r"[\w.-]+", line)[0]) != "nnlab"]  # type: ignore[index]
        found = {name: _version(name) for name in names}
        lacking = [name for name, version in found.items() if not version]
        other = [f"{n} {v}, tried with {p}" for n, v in found.items() if v and (p := pinned.get(_plain(n), v)) != v]
        extra = "" if part == "course" else f"[{part}]"
        if lacking:
            told = f"{', '.join(lacking)} not here: pip install -c constraints.txt -e '.{extra}'"
            yield Finding(f"packages{extra}", "missing" if part == "course" else "note", told)
        else:
            yield Finding(
                f"packages{extra}", "note" if other else "ok", "; ".join(other) or f"{len(names)} as tried together"
            )


def device(root: Path) -> Iterator[Finding]:
    """What computes."""
    cores = f"{os.cpu_count()} cores"
    if not _version("torch"):
        yield Finding("device", "missing", f"{cores}; PyTorch is not installed (see packages)")
        return
    import torch

    gpu = torch.cuda.get_device_name(0) if torch.cuda.is_available() else ""
    gpu = gpu or ("Apple GPU (mps)" if torch.backends.mps.is_available() else "")
    yield Finding(
        "device", "ok", f"{cores}, {gpu or 'no GPU: every chapter is made for the CPU'}; PyTorch {torch.__version__}"
    )


def box(root: Path) -> Iterator[Finding]:
    """The box in which untrusted notebooks are graded: made once, for a trial."""
    if platform.system() != "Linux":
        told = "`nnlab grade` needs Linux for its box (on Windows use WSL); your own files go with --trust"
        yield Finding("box", "note", told)
        return
    from nnlab.course.grade.sandbox import Holder, Limits

    try:
        holder = Holder(Limits())
        holder.first()
        holder.kill()
    except NnlabError as error:
        yield Finding("box", "missing", str(error))
    else:
        yield Finding("box", "ok", "bubblewrap makes one: `nnlab grade` can run untrusted notebooks")


def browser(root: Path) -> Iterator[Finding]:
    """The browser of the site's tests."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    told = found or "no chromium: only `nnlab test` needs it (Debian: apt install chromium)"
    yield Finding("browser", "ok" if found else "note", told)


def room(root: Path) -> Iterator[Finding]:
    """Disk and memory."""
    free = shutil.disk_usage(root).free / 1e9
    told = f"{free:.0f} GB free where the course lies"
    yield Finding(
        "disk",
        "ok" if free >= FREE_GB else "missing",
        told + ("" if free >= FREE_GB else f": make {FREE_GB:g} GB free"),
    )
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 1e9
        enough = memory >= MEMORY_GB
        told = f"{memory:.0f} GB" + ("" if enough else ": build with --jobs 1")
        yield Finding("memory", "ok" if enough else "note", told)


LOOKS: tuple[Callable[[Path], Iterator[Finding]], ...] = (python, packages, device, box, browser, room)


def _project(root: Path) -> dict:
    return tomllib.loads((root / "pyproject.toml").read_text())["project"]


def _version(name: str) -> str:
    try:
        return metadata.version(name).partition("+")[0]
    except metadata.PackageNotFoundError:
        return ""


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
