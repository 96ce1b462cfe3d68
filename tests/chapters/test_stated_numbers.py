"""A number that the book states cannot be changed alone: the build stops and quotes the sentence."""

import ast
import re
from pathlib import Path

import pytest

from nnlab.claims import numbers_in
from nnlab.course import execute, source
from nnlab.errors import ChapterError, ExecutionFailed

ROOT = Path(__file__).parents[2]
CHAPTERS = sorted((ROOT / "book" / "chapters").glob("*.py"))
EXECUTED = [c for c in CHAPTERS if c.name[:2] in ("02", "04", "08", "13")]  # a sample: each takes a kernel's start


def numeric_quotations(path):
    """The quotations of a chapter's claims that state a number, in order, and that its file holds in one line."""
    tree = ast.parse(re.sub(r"^(\s*)[%!?].*$", r"\1pass", path.read_text(), flags=re.MULTILINE))
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and getattr(n.func, "id", "") == "claim"]
    quoted = [c.args[0].value for c in sorted(calls, key=lambda c: c.lineno) if len(c.args) > 1]
    said = "\n".join(line for line in path.read_text().splitlines() if line.startswith("#"))
    return [q for q in quoted if numbers_in(q) and len(q.split()) > 2 and q in said]


def changed(sentence):
    """The sentence with the last digit of its first number changed."""
    number = numbers_in(sentence)[0]
    return sentence.replace(number, number[:-1] + str((int(number[-1]) + 3) % 10), 1)


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda p: p.stem)
def test_a_number_changed_in_the_text_alone_is_refused(path, tmp_path):
    quotations = numeric_quotations(path)
    assert len(quotations) >= 3
    for quotation in quotations[:: max(1, len(quotations) // 3)]:
        lines = path.read_text().splitlines(keepends=True)
        at = [n for n, line in enumerate(lines) if line.startswith("#") and quotation in line]
        for n in at:
            lines[n] = lines[n].replace(quotation, changed(quotation))
        copy = tmp_path / path.name
        copy.write_text("".join(lines))
        with pytest.raises(ChapterError, match="the text does not say"):
            source.read(copy)


@pytest.mark.parametrize("path", EXECUTED, ids=lambda p: p.stem)
def test_a_number_changed_in_the_text_and_in_its_claim_fails_the_build(path, tmp_path):
    quotation = numeric_quotations(path)[0]
    folder = tmp_path / "book" / "chapters"
    folder.mkdir(parents=True)
    (folder / path.name).write_text(path.read_text().replace(quotation, changed(quotation)))
    with pytest.raises(ExecutionFailed) as failure:
        execute.execute(source.chapters(tmp_path), tmp_path / "_build")
    assert "the text is not true" in str(failure.value) and f'the text says "{changed(quotation)}"' in str(
        failure.value
    )
