"""The translation of a text: its tokens name what is MyST, and only that is replaced, at the place where it stands."""

import itertools
import re
from collections.abc import Iterator

from markdown_it.token import Token

from nnlab.course.myst.context import Context, Fault
from nnlab.course.myst.directives import Block, directive, display
from nnlab.course.myst.parser import directive_of, options_and_body, parser
from nnlab.course.myst.roles import role
from nnlab.errors import ChapterError

_REMOVED = ("myst_target", "myst_line_comment", "myst_block_break")
# What may stand as it is. Whatever else an extension of the site's parser finds is refused.
_COMMONMARK = {
    "paragraph", "heading", "blockquote", "bullet_list", "ordered_list", "list_item", "table", "thead", "tbody", "tr",
    "th", "td", "hr", "code_block", "html_block", "amsmath", "math_block", "footnote_reference", "inline", "text",
    "softbreak", "hardbreak", "code_inline", "em", "strong", "s", "html_inline", "math_inline", "math_inline_double",
    "link", "image", "fence", "math_block_label", "colon_fence", "myst_role", "footnote_ref", *_REMOVED,
}  # fmt: skip
# What its author means for MyST, and MyST takes for text.
_NOT_AS_MEANT = {
    r"^(`{3,}|:{3,})\{.*": "opens no directive: no ` may stand in its title, and an empty line stands above it",
    r"\$\$ *\([\w:-]+\)$": "labels nothing: a displayed formula with a label has empty lines around it",
}


def to_commonmark(text: str, context: Context) -> str:
    """The text of a Markdown cell with MyST's own constructs translated.

    Raises:
        ChapterError: what cannot be translated, each with its line in the text and what to do.

    >>> from pathlib import Path
    >>> from nnlab.course.myst import Bibliography
    >>> from nnlab.course.site.config import Repository
    >>> place = Repository("https://github.com/a/b", "main", "https://colab.example", "https://binder.example")
    >>> here = Context("chapters/06_multilayer_perceptron", Bibliography(Path("none.bib")), place)
    >>> print(to_commonmark("Each {term}`neuron` adds up `{term}`.", here))
    Each neuron adds up `{term}`.
    """
    faults: list[str] = []
    translated = _Translation(text, context, faults).result()
    if faults:
        raise ChapterError("\n".join(faults))
    return translated


class _Translation:
    """One text, parsed, and the edits that make it CommonMark."""

    def __init__(
        self, text: str, context: Context, faults: list[str], first_line: int = 1, *, quoted: bool = False
    ) -> None:
        self._text, self._context, self._faults = text, context, faults
        self._first_line = first_line
        self._quotes = int(quoted)  # how many block quotes stand around the token that is being read
        self._lines = text.split("\n")
        ends = [0]
        for line in self._lines:
            ends.append(ends[-1] + len(line) + 1)
        self._starts = ends  # of each line in the text, and one past the last
        self._edits: list[tuple[int, int, str]] = []
        self._footnotes: dict[str, int] = {}

    def result(self) -> str:
        environment: dict = {}
        # The line's end: without it the plugins for % and ::: read past the text's end, where that is an empty quote.
        tokens = parser(self._context.extensions).parse(f"{self._text}\n", environment)
        self._footnotes = environment.get("footnotes", {}).get("refs", {})
        row = (0, 0)  # the table row that is being read, and how much of it has been
        for token in tokens:
            try:
                self._quotes += {"blockquote_open": 1, "blockquote_close": -1}.get(token.type, 0)
                if token.type == "inline":
                    line, seen = token.map[0], 0  # type: ignore[index]
                    if line == row[0]:
                        seen = row[1]
                    row = (line, self._inline(token, seen))
                else:
                    self._block(token)
            except Fault as fault:
                self._fault(token, 0, fault)
        return self._edited()

    def _edited(self) -> str:
        pieces, at = [], 0
        for start, end, text in sorted(self._edits):
            pieces += [self._text[at:start], text]
            at = end
        pieces.append(self._text[at:])
        return "".join(pieces).strip("\n") if self._edits else self._text

    def _fault(self, token: Token, lines_below: int, fault: Fault) -> None:
        line = self._first_line + (token.map[0] if token.map else 0) + lines_below
        self._faults.append(f"line {line}: {fault}")

    # --- blocks

    def _block(self, token: Token) -> None:
        kind = re.sub(r"_(open|close)$", "", token.type)
        if kind not in _COMMONMARK:
            raise Fault(f"`{kind}` is not known to Jupyter: teach it to nnlab.course.myst, or write plain Markdown")
        if kind in _REMOVED:
            self._remove(token)
        elif kind in ("fence", "colon_fence"):
            found = directive_of(token)
            if found:
                self._replace(token, self._directive(token, *found))
            elif kind == "colon_fence":
                raise Fault("a ::: fence holds a directive: write its name in braces, such as :::{note}")
        elif kind in ("math_block", "math_block_label"):
            self._formula(token)
        elif token.type == "footnote_reference_open":
            self._footnote(token)

    def _remove(self, token: Token) -> None:
        begin, end = token.map  # type: ignore[misc]
        if end < len(self._lines) and not self._lines[end].strip() and (not begin or self._is_blank(begin - 1)):
            end += 1  # one of the two empty lines around it
        self._edits.append((self._starts[begin], self._starts[end], ""))

    def _replace(self, token: Token, text: str, *, apart: bool = True) -> None:
        """Put a text in place of a block; inside a list or a quote each of its lines begins as the block's did."""
        begin, end = token.map  # type: ignore[misc]
        opening = self._lines[begin]
        prefix = opening[: opening.index(token.markup)]
        follow = re.sub(r"[^>\s]", " ", prefix)
        lines = text.split("\n")
        new = prefix + "\n".join([lines[0], *((follow + line).rstrip() for line in lines[1:])])
        if apart and begin and follow == prefix and not self._is_blank(begin - 1):
            new = f"{follow.rstrip()}\n{new}"
        if apart and end < len(self._lines) and not self._is_blank(end):
            new = f"{new}\n{follow.rstrip()}"
        self._edits.append((self._starts[begin], self._starts[end] - 1, new))

    def _is_blank(self, line: int) -> bool:
        return not self._lines[line].strip(" >")

    def _directive(self, token: Token, name: str, argument: str) -> str:
        options, body, skipped = options_and_body(token.content)
        line = self._first_line + token.map[0] + 1 + skipped  # type: ignore[index]
        within = self._quotes > 0  # now: the translation comes later

        def translate(text: str, *, quoted: bool = False) -> str:
            return _Translation(text, self._context, self._faults, line, quoted=within or quoted).result()

        return directive(Block(name, argument, options, body, self._context, within, translate))

    def _formula(self, token: Token) -> None:
        if token.type == "math_block" and not (self._quotes and "\n" in token.content):
            return
        tag = self._context.label(token.info, "equation").text if token.type == "math_block_label" else ""
        self._replace(token, display(token.content, tag, quoted=self._quotes > 0), apart=False)

    def _footnote(self, token: Token) -> None:
        begin, end = token.map  # type: ignore[misc]
        mark = f"[^{token.meta['label']}]:"
        number = self._footnotes[f":{token.meta['label']}"]
        if number < 0:
            raise Fault(f"nothing in this cell refers to the footnote {mark}")
        if any(self._is_blank(line) for line in range(begin, end - 1)):
            raise Fault(f"the footnote {mark} has several paragraphs: make it one")
        start = self._starts[begin] + self._lines[begin].index(mark)
        apart = "\n" if begin and not self._is_blank(begin - 1) else ""
        self._edits.append((start, start + len(mark), f"{apart}<sup>{number + 1}</sup>"))

    # --- inside a paragraph, a heading, a table's cell

    def _inline(self, token: Token, seen: int) -> int:
        """Translate the roles of one text; `seen` and the value returned: how far its first line has been read."""
        for pattern, told in _NOT_AS_MEANT.items():
            if found := re.search(pattern, token.content, re.MULTILINE):
                self._fault(token, token.content[: found.start()].count("\n"), Fault(f"`{found[0]}` {told}"))
        places, read = self._places(token, seen)
        for child in token.children or []:
            kind = re.sub(r"_(open|close)$", "", child.type)
            start, end = child.meta.get("span", (0, 0))
            try:
                if kind not in _COMMONMARK:
                    raise Fault(f"`{kind}` is not known to Jupyter: teach it to nnlab.course.myst, or write it plainly")
                new = self._translated(child)
            except Fault as fault:
                self._fault(token, token.content[:start].count("\n"), fault)
                continue
            if new is not None:
                self._edits.append((places[start], places[end - 1] + 1, new))
        return read

    def _translated(self, child: Token) -> str | None:
        """What a piece of a text becomes; None where it stays."""
        if child.type == "myst_role":
            return role(child.meta["name"], child.content, self._context)
        if child.type == "footnote_ref":
            return f"<sup>{child.meta['id'] + 1}</sup>"
        if child.type.startswith("math_inline") and "\n" in child.content and self._quotes:
            dollars = "$$" if child.type == "math_inline_double" else "$"
            return f"{dollars}{' '.join(child.content.split())}{dollars}"
        if child.type == "text" and (found := re.search(r"\[\^[\w-]+\]", child.content)):
            raise Fault(f"the footnote {found[0]} is not in this cell: write it below its text")
        if child.type == "image" and any(part.type == "myst_role" for part in child.children or []):
            raise Fault("a picture's alternative text is plain text: write no role in it")
        target = child.attrGet("href") if child.type == "link_open" else child.attrGet("src")
        if target and not re.match(r"[a-z]+:", str(target)) and not self._context.is_notebook(str(target)):
            mend = "```{figure}" if child.type == "image" else "{doc}`path` or {ref}`label`"
            raise Fault(f"the address {target} leads nowhere from a notebook: use {mend}")
        return None

    def _places(self, token: Token, seen: int) -> tuple[list[int], int]:
        """For each character of an inline text its place in the whole, and where its first line ends there."""
        places: list[int] = []
        read = 0
        for below, piece in enumerate(token.content.split("\n")):
            number = token.map[0] + below  # type: ignore[index]
            line, start = self._lines[number], seen if below == 0 else 0
            bare = piece.lstrip(" ")  # the parser has made spaces of some tabs
            in_table = line.find(bare.replace("|", r"\|"), start)  # where \| stands for |
            columns = iter(range(line.find(bare, start), len(line) + 1)) if in_table < 0 else _unescaped(line, in_table)
            found = list(itertools.islice(columns, len(bare) + 1))
            places += [self._starts[number] + c for c in [found[0]] * (len(piece) - len(bare)) + found]
            if below == 0:
                read = found[-1]
        return places, read


def _unescaped(line: str, column: int) -> Iterator[int]:
    """The columns of a line from `column` on, with those of the backslash in \\| left out."""
    for at in range(column, len(line) + 1):
        if line[at : at + 2] != r"\|":
            yield at
