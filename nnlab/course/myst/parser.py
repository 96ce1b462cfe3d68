"""The site's own Markdown parser, and what it finds in a page: directives, labels, citations."""

import functools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence

import yaml
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.mdit import create_md_parser

from nnlab.course.myst.context import Label

_DIRECTIVE = re.compile(r"\{([\w:+-]+)\}\s*(.*)")
_PLACED = ("myst_role", "math_inline", "footnote_ref")  # the inline rules whose place in the text is kept
_VERBATIM = ("code-block", "quiz", "math", "bibliography")  # directives whose body is no Markdown


def labels(texts: Iterable[str], page: str, extensions: Sequence[str]) -> dict[str, Label]:
    """What the texts of one page label: equations, numbered in their order, headings, figures and tables."""
    found: dict[str, Label] = {}
    equations = 0
    for kind, name, text in (entry for source in texts for entry in _labelled(source, tuple(extensions))):
        equations += kind == "equation"
        found[name.lower()] = Label(kind, page, str(equations) if kind == "equation" else text)  # type: ignore[arg-type]
    return found


def citations(texts: Iterable[str], extensions: Sequence[str]) -> tuple[str, ...]:
    """The keys of the works that the texts cite, in the order of their first mention."""
    cited: dict[str, None] = {}
    for token in (token for text in texts for token in _every_token(text, tuple(extensions))):
        if token.type == "myst_role" and token.meta["name"].startswith("cite"):
            cited |= dict.fromkeys(key.strip() for key in token.content.split(","))
    return tuple(cited)


def directive_of(token: Token) -> tuple[str, str] | None:
    """The name and the argument of the directive that a fence is, or None."""
    found = _DIRECTIVE.fullmatch(token.info.strip()) if token.type in ("fence", "colon_fence") else None
    return (found[1], found[2]) if found else None


def options_and_body(content: str) -> tuple[dict[str, str], str, int]:
    """A directive's options, its body, and how many lines stand above that."""
    lines = content.rstrip("\n").split("\n")
    options: dict[str, str] = {}
    at = 0
    if lines[0].strip() == "---" and "---" in (line.strip() for line in lines[1:]):
        at = next(n for n, line in enumerate(lines) if n and line.strip() == "---") + 1
        options = {str(k): str(v) for k, v in (yaml.safe_load("\n".join(lines[1 : at - 1])) or {}).items()}
    else:
        while at < len(lines) and (found := re.fullmatch(r":([\w-]+):\s*(.*)", lines[at].strip())):
            options[found[1]] = found[2]
            at += 1
    while at < len(lines) and not lines[at].strip():
        at += 1
    return options, "\n".join(lines[at:]), at


def _every_token(text: str, extensions: tuple[str, ...]) -> Iterator[Token]:
    """The tokens of a text and of what stands inside its directives."""
    for token in parser(extensions).parse(f"{text}\n"):
        yield token
        yield from token.children or []
        found = directive_of(token)
        if found and found[0] not in _VERBATIM:
            yield from _every_token(options_and_body(token.content)[1], extensions)


def _labelled(text: str, extensions: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    """Kind, name and text of each thing that has a label."""
    targets: list[str] = []
    heading = False
    for token in _every_token(text, extensions):
        if token.type == "myst_target":
            targets.append(token.content)
        elif token.type == "math_block_label":
            yield "equation", token.info, ""
        elif token.type == "heading_open":
            heading = True
        elif token.type == "inline" and heading:
            yield from (("section", target, token.content) for target in targets)
            targets, heading = [], False
        elif found := directive_of(token):
            options, body, _ = options_and_body(token.content)
            name = options.get("label") or options.get("name")
            if name and found[0] == "math":
                yield "equation", name, ""
            elif name and found[0] in ("figure", "table"):
                yield found[0], name, found[1] if found[0] == "table" else body.strip()


@functools.cache
def parser(extensions: tuple[str, ...]) -> MarkdownIt:
    """The site's parser, which here also keeps where in the text a role, a formula or a footnote's mark stands."""
    config = MdParserConfig(enable_extensions=set(extensions), dmath_double_inline=True)
    made = create_md_parser(config, RendererHTML)
    for rule in made.inline.ruler.__rules__:
        if rule.name in _PLACED:
            made.inline.ruler.at(rule.name, _placing(rule.fn))
    return made


def _placing(rule: Callable[[StateInline, bool], bool]) -> Callable[[StateInline, bool], bool]:
    def placed(state: StateInline, silent: bool) -> bool:
        start = state.pos
        found = rule(state, silent)
        if found and not silent:
            state.tokens[-1].meta["span"] = (start, state.pos)
        return found

    return placed
