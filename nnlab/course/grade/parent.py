"""The warm parent: it has the libraries loaded, and forks a worker into a fresh box for each submission.

It has one thread, an environment of its own, no secret (nothing of the exercises' cases, the seed or any submission),
and a watch on what the boxes use. A box ends when the judge closes its end of a pipe, when judge or parent are gone, or
when it uses too much.
"""

import contextlib
import gc
import importlib
import json
import os
import selectors
import signal
import socket
import sys
from dataclasses import dataclass
from typing import NoReturn

from nnlab.course.grade import sandbox, wire
from nnlab.course.grade.sandbox import Holder, Limits
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
ENVIRONMENT = {
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
    # Huge pages: a fork copies a table of pages, and with small ones that is the larger part of a box's cost.
    "PYTHONMALLOC": "malloc",
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1",
}
_LOOK = 0.05  # seconds between two looks at what the boxes use


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
    # Once, and not in each worker: to look through all modules there copies the pages of all their names.
    for name in [n for n in sys.modules if n == "nnlab.exercises" or n.startswith("nnlab.exercises.")]:
        del sys.modules[name]
    gc.freeze()  # what is loaded is for good: no collector need touch, and so copy, its pages after a fork
    _Parent(socket.socket(fileno=channel), Limits(**setup["limits"]), setup["boxed"]).run()


class _Parent:
    def __init__(self, commands: socket.socket, limits: Limits, boxed: bool) -> None:
        self.commands, self.limits, self.boxed = commands, limits, boxed
        self.boxes: list[_Box] = []
        self.selector = selectors.DefaultSelector()
        self.spare: Holder | None = None
        self.myself = os.pidfd_open(os.getpid())

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
        if first and not os.geteuid():
            fork = self._fork_inside(first, slot, worker)
        elif not (fork := os.fork()):
            _wait_for_worker(first, slot, worker, self.limits)
        os.close(worker)
        box = _Box(holder, fork, life, tell, slot)
        self.boxes.append(box)
        self.selector.register(life, selectors.EVENT_READ, box)
        self.commands.sendall(b"ok")
        with contextlib.suppress(GradeError):
            self._prepare()
        return True

    def _fork_inside(self, first: int, slot: int, worker: int) -> int:
        """Fork the worker straight into the box, which root may: it costs one fork less than `_wait_for_worker`."""
        box = os.pidfd_open(first)
        sandbox.join(box, sandbox.PROCESSES)  # of children: the calling process itself stays where it is
        fork = os.fork()
        if not fork:
            try:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                os.setsid()
                sandbox.join(box, sandbox.OTHERS & ~sandbox.PROCESSES)
                _work(worker, self.limits, slot, boxed=True)
            finally:
                os._exit(125)
        sandbox.join(self.myself, sandbox.PROCESSES)
        os.close(box)
        return fork

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
    code = code if code >= 0 else 128 - code
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
                os.environ.update(ENVIRONMENT, HOME="/tmp", USER="student", LOGNAME="student", PATH="/usr/bin:/bin")
                sandbox.give_up_rights(slot)
            sandbox.restrict(limits)
        except OSError as error:
            wire.send(channel, 0, Raised("OSError", str(error)))
        else:
            from nnlab.course.grade.worker import serve  # loaded by `main`; a judge has no use for it

            wire.send(channel, 0, None)
            serve(channel)
    finally:
        os._exit(0)
