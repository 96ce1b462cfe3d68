"""Every data set of the course as plain data: what is in it, where it comes from, what one may do with it.

`PROVENANCE.md` is written from these entries (`nnlab.course.datafiles`); `nnlab.data.describe` prints them.
A licence that ends in "(as recalled)" could not be checked in the package that carried the data.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from textwrap import fill, indent
from typing import Literal

Kind = Literal["table", "months", "images", "pictures", "fetched", "installed"]


@dataclass(frozen=True, repr=False)
class Remote:
    """One file of a data set that is fetched on demand; the sha256 is of the unpacked content."""

    name: str
    sha256: str
    bytes: int


@dataclass(frozen=True, repr=False)
class DataSet:
    """One data set of the course. `print` it for the text that a reader needs.

    `columns` maps each column of a table to its meaning and unit; `classes` names the labels 0, 1, 2, … of images.
    """

    name: str
    title: str
    kind: Kind
    rows: int
    shape: str
    origin: str
    authors: str
    licence: str
    citation: str
    carrier: str
    changes: str
    columns: Mapping[str, str] = field(default_factory=dict)
    classes: tuple[str, ...] = ()
    notes: str = ""
    file: str = ""
    sha256: str = ""
    bytes: int = 0
    remotes: tuple[Remote, ...] = ()
    mirrors: tuple[str, ...] = ()
    folder: str = ""
    instead: str = ""

    def __str__(self) -> str:
        lines = [f"{self.name}: {self.title}", self.shape]
        width = max((len(column) for column in self.columns), default=0)
        lines += [f"  {column:<{width}}  {meaning}" for column, meaning in self.columns.items()]
        if self.classes:
            named = ", ".join(f"{label} {name}" for label, name in enumerate(self.classes))
            lines.append(fill(f"labels: {named}", 100, subsequent_indent="  "))
        for heading in ("notes", "origin", "authors", "licence", "citation"):
            if text := getattr(self, heading):
                lines.append(fill(f"{heading}: {text}", 100, subsequent_indent="  "))
        return "\n".join(lines)

    __repr__ = __str__
