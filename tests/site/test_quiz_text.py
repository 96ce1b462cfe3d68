"""The quiz block as authors write it: what is read from it, and what is refused with which words."""

import pytest

from nnlab.course.quiz import Option, parse_quiz
from nnlab.errors import ChapterError

GOOD = r"""
- question: How many numbers does `nn.Linear(3, 1)` learn?
  number: 4.0
  tolerance: 0.01
  why: Three weights and one bias.
- question: "What is the slope of $\frac{1}{2} x^2$: at 1?"
  options:
    - right: no
      why: $x$ is 1 there.
    - wrong: 1.0
      why: A truth value or a number stays the text that it is.
- question: Which of these change?
  options:
    - right: the weights
      why: They are learned.
    - right: the biases
      why: So are they.
    - wrong: the inputs
      why: They are given.
- question: Which of these are numbers?
  several: true
  options:
    - right: one
      why: It is.
    - wrong: a dog
      why: It is not.
"""


def test_the_kind_follows_from_what_is_given():
    assert [q.kind for q in parse_quiz(GOOD)] == ["number", "choice", "several", "several"]


def test_a_number_keeps_its_value_its_tolerance_and_the_way_it_was_written():
    question = parse_quiz(GOOD)[0]
    assert (question.number, question.tolerance, question.numeral) == (4.0, 0.01, "4.0")
    assert question.why == "Three weights and one bias."


def test_every_field_stays_text_where_yaml_would_make_it_a_truth_value_or_a_number():
    options = parse_quiz(GOOD)[1].options
    assert options[0] == Option("no", True, "$x$ is 1 there.")
    assert options[1].text == "1.0"


def test_backslashes_of_formulas_survive_in_plain_and_single_quoted_text():
    plain = parse_quiz("- question: is $\\alpha$ one?\n  number: 1\n  why: 'yes: $\\beta$'")[0]
    assert (plain.text, plain.why) == (r"is $\alpha$ one?", r"yes: $\beta$")


@pytest.mark.parametrize(
    "prose",
    [
        "Beyond it the loop diverges: the loss grows.",
        "`nn.Linear` has which shapes?",
        "[0, 1] # both ends",
        "it's the reader's",
        "*four* {of} them, & more",
        "- minus one",
        "yes",
    ],
)
def test_prose_needs_no_quotation_marks(prose):
    options = f"    - right: {prose} a\n      why: {prose}\n    - wrong: {prose} b\n      why: c"
    text = f"- question: {prose}\n  options:\n{options}"
    question = parse_quiz(text)[0]
    assert question.text == prose
    assert question.options == (Option(f"{prose} a", True, prose), Option(f"{prose} b", False, "c"))


def test_a_text_goes_on_in_deeper_lines_below():
    text = "- question: One\n    and: two,\n    that's three?\n  number: 3  # exact\n  why: >\n    folded:\n    so\n"
    question = parse_quiz(text)[0]
    assert (question.text, question.numeral, question.why) == ("One and: two, that's three?", "3", "folded: so")


TWO = "options: [{right: a, why: b}, {wrong: c, why: d}]"
BAD = {
    "a list of questions": "question: a",
    "a list of questions: begin": "",
    "question 1 has no text": "- number: 3",
    "question 2 has no text": f"- {{question: a, {TWO}}}\n- just words",
    "offers no answer": "- question: a",
    "keep one of the two": f"- {{question: a, number: 1, why: b, {TWO}}}",
    "`number` is 'four'": "- {question: a, number: four, why: b}",
    "`number` is 'nan'": "- {question: a, number: nan, why: b}",
    "`tolerance` is 'some'": "- {question: a, number: 4, tolerance: some, why: b}",
    "cannot be negative": "- {question: a, number: 4, tolerance: -1, why: b}",
    "lacks `why:`": "- {question: a, number: 4}",
    "option 2 lacks `why:`": "- {question: a, options: [{right: a, why: b}, {wrong: c}]}",
    "option 1 lacks `right:`": "- {question: a, options: [{right: '', why: b}, {wrong: c, why: d}]}",
    "needs two options": "- {question: a, options: [{right: a, why: b}]}",
    "no right option": "- {question: a, options: [{wrong: a, why: b}, {wrong: c, why: d}]}",
    "option 2 is to be marked once": "- {question: a, options: [{right: a, why: b}, {right: c, wrong: c, why: d}]}",
    'offers "a" twice': "- {question: a, options: [{right: a, why: b}, {wrong: a, why: d}]}",
    "says `several: false`": "- {question: a, several: false, options: [{right: a, why: b}, {right: c, why: d}]}",
    "`several` is 'maybe'": f"- {{question: a, several: maybe, {TWO}}}",
    "unknown key `hint`": f"- {{question: a, hint: b, {TWO}}}",
    "unknown key `hints`": "- {question: a, number: 4, why: b, hints: c}",
    "option 1 has an unknown key `note`": "- {question: a, options: [{right: a, why: b, note: c}, {wrong: d, why: e}]}",
    "line 3: `question` stands twice: a new question or option begins with `- `": (
        "- question: a\n  number: 4\n  question: b\n  why: c"
    ),
    r"line \d: .*a quotation mark without its partner": '- question: a\n  number: "4\n  why: b',
}


@pytest.mark.parametrize(("words", "text"), BAD.items(), ids=BAD)
def test_a_faulty_quiz_is_refused_with_words_that_say_what_to_mend(words, text):
    with pytest.raises(ChapterError, match=words):
        parse_quiz(text)


def test_a_fault_names_the_question_by_place_and_by_its_words():
    with pytest.raises(ChapterError, match=r'question 2 \("Is it so\?"\)'):
        parse_quiz(f"- {{question: a, {TWO}}}\n- question: Is it so?")
