"""The exercises of chapter 23, ethics: cases to judge, two measures to compute, a bug, and a form to complete."""

import re
from typing import Any

import numpy as np

from nnlab.exercises.core import Ask, exercise


def _judged(ask: Ask, name: str, right: dict[str, str], choices: str, otherwise: str) -> None:
    """The learner's dict `name` must give each case its right choice; each is a reply, so that a slip can be told."""
    given = ask.value(name)
    told = f'{name} is to be a dict with an answer for each of {", ".join(right)}, such as {{"A": {choices[0]!r}, …}}'
    ask.true(isinstance(given, dict) and bool(given), told, given=name)
    found = {str(k).strip().upper(): str(v).strip().upper() for k, v in given.items()} if not ask.failure else {}
    for case, choice in right.items():
        got = re.sub(r"\.0$", "", found.get(case, ""))
        got = got[:1] if got.isalpha() else got  # "washing" is as good as "W"
        ask.replies.append(f"{case} {got}")
        ask.true(got != "", told, given=case)
        ask.true(len(got) == 1 and got in choices, f"{got!r} is none of {', '.join(choices)}", given=case)
        ask.true(got == choice, f"{got} {otherwise}", given=case)


# 23.1 -----------------------------------------------------------------------------------------------------------------
_STATEMENTS = {"A": "W", "B": "N", "C": "B", "D": "N", "E": "W", "F": "B"}


@exercise("23.1", "Washing, bashing, or neither", reads="statements")
def statements(ask: Ask, rng: np.random.Generator) -> None:
    _judged(ask, "statements", _STATEMENTS, "WBN", "is not what the definitions say of this sentence")


statements.hints(
    "Ask of each sentence: does it promise something that somebody else could check, and that has a consequence? "
    "Does it argue from the content of a guideline, or turn down all ethics at once?",
    "A good word about oneself is no washing if it can be checked. A hard word about guidelines is no bashing if it "
    "gives its reasons.",
)


def _statement(case: str, choice: str, sentence: str) -> None:
    statements.slip(sentence, _STATEMENTS | {case: choice})


_statement("A", "N", "A: twelve principles are named, but how they are applied is secret. What could anybody check?")
_statement(
    "B", "W", "B: it praises itself, but the figures are public and a limit has a consequence. That can be checked."
)
_statement("C", "N", "C: it gives no reason from any guideline; it says that none is worth reading.")
_statement("D", "B", "D: hard criticism, but of the content: no duty, no control. It asks for more, not for nothing.")
_statement("E", "N", "E: a board that speaks too late, in secret, and binds nobody is the look of control without it.")
_statement(
    "F",
    "N",
    "F: it stops listening as soon as ethics is named, and so turns down all of it, without looking at what it says.",
)
_statement("F", "W", "F: washing uses the words of ethics. This sentence throws them all away.")
_statement("C", "W", "C: washing uses the words of ethics to look good. This sentence throws them all away.")
_statement("D", "W", "D: nobody is made to look good here: guidelines are criticised, with a reason.")


# 23.2 -----------------------------------------------------------------------------------------------------------------
@exercise("23.2", "The effective number of topics", reads="effective_topics", points=2)
def effective(ask: Ask, rng: np.random.Generator) -> None:
    from scipy import stats

    for counts in (
        np.array([8, 1, 1, 0]),
        rng.integers(0, 9, size=12) * rng.integers(0, 2, size=12) + np.eye(12, dtype=int)[3] * 5,
        rng.uniform(0.5, 3, size=7),
        np.array([0, 0, 6]),
        np.full(5, 4),
        rng.integers(1, 2000, size=20),
        np.array([3]),
    ):
        ask.close(ask.call("effective_topics", counts), np.exp(stats.entropy(counts)), rtol=1e-6)


effective.hints(
    "First make shares of the counts: they must add up to 1. Which share makes log complain, and how much does it add?",
    "p = counts[counts > 0] / counts.sum(): a topic that was never shown adds nothing to the entropy.",
    "np.exp(-(p * np.log(p)).sum())",
)


def _shares(counts: Any) -> np.ndarray:
    counts = np.asarray(counts, float)
    return counts[counts > 0] / counts.sum()


@effective.slip("this is the entropy itself, in nats. Its exponential is a number of topics.")
def _(counts):
    return -(_shares(counts) * np.log(_shares(counts))).sum()


@effective.slip("this is the entropy in bits. The effective number is exp of the entropy in nats (or 2 to the bits).")
def _(counts):
    return -(_shares(counts) * np.log2(_shares(counts))).sum()


@effective.slip("bits were put into exp: natural logarithm with exp, or logarithm of base 2 with a power of 2.")
def _(counts):
    return np.exp(-(_shares(counts) * np.log2(_shares(counts))).sum())


@effective.slip("this counts the topics that were shown at all: one item counts as much as a thousand.")
def _(counts):
    return int((np.asarray(counts) > 0).sum())


@effective.slip("the minus sign is missing: with it missing, more topics give a smaller number.")
def _(counts):
    return np.exp((_shares(counts) * np.log(_shares(counts))).sum())


@effective.slip("a count of 0 makes nan here: 0 · log 0 counts as 0, so leave these topics out.")
def _(counts):
    p = np.asarray(counts) / np.sum(counts)
    return np.exp(-(p * np.log(p)).sum())


@effective.slip("1 was added to each count, so topics that were never shown count too.")
def _(counts):
    p = _shares(np.asarray(counts, float) + 1)
    return np.exp(-(p * np.log(p)).sum())


@effective.slip("this is one over the sum of squared shares, another measure of variety; the entropy is asked for.")
def _(counts):
    return 1 / (_shares(counts) ** 2).sum()


@effective.slip("the mean over the topics in place of the sum.")
def _(counts):
    return np.exp(-(_shares(counts) * np.log(_shares(counts))).mean())


# 23.3 -----------------------------------------------------------------------------------------------------------------
def _greedy(scores: Any, topics: Any, size: int, cap: int) -> list[int]:
    left: dict[int, int] = {}
    chosen: list[int] = []
    for item in sorted(range(len(scores)), key=lambda i: -scores[i]):
        if len(chosen) < size and left.setdefault(int(topics[item]), cap) > 0:
            left[int(topics[item])] -= 1
            chosen.append(item)
    return chosen


@exercise("23.3", "A list with a limit for each topic", reads="pick", points=2)
def pick(ask: Ask, rng: np.random.Generator) -> None:
    # One topic is liked most by far, and the items stand in no order; last, there are too few items for a full list.
    for items, kinds, size, cap in (
        (12, 3, 5, 2),
        (30, 6, 8, 1),
        (40, 4, 10, 3),
        (9, 9, 4, 9),
        (10, 2, 6, 2),
        (7, 2, 4, 7),
    ):
        topics = rng.permutation(np.arange(items) % kinds)
        scores = rng.permutation(items) / items + 0.6 * (topics == 0) - 0.5
        scores += 1e-3 * rng.normal(size=items)
        aim = _greedy(scores, topics, size, cap)
        ask.equal(ask.call("pick", scores, topics, size, cap), aim)


pick.hints(
    "Go through the items from the best score to the worst: np.argsort(-scores). What must you remember on the way?",
    "Keep a count for each topic. An item whose topic is full is passed over, and you go on to the next one.",
    "Stop when `size` items are chosen; return the numbers of the items, best first.",
)


@pick.slip("the limit is not kept: these are simply the best items.")
def _(scores, topics, size, cap):
    return np.argsort(-scores)[:size]


@pick.slip("the list is cut to its size before the limit is applied, so it becomes too short: go on to the next items.")
def _(scores, topics, size, cap):
    best = np.argsort(-scores)[:size]
    return [int(i) for n, i in enumerate(best) if (topics[best[:n]] == topics[i]).sum() < cap]


@pick.slip("one too many of a topic: after `cap` items it is full.")
def _(scores, topics, size, cap):
    return _greedy(scores, topics, size, cap + 1)


@pick.slip("the worst items first: argsort puts the smallest score in front. Sort by −scores.")
def _(scores, topics, size, cap):
    return _greedy(-scores, topics, size, cap)


@pick.slip("these are the topics of the items; return the numbers of the items.")
def _(scores, topics, size, cap):
    return topics[_greedy(scores, topics, size, cap)]


@pick.slip("these are the scores of the items; return the numbers of the items.")
def _(scores, topics, size, cap):
    return scores[_greedy(scores, topics, size, cap)]


@pick.slip("the items were taken in the order in which they stand, not by their score.")
def _(scores, topics, size, cap):
    return _greedy(-np.arange(len(scores)), topics, size, cap)


@pick.slip("the right items, but not the best one first.")
def _(scores, topics, size, cap):
    return sorted(_greedy(scores, topics, size, cap))


@pick.slip("the search stops at the first item whose topic is full: pass over it and go on.")
def _(scores, topics, size, cap):
    best = np.argsort(-scores)
    full = [n for n, i in enumerate(best) if (topics[best[:n]] == topics[i]).sum() >= cap]
    return best[: min([size, *full])]


# 23.4 -----------------------------------------------------------------------------------------------------------------
@exercise(
    "23.4", "Find the bug: how often is a wrong suggestion followed?", reads=("diagnosis", "overturned"), points=2
)
def overturned(ask: Ask, rng: np.random.Generator) -> None:
    ask.diagnosis("B", "ABCDE", "does not explain why an office that never follows gets 0.84")
    for n, kinds in (30, 2), (200, 3), (60, 5), (41, 4):
        truth = rng.integers(kinds, size=n)
        aid, before = (np.where(rng.random(n) < p, truth, rng.integers(kinds, size=n)) for p in (0.5, 0.7))
        moved = rng.random(n)
        after = np.where(moved < 0.4, aid, np.where(moved < 0.8, before, rng.integers(kinds, size=n)))
        truth[:2], aid[:2], before[:2], after[:2] = 0, 1, 0, (1, 0)  # at least two of the cases that count
        counts = (aid != truth) & (before == truth)
        ask.close(ask.call("overturned", truth, aid, before, after), (after == aid)[counts].mean())
    truth = np.array([0, 1, 1])
    ask.close(ask.call("overturned", truth, truth, np.array([0, 1, 0]), truth), np.nan)


overturned.hints(
    "Imagine an office that decides every case by itself and is nearly always right, beside an aid that is nearly "
    "always right too. How often are the two equal?",
    "Who follows a right suggestion may have found it herself. Which cases show that the suggestion moved her?",
    "counts = (aid != truth) & (before == truth): the suggestion is wrong, and she had it right before. Among these, "
    "how often is `after` equal to `aid`? Where there is no such case, return float('nan').",
)


def _bug(function: Any = None, diagnosis: str = "B") -> dict[str, Any]:
    def right(truth, aid, before, after):
        return _rate(after == aid, (aid != truth) & (before == truth))

    return {"diagnosis": diagnosis, "overturned": function or right}


def _rate(event: Any, among: Any) -> float:
    return float(np.mean(event[among])) if np.any(among) else float("nan")


_DIAGNOSES = {
    "A": "not A: the value hardly changes with ten times the cases.",
    "C": "not C: accuracy answers another question; it would be high in both offices.",
    "D": "not D: the first judgement is written down before the suggestion is shown. The function never reads it.",
    "E": "not E: the truth is known for these test cases. The function never reads it.",
}
for _letter, _sentence in _DIAGNOSES.items():
    overturned.slip(_sentence, **_bug(diagnosis=_letter))

_REPAIRS = {
    "this still counts the cases in which the suggestion was right.": lambda t, a, b, c: _rate(c == a, b == t),
    "this still counts those who had the same wrong answer before: the suggestion did not move them.": (
        lambda t, a, b, c: _rate(c == a, a != t)
    ),
    "this counts every wrong decision, also one that is not the suggestion's: compare `after` with `aid`.": (
        lambda t, a, b, c: _rate(c != t, (a != t) & (b == t))
    ),
    "divided by all cases: the share is among those where the suggestion is wrong and she was right.": (
        lambda t, a, b, c: float(np.mean((c == a) & (a != t) & (b == t)))
    ),
    "the two are exchanged: this looks where the suggestion was right and she was wrong, and that help is welcome.": (
        lambda t, a, b, c: _rate(c == a, (a == t) & (b != t))
    ),
    "this is how often she stays with her own answer: one minus what is asked, or nearly.": (
        lambda t, a, b, c: _rate(c == b, (a != t) & (b == t))
    ),
    "nothing has changed: all cases are still counted.": lambda t, a, b, c: float(np.mean(c == a)),
}
for _sentence, _function in _REPAIRS.items():
    overturned.slip(_sentence, **_bug(_function))


# 23.5 -----------------------------------------------------------------------------------------------------------------
_REASONS = {"A": "3", "B": "2", "C": "4", "D": "1", "E": "5", "F": "7", "G": "6", "H": "8", "I": "1"}


@exercise("23.5", "Nine systems, eight reasons", reads="reason", points=3)
def reason(ask: Ask, rng: np.random.Generator) -> None:
    _judged(ask, "reason", _REASONS, "12345678", "is not the reason: read the table of the lists again")


reason.hints(
    "First the class: does Article 5 name it (1)? Does Annex III (2 to 5)? Only Article 50 (6)? Only then ask who "
    "deploys it.",
    "Article 27: points 5(b) and 5(c) whoever deploys; other points of Annex III if the deployer is a public body or "
    "has a public service; never point 2.",
    "Two of the nine are prohibited. Only one falls under an exception that a list writes down itself.",
)


def _system(case: str, choice: int, sentence: str) -> None:
    reason.slip(sentence, _REASONS | {case: str(choice)})


_system("A", 4, "A: a bank is private, but point 5(b) asks for a FRIA from whoever deploys such a system.")
_system("A", 2, "A: the duty is right, the reason is not: it does not depend on what kind of body the bank is.")
_system("B", 4, "B: the hospital is a body governed by public law.")
_system("B", 3, "B: triage is point 5(d). Only 5(b) and 5(c) ask whoever deploys them; here it is the public hospital.")
_system("C", 2, "C: a furniture factory is no public body and has no public service: high risk, but no FRIA.")
_system("C", 8, "C: choosing applicants for a job is point 4(a) of Annex III.")
_system("D", 4, "D: reading emotions of people at work is not high risk but prohibited (Article 5(1)(f)).")
_system("D", 6, "D: to tell people does not help: at work it is prohibited (Article 5(1)(f)).")
_system("E", 2, "E: high risk and a public body, but Article 27 excepts the area of point 2.")
_system("E", 8, "E: safety components in the supply of water are point 2 of Annex III.")
_system("F", 3, "F: point 5(b) itself excepts systems that look for financial fraud.")
_system("F", 8, "F: a list does come near: point 5(b), and its own words except this use.")
_system(
    "F",
    2,
    "F: point 5(b) comes near, but its own words except the search for financial fraud.",
)
_system(
    "E", 4, "E: the deployer is a public body and would be asked. It is the area, point 2, that Article 27 leaves out."
)
_system("G", 8, "G: who talks with people must tell them that it is a machine: Article 50(1).")
_system("H", 6, "H: the list of films talks with nobody and makes no pictures; Article 50 does not name it.")
_system("H", 4, "H: Annex III does not name recommenders of films.")
_system("I", 7, "I: point 6(d) does come near, but Article 5(1)(d) prohibits it, and that settles it.")
_system(
    "I", 2, "I: from the profile alone it is prohibited (Article 5(1)(d)); with facts about an act it would be 6(d)."
)


# 23.6 -----------------------------------------------------------------------------------------------------------------
_OPEN = ("harms", "oversight", "response")
_FITTING = {"E1": {1, 2, 3, 20, 21, 25, 26, 34, 35, 47}, "E2": {1, 2, 3, 20, 21, 25, 35, 41, 47}}
_NURSES = 6


def _faults(given: Any) -> tuple[str, str]:
    """What is wrong with the learner's three parts first: a word for it, and the sentence; empty where nothing is."""
    from nnlab import fria
    from nnlab.errors import BadForm

    try:
        rest = given if isinstance(given, dict) else fria.load(given + "\n")
    except BadForm as error:
        return "YAML" if "as YAML" in str(error) else "no form", str(error)
    except TypeError:
        return "no form", "give the three parts as a text in YAML"
    for name in rest:
        if name not in _OPEN:
            return "other", f"{name!r} is not one of the parts to write: {', '.join(_OPEN)}"
    gaps = fria.check(form := fria.example("triage") | rest)
    if gaps:
        return f"{gaps[0].item} {gaps[0].reason}", "the checker says:\n" + "\n".join(map(str, gaps[:6]))
    if len(form["harms"]) < 2:
        return "one harm", "at least two harms are asked for, and here is one"
    points = [(_list(h["who"]), _list(h["evidence"]), h["right"], h["id"]) for h in form["harms"]]
    for who, shown, right, id in points:
        for wrong, told in ("E3", "an average over all patients"), ("E4", "the opinion of the staff"):
            if wrong in shown:
                return wrong, f"harm {id} points to {wrong}: {told} does not show this harm"
        if "E1" in shown and "P2" not in who:
            return "P2", f"harm {id} points to E1, which compares patients over 75 with the others: whom does it harm?"
        for evidence in shown:
            if right not in _FITTING[evidence]:
                return "right", f"harm {id}: {evidence} shows nothing about Article {right} of the Charter"
    for evidence in "E1", "E2":
        if not any(evidence in shown for _, shown, _, _ in points):
            return f"no {evidence}", f"no harm points to {evidence}, which shows one"
    if form["oversight"]["people"] > _NURSES:
        return (
            "staff",
            f"oversight by {form['oversight']['people']} people: (a) says that {_NURSES} nurses work on a day",
        )
    return "", ""


def _list(value: Any) -> list[str]:
    return [str(v) for v in value] if isinstance(value, list) else [str(value)]


@exercise("23.6", "Complete a FRIA", reads="rest", points=4)
def rest(ask: Ask, rng: np.random.Generator) -> None:
    given = ask.value("rest")
    fault, told = _faults(given)
    ask.replies.append(fault)  # what kind of fault it is: two learners who make the same one write other words
    ask.true(not fault, told, given="rest")


rest.hints(
    "Begin with the harms: which two of the four figures show that somebody is harmed, and whom? A figure that is good "
    "news on average shows no harm.",
    "Count the minutes: 240 patients a day, six nurses, and 480 minutes for each of them.",
    "Each harm needs an id, what, who ([P2]), right (a number), likelihood, severity and evidence ([E1]). In response, "
    "each harm has a measure with harm, what and owner; then governance, complaints and answer_in_days.",
)

_REST = """
harms:
  - {id: H1, what: An urgent patient over 75 is called not urgent and waits too long., who: [P2], right: 21,
     likelihood: medium, severity: high, evidence: [E1]}
  - {id: H2, what: A wrong class is set because the nurse follows the proposal against her own view., who: [P1],
     right: 35, likelihood: medium, severity: high, evidence: [E2]}
oversight:
  who: The triage nurse who sees the patient
  people: 6
  minutes_a_case: 8
  may_override: true
  against_automation_bias: The nurse sets her own class before the proposal is shown to her.
response:
  measures:
    - {harm: H1, what: Patients over 75 are seen again after fifteen minutes., owner: Head of nursing}
    - {harm: H2, what: Followed errors are reviewed each week and training is given., owner: Head of nursing}
  governance: The medical board reads the figures each month and can stop the system.
  complaints: Patients and families can write to the patient office of the hospital.
  answer_in_days: 14
"""


def _part(old: str, new: str, sentence: str) -> None:
    assert old in _REST
    rest.slip(sentence, _REST.replace(old, new, 1))


_part("evidence: [E1]", "evidence: []", "a harm without evidence is an opinion. Which of the four figures shows it?")
_part("[E1]", "[E3]", "94 % on average can hide a group that is harmed: look for the figure that compares groups.")
_part("[E1]", "[E4]", "that the staff like the system says nothing about the patients.")
_part("[E1]", "[E5]", "the form has four pieces of evidence, E1 to E4: a harm cannot point to another one.")
_part("who: [P2]", "who: [P1]", "E1 is about patients over 75. If no harm names them, nobody looks after them.")
_part("who: [P2], right: 21", "who: [P1, P2], right: 8", "Article 8 protects data about people. What is harmed here?")
rest.slip(
    "one harm with all the evidence: too late for the old and led astray by the machine are two, with two measures.",
    re.sub(r"(?s)\n  - \{id: H2.*?\[E2\]\}|\n    - \{harm: H2.*?nursing\}", "", _REST)
    .replace("[E1]", "[E1, E2]").replace("[P2]", "[P1, P2]"),
)  # fmt: skip
_part("[E2]", "[E1, E2]", "E1 compares patients over 75 with the others; a harm to all patients is not what it shows.")
_part("[E2]", "[E1]", "E1 compares patients over 75 with the others; use the figure about nurses for the other harm.")
_part("case: 8", "case: 20", "240 patients times 20 minutes are 4800 minutes, and six nurses have 2880 in a day.")
_part("people: 6", "people: 12", "more nurses than work there: the time must be found with six.")
_part("may_override: true", "may_override: false", "who may not decide otherwise signs what the machine decided.")
_part("    - {harm: H2,", "    - {harm: H1,", "each harm needs a measure of its own: two answer the same one here.")
_part("owner: Head of nursing", "owner: the system", "a system answers for nothing. Whose telephone rings?")
_part("answer_in_days: 14", "", "a complaint that nobody must answer in a given time is no way to complain.")
_part("\nharms:", "\npeople: []\nharms:", "only (d), (e) and (f) are yours: the other parts of the form stand.")
_part("  - {id: H1,", "   - {id: H1,", "YAML reads the spaces: the lines of one list begin at the same column.")
