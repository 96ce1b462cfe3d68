"""What a form must hold: one small rule after the other, each with the sentence that says what is missing."""

import datetime
import difflib
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, TypeGuard

ITEMS = {
    "about": "about",
    "applies": "applies",
    "processes": "(a)",
    "use": "(b)",
    "people": "(c)",
    "harms": "(d)",
    "oversight": "(e)",
    "response": "(f)",
    "evidence": "evidence",
    "signed": "signed",
}
FIELDS = {
    "about": ("system", "purpose", "provider", "deployer", "deployer_is", "annex_iii"),
    "applies": ("article_27", "reason"),
    "use": ("period", "frequency", "cases_a_day"),
    "people": ("id", "who", "why"),
    "harms": ("id", "what", "who", "right", "likelihood", "severity", "evidence"),
    "oversight": ("who", "people", "minutes_a_case", "may_override", "against_automation_bias"),
    "response": ("measures", "governance", "complaints", "answer_in_days"),
    "measures": ("harm", "what", "owner"),
    "evidence": ("id", "what", "figure", "plus_minus", "cases", "source"),
    "signed": ("by", "date", "review"),
}
DEPLOYERS = ("public body", "private body with a public service", "private body")
ANNEX_III = {"1": "abc", "2": "", "3": "abcd", "4": "ab", "5": "abcd", "6": "abcde", "7": "abcd", "8": "ab"}
GRADES = ("low", "medium", "high")
WORKING_DAY = 8 * 60  # minutes that one person has in a day, at the very most
_SENTENCE = 4  # words: fewer describe nothing
_EMPTY = re.compile(
    r"\W*|to ?do|tbd|n ?/? ?a|none|nothing|not applicable|unknown|see above|later|x+|lorem ipsum.*|"
    r"(still )?to be (added|completed|confirmed|decided|defined|determined|done|filled in)", re.I,
)  # fmt: skip
_NOBODY = {"ai", "all", "algorithm", "everybody", "everyone", "machine", "model", "nobody", "system", "team", "we"}


class Gap(NamedTuple):
    """Something that a form lacks: the item of Article 27(1) or part of the form, the place in it, and why.

    >>> print(Gap("(d)", "harms H2", "points to no evidence"))
    (d) harms H2: points to no evidence
    """

    item: str
    where: str
    reason: str

    def __str__(self) -> str:
        return f"{'' if self.where.startswith(self.item) else f'{self.item} '}{self.where}: {self.reason}"


def check(form: Mapping[str, Any], measured: Mapping[str, float] | None = None) -> list[Gap]:
    """What is missing in the form, in its order; an empty list where nothing is.

    Args:
        form: what `load` returns.
        measured: by evidence id, the figure as it is measured today. One that lies further from the form's figure
            than the form's own `plus_minus` is out of date.

    It looks at form only: whether each item is answered, and whether each harm points to a figure. A false sentence
    passes. Where Article 27 does not apply, and the form says so and why, (a) to (f) may be left out.
    """
    return list(_gaps(form, measured or {}))


def duty(annex_iii: str, deployer_is: str) -> tuple[bool, str]:
    """Does Article 27(1) ask this deployer for the assessment, and the reason.

    >>> duty("5(b)", "private body")
    (True, 'point 5(b) of Annex III, whoever deploys it')
    """
    if annex_iii == "none":
        return False, "the system is not one of those that Annex III lists"
    if annex_iii == "2":
        return False, "the area of point 2 of Annex III is excepted"
    if annex_iii in ("5(b)", "5(c)"):
        return True, f"point {annex_iii} of Annex III, whoever deploys it"
    if deployer_is != "private body":
        return True, f"point {annex_iii} of Annex III, and the deployer is a {deployer_is}"
    return False, f"a private body without a public service, and point {annex_iii} is neither 5(b) nor 5(c)"


def _gaps(form: Mapping[str, Any], measured: Mapping[str, float]) -> Iterator[Gap]:
    yield from _unknown(form, "about", "the form", tuple(ITEMS))
    yield from _about(form)
    needed = _applies_not(form) is False
    for part, rule in _PARTS.items():
        if part not in form or form[part] in (None, "", [], {}):
            if needed or part == "signed":
                yield Gap(ITEMS[part], part, "this part is not filled in")
        else:
            yield from rule(form)
    for each in _rows(form, "evidence"):
        name, now = each.get("id"), measured.get(str(each.get("id")))
        known = [v for v in (each.get("figure"), each.get("plus_minus"), now) if _is_number(v)]
        if len(known) == 3 and not abs(known[0] - known[2]) <= known[1]:
            reason = f"out of date: the form says {known[0]:g} ± {known[1]:g}, measured today {known[2]:.4g}"
            yield Gap("evidence", f"evidence {name}", reason)


def _applies_not(form: Mapping[str, Any]) -> bool:
    """Does the form say, rightly, that Article 27 does not apply?"""
    about, applies = _part(form, "about"), _part(form, "applies")
    facts = _annex(about), about.get("deployer_is")
    return applies.get("article_27") is False and facts[0] is not None and not duty(facts[0], str(facts[1]))[0]


def _about(form: Mapping[str, Any]) -> Iterator[Gap]:
    about, applies = _part(form, "about"), _part(form, "applies")
    yield from _unknown(about, "about", "about", FIELDS["about"])
    yield from _texts(about, "about", "about", system=2, purpose=_SENTENCE, provider=1, deployer=2)
    kind, point = about.get("deployer_is"), _annex(about)
    if kind not in DEPLOYERS:
        yield Gap("about", "about deployer_is", f"not one of: {', '.join(DEPLOYERS)}")
    if point is None:
        yield Gap("about", "about annex_iii", 'no point of Annex III: write one such as "5(b)", or "none"')
    yield from _unknown(applies, "applies", "applies", FIELDS["applies"])
    said = applies.get("article_27")
    if not isinstance(said, bool):
        yield Gap("applies", "applies article_27", "say true or false: does Article 27 apply?")
    elif point is not None and kind in DEPLOYERS and duty(point, kind)[0] != said:
        yield Gap("applies", "applies article_27", f"{str(said).lower()} does not follow: {duty(point, kind)[1]}")
    yield from _texts(applies, "applies", "applies", reason=_SENTENCE)


def _processes(form: Mapping[str, Any]) -> Iterator[Gap]:
    yield from _texts(form, "(a)", "", processes=3 * _SENTENCE)


def _use(form: Mapping[str, Any]) -> Iterator[Gap]:
    use = _part(form, "use")
    yield from _unknown(use, "(b)", "use", FIELDS["use"])
    yield from _texts(use, "(b)", "use", period=2, frequency=2)
    yield from _numbers(use, "(b)", "use", "cases_a_day")


def _people(form: Mapping[str, Any]) -> Iterator[Gap]:
    yield from _named(form, "people", "(c)")
    for each, where in _listed(form, "people"):
        yield from _texts(each, "(c)", where, who=2, why=_SENTENCE)
    harmed = {name for harm in _rows(form, "harms") for name in _names(harm.get("who"))}
    for each in _rows(form, "people"):
        if form.get("harms") and each.get("id") is not None and str(each["id"]) not in harmed:
            yield Gap("(d)", f"people {each['id']}", "no harm names this group: what could happen to them?")


def _harms(form: Mapping[str, Any]) -> Iterator[Gap]:
    groups, shown, answered = (_ids(form, part) for part in ("people", "evidence", "measures"))
    yield from _named(form, "harms", "(d)")
    for harm, where in _listed(form, "harms"):
        yield from _texts(harm, "(d)", where, what=_SENTENCE)
        yield from _points(harm, where, "who", groups, "no group", "of (c)")
        right = harm.get("right")
        if not isinstance(right, int) or isinstance(right, bool) or not 1 <= right <= 50:
            yield Gap("(d)", where, "names no right: give the number of an article of the Charter, 1 to 50")
        for grade in ("likelihood", "severity"):
            if harm.get(grade) not in GRADES:
                yield Gap("(d)", f"{where} {grade}", "not one of: low, medium, high")
        yield from _points(harm, where, "evidence", shown, "no evidence", "of the form")
        if form.get("response") and harm.get("id") is not None and str(harm["id"]) not in answered:
            yield Gap("(f)", where, "no measure says what is done when this happens")


def _oversight(form: Mapping[str, Any]) -> Iterator[Gap]:
    oversight = _part(form, "oversight")
    yield from _unknown(oversight, "(e)", "oversight", FIELDS["oversight"])
    yield from _somebody(oversight, "(e)", "oversight", "who")
    yield from _texts(oversight, "(e)", "oversight", against_automation_bias=_SENTENCE)
    yield from _numbers(oversight, "(e)", "oversight", "people", "minutes_a_case")
    if oversight.get("may_override") is not True:
        yield Gap("(e)", "oversight may_override", "who may not decide otherwise than the system oversees nothing")
    asked = oversight.get("minutes_a_case"), _part(form, "use").get("cases_a_day"), oversight.get("people")
    minutes, cases, people = (v if _is_number(v) else math.nan for v in asked)
    needed, there = minutes * cases, people * WORKING_DAY
    if needed > there:
        yield Gap("(e)", "oversight", f"cannot be done: it takes {needed:g} minutes a day, and there are {there:g}")


def _response(form: Mapping[str, Any]) -> Iterator[Gap]:
    response = _part(form, "response")
    yield from _unknown(response, "(f)", "response", FIELDS["response"])
    yield from _texts(response, "(f)", "response", governance=_SENTENCE, complaints=_SENTENCE)
    yield from _numbers(response, "(f)", "response", "answer_in_days")
    if not response.get("measures"):
        yield Gap("(f)", "response measures", "there is none: what is done when a harm happens?")
        return
    yield from _named(response, "measures", "(f)")
    for measure, where in _listed(response, "measures"):
        yield from _points(measure, where, "harm", _ids(form, "harms"), "no harm", "of (d)", item="(f)")
        yield from _texts(measure, "(f)", where, what=_SENTENCE)
        yield from _somebody(measure, "(f)", where, "owner")


def _evidence(form: Mapping[str, Any]) -> Iterator[Gap]:
    yield from _named(form, "evidence", "evidence")
    for each, where in _listed(form, "evidence"):
        yield from _texts(each, "evidence", where, what=_SENTENCE, source=2)
        if not _is_number(each.get("figure")):
            yield Gap("evidence", where, "has no figure: a number that was measured")
        doubt = each.get("plus_minus")
        if not _is_number(doubt) or doubt <= 0:
            yield Gap("evidence", where, "has no plus_minus: how uncertain is the figure?")
        yield from _numbers(each, "evidence", where, "cases")


def _signed(form: Mapping[str, Any]) -> Iterator[Gap]:
    signed = _part(form, "signed")
    yield from _unknown(signed, "signed", "signed", FIELDS["signed"])
    yield from _somebody(signed, "signed", "signed", "by")
    if not isinstance(signed.get("date"), datetime.date):
        yield Gap("signed", "signed date", "no date such as 2026-11-22")
    yield from _texts(signed, "signed", "signed", review=_SENTENCE)


_PARTS = {
    "processes": _processes,
    "use": _use,
    "people": _people,
    "harms": _harms,
    "oversight": _oversight,
    "response": _response,
    "evidence": _evidence,
    "signed": _signed,
}


# ---- the small questions that the rules are made of ----


def _part(form: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = form.get(name)
    return part if isinstance(part, Mapping) else {}


def _rows(form: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    rows = form.get(name)
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []


def _names(value: Any) -> list[str]:
    return [] if value is None else [str(v) for v in value] if isinstance(value, list) else [str(value)]


def _ids(form: Mapping[str, Any], part: str) -> list[str]:
    if part == "measures":
        return [n for row in _rows(_part(form, "response"), "measures") for n in _names(row.get("harm"))]
    return [str(row["id"]) for row in _rows(form, part) if row.get("id") is not None]


def _annex(about: Mapping[str, Any]) -> str | None:
    found = re.fullmatch(r"(\d)(?:\(([a-e])\))?", text := str(about.get("annex_iii", "")).strip().lower())
    if text == "none":
        return text
    letters = ANNEX_III.get(found[1]) if found else None
    return text if found and letters is not None and (found[2] or "") in (letters or ("",)) else None


def _is_number(value: Any) -> TypeGuard[float]:
    return (
        isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e15
    )  # neither nan nor infinite, nor absurd


def _listed(form: Mapping[str, Any], part: str) -> list[tuple[Mapping[str, Any], str]]:
    """The rows of a list with the place of each; what is no row counts as an empty one."""
    rows = form[part] if isinstance(form[part], list) else [form[part]]
    maps = [row if isinstance(row, Mapping) else {} for row in rows]
    return [(row, f"{part} {row.get('id') or row.get('harm') or n}") for n, row in enumerate(maps, 1)]


def _named(form: Mapping[str, Any], part: str, item: str) -> Iterator[Gap]:
    """Each row of a list has the names that it should have, and an id of its own."""
    seen: set[str] = set()
    for row, where in _listed(form, part):
        yield from _unknown(row, item, where, FIELDS[part])
        if "id" not in FIELDS[part]:
            continue
        if row.get("id") is None:
            yield Gap(item, where, "has no id, so nothing can point to it")
        elif str(row["id"]) in seen:
            yield Gap(item, where, "has the same id as another one")
        seen.add(str(row.get("id")))


def _unknown(part: Mapping[str, Any], item: str, where: str, known: tuple[str, ...]) -> Iterator[Gap]:
    for name in part:
        if str(name) not in known:
            near = difflib.get_close_matches(str(name), known, 1)
            yield Gap(item, where, f"{name!r} is no name of this form" + (f": {near[0]!r}?" if near else ""))


def _texts(part: Mapping[str, Any], item: str, where: str, **words: int) -> Iterator[Gap]:
    for name, least in words.items():
        text, place = part.get(name), f"{where} {name}".strip()
        if not isinstance(text, str) or _EMPTY.fullmatch(text.strip()):
            yield Gap(item, place, "not answered")
        elif len(re.findall(r"\w+", text)) < least:
            yield Gap(item, place, f"too short to say anything: fewer than {least} words")


def _numbers(part: Mapping[str, Any], item: str, where: str, *names: str) -> Iterator[Gap]:
    for name in names:
        value = part.get(name)
        if not _is_number(value) or value <= 0:
            yield Gap(item, f"{where} {name}", "a number above 0 is needed")


def _somebody(part: Mapping[str, Any], item: str, where: str, name: str) -> Iterator[Gap]:
    gaps = list(_texts(part, item, where, **{name: 1}))
    yield from gaps
    if not gaps and set(re.findall(r"\w+", part[name].lower())) - {"a", "an", "our", "the", "whole"} <= _NOBODY:
        yield Gap(item, f"{where} {name}", f"{part[name]!r} can answer for nothing: name the role of a person")


def _points(
    row: Mapping[str, Any], where: str, name: str, known: list[str], none: str, of: str, item: str = "(d)"
) -> Iterator[Gap]:
    names = [n for n in _names(row.get(name)) if n.strip()]
    if not names:
        yield Gap(item, where, f"points to {none}")
    for each in names:
        if each not in known:
            yield Gap(item, where, f"points to {each!r}, which is {none} {of}")
