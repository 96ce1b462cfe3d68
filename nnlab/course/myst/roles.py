"""What each MyST role becomes where MyST is not known: {eq}`loss` becomes (3)."""

import html
import re
from collections.abc import Callable, Mapping

from nnlab.course.myst.context import Context, Fault
from nnlab.errors import ChapterError


def role(name: str, content: str, context: Context) -> str:
    """What `{name}`content`` becomes.

    Raises:
        Fault: there is no such role here, or it refers to nothing.
    """
    if name not in ROLES:
        known = ", ".join(f"{{{n}}}" for n in ROLES)
        raise Fault(f"the role {{{name}}} is unknown: teach it to nnlab.course.myst, or use one of {known}")
    return ROLES[name](content.strip(), context)


def _explicit(content: str) -> tuple[str, str]:
    """`text <target>` or `target`, as (text or '', target)."""
    found = re.fullmatch(r"(.*?)\s*<([^<>]+)>", content, re.DOTALL)
    return (found[1], found[2].strip()) if found else ("", content)


def _works(content: str, context: Context, form: str) -> list[str]:
    cited = []
    for key in content.split(","):
        try:
            names, year = context.works.names_and_year(key.strip())
            address = context.works.address(key.strip()) or context.file("blob", "references.bib")
        except ChapterError as error:
            raise Fault(str(error)) from None
        cited.append(f"[{form.format(names=names, year=year)}]({address})")
    return cited


def _eq(content: str, context: Context) -> str:
    label = context.label(content, "equation")
    return f"({label.text})" if label.page == context.page else f"({label.text}) in {context.link(label.page)}"


def _ref(content: str, context: Context) -> str:
    text, name = _explicit(content)
    label = context.label(name, "section", "figure", "table")
    if label.page != context.page:
        return context.link(label.page, text or label.text)
    return text or f"“{label.text}”"


def _numref(content: str, context: Context) -> str:
    # Figures carry no numbers in a notebook: they are called by their captions.
    text, name = _explicit(content)
    label = context.label(name, "equation", "figure", "table")
    if label.kind == "equation":
        return (text or "Equation %s").replace("%s", _eq(name, context))
    return f"the {label.kind} “{label.text}”"


def _doc(content: str, context: Context) -> str:
    text, path = _explicit(content)
    page = context.resolve(path)
    if page not in context.titles:
        raise Fault(f"there is no page `{path}`: write its path from this page, or from book/ with a / before it")
    return context.link(page, text)


def _abbr(content: str, context: Context) -> str:
    found = re.fullmatch(r"(.+?)\s*\((.+)\)", content)
    if not found:
        raise Fault(f"the abbreviation `{content}` lacks its meaning: write `MLP (multilayer perceptron)`")
    return f'<abbr title="{html.escape(found[2])}">{found[1]}</abbr>'


ROLES: Mapping[str, Callable[[str, Context], str]] = {
    "cite:p": lambda content, context: f"({'; '.join(_works(content, context, '{names}, {year}'))})",
    "cite:t": lambda content, context: ", ".join(_works(content, context, "{names} ({year})")),
    "eq": _eq,
    "ref": _ref,
    "numref": _numref,
    "doc": _doc,
    "term": lambda content, context: _explicit(content)[0] or content,
    "math": lambda content, context: f"${content}$",
    "abbr": _abbr,
    "sub": lambda content, context: f"<sub>{content}</sub>",
    "sup": lambda content, context: f"<sup>{content}</sup>",
    "kbd": lambda content, context: f"<kbd>{content}</kbd>",
}
