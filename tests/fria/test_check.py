"""The checker refuses a form that is incomplete or shows no evidence, and says what is missing and where."""

import copy

import pytest

from nnlab import fria
from nnlab.fria.rules import duty

LONG = "four words and more"


def changed(change):
    form = copy.deepcopy(fria.example())
    change(form)
    return form


def without(form, *path):
    *steps, last = path
    for step in steps:
        form = form[step]
    del form[last]


def put(form, *path_and_value):
    *steps, last, value = path_and_value
    for step in steps:
        form = form[step]
    form[last] = value


# What is done to the worked form, and the one gap that it leaves: item, place, a piece of the reason.
BROKEN = {
    "no system": (lambda f: put(f, "about", "system", "TODO"), "about", "about system", "not answered"),
    "a kind of deployer that does not exist": (
        lambda f: put(f, "about", "deployer_is", "bank"), "about", "about deployer_is", "not one of: public body"),
    "a point that Annex III has not": (
        lambda f: put(f, "about", "annex_iii", "5(f)"), "about", "about annex_iii", "no point of Annex III"),
    "says that Article 27 does not apply": (
        lambda f: put(f, "applies", "article_27", False), "applies", "applies article_27", "whoever deploys it"),
    "does not say whether it applies": (
        lambda f: without(f, "applies", "article_27"), "applies", "applies article_27", "say true or false"),
    "(a) is missing": (lambda f: without(f, "processes"), "(a)", "processes", "not filled in"),
    "(a) is three words": (lambda f: put(f, "processes", "We score applications."), "(a)", "processes", "too short"),
    "(b) is missing": (lambda f: without(f, "use"), "(b)", "use", "not filled in"),
    "(b) without the frequency": (lambda f: put(f, "use", "frequency", "n/a"), "(b)", "use frequency", "not answered"),
    "(b) without a number of cases": (
        lambda f: put(f, "use", "cases_a_day", "many"), "(b)", "use cases_a_day", "a number above 0"),
    "(c) does not say why": (lambda f: put(f, "people", 0, "why", "-"), "(c)", "people P1 why", "not answered"),
    "(c) names a group that no harm names": (
        lambda f: f["people"].append({"id": "P4", "who": "Guarantors of a loan", "why": LONG}),
        "(d)", "people P4", "no harm names this group"),
    "(d) a harm without evidence": (
        lambda f: put(f, "harms", 1, "evidence", []), "(d)", "harms H2", "points to no evidence"),
    "(d) a harm that points to evidence that is not there": (
        lambda f: put(f, "harms", 1, "evidence", ["E9"]), "(d)", "harms H2", "'E9', which is no evidence"),
    "(d) a harm to nobody": (lambda f: put(f, "harms", 2, "who", []), "(d)", "harms H3", "points to no group"),
    "(d) a harm to no right": (lambda f: put(f, "harms", 0, "right", 51), "(d)", "harms H1", "names no right"),
    "(d) no severity": (lambda f: put(f, "harms", 0, "severity", "some"), "(d)", "harms H1 severity", "low, medium"),
    "(d) two harms of one name": (
        lambda f: f["harms"].append(f["harms"][2] | {"what": LONG}), "(d)", "harms H3", "has the same id"),
    "(d) a harm without a name": (
        lambda f: f["harms"].append({k: v for k, v in f["harms"][2].items() if k != "id"}), "(d)", "harms 4", "no id"),
    "(e) is missing": (lambda f: without(f, "oversight"), "(e)", "oversight", "not filled in"),
    "(e) may not override": (
        lambda f: put(f, "oversight", "may_override", False), "(e)", "oversight may_override", "oversees nothing"),
    "(e) is done by the system": (
        lambda f: put(f, "oversight", "who", "the system"), "(e)", "oversight who", "name the role of a person"),
    "(e) has not the time": (
        lambda f: put(f, "oversight", "people", 2), "(e)", "oversight", "1800 minutes a day, and there are 960"),
    "(e) does nothing against automation bias": (
        lambda f: put(f, "oversight", "against_automation_bias", "to be decided"),
        "(e)", "oversight against_automation_bias", "not answered"),
    "(f) a harm without a measure": (
        lambda f: without(f, "response", "measures", 1), "(f)", "harms H2", "no measure says"),
    "(f) a measure of nobody": (
        lambda f: put(f, "response", "measures", 0, "owner", "The whole team"), "(f)", "measures H1 owner", "a person"),
    "(f) no way to complain": (
        lambda f: without(f, "response", "complaints"), "(f)", "response complaints", "not answered"),
    "(f) no time for an answer": (
        lambda f: put(f, "response", "answer_in_days", 0), "(f)", "response answer_in_days", "above 0"),
    "evidence in words": (
        lambda f: put(f, "evidence", 0, "figure", "very fair"), "evidence", "evidence E1", "has no figure"),
    "evidence without uncertainty": (
        lambda f: put(f, "evidence", 0, "plus_minus", 0), "evidence", "evidence E1", "has no plus_minus"),
    "evidence from nowhere": (
        lambda f: without(f, "evidence", 2, "source"), "evidence", "evidence E3 source", "not answered"),
    "evidence from no cases": (
        lambda f: without(f, "evidence", 2, "cases"), "evidence", "evidence E3 cases", "above 0"),
    "a name misspelt": (lambda f: put(f, "harms", 0, "rigth", 21), "(d)", "harms H1", "no name of this form: 'right'?"),
    "does not say why Article 27 applies": (
        lambda f: put(f, "applies", "reason", "n/a"), "applies", "applies reason", "not answered"),
    "(c) two groups of one name": (
        lambda f: f["people"].append(f["people"][0]), "(c)", "people P1", "the same id"),
    "(d) does not say what happens": (lambda f: without(f, "harms", 1, "what"), "(d)", "harms H2 what", "not answered"),
    "(e) takes no time": (
        lambda f: put(f, "oversight", "minutes_a_case", 0), "(e)", "oversight minutes_a_case", "above 0"),
    "(f) a measure for no harm": (
        lambda f: f["response"]["measures"].append(f["response"]["measures"][0] | {"harm": "H7"}),
        "(f)", "measures H7", "'H7', which is no harm"),
    "(f) does not say what is done": (
        lambda f: put(f, "response", "measures", 0, "what", "?"), "(f)", "measures H1 what", "not answered"),
    "two pieces of evidence of one name": (
        lambda f: f["evidence"].append(f["evidence"][0]), "evidence", "evidence E1", "the same id"),
    "signed by nobody": (lambda f: put(f, "signed", "by", "TBD"), "signed", "signed by", "not answered"),
    "signed by everybody": (lambda f: put(f, "signed", "by", "all"), "signed", "signed by", "name the role"),
    "never looked at again": (lambda f: put(f, "signed", "review", "later"), "signed", "signed review", "not answered"),
    "not signed": (lambda f: without(f, "signed"), "signed", "signed", "not filled in"),
    "no date": (lambda f: put(f, "signed", "date", "soon"), "signed", "signed date", "no date such as"),
}  # fmt: skip


def test_the_worked_form_is_accepted():
    assert fria.check(fria.example()) == []


def test_the_unfinished_form_lacks_its_three_parts():
    assert [gap.item for gap in fria.check(fria.example("triage"))] == ["(d)", "(e)", "(f)"]


@pytest.mark.parametrize("broken", BROKEN)
def test_a_form_is_refused_for_its_one_gap(broken):
    change, item, where, reason = BROKEN[broken]
    (gap,) = fria.check(changed(change))
    assert (gap.item, gap.where) == (item, where) and reason in gap.reason


@pytest.mark.parametrize(
    "path",
    [(), ("about",), ("applies",), ("use",), ("people", 0), ("harms", 1), ("oversight",), ("response",),
     ("response", "measures", 2), ("evidence", 3), ("signed",)],
)  # fmt: skip
def test_a_name_that_the_form_does_not_know_is_told_wherever_it_stands(path):
    (gap,) = fria.check(changed(lambda f: put(f, *path, "wether", "a word")))
    assert gap.reason.startswith("'wether' is no name of this form")


def test_a_form_without_any_measure_lacks_them_all():
    told = [gap.reason for gap in fria.check(changed(lambda f: put(f, "response", "measures", [])))]
    assert "there is none: what is done when a harm happens?" in told and len(told) == 4


def test_evidence_that_is_measured_again_may_not_have_moved():
    form = fria.example()
    assert fria.check(form, {"E1": 0.251, "E2": 0.134, "E9": 3.0}) == []
    (gap,) = fria.check(form, {"E1": 0.29})
    assert str(gap) == "evidence E1: out of date: the form says 0.25 ± 0.03, measured today 0.29"


@pytest.mark.parametrize(
    "empty", ["", "…", "?", "TBD", "todo", "to do", "None", "to be completed", "N/A", "Lorem ipsum dolor sit"]
)
def test_a_placeholder_is_no_answer(empty):
    (gap,) = fria.check(changed(lambda f: put(f, "response", "governance", empty)))
    assert gap.reason == "not answered"


@pytest.mark.parametrize("number", [0, -1, True, "20", None, float("nan"), float("inf"), 10**400])
def test_only_a_number_above_zero_counts(number):
    (gap,) = fria.check(changed(lambda f: put(f, "response", "answer_in_days", number)))
    assert gap.where == "response answer_in_days"


def test_an_empty_form_lacks_every_part():
    items = [gap.item for gap in fria.check({})]
    assert {"(a)", "(b)", "(c)", "(d)", "(e)", "(f)", "evidence", "signed"} <= set(items)


@pytest.mark.parametrize("wrong", [None, 3, "text", [], [3], ["a"], {"a": 1}, [[1]], [{"id": [1]}], True])
def test_a_part_of_another_form_leaves_gaps_and_no_error(wrong):
    for part in fria.example():
        assert fria.check(changed(lambda f, part=part: put(f, part, wrong)))


@pytest.mark.parametrize(
    ("point", "deployer", "asked"),
    [
        ("5(b)", "private body", True),
        ("5(c)", "private body", True),
        ("5(d)", "public body", True),
        ("5(d)", "private body with a public service", True),
        ("4(a)", "private body", False),
        ("4(a)", "public body", True),
        ("2", "public body", False),
        ("none", "public body", False),
    ],
)
def test_article_27_asks_some_deployers(point, deployer, asked):
    assert duty(point, deployer)[0] is asked


def test_where_article_27_does_not_apply_the_form_ends_there():
    form = {
        "about": fria.example()["about"] | {"annex_iii": "4(a)"},
        "applies": {"article_27": False, "reason": "A private body that selects applicants for its own jobs."},
        "signed": fria.example()["signed"],
    }
    assert fria.check(form) == []
    form["about"]["deployer_is"] = "public body"
    assert "the deployer is a public body" in fria.check(form)[0].reason and len(fria.check(form)) > 5
