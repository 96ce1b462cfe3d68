"""What a text's references can mean: pages, labels, works, and where the course lives."""

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from nnlab.course.myst.citations import Bibliography
from nnlab.course.site.config import Repository


class Fault(Exception):
    """What is wrong with a role or a directive; the translation adds the line."""


@dataclass(frozen=True)
class Label:
    """What can be referred to: an equation by its number; a heading, a figure or a table by its text."""

    kind: Literal["equation", "section", "figure", "table"]
    page: str
    text: str


@dataclass(frozen=True)
class Context:
    """Where a text stands, and what its references can mean.

    `page` and the keys of `titles` are paths in book/, without a suffix: "chapters/06_multilayer_perceptron".
    `cited`: the keys of the works that this page cites. `extensions`: those of the site's MyST parser.
    """

    page: str
    works: Bibliography
    place: Repository
    titles: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, Label] = field(default_factory=dict)
    cited: tuple[str, ...] = ()
    extensions: tuple[str, ...] = ("colon_fence", "dollarmath")

    def resolve(self, path: str) -> str:
        """A path as an author writes it, from this page or (/…) from book/, as a path in book/."""
        return posixpath.normpath(posixpath.join(posixpath.dirname(self.page), path) if path[:1] != "/" else path[1:])

    def label(self, name: str, *kinds: str) -> Label:
        """What is labelled so.

        Raises:
            Fault: nothing of these kinds is.
        """
        label = self.labels.get(name.lower())
        if label is None or label.kind not in kinds:
            raise Fault(f"nothing is labelled `{name}` as {' or '.join(kinds)}: write the label, or mend the name")
        return label

    def link(self, page: str, text: str = "") -> str:
        """A link to another page: of a chapter the notebook beside this one, else the page's text in the repository."""
        folder, name = posixpath.split(page)
        address = f"{name}.ipynb" if folder == "chapters" else self.file("blob", f"{page}.md")
        return f"[{text or self.titles.get(page, name)}]({address})"

    def is_notebook(self, address: str) -> bool:
        """Does the address, seen from this page, name a chapter's notebook?"""
        return address.endswith(".ipynb") and self.resolve(address.removesuffix(".ipynb")) in self.titles

    def file(self, view: str, path: str) -> str:
        """The address of a file in book/, to be seen ("blob") or as its bytes ("raw")."""
        return f"{self.place.url}/{view}/{self.place.branch}/book/{path}"
