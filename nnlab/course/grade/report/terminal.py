"""The summary that `nnlab grade` prints: at most 40 lines of at most 100 columns."""

from collections.abc import Iterator, Sequence

from nnlab.course.grade.attempts import current, last_attempts
from nnlab.course.grade.report import tally
from nnlab.course.grade.report.overview import opening
from nnlab.course.grade.rows import Row

_COLUMNS = 100
_CHAPTERS, _EXERCISES, _GROUPS = 13, 7, 4  # with their headings, the slips and the rest: 38 lines


def summary(rows: Sequence[Row]) -> str:
    """How many submissions, their statuses and marks, and what to teach again."""
    return "\n".join(_cut(line) for line in _lines(rows))


def _lines(rows: Sequence[Row]) -> Iterator[str]:
    rows = current(rows)
    last = last_attempts(rows)
    yield opening(rows)
    if not rows:
        return
    yield "  ".join(f"{status} {count}" for status, count in tally.statuses(last))
    yield ""
    chapters = [
        f"{m.chapter:<40.40} {m.graded:5} graded  mean {m.mean:3.0f} %  median {m.median:3.0f} %"
        + (f"  {m.ungraded} without a mark" if m.ungraded else "")
        for m in tally.marks(last)
    ]
    yield from _first(chapters, _CHAPTERS, "chapters")
    missed = [t for t in tally.hardest(tally.tallies(last)) if t.wrong]
    if missed:
        yield ""
        yield "Most wrong answers:"
        for t in missed[:_EXERCISES]:
            yield f"  {t.wrong:4} of {t.total:<4} {t.id} {t.title}"
            if t.slips:
                yield f"{'':15}{t.slips[0][1]} × {t.slips[0][0]}"
    groups = [
        f"Byte-identical: {', '.join(f'{row.student} {row.notebook}' for row in group)}"
        for group in tally.identical(rows)
    ]
    if groups:
        yield ""
        yield from _first(groups, _GROUPS, "groups")


def _first(lines: list[str], most: int, what: str) -> list[str]:
    """The first lines, and how many there are besides."""
    rest = len(lines) - most
    return lines if rest <= 0 else [*lines[:most], f"… and {rest} more {what}: see summary.html"]


def _cut(line: str) -> str:
    line = " ".join(line.splitlines()).rstrip()
    return line if len(line) <= _COLUMNS else line[: _COLUMNS - 1] + "…"
