"""Fill a column of a gradebook that Canvas has exported, for Canvas to import again."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from nnlab.course.grade.attempts import UNGRADED, chapter_and_attempt, current, last_attempts
from nnlab.course.grade.export.table import Column, Table, squashed
from nnlab.course.grade.files import write_whole
from nnlab.course.grade.rows import Row
from nnlab.errors import GradeError

# What Canvas writes in place of a score, and what it means.
_KEPT = {"EX": "excused in Canvas", "N/A": "not assigned to this student in Canvas"}


@dataclass(frozen=True)
class CanvasReport:
    """What came of an export; `str` of it is for the terminal.

    `columns` says which column each chapter has; `matched` are the students whose line was found; `without_line` those
    whom Canvas' file does not have, or not for certain; `without_submission` the names of Canvas' file that handed in
    nothing. `left` says which cells were left as they were, and why; `notes` what else to know.
    """

    out: Path
    columns: Mapping[str, str]
    matched: tuple[str, ...]
    without_line: tuple[str, ...]
    without_submission: tuple[str, ...]
    left: tuple[str, ...]
    notes: tuple[str, ...]

    def __str__(self) -> str:
        lines = [f"{chapter} -> {column}" for chapter, column in self.columns.items()]
        lines.append(f"{len(self.matched)} students matched; written to {self.out}")
        for head, told in (
            ("Submissions without a line in Canvas' file", self.without_line),
            ("Students in Canvas' file without a submission", self.without_submission),
            ("Cells left as they were", self.left),
            ("Note", self.notes),
        ):
            lines += [f"{head}:", *(f"  {line}" for line in told)] if told else []
        return "\n".join(lines)


def to_canvas(
    rows: Sequence[Row],
    gradebook: Path,
    out: Path,
    canvas_ids: Mapping[str, str],
    columns: Mapping[str, str] | None = None,
) -> CanvasReport:
    """Write `gradebook` with the scores filled in to `out`; every other cell keeps its bytes.

    A student is found by her Canvas id; where none is known, by her SIS Login ID, SIS User ID, or name. A score is
    scaled to the points that Canvas has for the assignment. Of several attempts the last counts. What has no mark yet
    leaves its cell as it was.

    Args:
        rows: what grading says.
        gradebook: a CSV file as Canvas exports it.
        out: the file to write, another one.
        canvas_ids: the Canvas id of each student key that has one.
        columns: which column is whose, where the titles do not tell: chapter ("02_lines" or "02") to the column's
            title or Canvas' number for it.

    Raises:
        GradeError: `gradebook` is no such file or is `out`, or no column, or more than one, fits a chapter.
    """
    if out.exists() and gradebook.exists() and out.samefile(gradebook):
        raise GradeError(f"{out} is the gradebook itself: name another file to write to, and keep this one")
    table = Table(_read(gradebook))
    last = last_attempts(rows)
    chapters = sorted({_chapter(row) for row in last if _has_score(row)})
    fits = {chapter: _column(chapter, table.columns, columns or {}) for chapter in chapters}
    lines, without_line = _lines(sorted({row.student for row in last}), table, canvas_ids)
    left: list[str] = []
    for row in last:
        if row.student in lines and (reason := _fill(table, lines[row.student], row, fits)):
            left.append(f"{row.student} {row.notebook}: {reason}")
    write_whole(out, table.text())
    return CanvasReport(
        out=out,
        columns={chapter: column.header for chapter, column in fits.items()},
        matched=tuple(lines),
        without_line=tuple(without_line),
        without_submission=tuple(table.name(n) for n in table.students if n not in lines.values()),
        left=tuple(left),
        notes=(*_scales(last, fits), *_attempts(rows)),
    )


def _read(gradebook: Path) -> str:
    try:
        return gradebook.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        told = "is not UTF-8: give Canvas' export as it comes, not as a spreadsheet has saved it"
    except OSError as error:
        told = f"cannot be read: {error.strerror}"
    raise GradeError(f"{gradebook} {told}")


def _chapter(row: Row) -> str:
    return chapter_and_attempt(row.notebook)[0]


def _has_score(row: Row) -> bool:
    return row.status not in UNGRADED and row.points > 0


def _column(chapter: str, columns: Sequence[Column], chosen: Mapping[str, str]) -> Column:
    """The column that was chosen for a chapter; else the one that has its name or begins with its number."""
    number, _, name = chapter.partition("_")
    if wanted := chosen.get(chapter) or chosen.get(number):
        found = [c for c in columns if wanted in (c.header, c.title, c.id)]
    else:
        names = {squashed(chapter), squashed(name)} - {""}
        # "2. Lines", "02_lines", "Chapter 2", but not "20", "2.1", "2nd"
        begins = re.compile(rf"\s*(?:chapter\s+)?0*{re.escape(number.lstrip('0') or '0')}(?![^\W_]|[.,]\d)", re.I)
        found = [c for c in columns if squashed(c.title) in names or begins.match(c.title)]
    if len(found) == 1:
        return found[0]
    there = "\n".join(f"  {c.header}" for c in found or columns) or "  (none)"
    raise GradeError(
        f"{'more than one column' if found else 'no column'} of the gradebook fits {chapter}:\n{there}\n"
        f'Say which with --column {number}="its title" (or its number in Canvas)'
    )


def _lines(students: Iterable[str], table: Table, canvas_ids: Mapping[str, str]) -> tuple[dict[str, int], list[str]]:
    """The line of each student, and those who have none for certain: no score is better than another's score."""
    fitting = {student: _fitting(student, canvas_ids.get(student, ""), table) for student in students}
    rivals: defaultdict[int, list[str]] = defaultdict(list)
    for student, lines in fitting.items():
        if len(lines) == 1:
            rivals[lines[0]].append(student)
    found: dict[str, int] = {}
    others: list[str] = []
    for student, lines in fitting.items():
        if not lines:
            number = canvas_ids.get(student)
            others.append(f"{student} (Canvas id {number})" if number else student)
        elif len(lines) > 1:
            others.append(f"{student}: could be {' or '.join(table.name(line) for line in lines)}")
        elif len(rivals[lines[0]]) > 1:
            others.append(f"{student}: {table.name(lines[0])} could be {' or '.join(rivals[lines[0]])}")
        else:
            found[student] = lines[0]
    return found, others


def _fitting(student: str, canvas_id: str, table: Table) -> list[int]:
    if canvas_id:  # decisive: someone else may have the same name
        return [n for n in table.students if table.get(n, "ID").strip() == canvas_id]
    for column in "SIS Login ID", "SIS User ID":
        if lines := [n for n in table.students if table.get(n, column).strip().casefold() == student.casefold()]:
            return lines
    name = squashed(student)
    return [n for n in table.students if name and name in table.names(n)]


def _fill(table: Table, line: int, row: Row, fits: Mapping[str, Column]) -> str:
    """Fill the cell, or say why it stays as it is: a mark that a person gave by hand is not to be lost."""
    if not _has_score(row):
        return row.status
    column = fits[_chapter(row)]
    there = table.get(line, column).strip().upper()
    if there in _KEPT:
        return _KEPT[there]
    scale = column.possible / row.points if column.possible else 1
    table.put(line, column, _decimal(row.score * scale))
    return ""


def _decimal(number: Fraction | int) -> str:
    """At most two decimals, as Canvas shows them."""
    return f"{float(number):.2f}".rstrip("0").rstrip(".")


def _scales(rows: Iterable[Row], fits: Mapping[str, Column]) -> list[str]:
    """Where Canvas has other points than we."""
    told = set()
    for row in filter(_has_score, rows):
        possible = fits[_chapter(row)].possible
        if not possible:
            told.add(f"{_chapter(row)}: Canvas gives no points possible; scores are written as they are")
        elif possible != row.points:
            told.add(f"{_chapter(row)}: {row.points} points here are {_decimal(possible)} in Canvas; scores are scaled")
    return sorted(told)


def _attempts(rows: Iterable[Row]) -> list[str]:
    """Which attempt counts, for those who have handed in several times."""
    attempts: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for row in current(rows):
        chapter, attempt = chapter_and_attempt(row.notebook)
        attempts[row.student, chapter].append(attempt)
    return [
        f"{student}: attempt {max(several)} of {chapter} counts"
        for (student, chapter), several in attempts.items()
        if chapter and len(several) > 1
    ]
