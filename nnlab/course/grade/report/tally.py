"""Rows counted: what the summary for the teacher says. Of several attempts at a chapter the last one counts."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import mean, median

from nnlab.course.grade.attempts import UNGRADED, chapter_and_attempt
from nnlab.course.grade.rows import GRAVITY, Answer, Row, Status

BINS = ("0–19", "20–39", "40–59", "60–79", "80–99", "100")  # per cent of the points


@dataclass(frozen=True)
class Marks:
    """The marks of a chapter, in per cent of its points; `bins` counts the submissions as `BINS` says."""

    chapter: str
    graded: int
    ungraded: int
    points: int
    mean: float
    median: float
    bins: tuple[int, ...]


@dataclass(frozen=True)
class Tally:
    """How an exercise was answered, and how many fell for which slip, most first."""

    id: str
    title: str
    right: int
    wrong: int
    blank: int
    other: int
    slips: tuple[tuple[str, int], ...]

    @property
    def total(self) -> int:
        return self.right + self.wrong + self.blank + self.other


def statuses(rows: Iterable[Row]) -> list[tuple[Status, int]]:
    """How many submissions have which status, the gravest first."""
    counts = Counter(row.status for row in rows)
    return [(status, counts[status]) for status in GRAVITY if counts[status]]


def marks(rows: Iterable[Row]) -> list[Marks]:
    """The marks of each chapter. What nobody could grade yet is counted, but is no zero."""
    chapters: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        chapters[chapter_and_attempt(row.notebook)[0]].append(row)
    return [_marks(chapter, chapters[chapter]) for chapter in sorted(chapters)]


def _marks(chapter: str, rows: Sequence[Row]) -> Marks:
    graded = [row for row in rows if row.status not in UNGRADED and row.points]
    shares = [Fraction(100 * row.score, row.points) for row in graded]
    bins = Counter(int(share // 20) for share in shares)
    return Marks(
        chapter,
        len(graded),
        len(rows) - len(graded),
        max(row.points for row in rows),
        float(mean(shares)) if shares else 0.0,
        float(median(shares)) if shares else 0.0,
        tuple(bins[i] for i in range(len(BINS))),
    )


def tallies(rows: Iterable[Row]) -> list[Tally]:
    """The exercises in order of their numbers."""
    answers: defaultdict[str, list[Answer]] = defaultdict(list)
    for row in rows:
        for answer in row.answers:
            answers[answer.id].append(answer)
    return [_tally(answers[id]) for id in sorted(answers)]


def _tally(answers: Sequence[Answer]) -> Tally:
    counts = Counter(answer.status for answer in answers)
    right, wrong, blank = counts["ok"], counts["wrong"], counts["not attempted"]
    slips = Counter(answer.slip for answer in answers if answer.slip)
    return Tally(
        answers[0].id,
        answers[0].title,
        right,
        wrong,
        blank,
        len(answers) - right - wrong - blank,
        tuple(sorted(slips.items(), key=lambda slip: (-slip[1], slip[0]))),
    )


def hardest(tallies: Iterable[Tally]) -> list[Tally]:
    """What to teach again: the exercises that somebody missed, most wrong answers first."""
    missed = [tally for tally in tallies if tally.right < tally.total]
    return sorted(missed, key=lambda tally: (-tally.wrong, tally.right, tally.id))


def identical(rows: Iterable[Row]) -> list[list[Row]]:
    """Submissions of several students that are the same byte for byte."""
    same: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        same[row.key].append(row)
    return [group for group in same.values() if len({row.student for row in group}) > 1]
