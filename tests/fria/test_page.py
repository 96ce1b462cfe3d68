"""A form as a page: whole, readable, and harmless whatever the form holds."""

import re
from html.parser import HTMLParser

import pytest

from nnlab import fria


class Reader(HTMLParser):
    """Collects the words of a page, and checks that what is opened is closed."""

    def __init__(self, page):
        super().__init__()
        self.open, self.words, self.tags = [], [], []
        self.feed(page)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in ("br", "meta"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def test_the_page_says_all_that_the_form_says():
    form = fria.example()
    text = " ".join(" ".join(Reader(fria.page(form)).words).split())
    for harm in form["harms"]:
        assert " ".join(harm["what"].split()) in text
    for said in ("(f) What is done", "right: Article 21, non-discrimination", "0.25 ± 0.03", "2026-11-22"):
        assert said in text
    assert "Nothing is missing." in text


def test_the_page_asks_for_nothing_from_elsewhere():
    page = fria.page(fria.example())
    assert not re.search(r"https?:|src=|<script|<link|url\(", page) and '<html lang="en">' in page


def test_what_is_missing_stands_on_the_page():
    form = fria.example()
    form["harms"][0]["evidence"] = []
    assert "1 thing is missing" in fria.page(form) and "harms H1: points to no evidence" in fria.page(form)


def test_a_form_cannot_put_anything_but_words_on_the_page():
    evil = "<script>alert('a & b')</script>"
    form = fria.example()
    form["processes"] = form["about"]["system"] = form["harms"][0]["what"] = form["harms"][0][evil] = evil
    form[evil] = {evil: evil}
    reader = Reader(fria.page(form))
    assert "script" not in [tag for tag, _ in reader.tags] and evil in "".join(reader.words)


@pytest.mark.parametrize("form", [{}, {"harms": 3, "people": ["a", None], "use": [], "oversight": {"people": None}}])
def test_an_unfinished_form_has_a_page_too(form):
    assert "missing" in fria.page(form)


def test_outside_a_notebook_the_form_is_printed(capsys):
    fria.show(fria.example())
    said = capsys.readouterr().out
    assert said.startswith("Nothing is missing.") and "(e) Human oversight" in said
