"""Makes the environment that a command needs: standard library only, since it runs before anything is installed.

Where the running Python already has what is needed (a conda environment, one's own venv), that is used. Otherwise a
`.venv` is made beside the sources, filled from `pyproject.toml` and `constraints.txt`, and the command goes on in it.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
import venv
from importlib import metadata
from pathlib import Path

DEBIAN_PACKAGES = {"bwrap": "bubblewrap", "chromium": "chromium"}  # command: package


def ensure(root: Path, extra: str) -> None:
    """Go on in an environment that has nnlab with this extra; make it if need be."""
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    here = Path(sys.prefix).resolve() == (root / ".venv").resolve()
    if not here and not _lacking(project, extra):
        return
    # "test" holds every other extra.
    stamps = [root / ".venv" / f"nnlab-{name}.stamp" for name in (extra, "test")]
    if _digest(root) not in [s.read_text() for s in stamps if s.exists()]:
        _install(root, extra)
        stamps[0].write_text(_digest(root))
    if not here:
        _go_on_in(root / ".venv")


def install_system_parts() -> None:
    """Install what tests need and pip cannot bring, where that may be done: root, with apt. Otherwise say so."""
    lacking = [package for command, package in DEBIAN_PACKAGES.items() if not shutil.which(command)]
    if not lacking:
        return
    if shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        print(f"installing {' '.join(lacking)}", flush=True)
        quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], check=False, env=quiet, stdout=subprocess.DEVNULL)
        command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *lacking]
        subprocess.run(command, check=False, env=quiet, stdout=subprocess.DEVNULL)
    else:
        print(f"not here: {', '.join(lacking)}; the tests that need it are skipped (install it by your system's means)")


def python(environment: Path) -> Path:
    """The interpreter of a virtual environment."""
    return environment / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _install(root: Path, extra: str) -> None:
    environment = root / ".venv"
    if not python(environment).exists():
        print("making .venv", flush=True)
        venv.create(environment, with_pip=True)
    print(f"installing nnlab[{extra}] and what it needs into .venv (some minutes, once)", flush=True)
    pip = [str(python(environment)), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    done = subprocess.run([*pip, "-c", str(root / "constraints.txt"), "-e", f"{root}[{extra}]"])
    if done.returncode:
        sys.exit("pip could not install what is needed: its message stands above")


def _go_on_in(environment: Path) -> None:
    command = [str(python(environment)), "-m", "nnlab", *sys.argv[1:]]
    if os.name == "nt":  # there execv would leave the console before the command ends
        sys.exit(subprocess.run(command).returncode)
    os.execv(command[0], command)


def _lacking(project: dict, extra: str) -> list[str]:
    """The requirements of nnlab[extra] that are not installed in the running Python."""
    lines = [*project["dependencies"], *project["optional-dependencies"][extra]]
    for inner in re.findall(r"nnlab\[([\w,]+)\]", " ".join(lines)):
        lines += [line for e in inner.split(",") for line in project["optional-dependencies"][e]]
    names = [re.match(r"[\w.-]+", line)[0] for line in lines]  # type: ignore[index]
    return [name for name in {*names, "nnlab"} if not _installed(name)]


def _installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def _digest(root: Path) -> str:
    """The environment is renewed when one of these changes."""
    files = (root / "pyproject.toml", root / "constraints.txt")
    return hashlib.sha256(b"".join(f.read_bytes() for f in files)).hexdigest()
