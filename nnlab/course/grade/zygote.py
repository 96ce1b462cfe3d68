"""The warm parent: it has the libraries loaded, and forks a process into a fresh box for each submission.

`Zygote` is the judge's side: it starts the parent and opens boxes. `main` is the parent: one thread, no secret (it
holds nothing of the exercises' cases, the seed or any submission), an environment of its own, and a watch on what the
boxes use. A box ends when the judge closes its end of a pipe, when judge or parent are gone, or when it uses too much.
"""

import contextlib
import gc
import importlib
import json
import os
import select
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass
from types import TracebackType
from typing import NoReturn

from nnlab.course.grade import sandbox, wire
from nnlab.course.grade.sandbox import Holder, Limits
from nnlab.course.grade.worker import serve
from nnlab.errors import GradeError
from nnlab.exercises.box import Raised

# What chapters import, and what these load when they are first used.
WARM = (
    "IPython.core.inputtransformer2",
    "matplotlib.pyplot",
    "numpy",
    "pandas",
    "scipy.optimize",
    "scipy.special",
    "scipy.stats",
    "seaborn",
    "sklearn.datasets",
    "sklearn.linear_model",
    "sklearn.metrics",
    "sklearn.model_selection",
    "sklearn.neural_network",
    "sklearn.pipeline",
    "sklearn.preprocessing",
    "torch",
    "torch._dynamo",  # what an optimizer imports when it is first made
    "nnlab.claims",
    "nnlab.data",
    "nnlab.device",
    "nnlab.draw",
    "nnlab.plot",
    "nnlab.scratch",
    "nnlab.train",
    "nnlab.course.grade.worker",
)
_ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MPLBACKEND": "Agg",
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "TQDM_DISABLE": "1",
}
_LOOK = 0.05  # seconds between two looks at what the boxes use


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
            [sys.executable, "-c", f"from {__name__} import main; main({theirs.fileno()})", setup],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            env=environment | _ENVIRONMENT,
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
            opened.check()
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


@dataclass
class _Box:
    """A box as the warm parent sees it."""

    holder: Holder | None
    fork: int  # of ours, outside the box: it waits for the worker inside
    life: int
    tell: int
    slot: int


def main(channel: int) -> None:
    """Load what chapters import, say "warm", then open boxes until the judge is gone."""
    sandbox.die_with_parent()
    setup = json.loads(sys.argv[1])
    for name in WARM:
        importlib.import_module(name)
    sys.modules["torch"].set_num_threads(1)
    gc.freeze()  # what is loaded is for good: no collector need touch, and so copy, its pages after a fork
    _Parent(socket.socket(fileno=channel), Limits(**setup["limits"]), setup["boxed"]).run()


class _Parent:
    def __init__(self, commands: socket.socket, limits: Limits, boxed: bool) -> None:
        self.commands, self.limits, self.boxed = commands, limits, boxed
        self.boxes: list[_Box] = []
        self.selector = selectors.DefaultSelector()
        self.spare: Holder | None = None

    def run(self) -> None:
        threads = len(os.listdir("/proc/self/task"))
        try:
            if threads > 1:
                raise GradeError(f"the warm parent has {threads} threads, so it cannot fork safely")
            self._prepare()
            if self.spare:
                self.spare.first()
        except GradeError as error:
            self.commands.sendall(f"{error}\n".encode())
            return
        self.commands.sendall(b"warm\n")
        ended, wake = socket.socketpair()
        wake.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
        self.selector.register(ended, selectors.EVENT_READ)
        self.selector.register(self.commands, selectors.EVENT_READ)
        while True:
            for key, _ in self.selector.select(_LOOK if self.boxes else None):
                if key.fileobj is self.commands:
                    if not self._open():
                        return
                elif key.fileobj is ended:
                    ended.recv(4096)
                elif key.data in self.boxes:  # the judge has let go of it
                    self._end(key.data, "")
            for box in list(self.boxes):
                pid, status = os.waitpid(box.fork, os.WNOHANG)
                if pid:
                    self._end(box, _ending(status), reaped=True)
                elif too_much := self._too_much(box):
                    self._end(box, too_much)

    def _prepare(self) -> None:
        """Let a box be made in advance: it takes some milliseconds, in which a submission can be judged."""
        self.spare = Holder(self.limits) if self.boxed else None

    def _open(self) -> bool:
        message, fds, _, _ = socket.recv_fds(self.commands, 16, 3)
        if not message:
            for box in list(self.boxes):
                self._end(box, "")
            if self.spare:
                self.spare.kill()
            return False
        worker, tell, life = fds
        try:
            if self.boxed and not self.spare:
                self._prepare()
            holder, self.spare = self.spare, None
            first = holder.first() if holder else 0
        except GradeError as error:
            for fd in fds:
                os.close(fd)
            self.commands.sendall(str(error).encode()[:2000])
            return True
        slot = min(set(range(len(self.boxes) + 1)) - {box.slot for box in self.boxes})
        fork = os.fork()
        if not fork:
            _wait_for_worker(first, slot, worker, self.limits)
        os.close(worker)
        box = _Box(holder, fork, life, tell, slot)
        self.boxes.append(box)
        self.selector.register(life, selectors.EVENT_READ, box)
        self.commands.sendall(b"ok")
        with contextlib.suppress(GradeError):
            self._prepare()
        return True

    def _too_much(self, box: _Box) -> str:
        if not box.holder:
            return ""
        processes, memory = sandbox.usage(first := box.holder.first())
        if processes > self.limits.processes:
            return "processes"
        if memory > self.limits.memory and sandbox.exact_memory(first) > self.limits.memory:
            return "memory"
        return ""

    def _end(self, box: _Box, ending: str, *, reaped: bool = False) -> None:
        if box.holder:
            box.holder.kill()
        if not reaped:
            if not box.holder:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(box.fork, signal.SIGKILL)
            os.waitpid(box.fork, 0)
        self.selector.unregister(box.life)
        self.boxes.remove(box)
        with contextlib.suppress(OSError):
            os.write(box.tell, f"{ending}\n".encode())
        os.close(box.tell)
        os.close(box.life)


def _ending(status: int) -> str:
    """How the worker ended, which our fork tells by its own exit status: 128 and more is a signal."""
    code = os.waitstatus_to_exitcode(status)
    return f"signal {signal.Signals(code - 128).name}" if code > 128 else f"exit {code}"


def _wait_for_worker(first: int, slot: int, worker: int, limits: Limits) -> NoReturn:
    """In a fork of the warm parent: enter the box, let a fork of this one be the worker there, and wait for it."""
    code = 125
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        sandbox.die_with_parent()
        if first:
            sandbox.enter(first)
        inside = os.fork()
        if not inside:
            _work(worker, limits, slot, boxed=bool(first))
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        code = os.waitstatus_to_exitcode(os.waitpid(inside, 0)[1])
    finally:
        os._exit(code if code >= 0 else 128 - code)


def _work(worker: int, limits: Limits, slot: int, *, boxed: bool) -> NoReturn:
    """In the box: keep nothing but the channel to the judge, give up every right, and serve."""
    try:
        nothing = os.open("/dev/null", os.O_RDWR)
        for fd in 0, 1, 2:
            os.dup2(nothing, fd)
        os.dup2(worker, 3)
        os.closerange(4, os.sysconf("SC_OPEN_MAX"))
        channel = socket.socket(fileno=3)
        try:
            if boxed:
                os.chdir("/tmp")
                os.environ.clear()
                os.environ.update(_ENVIRONMENT, HOME="/tmp", USER="student", LOGNAME="student", PATH="/usr/bin:/bin")
                sandbox.give_up_rights(slot)
            sandbox.restrict(limits)
        except OSError as error:
            wire.send(channel, 0, Raised("OSError", str(error)))
        else:
            wire.send(channel, 0, None)
            serve(channel)
    finally:
        os._exit(0)
