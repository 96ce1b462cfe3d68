"""Fetches the full-size sets when they are first asked for, and keeps them: by pooch, from several mirrors.

Each file is known by the sha256 of its unpacked content, so it does not matter who packed it, how, or whether the
connection is encrypted. What arrived before a connection broke is kept, and the next try goes on from there.
"""

import gzip
import os
import zlib
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pooch
import requests
import urllib3
from tqdm import tqdm

from nnlab.data.entry import DataSet, Remote
from nnlab.errors import DatasetUnavailable

TRIES = 4
TIMEOUT = (10, 30)  # seconds: to connect, and between two pieces
_SLACK = 1 << 16  # a gzip of what does not compress is a little longer than its content


def home() -> Path:
    """Where fetched data is kept: the folder in NNLAB_DATA, else the user's cache."""
    return Path(os.environ.get("NNLAB_DATA") or pooch.os_cache("nnlab")).expanduser()


def images(entry: DataSet, mirrors: tuple[str, ...] | None = None) -> tuple[np.ndarray, np.ndarray]:
    """The images and labels of a fetched set: uint8 [n, 28, 28] and int64 [n], the training part first.

    `mirrors` are folders with the files as .gz, on the web or on this machine. Without it: the folders named like the
    set in the places that NNLAB_MIRRORS lists (separated by spaces), else the public mirrors of the catalogue.
    """
    if mirrors is None:
        own = os.environ.get("NNLAB_MIRRORS", "").split()
        mirrors = tuple(f"{address.rstrip('/')}/{entry.name}/" for address in own) or entry.mirrors
    arrays = [idx(obtain(entry, remote, mirrors).read_bytes()) for remote in entry.remotes]
    return np.concatenate(arrays[::2]), np.concatenate(arrays[1::2]).astype(np.int64)


def idx(data: bytes) -> np.ndarray:
    """The array in an IDX file: bytes 0, 0, 8 (uint8), the number of axes; their lengths, big-endian int32; values."""
    axes = data[3]
    shape = np.frombuffer(data, ">i4", axes, offset=4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * axes).reshape(shape)


def obtain(entry: DataSet, remote: Remote, mirrors: tuple[str, ...]) -> Path:
    """The path of one file with the right content: the kept one, one put there by hand, or a fetched one."""
    folder = home() / entry.name
    kept = folder / remote.name
    if kept.is_file() and pooch.file_hash(str(kept)) == remote.sha256:
        return kept
    packed = f"{remote.name}.gz"
    by_hand = [folder / packed] + ([Path(entry.folder) / packed] if entry.folder else [])
    sources = [str(path) for path in by_hand if path.exists()] + [
        f"{mirror.rstrip('/')}/{packed}" for mirror in mirrors
    ]
    reasons = []
    for source in sources:
        try:
            return _from(source, remote, folder)
        except (OSError, ValueError) as error:  # requests' errors are OSErrors; a wrong hash is pooch's ValueError
            reasons.append(f"  {source}: {_reason(error)}")
    raise DatasetUnavailable(
        f"{remote.name} of the data set {entry.name!r} could not be fetched:\n"
        + "\n".join(reasons or ["  no mirror to fetch it from"])
        + f'\nWithout a network, use load("{entry.instead}"), which comes with nnlab. Or put the files '
        + ", ".join(f"{each.name}.gz" for each in entry.remotes)
        + f" into the folder {folder} by hand (NNLAB_DATA names another place for it), and call load again."
    )


def _reason(error: Exception) -> str:
    inner = getattr(error.args[0], "reason", None) if error.args else None  # under requests' long sentence about tries
    return str(inner or error or type(error).__name__).splitlines()[0]


def _from(source: str, remote: Remote, folder: Path) -> Path:
    part = folder / f"{remote.name}.{sha256(source.encode()).hexdigest()[:8]}.part"
    for _ in range(TRIES):
        had = _size(part)
        try:
            path = pooch.retrieve(
                source, f"sha256:{remote.sha256}", remote.name, folder, downloader=_Unpacked(remote, part)
            )
        except requests.RequestException:
            if _size(part) <= had:
                raise
        except (ValueError, EOFError, gzip.BadGzipFile, zlib.error) as error:
            part.unlink(missing_ok=True)  # what it begins with may be at fault: start again, once
            if not had:
                raise ValueError(
                    "what arrived is not the expected file (its sha256 or its packing is wrong)"
                ) from error
        else:
            part.unlink(missing_ok=True)
            return Path(path)
    raise ValueError(f"{TRIES} tries did not bring the whole file: call load again to go on")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


class _Unpacked:
    """A downloader for pooch that resumes at the end of `part`, and hands the unpacked content to pooch's check."""

    def __init__(self, remote: Remote, part: Path):
        self.remote = remote
        self.part = part

    def __call__(self, source: str, output: Any, _: Any) -> None:
        is_address = source.startswith(("http://", "https://"))
        if is_address:
            self.receive(source)
        data = (self.part if is_address else Path(source)).read_bytes()
        if data.startswith(b"\x1f\x8b"):
            with gzip.GzipFile(fileobj=BytesIO(data)) as packed:
                data = packed.read(self.remote.bytes + 1)  # more than that cannot be right: no need to unpack it
        Path(output).write_bytes(data)

    def receive(self, address: str) -> None:
        """Append to `part` what it lacks. A broken connection raises a requests error and keeps what there is."""
        had = _size(self.part)
        response = self.ask(address, had)
        if response.status_code == requests.codes.requested_range_not_satisfiable:
            had = 0
            response = self.ask(address, had)
        with response:
            response.raise_for_status()
            if not response.headers.get("Content-Range", "").startswith(f"bytes {had}-"):
                had = 0  # the server sends the whole file
            length = response.headers.get("Content-Length")
            total = had + int(length) if length else None
            bar = tqdm(total=total, initial=had, unit="B", unit_scale=True, desc=self.remote.name, leave=False)
            broken = False
            with bar, open(self.part, "ab" if had else "wb") as file:
                try:
                    # As it was sent: some servers call a .gz a gzip encoding, and requests would unpack it.
                    for piece in response.raw.stream(1 << 16, decode_content=False):
                        file.write(piece)
                        bar.update(len(piece))
                        if file.tell() > self.remote.bytes + _SLACK:
                            raise ValueError("far longer than expected")
                except urllib3.exceptions.HTTPError:
                    broken = True
                got = file.tell()
        if broken or (total is not None and got < total):
            raise requests.ConnectionError(f"the connection broke after {got} of {total or 'unknown'} bytes")

    def ask(self, address: str, had: int) -> requests.Response:
        headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={had}-"} if had else {})
        return requests.get(address, headers=headers, stream=True, timeout=TIMEOUT)
