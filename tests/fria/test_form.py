"""A form is read from YAML, and what YAML would lose in silence is told."""

import pytest

from nnlab import fria
from nnlab.errors import BadForm


def test_a_form_is_read_from_a_text_and_from_a_file(tmp_path):
    text = 'about:\n  annex_iii: "5(b)"\nsigned: {date: 2026-11-22}'
    (tmp_path / "form.yaml").write_text(text)
    assert fria.load(text) == fria.load(tmp_path / "form.yaml") == fria.load(str(tmp_path / "form.yaml"))
    assert fria.load(text)["about"] == {"annex_iii": "5(b)"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("harms: [", "cannot be read as YAML"),
        ("- a\n- b", "this is a list"),
        ("just words", "this is a str"),
        ("", "this is a NoneType"),
        ("use: {period: a}\nuse: {period: b}", "'use' stands here twice"),
        ("a: {b: 1, b: 2}", "'b' stands here twice"),
        ("a: &x [1, 2]\nb: [*x, *x]", "no aliases"),
        ("date: 2026-02-31", "cannot be read as YAML"),
        ("a: " + 3000 * "[", "cannot be read as YAML"),
        ("a: " + 5000 * "9", "cannot be read as YAML"),
        ("a: !!python/object/apply:os.getcwd []", "cannot be read as YAML"),
    ],
)
def test_what_is_no_form_is_refused(text, told):
    with pytest.raises(BadForm, match="(?s).*" + told.replace("(", r"\(")):
        fria.load(text)


def test_an_unknown_example_is_told_which_there_are():
    with pytest.raises(BadForm, match="there is credit, triage"):
        fria.example("loan")
