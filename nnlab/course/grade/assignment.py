"""What one chapter asks of a submission: its exercises, and the notebook as it was released."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import nnlab.exercises
from nnlab.course import source
from nnlab.course.grade.examine import Examiner
from nnlab.course.grade.notebook import released_cells, same_as_book
from nnlab.course.grade.sandbox import Limits
from nnlab.course.grade.zygote import Zygote
from nnlab.errors import GradeError
from nnlab.exercises import core

_EXERCISES = Path(nnlab.exercises.__file__).parent


@dataclass(frozen=True)
class Assignment:
    """A chapter's exercises. `released` are the code cells of the students' notebook: what differs is the student's."""

    chapter: str
    released: frozenset[str]
    solved: tuple[str, ...]
    solutions: Mapping[str, str]
    digest: str  # of everything that decides what an answer is worth

    @cached_property
    def exercises(self) -> list[core.Exercise]:
        return core.of_chapter(self.chapter[:2])

    @property
    def points(self) -> int:
        return sum(e.points for e in self.exercises)

    def own(self, cells: list[str]) -> list[tuple[str, bool]]:
        """Each cell, and whether it is the student's own."""
        return [(cell, not same_as_book(cell, self.released)) for cell in cells]


def read(root: Path, chapter: str) -> Assignment:
    """The assignment of one chapter.

    Raises:
        ChapterError: its source is broken.
        GradeError: it has no exercises.
    """
    if chapter[:2] not in core.chapters():
        raise GradeError(
            f"chapter {chapter} has no exercises: chapters with exercises are {', '.join(core.chapters())}"
        )
    released = released_cells(root, chapter)
    book = source.read(root / "book" / "chapters" / f"{chapter}.py")
    code = [c for c in book.notebook.cells if c.cell_type == "code" and not source.is_behind(c)]
    files = [_EXERCISES / f"{name}.py" for name in ("box", "compare", "core", f"ch{chapter[:2]}")]
    content = [f.read_bytes() for f in files] + [cell.encode() for cell in sorted(released)]
    digest = hashlib.sha256(b"\0".join(content)).hexdigest()
    solved = tuple(source.solved_code(c.source) for c in code)
    return Assignment(chapter, released, solved, book.solutions, digest)


def examiner(assignment: Assignment, cells: list[str], zygote: Zygote, limits: Limits, seed: int) -> Examiner:
    """What examines a submission of these code cells."""
    own = assignment.own(cells)
    return Examiner(own, assignment.exercises, assignment.solutions, zygote, limits, seed)


def prove(assignment: Assignment, zygote: Zygote, limits: Limits, seed: int) -> None:
    """Grade the book's own solutions: a broken exercise is found here, and costs no student a point.

    Raises:
        GradeError: one of them is not right.
    """
    examined = examiner(assignment, list(assignment.solved), zygote, limits, seed).examine()
    faults = [f"{a.id} is {a.status}: {a.message}" for a in examined.answers if a.status != "ok"]
    if faults:
        raise GradeError(
            f"{assignment.chapter}: the book's own solution does not pass its exercise, so nothing was graded. "
            f"This is a fault of the course, not of a student (or, where it timed out, of a busy machine: "
            f"raise --limit):\n" + "\n".join(faults)
        )
