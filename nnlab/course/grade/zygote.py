"""Boxes, as a judge opens them: a warm parent process has the libraries loaded, and forks a worker into each.

The parent (`nnlab.course.grade.parent`) is a process of its own, since it must hold nothing that a student's code could
find in its memory, and only one thread. It is started here, and started anew should it die.
"""

import json
import os
import select
import socket
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass
from types import TracebackType

from nnlab.course.grade import wire
from nnlab.course.grade.parent import ENVIRONMENT
from nnlab.course.grade.sandbox import Limits
from nnlab.errors import GradeError
from nnlab.exercises.box import Raised


class Zygote:
    """The warm parent, as a judge sees it. Use it as a context manager; threads may share it."""

    def __init__(self, limits: Limits, *, boxed: bool = True) -> None:
        self._limits, self._boxed, self._lock = limits, boxed, threading.Lock()
        self._start()

    def _start(self) -> None:
        self._channel, theirs = socket.socketpair()
        environment = {k: os.environ[k] for k in ("PATH", "HOME", "LD_LIBRARY_PATH") if k in os.environ}
        setup = json.dumps({"limits": asdict(self._limits), "boxed": self._boxed})
        self._process = subprocess.Popen(
            [sys.executable, "-c", f"from nnlab.course.grade.parent import main; main({theirs.fileno()})", setup],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            env=environment | ENVIRONMENT,
        )
        theirs.close()
        self._warm = False  # it takes seconds to load, in which the caller may do something else

    def _wait_until_warm(self) -> None:
        with self._channel.makefile("r") as lines:
            told = lines.readline()
        if told and told != "warm\n":
            self.close()
            raise GradeError(told.strip())
        self._warm = bool(told)

    def wait_until_warm(self) -> None:
        """Wait until boxes open at once: what is loaded for all is no submission's time.

        Raises:
            GradeError: no box can be made; the message says why.
        """
        self.open().close()

    def open(self) -> "Opened":
        """A fresh box with a worker in it. A warm parent that was killed is started anew.

        Raises:
            GradeError: no box can be made; the message says why.
        """
        with self._lock:
            opened = self._open()
            if not opened and self._process.poll() is not None:
                self.close()
                self._start()
                opened = self._open()
        if not opened:
            raise GradeError("the process that executes notebooks cannot be started: what it said stands above")
        opened.check()
        return opened

    def _open(self) -> "Opened | None":
        if not self._warm:
            self._wait_until_warm()
        if not self._warm:  # it was killed, or failed with a message of its own
            self._process.wait(5)
            return None
        channel, worker = socket.socketpair()
        life, hold = os.pipe()  # the box lives as long as `hold` is open
        told, tell = os.pipe()
        try:
            socket.send_fds(self._channel, [b"o"], [worker.fileno(), tell, life])
            answer = self._channel.recv(2000)
        except OSError:
            answer = b""
        finally:
            worker.close()
            os.close(tell)
            os.close(life)
        opened = Opened(channel, hold, told)
        if answer == b"ok":
            return opened
        opened.close()
        if answer:
            raise GradeError(answer.decode())
        self._process.wait(5)
        return None

    def close(self) -> None:
        """End it and every box."""
        self._channel.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> "Zygote":
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


@dataclass
class Opened:
    """An open box, as a judge sees it: the channel to its worker, and how it ended."""

    channel: socket.socket
    _hold: int
    _told: int
    _open: bool = True

    def check(self) -> None:
        """Hear from the worker that it is in the box and without rights.

        Raises:
            GradeError: it is not; the message says why.
        """
        try:
            _, told = wire.receive(self.channel, time.monotonic() + 30)
        except (wire.BadFrame, EOFError, OSError) as error:
            told = Raised("", f"{self.ending(1.0)} {error!r}")
        if told is not None:
            self.close()
            raise GradeError(f"a process cannot be locked into its box: {getattr(told, 'message', told)}")

    def ending(self, seconds: float) -> str:
        """How the box ended by itself: "signal SIGSEGV", "exit 0", "memory", "processes"; '' if it has not, so far."""
        if not select.select([self._told], [], [], seconds)[0]:
            return ""
        return os.read(self._told, 200).decode().strip()

    def close(self) -> None:
        """End the box and wait until nothing of it is left."""
        if not self._open:
            return
        self._open = False
        self.channel.close()
        os.close(self._hold)
        while os.read(self._told, 200):
            pass
        os.close(self._told)
