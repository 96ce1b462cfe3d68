"""A form as people read it: a page of its own, or shown in a notebook."""

import datetime
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from nnlab.fria.rules import FIELDS, Gap, check

TITLES = {
    "about": "The system and its deployer",
    "applies": "Does Article 27 apply?",
    "processes": "(a) The processes in which the system is used",
    "use": "(b) Period and frequency of use",
    "people": "(c) People and groups likely to be affected",
    "harms": "(d) Specific risks of harm to them",
    "oversight": "(e) Human oversight",
    "response": "(f) What is done when a risk becomes real",
    "evidence": "The evidence that the harms point to",
    "signed": "Signed",
}
RIGHTS = {
    1: "human dignity", 2: "right to life", 3: "integrity of the person", 6: "liberty and security",
    7: "private and family life", 8: "protection of personal data", 11: "expression and information",
    14: "education", 15: "right to engage in work", 20: "equality before the law", 21: "non-discrimination",
    23: "equality between women and men", 24: "rights of the child", 25: "rights of the elderly",
    26: "integration of persons with disabilities", 31: "fair working conditions", 34: "social security",
    35: "health care", 38: "consumer protection", 41: "good administration", 47: "effective remedy and fair trial",
    48: "presumption of innocence",
}  # fmt: skip
_STYLE = """
:root { color-scheme: light dark; --rule: #8888; }
body { font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 50rem; padding: 0 1rem; }
table { border-collapse: collapse; margin: 1.5rem 0; width: 100%; }
th, td { border-top: 1px solid var(--rule); overflow-wrap: anywhere; padding: .35rem .6rem; text-align: left;
  vertical-align: top; }
thead th { border: 0; font-size: 1.1rem; padding-left: 0; }
tbody th { font-weight: 600; width: min(12rem, 28%); }
@media print { table { break-inside: avoid; } }
"""


def page(form: Mapping[str, Any]) -> str:
    """The form as an HTML page that needs nothing else: what is missing first, then the form item by item."""
    title = f"FRIA: {_text(_part(form, 'about').get('system')) or 'a system without a name'}"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>{escape(title)}</h1>\n{_body(form)}\n</main>\n</body>\n</html>\n"
    )


def show(form: Mapping[str, Any]) -> None:
    """Show the form in a notebook; elsewhere print it as text."""
    from IPython import get_ipython

    if getattr(get_ipython(), "kernel", None) is None:
        print(_plain(form))
        return
    from IPython.display import display

    display({"text/html": f'<div class="nn-fria">{_body(form)}</div>', "text/plain": _plain(form)}, raw=True)


def _body(form: Mapping[str, Any]) -> str:
    lines = [_verdict(check(form))]
    for part, rows in _rows(form):
        head = f'<thead><tr><th scope="colgroup" colspan="2">{escape(TITLES[part])}</th></tr></thead>'
        body = "".join(
            f'<tr><th scope="row">{escape(name)}</th><td>{"<br>".join(map(escape, said))}</td></tr>'
            for name, said in rows
        )
        lines.append(f'<table class="nn-table">\n{head}\n<tbody>\n{body}\n</tbody>\n</table>')
    return "\n".join(lines)


def _verdict(gaps: list[Gap]) -> str:
    if not gaps:
        return "<p><strong>Nothing is missing.</strong> Whether it is true, a form cannot tell.</p>"
    many = "1 thing is" if len(gaps) == 1 else f"{len(gaps)} things are"
    return f"<p><strong>{many} missing:</strong></p>\n<ul>{''.join(f'<li>{escape(str(g))}</li>' for g in gaps)}</ul>"


def _plain(form: Mapping[str, Any]) -> str:
    gaps = check(form)
    lines = ["Nothing is missing." if not gaps else "Missing:", *(f"- {gap}" for gap in gaps)]
    for part, rows in _rows(form):
        lines += ["", TITLES[part], *(f"  {name}: {' | '.join(said)}" for name, said in rows)]
    return "\n".join(lines)


def _rows(form: Mapping[str, Any]) -> Iterator[tuple[str, list[tuple[str, list[str]]]]]:
    """Each part of the form with its lines: a name and what is said of it, in words, in one line or two."""
    for part in TITLES:
        value = form.get(part)
        if isinstance(value, list):
            rows = [(_name(row, n), _said(part, row)) for n, row in enumerate(value, 1)]
        elif isinstance(value, Mapping):
            rows = [(_words(name), [_text(v)]) for name, v in value.items() if name != "measures"]
            measures = value.get("measures")
            for n, row in enumerate(measures if isinstance(measures, list) else [], 1):
                rows.append((f"measure for {_name(row, n)}", _said("measures", row)))
        else:
            rows = [("answer", [_text(value) or "not filled in"])]
        yield part, rows or [("–", ["empty"])]


def _name(row: Any, n: int) -> str:
    return str(row.get("id") or row.get("harm") or n) if isinstance(row, Mapping) else str(n)


def _said(part: str, row: Any) -> list[str]:
    """One row of a list in words: what it says first, and the rest by name in a second line."""
    if not isinstance(row, Mapping):
        return [_text(row)]
    first, rest = [], []
    for name in [*FIELDS[part], *(n for n in row if n not in FIELDS[part])]:
        value = row.get(name)
        if name in ("id", "harm") or value is None:
            continue
        if name == "right":
            known = RIGHTS.get(value) if isinstance(value, int) else None
            rest.append(f"right: Article {_text(value)}" + (f", {known}" if known else ""))
        elif name == "plus_minus":
            rest.append(f"± {_text(value)}")
        elif name == "what" or (name == "who" and part == "people"):
            first.append(_text(value))
        else:
            rest.append(f"{_words(name)}: {_text(value)}")
    return [line for line in (" ".join(first), " · ".join(rest).replace(" · ±", " ±")) if line]


def _words(name: Any) -> str:
    return str(name).replace("annex_iii", "point of Annex III").replace("article_27", "Article 27").replace("_", " ")


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(_text, value))
    return value.isoformat() if isinstance(value, datetime.date) else " ".join(str(value).split())


def _part(form: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = form.get(name)
    return part if isinstance(part, Mapping) else {}
