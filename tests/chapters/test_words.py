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


def test_a_word_of_the_glossary_stands_in_the_chapter_that_explains_it():
    text = {c.number: " ".join(c.text.lower().split()) for c in CHAPTERS}
    entries = re.findall(r"^(\S[^\n]*)\n((?:  [^\n]+\n)+)", (ROOT / "book" / "glossary.md").read_text() + "\n", re.M)
    assert len(entries) > 40
    for word, meaning in entries:
        numbers = re.findall(r"\((\d\d)\)", meaning)
        assert numbers, f"{word}: no chapter is named"
        if numbers[-1] in text:
            assert word.lower() in text[numbers[-1]], f"{word} is not in chapter {numbers[-1]}"
