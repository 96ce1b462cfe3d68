"""A judge's conversation with one box: requests out, plain data in, each within its time."""

import select
import time
from collections.abc import Mapping, Sequence
from typing import Any

from nnlab.course.grade import wire
from nnlab.course.grade.rows import Status
from nnlab.course.grade.zygote import Opened
from nnlab.exercises.box import BoxGone, Plain, Raised


class Lost(BoxGone):
    """The box is lost: it took too long, ended, or said what nobody asked. `status` says which.

    `exercise` is the one that was being asked, or ''.
    """

    def __init__(self, status: Status, told: str) -> None:
        super().__init__(told)
        self.status, self.told, self.exercise = status, told, ""


class Session:
    """One box and what is asked of it. Use it as a context manager: leaving it ends the box.

    `deadline`, in seconds of `time.monotonic`, holds for all that is asked until it is set anew.
    """

    def __init__(self, opened: Opened, deadline: float) -> None:
        self._opened, self.deadline = opened, deadline
        self._number = 0

    def ask(self, do: str, *arguments: Any) -> Any:
        """One request and its reply.

        Raises:
            Lost: there is no reply, or not one to this request.
        """
        channel = self._opened.channel
        self._number += 1
        try:
            if select.select([channel], [], [], 0)[0]:
                raise self._unasked()
            channel.settimeout(max(self.deadline - time.monotonic(), 1e-3))
            wire.send(channel, self._number, [do, list(arguments)])
            number, reply = wire.receive(channel, self.deadline)
        except TimeoutError:
            raise Lost("timeout", "it did not answer within its time") from None
        except wire.BadFrame as error:
            raise Lost("tampered", f"what came from the box is no answer: {error}") from None
        except (EOFError, OSError):
            raise self._ended() from None
        if number != self._number:
            raise Lost("tampered", "the answer to another question came from the box")
        return reply

    def ask_for_numbers(self, do: str, *arguments: Any) -> list[int]:
        """As `ask`, for a reply that must be a list of whole numbers."""
        reply = self.ask(do, *arguments)
        if not isinstance(reply, list) or any(type(n) is not int for n in reply):
            raise Lost("tampered", "what came from the box is no answer to what was asked")
        return reply

    def _unasked(self) -> BaseException:
        """The box has ended, or something came from it that nobody had asked for."""
        return EOFError() if not self._opened.channel.recv(1, 2) else Lost("tampered", "an answer came unasked")

    def _ended(self) -> Lost:
        # The student's code may choose how it ends, and could tell a hidden case by it: only what stands below is told.
        return Lost("killed", _REASONS.get(self._opened.ending(1.0), "its process ended"))

    def goodbye(self) -> None:
        """End the conversation; nothing may come after it.

        Raises:
            Lost: something came.
        """
        self.ask("goodbye")
        self._opened.channel.settimeout(max(self.deadline - time.monotonic(), 1e-3))
        try:
            if self._opened.channel.recv(1):
                raise Lost("tampered", "an answer came after the last question")
        except OSError:  # no word, but no end either: its process lives on, and ends with the box
            pass

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *_: object) -> None:
        self._opened.close()


_REASONS = {
    "memory": "it used more memory than a submission may",
    "processes": "it started more processes than a submission may",
    "signal SIGSEGV": "it crashed the Python interpreter (segmentation fault)",
}


class RemoteBox:
    """The `nnlab.exercises.box.Box` of one exercise, whose objects live in another process."""

    def __init__(self, session: Session, id: str) -> None:
        self._session, self._id = session, id

    def state(self, name: str) -> str:
        said = self._session.ask("state", self._id, name)
        return said if said in ("missing", "blank") else "there"

    def value(self, path: str) -> Plain | Raised:
        return self._session.ask("value", self._id, path)

    def call(self, path: str, args: Sequence, kwargs: Mapping[str, Any]) -> Plain | Raised:
        return self._session.ask("call", self._id, path, list(args), dict(kwargs))

    def layers(self, path: str) -> list[dict[str, Plain]] | Raised:
        return self._session.ask("layers", self._id, path)
