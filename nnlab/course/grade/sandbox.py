"""The box: Linux namespaces made by bubblewrap, joined by a process that was forked warm.

bubblewrap makes the box around a `cat` that holds it open, and a fork of the warm parent enters it (`setns`): so the
box costs milliseconds and the imports nothing. Inside there is a read-only view of Python and of nnlab's student side,
two small file systems in memory, no network, no other process, no user's file and no environment.
"""

import contextlib
import ctypes
import importlib.util
import json
import os
import resource
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from nnlab.errors import GradeError

MIB = 2**20


@dataclass(frozen=True)
class Limits:
    """What one submission may use. Seconds are wall time.

    `question` is for one exercise (executing what it depends on, and asking it), `wall` for all of a submission.
    `memory` is in bytes and for all processes of a box together, on top of what the warm parent has loaded.
    """

    wall: float = 60.0
    question: float = 10.0
    memory: int = 2048 * MIB
    processes: int = 16
    files: int = 64 * MIB

    @classmethod
    def of(cls, seconds: float, gigabytes: float = 2.0) -> "Limits":
        """The limits of a submission with so many seconds, a sixth of them for one question, and so much memory.

        Raises:
            GradeError: one of them is not a positive number.
        """
        if not (0 < seconds < float("inf") and 0 < gigabytes < float("inf")):
            raise GradeError(f"a limit of {seconds:g} seconds and {gigabytes:g} GB: both must be more than 0")
        return cls(wall=seconds, question=seconds / 6, memory=int(gigabytes * 1024 * MIB))


# What the student's code must not see of nnlab: the cases and oracles, and the grader itself.
_HIDDEN = ("exercises", "course")
_USER = 0x10000000  # CLONE_NEWUSER
PROCESSES = 0x20000000  # CLONE_NEWPID
OTHERS = 0x00020000 | 0x20000000 | 0x40000000 | 0x08000000 | 0x04000000  # mount, process, network, ipc, name
_NOBODY = 65534  # who the student's code is, inside
_FIRST_UID = 2_000_000_000  # outside, where root grades: far above those that systems give to people
_PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS, _PR_SET_PDEATHSIG, _PR_SET_DUMPABLE = 24, 38, 1, 4
_CAPABILITY_VERSION_3 = 0x20080522
_libc = ctypes.CDLL(None, use_errno=True)


def command(limits: Limits, info: int) -> list[str]:
    """The bubblewrap command that makes a box and holds it; it writes "ready" once the box can be entered."""
    package = Path(importlib.util.find_spec("nnlab").origin).parent  # type: ignore[union-attr, arg-type]
    python = {Path(sys.prefix).resolve(), Path(sys.base_prefix).resolve(), package.resolve()}
    bound = [p for p in sorted(python) if not p.is_relative_to("/usr")]
    ways = sorted({way for p in bound for way in p.parents} - {Path("/"), Path("/tmp")})
    system = [p for p in (Path("/bin"), Path("/sbin"), *sorted(Path("/").glob("lib*"))) if p.is_dir()]
    links = [p for p in system if p.is_symlink()]
    folders = [Path("/usr"), *(p for p in system if not p.is_symlink())]
    size = str(limits.files)
    # Root needs no user namespace to make the box, and its processes would escape the limit on their number: the
    # worker gets one of its own in `give_up_rights`, under a user id that is nobody's.
    user = ("--unshare-user", "--disable-userns", "--uid", str(_NOBODY), "--gid", str(_NOBODY)) if os.geteuid() else ()
    return [
        *("bwrap", *user, "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"),
        *("--die-with-parent", "--new-session", "--clearenv", "--cap-drop", "ALL", "--hostname", "box"),
        # /tmp comes first: the environment may itself lie below it.
        *("--perms", "1777", "--size", size, "--tmpfs", "/tmp", "--proc", "/proc", "--dev", "/dev"),
        *("--perms", "1777", "--size", size, "--tmpfs", "/dev/shm"),
        *(part for p in folders for part in ("--ro-bind", str(p), str(p))),
        *(part for p in links for part in ("--symlink", os.readlink(p), str(p))),
        # Made by root, folders on the way would be closed to others.
        *(part for p in ways for part in ("--perms", "0755", "--dir", str(p))),
        *(part for p in bound for part in ("--ro-bind", str(p), str(p))),
        *(
            part
            for p in (package.resolve() / name for name in _HIDDEN)
            for part in ("--size", "4096", "--tmpfs", str(p), "--remount-ro", str(p))
        ),
        *("--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/tmp", "--info-fd", str(info)),
        *("sh", "-c", "echo ready; read _"),
    ]


class Holder:
    """A box that bubblewrap makes and holds open.

    Raises:
        GradeError: there is no bubblewrap.
    """

    def __init__(self, limits: Limits) -> None:
        if not shutil.which("bwrap"):
            raise GradeError(
                "there is no bubblewrap here, so untrusted notebooks cannot be executed: install it "
                "(Debian and Ubuntu: apt install bubblewrap); `--trust` grades files of your own without it"
            )
        self._info, info = os.pipe()
        self._first = 0
        self._process = subprocess.Popen(
            command(limits, info),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=[info],
            env={"PATH": os.environ.get("PATH", "/usr/bin:/bin")},
        )
        os.close(info)

    def first(self) -> int:
        """Wait until the box stands; its first process, as seen from outside.

        Raises:
            GradeError: the box cannot be made; the message says why.
        """
        stdout, stderr = self._process.stdout, self._process.stderr
        assert stdout and stderr
        if not self._first:
            if stdout.readline() != b"ready\n":
                reason = stderr.read().decode(errors="replace").strip()
                self.kill()
                raise GradeError(
                    f"bubblewrap cannot make a box here: {reason or 'it ended without a word'}. Your system may forbid "
                    "user namespaces (Ubuntu 24.04: sysctl kernel.apparmor_restrict_unprivileged_userns=0; others: "
                    "sysctl user.max_user_namespaces=10000)"
                )
            self._first = json.loads(os.read(self._info, 65536))["child-pid"]
        return self._first

    def kill(self) -> None:
        """End the box and every process in it."""
        self._process.kill()  # its first process dies with it, and with that one all others
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            assert pipe
            with contextlib.suppress(OSError):
                pipe.close()
        os.close(self._info)


def enter(first: int) -> None:
    """Join the namespaces of this box. The calling process stays outside; its children are inside."""
    process = os.pidfd_open(first)
    if _libc.setns(process, OTHERS | (_USER if os.geteuid() else 0)):
        raise OSError(ctypes.get_errno(), "the box cannot be entered")
    os.close(process)


def join(process: int, kinds: int) -> None:
    """Join these kinds of namespaces of a process."""
    if _libc.setns(process, kinds):
        raise OSError(ctypes.get_errno(), "the box cannot be entered")


def give_up_rights(slot: int) -> None:
    """Become nobody, with no capability and no way to get one. Boxes open at one time have different slots."""
    if not os.geteuid():
        os.setgroups([])
        os.setresgid(*[_FIRST_UID + slot] * 3)
        os.setresuid(*[_FIRST_UID + slot] * 3)
        _check(_libc.prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0))  # or its own /proc files would still be root's
        _check(_libc.unshare(_USER))
        Path("/proc/self/setgroups").write_text("deny")
        for file in "gid_map", "uid_map":
            Path(f"/proc/self/{file}").write_text(f"{_NOBODY} {_FIRST_UID + slot} 1")
        Path("/proc/sys/user/max_user_namespaces").write_text("0")  # as bubblewrap's --disable-userns

    class Header(ctypes.Structure):
        _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))

    _check(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    for capability in range(64):
        _libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)  # fails beyond the last that the kernel knows
    _check(_libc.capset(ctypes.byref(Header(_CAPABILITY_VERSION_3, 0)), (ctypes.c_uint32 * 6)()))


def _check(result: int) -> None:
    if result:
        raise OSError(ctypes.get_errno(), "the rights of the box cannot be given up")


def die_with_parent() -> None:
    """Be killed when the process that started this one ends."""
    _libc.prctl(_PR_SET_PDEATHSIG, 9, 0, 0, 0)


def restrict(limits: Limits) -> None:
    """Set the limits that the kernel keeps for each process by itself."""
    loaded = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    for kind, value in (
        (resource.RLIMIT_AS, loaded + limits.memory),
        (resource.RLIMIT_CPU, int(limits.wall) + 2),
        (resource.RLIMIT_FSIZE, limits.files),
        (resource.RLIMIT_NOFILE, 256),
        # Counted by user id, so by slot, and with threads; the watch ends a box sooner, as long as it is awake.
        (resource.RLIMIT_NPROC, 2 * limits.processes),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (value, value))


def usage(first: int) -> tuple[int, int]:
    """Processes in the box and bytes of memory that they use; pages that forks share are counted for each."""
    found = _inside(first)
    return len(found), sum(_memory(process / "statm") for process in found)


def exact_memory(first: int) -> int:
    """As `usage`, with what processes share counted once; slow."""
    return sum(_memory(process / "smaps_rollup") for process in _inside(first))


def _inside(first: int) -> list[Path]:
    """The box's own /proc shows its processes and no others, also while they fork faster than a tree can be walked."""
    try:
        return [path for path in Path("/proc", str(first), "root", "proc").iterdir() if path.name.isdigit()]
    except OSError:  # it has ended
        return []


def _memory(file: Path) -> int:
    try:
        text = file.read_text()
    except OSError:  # it has ended
        return 0
    if file.name == "statm":
        _, resident, shared, *_ = map(int, text.split())
        return (resident - shared) * resource.getpagesize()
    return sum(int(line.split()[1]) * 1024 for line in text.splitlines() if line.startswith("Pss_Anon:"))
