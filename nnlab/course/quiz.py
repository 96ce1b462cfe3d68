"""The quizzes: what stands in a chapter's `{quiz}` block, read and checked.

The block is YAML, a list of questions. A question has `options`, each `right` or `wrong` with its own `why`, or else a
`number` (with `tolerance` where one is due) and one `why`. The site draws it (`nnlab.course.site.quiz`); the student
notebooks list it with folded answers.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import yaml

from nnlab.errors import ChapterError

Kind = Literal["choice", "several", "number"]


@dataclass(frozen=True)
class Option:
    """One answer that is offered: `text` and `why` are inline MyST."""

    text: str
    right: bool
    why: str


@dataclass(frozen=True)
class Question:
    """One question. `text` and `why` are inline MyST.

    `options` is empty for the kind "number"; `number`, `tolerance` and `why` say nothing for the other two.
    `numeral` is the number as the author wrote it.
    """

    text: str
    kind: Kind
    options: tuple[Option, ...] = ()
    number: float = math.nan
    tolerance: float = 0.0
    numeral: str = ""
    why: str = ""


def parse_quiz(text: str) -> list[Question]:
    """The questions of a quiz block's body.

    Raises:
        ChapterError: the text is no quiz. The message names the question by its place and says what to write.

    >>> [q] = parse_quiz('''
    ... - question: How many numbers does `nn.Linear(3, 1)` learn?
    ...   number: 4
    ...   why: Three weights and one bias.
    ... ''')
    >>> q.kind, q.number, q.numeral
    ('number', 4.0, '4')
    >>> parse_quiz("- question: What is a neuron?")
    Traceback (most recent call last):
    nnlab.errors.ChapterError: question 1 ("What is a neuron?") offers no answer: give it `options`, or a `number`
    """
    try:
        # Every field is text: in plain YAML an option `no` would be False, and `1.0` would lose its zero.
        questions = yaml.load(_quoted(text), Loader=_TextLoader)
    except yaml.YAMLError as error:
        raise ChapterError(f"this is not valid YAML: {_where(error)}{_reason(error)}") from None
    if not isinstance(questions, list) or not questions:
        raise ChapterError("a quiz is a list of questions: begin each with `- question: …`")
    return [_question(entry, place) for place, entry in enumerate(questions, start=1)]


class _TextLoader(yaml.BaseLoader):
    """Reads every scalar as text, and refuses a key that stands twice (a forgotten `- ` makes two questions one)."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.MarkedYAMLError(problem=f"`{key.value}` stands twice", problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


_KEY = r"(\s*(?:- +)?(?:question|right|wrong|why|options|number|tolerance|several):(?: +|$))"
_TEXT = re.compile(r"(\s*(?:- +)?(?:question|right|wrong|why): +)([^\s'\"|>].*)")


def _quoted(text: str) -> str:
    """The same with quotes around each text, which may go on below: prose is full of what YAML reads as its own.

    A colon, a `#`, a backtick or a bracket in front then say nothing but themselves. No line changes its place.
    """
    lines = text.splitlines()
    done: list[str] = []
    while lines:
        line = lines.pop(0)
        match = _TEXT.fullmatch(line)
        if not match:
            done.append(line)
            continue
        words, below = [match[2].strip()], 0
        indent = _indent(line)
        while lines and lines[0].strip() and _indent(lines[0]) > indent and not re.match(_KEY, lines[0]):
            words.append(lines.pop(0).strip())
            below += 1
        prose = " ".join(words).replace("'", "''")
        done += [f"{match[1]}'{prose}'", *[""] * below]
    return "\n".join(done)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _where(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    return f"line {mark.line + 1}: " if mark else ""


def _reason(error: yaml.YAMLError) -> str:
    problem = getattr(error, "problem", None) or str(error)
    if "stands twice" in problem:
        return f"{problem}: a new question or option begins with `- `"
    return f"{problem}; look at the indents there, and for a quotation mark without its partner"


def _question(entry: Any, place: int) -> Question:
    if not isinstance(entry, dict) or not _said(entry.get("question")):
        raise ChapterError(f"question {place} has no text: begin it with `- question: …`")
    text = entry["question"].strip()
    here = f'question {place} ("{text if len(text) < 50 else text[:47] + "…"}")'
    if "number" in entry and "options" in entry:
        raise ChapterError(f"{here} has `options` and a `number`: keep one of the two")
    if "number" in entry:
        return _number(entry, text, here)
    if "options" not in entry:
        raise ChapterError(f"{here} offers no answer: give it `options`, or a `number`")
    return _choice(entry, text, here)


def _number(entry: dict[str, Any], text: str, here: str) -> Question:
    _known(entry, ("question", "number", "tolerance", "why"), here)
    number = _float(entry["number"], "number", here)
    tolerance = _float(entry.get("tolerance", "0"), "tolerance", here)
    if tolerance < 0:
        raise ChapterError(f"{here}: the tolerance is {tolerance:g}; it cannot be negative")
    why = _text(entry, "why", here)
    return Question(text, "number", number=number, tolerance=tolerance, numeral=entry["number"].strip(), why=why)


def _choice(entry: dict[str, Any], text: str, here: str) -> Question:
    _known(entry, ("question", "options", "several"), here)
    listed = entry["options"]
    if not isinstance(listed, list) or len(listed) < 2:
        raise ChapterError(f"{here} needs two options or more: write each as `- right: …` or `- wrong: …`")
    options = tuple(_option(item, f"{here}, option {place}") for place, item in enumerate(listed, start=1))
    texts = [option.text for option in options]
    twice = sorted({t for t in texts if texts.count(t) > 1})
    if twice:
        raise ChapterError(f'{here} offers "{twice[0]}" twice')
    rights = sum(option.right for option in options)
    if entry.get("several", "false") not in ("true", "false"):
        raise ChapterError(f"{here}: `several` is {entry['several']!r}; it is `true` or `false`")
    several = entry.get("several") == "true" or rights > 1
    if rights > 1 and entry.get("several") == "false":
        raise ChapterError(f"{here} has {rights} right options, and says `several: false`")
    if not rights:
        raise ChapterError(f"{here} has no right option: mark one with `right:`")
    return Question(text, "several" if several else "choice", options)


def _option(item: Any, here: str) -> Option:
    if not isinstance(item, dict) or ("right" in item) == ("wrong" in item):
        raise ChapterError(f"{here} is to be marked once: `right: …` or `wrong: …`")
    mark = "right" if "right" in item else "wrong"
    _known(item, (mark, "why"), here)
    return Option(_text(item, mark, here), mark == "right", _text(item, "why", here))


def _text(entry: dict[str, Any], key: str, here: str) -> str:
    if not _said(entry.get(key)):
        raise ChapterError(f"{here} lacks `{key}:` with a text after it")
    return str(entry[key]).strip()


def _said(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _float(value: Any, key: str, here: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise ChapterError(f"{here}: `{key}` is {value!r}; it is one number, such as 0.25 or 1e-3")
    return number


def _known(entry: dict[str, Any], keys: Sequence[str], here: str) -> None:
    for key in entry:
        if key not in keys:
            raise ChapterError(f"{here} has an unknown key `{key}`; known here: {', '.join(keys)}")
