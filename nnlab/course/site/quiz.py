"""The directive `{quiz}`: questions as static HTML, with formulas already drawn.

Right and wrong, and the feedback of every answer, stand in a folded block that needs no script; `web/quiz.js` shows the
part of it that an answer calls for.
"""

from collections.abc import Iterator

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

from nnlab.course.quiz import Question, parse_quiz
from nnlab.errors import ChapterError

_HINTS = {"choice": "Choose one.", "several": "Choose all that are right.", "number": "Write a number."}


class quiz(nodes.General, nodes.Element):
    """All the questions of one block."""


class tag(nodes.General, nodes.Element):
    """One HTML element; `tag["html"]` is its start tag without the angle brackets."""


class Quiz(SphinxDirective):
    has_content = True

    def run(self) -> list[nodes.Node]:
        try:
            questions = parse_quiz("\n".join(self.content))
        except ChapterError as error:
            logging.getLogger(__name__).warning("quiz: %s", error, location=self.get_location())
            return []
        block = quiz()
        for place, question in enumerate(questions, start=1):
            block += self._question(question, place, f"quiz-{self.env.new_serialno('quiz') + 1}")
        return [block]

    def _question(self, question: Question, place: int, id: str) -> tag:
        legend = _tag("legend", _tag('span class="nn-question-number"', nodes.Text(f"{place}.")), nodes.Text(" "))
        legend += self._inline(question.text)
        fields = _tag("fieldset", legend, _tag('p class="nn-question-hint"', nodes.Text(_HINTS[question.kind])))
        if question.kind == "number":
            fields += _tag(
                'div class="nn-option"',
                _tag(f'label for="{id}"', nodes.Text("Your answer")),
                _tag(f'input id="{id}" name="{id}" type="text" inputmode="decimal" autocomplete="off"'),
            )
            data = f' data-number="{question.number!r}" data-tolerance="{question.tolerance!r}"'
        else:
            fields.extend(self._options(question, id))
            data = ""
        return _tag(
            f'form class="nn-question" data-kind="{question.kind}"{data}',
            fields,
            _tag('button type="submit" hidden', nodes.Text("Check")),
            _tag('div class="nn-feedback" role="status"'),
            _tag(
                'details class="nn-answers"',
                _tag("summary", nodes.Text("Show the answer"), _tag('span class="nn-sr"', nodes.Text(f" {place}"))),
                self._answers(question),
            ),
        )

    def _options(self, question: Question, id: str) -> Iterator[tag]:
        kind = "checkbox" if question.kind == "several" else "radio"
        for place, option in enumerate(question.options, start=1):
            yield _tag(
                'div class="nn-option"',
                _tag(f'input id="{id}-{place}" name="{id}" type="{kind}" value="{place}"'),
                _tag(f'label for="{id}-{place}"', _letter(place), nodes.Text(" "), *self._inline(option.text)),
            )

    def _answers(self, question: Question) -> tag:
        if question.kind == "number":
            number = _tag("strong", nodes.Text(question.numeral))
            return _tag("p", number, nodes.Text(" "), _tag('span class="nn-why"', *self._inline(question.why)))
        answers = _tag("ul")
        for place, option in enumerate(question.options, start=1):
            verdict = _tag("strong", nodes.Text("Right" if option.right else "Wrong"))
            answers += _tag(
                f'li data-right="{str(option.right).lower()}"',
                *(verdict, nodes.Text(": "), _letter(place), nodes.Text(" ")),
                _tag('span class="nn-what"', *self._inline(option.text)),
                *(nodes.Text(" "), _tag('span class="nn-why"', *self._inline(option.why))),
            )
        return answers

    def _inline(self, text: str) -> list[nodes.Node]:
        parsed, messages = self.parse_inline(" ".join(text.split()))
        return [*parsed, *messages]


def _tag(html: str, *children: nodes.Node) -> tag:
    return tag("", *children, html=html)


def _letter(place: int) -> tag:
    """a, b, c: a name for an answer to speak of it by, and the label's text where the answer is all formula."""
    return _tag('span class="nn-letter"', nodes.Text(chr(96 + place)))


def _visit_quiz(self: HTML5Translator, node: quiz) -> None:
    self.body.append('<div class="nn-quiz">\n')


def _depart_quiz(self: HTML5Translator, node: quiz) -> None:
    self.body.append("</div>\n")


def _visit_tag(self: HTML5Translator, node: tag) -> None:
    self.body.append(f"<{node['html']}>")


def _depart_tag(self: HTML5Translator, node: tag) -> None:
    name = node["html"].partition(" ")[0]
    self.body.append("" if name == "input" else f"</{name}>\n" if name in ("form", "fieldset", "li") else f"</{name}>")


def _load_script(app: Sphinx, pagename: str, templatename: str, context: dict, doctree: nodes.document | None) -> None:
    if doctree is not None and doctree.next_node(quiz):
        app.add_js_file("quiz.js", loading_method="defer")


def setup(app: Sphinx) -> None:
    app.add_directive("quiz", Quiz)
    app.add_node(quiz, html=(_visit_quiz, _depart_quiz))
    app.add_node(tag, html=(_visit_tag, _depart_tag))
    app.connect("html-page-context", _load_script)
