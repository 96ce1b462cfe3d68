"""What each MyST directive becomes where MyST is not known: in Jupyter, in Colab, on GitHub."""

import re
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from markdown_it import MarkdownIt

from nnlab.course.myst.context import Context, Fault
from nnlab.course.quiz import Question, parse_quiz
from nnlab.errors import ChapterError


@dataclass(frozen=True)
class Block:
    """A directive as it was written; `translate` makes CommonMark of MyST that stands inside it."""

    name: str
    argument: str
    options: Mapping[str, str]
    body: str
    context: Context
    quoted: bool  # it stands in a block quote
    translate: Callable[..., str]  # (text, *, quoted=False) -> str


def directive(block: Block) -> str:
    """What a directive becomes.

    Raises:
        Fault: there is no such directive here, or it is not as it should be.
    """
    if block.name not in DIRECTIVES:
        known = ", ".join(f"{{{n}}}" for n in DIRECTIVES)
        raise Fault(f"the directive {{{block.name}}} is unknown: teach it to nnlab.course.myst, or use one of {known}")
    return DIRECTIVES[block.name](block)


def quote(text: str) -> str:
    """The text as a Markdown block quote."""
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


def display(formula: str, tag: str = "", *, quoted: bool = False) -> str:
    """A displayed formula. In a quote it is one line: Jupyter takes a formula as it stands, the quote's > included."""
    lines = [line for line in formula.strip().split("\n") if line.strip()]  # a blank line would end it
    lines += [rf"\tag{{{tag}}}"] if tag else []
    if not quoted:
        return "\n".join(["$$", *lines, "$$"])
    return f"$$ {' '.join(line.strip() for line in lines)} $$"


def _admonition(block: Block, title: str = "") -> str:
    # Where the name says it all, the text may begin on the directive's own line.
    text = f"{block.argument}\n{block.body}".strip("\n") if title else block.body
    title = title or block.argument
    if not title:
        raise Fault(f"{{{block.name}}} needs a title on its first line")
    if "dropdown" in block.options.get("class", "").split():
        return _folded(block.translate(title), block.translate(text))
    return quote(f"**{block.translate(title)}**\n\n{block.translate(text, quoted=True)}")


def _dropdown(block: Block) -> str:
    return _folded(block.translate(block.argument or "More"), block.translate(block.body), open="open" in block.options)


def _folded(title: str, text: str, *, open: bool = False) -> str:
    summary = MarkdownIt("commonmark").renderInline(title)  # Markdown is not read inside an HTML tag
    return f"<details{' open' if open else ''}>\n<summary>{summary}</summary>\n\n{text}\n\n</details>"


def _epigraph(block: Block) -> str:
    return quote(block.translate(f"{block.argument}\n{block.body}".strip("\n"), quoted=True))


def _math(block: Block) -> str:
    label = block.options.get("label") or block.options.get("name", "")
    tag = block.context.label(label, "equation").text if label else ""
    return display(f"{block.argument}\n{block.body}", tag, quoted=block.quoted)


def _table(block: Block) -> str:
    caption = f"**Table.** {block.translate(block.argument)}\n\n" if block.argument else ""
    return caption + block.translate(block.body)


def _picture(block: Block) -> str:
    path = block.argument
    if not re.match(r"https?://", path):
        path = block.context.file("raw", block.context.resolve(path))
    picture = f"![{block.options.get('alt', '')}]({path})"
    caption = block.translate(block.body)
    return f"{picture}\n\n**Figure.** {caption}" if caption else picture


def _code(block: Block) -> str:
    longest = max((len(run) for run in re.findall(r"^\s*(`{3,})", block.body, re.MULTILINE)), default=2)
    mark = "`" * max(3, longest + 1)
    return f"{mark}{block.argument}\n{block.body}\n{mark}"


def _bibliography(block: Block) -> str:
    return "\n".join(f"- {block.context.works.entry(key)}" for key in sorted(block.context.cited))


def _live(block: Block) -> str:
    told = "**Live figure.** It moves on this chapter's page of the book, and cannot here."
    return quote(f"{told}\n\n{block.translate(block.body, quoted=True)}")


def _quiz(block: Block) -> str:
    try:
        questions = parse_quiz(block.body)
    except ChapterError as error:
        raise Fault(str(error)) from None
    return "\n\n".join(_question(place, question, block.translate) for place, question in enumerate(questions, 1))


def _question(place: int, question: Question, translate: Callable[..., str]) -> str:
    def line(text: str) -> str:
        return translate(" ".join(text.split("\n")))

    several = " Several answers can be right." if question.kind == "several" else ""
    asked = f"**Question {place}.** {translate(question.text)}{several}"
    if question.kind == "number":
        within = f" (within {question.tolerance:g})" if question.tolerance else ""
        return f"{asked}\n\n{_folded('Answer', f'**{question.numeral}**{within}. {translate(question.why)}')}"
    lettered = list(zip(string.ascii_uppercase, question.options, strict=False))
    offered = "\n".join(f"- {letter}. {line(option.text)}" for letter, option in lettered)
    judged = "\n".join(f"- **{x}** is {'right' if o.right else 'wrong'}. {line(o.why)}" for x, o in lettered)
    return f"{asked}\n\n{offered}\n\n{_folded('Answer', judged)}"


def _named(title: str) -> Callable[[Block], str]:
    return lambda block: _admonition(block, title)


DIRECTIVES: Mapping[str, Callable[[Block], str]] = {
    "note": _named("Note"),
    "tip": _named("Tip"),
    "hint": _named("Hint"),
    "important": _named("Important"),
    "warning": _named("Warning"),
    "caution": _named("Caution"),
    "seealso": _named("See also"),
    "admonition": _admonition,
    "dropdown": _dropdown,
    "epigraph": _epigraph,
    "math": _math,
    "table": _table,
    "figure": _picture,
    "image": _picture,
    "code-block": _code,
    "bibliography": _bibliography,
    "live": _live,
    "quiz": _quiz,
}
