"""A Canvas gradebook as a table whose cells stay as they were written, quotes and all, until one is filled.

What Canvas exports: a header ("Student" or "LastName" and "FirstName", "ID", "SIS User ID", "SIS Login ID", "Section",
assignments as "Title (12345)", totals), a line "Manual Posting" where an assignment has it, a line "Points Possible"
with "(read only)" under what an import cannot change, and a line a student. The delimiter and the decimal mark are
those of the teacher's language; a byte order mark is optional.
"""

import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction

from nnlab.errors import GradeError

_ASSIGNMENT = re.compile(r"(?P<title>.*) \((?P<id>\d+)\)", re.S)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_NAMES = ("Student", "LastName", "FirstName")


@dataclass(frozen=True)
class Column:
    """An assignment's column. `possible` are Canvas' points, None where it says none."""

    place: int
    header: str
    title: str
    id: str
    possible: Fraction | None


class Table:
    """The cells of a gradebook.

    Raises:
        GradeError: this is no gradebook that Canvas has exported.
    """

    def __init__(self, text: str) -> None:
        self._mark = "\ufeff" if text.startswith("\ufeff") else ""
        text = text.removeprefix("\ufeff")
        first = text.partition("\n")[0]
        self._delimiter = max(",;", key=first.count)
        self._records = _split(text, self._delimiter)
        header = [_value(cell) for cell in self._records[0][0]] if self._records else []
        self._places = {name: header.index(name) for name in header}
        if "ID" not in header or not {"Student", "LastName"}.intersection(header):
            raise GradeError(
                "this is no Canvas gradebook: its first line names no column Student and ID. In Canvas, open Grades "
                "and choose Export; give the file as it comes"
            )
        possible = [line for line in range(len(self._records)) if self._is_possible(line)]
        if not possible:
            raise GradeError("this Canvas gradebook has no line Points Possible: export it again, and change nothing")
        self.columns = [c for c in (self._column(n, header[n], possible[0]) for n in range(len(header))) if c]
        self.students = [
            line
            for line in range(1, len(self._records))
            if line not in possible and (self.get(line, "ID") or any(self.get(line, name) for name in _NAMES))
        ]

    def _is_possible(self, line: int) -> bool:
        return _value(self._records[line][0][0]).strip().startswith("Points Possible")

    def _column(self, place: int, header: str, possible: int) -> Column | None:
        points = self._at(possible, place).strip()
        match = _ASSIGNMENT.fullmatch(header)
        if not match or (points and not _NUMBER.fullmatch(points)):  # a total, or read only in any language
            return None
        return Column(place, header, match["title"], match["id"], _number(points) if points else None)

    def _at(self, line: int, place: int) -> str:
        cells = self._records[line][0]
        return _value(cells[place]) if place < len(cells) else ""

    def get(self, line: int, column: str | Column) -> str:
        """A cell's value; '' where the table has no such column."""
        place = column.place if isinstance(column, Column) else self._places.get(column)
        return "" if place is None else self._at(line, place)

    def put(self, line: int, column: Column, number: str) -> None:
        """Write a number, "8.5", with this table's decimal mark."""
        cells = self._records[line][0]
        cells += [""] * (column.place + 1 - len(cells))
        if self._delimiter == ";":
            number = number.replace(".", ",")
        cells[column.place] = number

    def name(self, line: int) -> str:
        """The student as a person reads it."""
        return " ".join(filter(None, (self.get(line, name) for name in _NAMES))) or self.get(line, "ID")

    def names(self, line: int) -> set[str]:
        """The student's name in both orders, as `squashed` has it."""
        if full := self.get(line, "Student"):
            last, _, first = full.partition(",")
        else:
            last, first = self.get(line, "LastName"), self.get(line, "FirstName")
        return {squashed(last + first), squashed(first + last)}

    def text(self) -> str:
        """The file's text: but for the cells that were filled, as it was read."""
        return self._mark + "".join(self._delimiter.join(cells) + end for cells, end in self._records)


def squashed(name: str) -> str:
    """A name without its case, spaces and signs, as Canvas has it in the names of downloaded files.

    >>> squashed("Student, 01"), squashed("student01")
    ('student01', 'student01')
    """
    return "".join(c for c in unicodedata.normalize("NFKC", name).casefold() if c.isalnum())


def _split(text: str, delimiter: str) -> list[tuple[list[str], str]]:
    """The lines as raw cells and their ends. csv.reader would not say which cells had quotes."""
    cell = re.compile(rf'("(?:[^"]|"")*"|[^"{delimiter}\r\n][^{delimiter}\r\n]*|)({delimiter}|\r\n|\r|\n|\Z)')
    records: list[tuple[list[str], str]] = []
    cells: list[str] = []
    at = 0
    while at < len(text) or cells:
        match = cell.match(text, at)
        if not match:
            raise GradeError(f"line {text.count(chr(10), 0, at) + 1} of the gradebook has a quotation mark too many")
        cells.append(match[1])
        at = match.end()
        if match[2] != delimiter:
            records.append((cells, match[2]))
            cells = []
    return records


def _value(cell: str) -> str:
    return cell[1:-1].replace('""', '"') if cell.startswith('"') else cell


def _number(text: str) -> Fraction:
    """The last mark is the decimal one, as Canvas reads it: "10.00", "10,00", "1.000,00"."""
    whole, *decimals = re.split(r"[.,]", text)
    return Fraction("".join([whole, *decimals[:-1]]) + "." + (decimals[-1] if decimals else "0"))
