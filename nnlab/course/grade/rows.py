"""What grading says: a `Row` a submission, an `Answer` an exercise. Everything that is written is made from these."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

Status = Literal["ok", "wrong", "error", "timeout", "killed", "unreadable", "tampered", "not attempted", "needs review"]

# The gravest first: a row has the status of the gravest of its answers.
GRAVITY: tuple[Status, ...] = (
    "unreadable",
    "tampered",
    "needs review",
    "killed",
    "timeout",
    "error",
    "wrong",
    "ok",
    "not attempted",
)


@dataclass(frozen=True)
class Answer:
    """What came of one exercise.

    `message` and `slip` are what the student's own check says of it, and hold no hidden case; `message` is '' where
    the answer is right. `note` is for the teacher ("defined in two cells; the last one counts").
    """

    id: str
    title: str
    status: Status
    points: int
    out_of: int
    message: str = ""
    slip: str = ""
    note: str = ""


@dataclass(frozen=True)
class Row:
    """What came of one submission.

    `executed` says how: "slice" (only what the answers depend on), "whole" (the whole notebook, at least for one
    answer), or "" (nothing). `seconds` is wall time as measured. `key` names the submission's bytes, the exercises and
    the seed: equal keys have equal answers. `canvas_id` is the student's number in Canvas, where a download told it.
    """

    key: str
    student: str
    notebook: str
    status: Status
    score: int
    points: int
    seconds: float
    seed: int
    executed: Literal["slice", "whole", ""]
    note: str
    answers: tuple[Answer, ...]
    canvas_id: str = ""

    def to_json(self) -> dict[str, Any]:
        """As plain data for a line of the log."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Row":
        """The row that `to_json` has written."""
        return cls(**{**data, "answers": tuple(Answer(**a) for a in data["answers"])})


def gravest(statuses: Iterable[Status]) -> Status:
    """The status of a row whose answers have these.

    >>> gravest(["ok", "timeout", "not attempted"])
    'timeout'
    """
    return min(statuses, key=GRAVITY.index, default="not attempted")
