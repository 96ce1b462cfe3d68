"""The quiz on the page: worked with the keyboard alone, and readable without JavaScript."""

import re

import pytest

from nnlab.course.quiz import parse_quiz
from nnlab.course.source import read

from .conftest import CHAPTERS, ROOT


@pytest.fixture(scope="module", params=CHAPTERS)
def name(request):
    """Each chapter; the tests of one page follow each other, so that they can share one window."""
    return request.param


@pytest.fixture
def fresh(look):
    """`fresh(name)`: the page with its quiz as nobody has touched it yet."""

    def untouched(name):
        page = look(name)
        page.evaluate(
            """() => document.querySelectorAll(".nn-question").forEach((form) => {
                form.reset();
                form.querySelector("[role=status]").replaceChildren();
            })"""
        )
        return page

    return untouched


def questions_of(name):
    block = re.search(r"```\{quiz\}\n(.*?)\n```", read(ROOT / "book" / f"{name}.py").text, re.S)
    return parse_quiz(block[1])


def press(page, form, *, right):
    """Answer one question with Tab, Space, the arrows and Enter; then read what is said."""
    question, locator = form
    first = locator.locator("input").first
    first.focus()
    if question.kind == "number":
        page.keyboard.press("Control+a")
        page.keyboard.type(question.numeral if right else repr(question.number + 3 * question.tolerance + 1))
    elif question.kind == "choice":
        target = next(i for i, option in enumerate(question.options) if option.right == right)
        page.keyboard.press("Space")
        for _ in range(target):
            page.keyboard.press("ArrowDown")
    else:
        for place, option in enumerate(question.options):
            box = locator.locator("input").nth(place)
            assert box.evaluate("e => e === document.activeElement")
            if box.is_checked() != (option.right == right):
                page.keyboard.press("Space")
            page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    return locator.locator("[role=status]")


def test_every_question_of_the_chapter_is_there(name, look):
    questions = questions_of(name)
    kinds = look(name).locator(".nn-question").evaluate_all("all => all.map(form => form.dataset.kind)")
    assert kinds == [question.kind for question in questions]
    assert len(kinds) == 5


def test_right_and_wrong_answers_are_told_apart_by_keyboard(name, fresh):
    page = fresh(name)
    for form in zip(questions_of(name), page.locator(".nn-question").all(), strict=True):
        wrong = press(page, form, right=False)
        assert wrong.locator(".wrong").count() > 0
        assert wrong.locator(".right").count() == 0
        right = press(page, form, right=True)
        assert right.locator(".right").count() > 0
        assert right.locator(".wrong").count() == 0
    assert page.errors == []


def test_the_feedback_is_that_of_the_answer_given(name, fresh):
    page = fresh(name)
    for question, form in zip(questions_of(name), page.locator(".nn-question").all(), strict=True):
        if question.kind != "choice":
            continue
        whys = form.locator(".nn-answers .nn-why").all()
        for place, option in enumerate(question.options):
            form.locator("input").nth(place).check()
            form.locator("button").click()
            said = form.locator("[role=status]").text_content()
            assert said.startswith("Right:" if option.right else "Wrong:")
            assert whys[place].text_content() in said


def test_an_empty_answer_is_not_called_wrong(name, fresh):
    page = fresh(name)
    for form in page.locator(".nn-question").all():
        form.locator("button").click()
        assert form.locator("[role=status] p").count() == 1
        assert form.locator("[role=status] :is(.right, .wrong)").count() == 0


def test_a_part_of_the_right_answers_is_not_called_all(name, fresh):
    page = fresh(name)
    for question, form in zip(questions_of(name), page.locator(".nn-question").all(), strict=True):
        rights = [place for place, option in enumerate(question.options) if option.right]
        if question.kind != "several" or len(rights) < 2:
            continue
        form.locator("input").nth(rights[0]).check()
        form.locator("button").click()
        assert form.locator("[role=status] .right").count() == 1
        assert "to find" in form.locator("[role=status] .wrong").inner_text()


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("-2.5", "right"),
        (" −2,5 ", "right"),  # the minus of typesetters, the comma of half of Europe
        ("-2.54", "right"),
        ("-2.56", "wrong"),
        ("2.5", "wrong"),
        ("two", ""),
        ("", ""),
    ],
)
def test_a_number_is_read_as_people_write_it(text, verdict, visit):
    form = visit(CHAPTERS[0]).locator(".nn-question[data-kind=number]").first
    form.evaluate("form => Object.assign(form.dataset, { number: '-2.5', tolerance: '0.05' })")
    form.locator("input").fill(text)
    form.locator("button").click()
    assert form.locator("[role=status] p").get_attribute("class") == verdict


def test_without_javascript_the_answers_are_a_fold_away(name, visit):
    page = visit(name, javascript=False)
    for question, form in zip(questions_of(name), page.locator(".nn-question").all(), strict=True):
        assert not form.locator("button").is_visible()
        answers = form.locator(".nn-answers")
        assert not answers.locator(".nn-why").first.is_visible()
        answers.locator("summary").click()
        for why in answers.locator(".nn-why").all():
            assert why.is_visible()
        if question.kind == "number":
            assert question.numeral in answers.locator("p").inner_text()
        else:
            marks = answers.locator("li").evaluate_all("all => all.map(li => li.dataset.right === 'true')")
            assert marks == [option.right for option in question.options]
            assert answers.locator("strong").all_inner_texts() == ["Right" if mark else "Wrong" for mark in marks]


def test_every_field_has_a_label_and_every_question_a_legend(name, look):
    for form in look(name).locator(".nn-question").all():
        assert form.locator("fieldset > legend").inner_text().strip()
        for field in form.locator("input").all():
            assert field.evaluate("e => e.labels.length === 1 && e.labels[0].textContent.trim() !== ''")


def test_the_script_is_small(site):
    import gzip

    assert len(gzip.compress((site / "_static" / "quiz.js").read_bytes())) <= 1500
