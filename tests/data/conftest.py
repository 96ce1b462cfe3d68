"""A mirror: a real HTTP server on loopback, which can be told to fail in the ways in which mirrors fail."""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import numpy as np
import pytest

from nnlab.data.catalogue import CATALOGUE
from nnlab.data.entry import DataSet, Remote


@dataclass
class Mirror:
    """What a server offers and how it fails; `asked` records each request's path and Range header."""

    files: dict[str, bytes]
    breaks_after: list[int] = field(default_factory=list)  # one entry a request: bytes sent before it hangs up
    knows_ranges: bool = True
    headers: dict[str, str] = field(default_factory=dict)
    says_length: bool = True
    hung_up: Event = field(default_factory=Event)  # set when the other side closed before all was sent
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    address: str = ""


class _Handler(BaseHTTPRequestHandler):
    mirror: Mirror

    def do_GET(self) -> None:
        mirror, wanted = self.mirror, self.headers.get("Range")
        mirror.asked.append((self.path, wanted))
        data = mirror.files.get(self.path)
        if data is None:
            self.send_error(404)
            return
        begin = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and mirror.knows_ranges else 0
        if begin and begin >= len(data):
            self.send_error(416)
            return
        self.send_response(206 if begin else 200)
        if begin:
            self.send_header("Content-Range", f"bytes {begin}-{len(data) - 1}/{len(data)}")
        if mirror.says_length:
            self.send_header("Content-Length", str(len(data) - begin))
        for name, value in mirror.headers.items():
            self.send_header(name, value)
        self.end_headers()
        end = begin + mirror.breaks_after.pop(0) if mirror.breaks_after else len(data)
        try:
            self.wfile.write(data[begin:end])
        except ConnectionError:
            mirror.hung_up.set()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def serve() -> Iterator:
    """Starts a mirror with these files; every server is stopped at the end."""
    servers = []

    def start(files: dict[str, bytes], **failures) -> Mirror:
        mirror = Mirror({f"/{name}": data for name, data in files.items()}, **failures)
        server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"mirror": mirror}))
        mirror.address = f"http://127.0.0.1:{server.server_port}/"
        Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        servers.append(server)
        return mirror

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def as_idx(array: np.ndarray) -> bytes:
    return bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">i4").tobytes() + array.tobytes()


@dataclass(frozen=True)
class Small:
    """A set like MNIST with 400 + 20 images: its entry, its packed files, and the arrays that should come out."""

    entry: DataSet
    files: dict[str, bytes]
    images: np.ndarray
    labels: np.ndarray


@pytest.fixture(scope="session")
def small() -> Small:
    rng = np.random.default_rng(7)
    images = rng.integers(0, 256, (420, 28, 28), dtype=np.uint8)
    labels = rng.integers(0, 10, 420, dtype=np.uint8)
    contents = [as_idx(part) for half in (slice(400), slice(400, None)) for part in (images[half], labels[half])]
    remotes = tuple(
        Remote(remote.name, sha256(content).hexdigest(), len(content))
        for remote, content in zip(CATALOGUE["mnist_full"].remotes, contents, strict=True)
    )
    files = {f"{remote.name}.gz": gzip.compress(data) for remote, data in zip(remotes, contents, strict=True)}
    return Small(replace(CATALOGUE["mnist_full"], remotes=remotes, rows=420, mirrors=()), files, images, labels)
