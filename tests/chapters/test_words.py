"""The words and the signs of the chapters are those of the reference pages."""

import re
from pathlib import Path

import pytest

from nnlab.course import source

ROOT = Path(__file__).parents[2]
CHAPTERS = source.chapters(ROOT)
GREEK = (
    "alpha|beta|gamma|delta|epsilon|varepsilon|zeta|eta|theta|kappa|lambda|mu|nu|xi|rho|sigma|tau|phi|varphi|chi|psi|"
    "omega|Gamma|Delta|Theta|Lambda|Sigma|Phi|Omega|ell"
)
# Not quantities of the book: Euler's number, the transpose, letters that only count, the d of a derivative.
SPOKEN = set("eTjkmd")


def formulas(text):
    """Every formula of a Markdown text."""
    displayed = re.findall(r"\$\$(.+?)\$\$|```\{math\}(.+?)```", text, re.S)
    rest = re.sub(r"\$\$.+?\$\$|```\{math\}.+?```|```(?:python|yaml).*?```|`[^`\n]+`", "", text, flags=re.S)
    return ["".join(pair) for pair in displayed] + re.findall(r"(?<!\\)\$([^$]{1,300}?)\$", rest)


def symbols(formula):
    """The letters of a formula, Latin or Greek, without names in words and without accents."""
    formula = re.sub(r":label:.*", " ", formula)
    formula = re.sub(r"\\(?:text|operatorname|mathrm|mathsf|begin|end|textbf)\*?\s*\{[^}]*\}", " ", formula)
    greek = set(re.findall(rf"\\({GREEK})(?![a-zA-Z])", formula))
    plain = re.sub(r"\\[a-zA-Z]+", " ", formula)
    return greek | set(re.findall(r"(?<![a-zA-Z])[a-zA-Z](?![a-zA-Z])", plain))


def test_symbols_are_read_as_they_are_meant():
    assert symbols(r"\hat y_i = \sigma(W x) + \text{and so}") == {"y", "i", "sigma", "W", "x"}
    assert formulas("of $a$ and\n$$ b $$ but `$c$`") == [" b ", "a"]


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda c: c.name)
def test_every_symbol_of_a_chapter_is_in_the_notation(chapter):
    known = {s for f in formulas((ROOT / "book" / "notation.md").read_text()) for s in symbols(f)} | SPOKEN
    used = {s for f in formulas(chapter.text) for s in symbols(f)}
    assert not used - known


ENTRIES = re.findall(r"(?m)^(\S[^\n]*)\n((?:  [^\n]+\n)+)", (ROOT / "book" / "glossary.md").read_text())


def test_the_glossary_is_in_order_and_each_word_says_its_chapters():
    words = [word for word, _ in ENTRIES]
    assert len(words) > 100 and words == sorted(set(words), key=str.lower)
    assert not [word for word, meaning in ENTRIES if not re.search(r"\(\d\d(?:, \d\d)*\)[^()]*\.$", meaning.strip())]


@pytest.mark.parametrize(("word", "meaning"), ENTRIES, ids=[word for word, _ in ENTRIES])
def test_a_word_of_the_glossary_stands_in_the_chapter_that_explains_it(word, meaning):
    number = re.findall(r"\((\d\d)(?:, \d\d)*\)", meaning)[-1]
    (text,) = (" ".join(c.text.lower().split()) for c in CHAPTERS if c.number == number)
    assert word.lower() in text
