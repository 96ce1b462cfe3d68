"""What the catalogue says of a data set, and the text that a reader gets of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from textwrap import fill
from typing import Literal

Kind = Literal["table", "months", "images", "pictures", "fetched", "installed"]


@dataclass(frozen=True)
class Remote:
    """One file of a data set that is fetched on demand. `sha256` and `bytes` are of its content, unpacked."""

    name: str
    sha256: str
    bytes: int


@dataclass(frozen=True, repr=False)
class DataSet:
    """One data set of the course; its `repr` is what `describe` shows.

    `columns` maps each column of a table to its meaning and unit; `classes` names the labels 0, 1, 2, … of images.
    `file`, `sha256` and `bytes` are of the bundled file. A set that is not bundled has `remotes` and `mirrors` (it is
    fetched) or a `folder` (it is read where its package installs it), and names a bundled set to use `instead`.
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
    notes: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    classes: tuple[str, ...] = ()
    file: str = ""
    sha256: str = ""
    bytes: int = 0
    remotes: tuple[Remote, ...] = ()
    mirrors: tuple[str, ...] = ()
    folder: str = ""
    instead: str = ""

    def __repr__(self) -> str:
        lines = [f"{self.name}: {self.title}", fill(self.shape, 100, subsequent_indent="  ")]
        width = max((len(column) for column in self.columns), default=0)
        lines += [f"  {column:<{width}}  {meaning}" for column, meaning in self.columns.items()]
        if self.classes:
            named = ", ".join(f"{label} {meaning}" for label, meaning in enumerate(self.classes))
            lines.append(fill(f"labels: {named}", 100, subsequent_indent="  "))
        for heading in ("notes", "changes", "origin", "authors", "licence", "citation"):
            if text := getattr(self, heading):
                lines.append(fill(f"{heading}: {text}", 100, subsequent_indent="  ", break_on_hyphens=False))
        return "\n".join(lines)
