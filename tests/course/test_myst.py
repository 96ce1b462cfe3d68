"""MyST as Jupyter reads it: each construct and what becomes of it; what must stay as it is; what is refused."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlab.course import myst
from nnlab.course.site.config import Repository
from nnlab.errors import ChapterError

PAGE = "chapters/06_multilayer_perceptron"
REPOSITORY = "https://github.com/owner/name"
EXTENSIONS = ("amsmath", "colon_fence", "deflist", "dollarmath", "substitution")
WORKS = r"""
@article{rosenblatt1958perceptron,
  author = {Rosenblatt, Frank}, title = {The perceptron}, journal = {Psychological Review}, year = 1958,
  doi = {10.1037/h0042519}}
@inproceedings{glorot2010understanding,
  author = {Glorot, Xavier and Bengio, Yoshua}, title = {Understanding}, booktitle = {AISTATS}, year = 2010,
  url = {https://example.org/glorot}}
@article{three1999, author = {van der Vaart, A and M{\"u}ller, B and C, D}, title = {A *title*}, journal = {J},
  year = 1999}
"""


@pytest.fixture(scope="module")
def context(tmp_path_factory):
    bib = tmp_path_factory.mktemp("bib") / "references.bib"
    bib.write_text(WORKS, encoding="utf-8")
    here = ["(intro)=\n# The MLP\n\n$$\na\n$$ (eq-a)\n\n```{math}\n:label: eq-b\nb\n```"]
    here += ["```{note}\n(deep)=\n## Inside\n```"]
    here += ["```{table} Four gates\n:name: tab-gates\n```\n\n```{figure} x.svg\n:name: fig-x\nA net\n```"]
    there = ["(start)=\n# Regression\n\n$$ c $$ (eq-c)"]
    return myst.Context(
        page=PAGE,
        works=myst.Bibliography(bib),
        place=Repository(REPOSITORY, "main", "https://colab.example", "https://binder.example"),
        titles={PAGE: "The MLP", "chapters/02_regression": "Regression", "notation": "Notation"},
        labels=myst.labels(here, PAGE, EXTENSIONS) | myst.labels(there, "chapters/02_regression", EXTENSIONS),
        cited=("three1999", "rosenblatt1958perceptron"),
        extensions=EXTENSIONS,
    )


ROLES = {
    "{cite:p}`rosenblatt1958perceptron`": "([Rosenblatt, 1958](https://doi.org/10.1037/h0042519))",
    "{cite:t}`glorot2010understanding`": "[Glorot and Bengio (2010)](https://example.org/glorot)",
    "{cite:p}`glorot2010understanding, three1999`": "([Glorot and Bengio, 2010](https://example.org/glorot); "
    f"[van der Vaart et al., 1999]({REPOSITORY}/blob/main/book/references.bib))",
    "by {eq}`eq-a` and {eq}`eq-b`": "by (1) and (2)",
    "{eq}`eq-c`": "(1) in [Regression](02_regression.ipynb)",
    "{ref}`intro`": "“The MLP”",
    "{ref}`deep`": "“Inside”",
    "{ref}`the start <start>`": "[the start](02_regression.ipynb)",
    "{ref}`Start`": "[Regression](02_regression.ipynb)",
    "{numref}`tab-gates`, {numref}`Fig. %s <fig-x>`": "the table “Four gates”, the figure “A net”",
    "{numref}`eq-b`": "Equation (2)",
    "{doc}`02_regression`": "[Regression](02_regression.ipynb)",
    "{doc}`its notation <../notation>`": f"[its notation]({REPOSITORY}/blob/main/book/notation.md)",
    "{doc}`/notation`": f"[Notation]({REPOSITORY}/blob/main/book/notation.md)",
    "a {term}`neuron`, {term}`neurons <neuron>`": "a neuron, neurons",
    "{math}`a_b`": "$a_b$",
    "{abbr}`MLP (multilayer perceptron)`": '<abbr title="multilayer perceptron">MLP</abbr>',
    "x{sub}`2` {sup}`3` {kbd}`Esc`": "x<sub>2</sub> <sup>3</sup> <kbd>Esc</kbd>",
    # where a role stands
    "- a\n\tb\t{term}`c`": "- a\n\tb\tc",
    "{term}`a\nb` c": "a b c",
    "# On {term}`neuron`": "# On neuron",
    "> said\n> {term}`neuron`": "> said\n> neuron",
    "{term}`a`\n> %b\n> ": "a\n> ",
    "1. a {term}`b`\n   - {term}`b` {term}`c`": "1. a b\n   - b c",
    "*{term}`a`* [{term}`b`](https://example.org)": "*a* [b](https://example.org)",
    "| {term}`a` | a |\n|---|---|\n| a \\| {term}`a` | {term}`a` |": "| a | a |\n|---|---|\n| a \\| a | a |",
    "a[^n]\n\n[^n]: see {term}`b`": "a<sup>1</sup>\n\n<sup>1</sup> see b",
    "b[^2] a[^1]\n\n[^1]: one\n[^2]: two": "b<sup>1</sup> a<sup>2</sup>\n\n<sup>2</sup> one\n\n<sup>1</sup> two",
}

BLOCKS = {
    "(intro)=\n# The MLP": "# The MLP",
    "a\n\n(label)=\n\nb": "a\n\nb",
    "a\n\n% a comment\n% of two lines\n\nb\n\n+++\n\nc": "a\n\nb\n\nc",
    "$$\na = 1\n$$ (eq-a)": "$$\na = 1\n\\tag{1}\n$$",
    "```{math}\n:label: eq-b\n\nb\n```": "$$\nb\n\\tag{2}\n$$",
    "```{math}\na\n\n= b\n```": "$$\na\n= b\n$$",
    "```{note}\nMind {eq}`eq-a`.\n```": "> **Note**\n>\n> Mind (1).",
    "```{tip} begins here\nand goes on\n```": "> **Tip**\n>\n> begins here\n> and goes on",
    ":::{warning}\na\n:::": "> **Warning**\n>\n> a",
    "```{seealso}\na\n```": "> **See also**\n>\n> a",
    ":::{admonition} On {term}`a`\n:class: tip\nb\n:::": "> **On a**\n>\n> b",
    "```{admonition} A\n:class: dropdown\nb\n```": "<details>\n<summary>A</summary>\n\nb\n\n</details>",
    ":::{dropdown} The `proof`\n---\nopen: true\n---\n$a$\n:::": "<details open>\n<summary>The <code>proof</code>"
    "</summary>\n\n$a$\n\n</details>",
    "```{epigraph}\na\n```": "> a",
    ":::{table} Gates of {term}`a`\n\n| a |\n|---|\n| {term}`b` |\n:::": "**Table.** Gates of a\n\n| a |\n|---|\n| b |",
    "```{figure} ../assets/net.svg\n:alt: A net\nOf {term}`a`.\n```": f"![A net]({REPOSITORY}/raw/main/book/assets/"
    "net.svg)\n\n**Figure.** Of a.",
    "```{image} https://example.org/a.png\n:alt: A\n```": "![A](https://example.org/a.png)",
    "````{code-block} python\n```\n{term}`a`\n```\n````": "````python\n```\n{term}`a`\n```\n````",
    "```{live} playground\nThe boundary bends.\n```": "> **Live figure.** It moves on this chapter's page of the book, "
    "and cannot here.\n>\n> The boundary bends.",
    "```{bibliography}\n:filter: docname in docnames\n```": "- Frank Rosenblatt. The perceptron. Psychological Review, "
    "1958. <https://doi.org/10.1037/h0042519>\n- A van der Vaart, B Müller, and D C. A \\*title\\*. J, 1999.",
    # where a directive stands
    "a\n```{note}\nb\n```\nc": "a\n\n> **Note**\n>\n> b\n\nc",
    "- a\n\n  ```{note}\n  b\n  ```\n- c": "- a\n\n  > **Note**\n  >\n  > b\n\n- c",
    "> - ```{note}\n>   a\n>   ```": "> - > **Note**\n>   >\n>   > a",
    "````{note}\na\n\n```{tip}\n$$\nb\n$$\n```\n````": "> **Note**\n>\n> a\n>\n> > **Tip**\n> >\n> > $$ b $$",
    ":::::{dropdown} A\n::::{note}\n```python\n:::{x}\n```\n::::\n:::::": "<details>\n<summary>A</summary>\n\n"
    "> **Note**\n>\n> ```python\n> :::{x}\n> ```\n\n</details>",
    # Jupyter takes a formula out of the raw text: the > of a quote must not stand in it
    "```{note}\n$a +\nb$ and\n\n$$\na \\\\\nb\n$$ (eq-a)\n```": "> **Note**\n>\n> $a + b$ and\n>\n"
    "> $$ a \\\\ b \\tag{1} $$",
    "> $$\n> a\n> $$": "> $$ a $$",
    "> ```{dropdown} A\n> $$\n> b\n> $$\n> ```": "> <details>\n> <summary>A</summary>\n>\n> $$ b $$\n>\n> </details>",
    "> - ```{math}\n>   :label: eq-b\n>   a\n>   b\n>   ```": "> - $$ a b \\tag{2} $$",
}

QUIZ = """```{quiz}
- question: How many does {term}`it` learn, with $n = 3$?
  number: 4.0
  tolerance: 0.1
  why: Three weights
    and one bias.
- question: Which?
  options:
    - right: $w$
      why: It is learned.
    - wrong: "`x`"
      why: By {eq}`eq-a`.
- question: All?
  several: true
  options:
    - right: a
      why: Yes.
    - wrong: b
      why: |
        No: not
        {term}`that`.
```"""
QUIZ_READ = """**Question 1.** How many does it learn, with $n = 3$?

<details>
<summary>Answer</summary>

**4.0** (within 0.1). Three weights and one bias.

</details>

**Question 2.** Which?

- A. $w$
- B. `x`

<details>
<summary>Answer</summary>

- **A** is right. It is learned.
- **B** is wrong. By (1).

</details>

**Question 3.** All? Several answers can be right.

- A. a
- B. b

<details>
<summary>Answer</summary>

- **A** is right. Yes.
- **B** is wrong. No: not that.

</details>"""

AS_IT_IS = [
    "Plain *text*, `code`, [a link](https://example.org) and <b>HTML</b>.\n",
    "```python\n# {term}`a`\n(label)=\n% no comment\n$$ a $$ (eq-a)\n```",
    "~~~\n```{note}\na\n```\n~~~",
    "````md\n```{nonsense}\n```\n````",
    "    ```{nonsense}\n    indented code\n",
    "Inline ``{term}`a` `` and `{nonsense}` and \\{term}.",
    "$$\n\\{a\\} % {term}`a`\n$$",
    "$$\n\\begin{aligned}\na &= b \\\\\nc &= d\n\\end{aligned}\n$$",
    "A price of \\$5 and $a\n+ b$.",
    "\n\n- a\n- b\n\n\n",
    "<!-- {term}`a` -->",
    "| a | b |\n|---|--:|\n| $x$ | `a \\| b` |",
]

REFUSED = {
    "a\n\n```{nonsense}\n```": "line 3: the directive {nonsense} is unknown: teach it to nnlab.course.myst",
    "a\nb {nonsense}`a`": "line 2: the role {nonsense} is unknown",
    "a\n\n````{note}\n:class: b\n\nc\n```{tip}\n{nonsense}`a`\n```\n````": "line 8: the role {nonsense}",
    "{cite:p}`nobody2000`": "no work has the key `nobody2000` in references.bib",
    "{eq}`eq-z`": "nothing is labelled `eq-z` as equation",
    "{eq}`intro`": "nothing is labelled `intro` as equation",
    "$$\na\n$$ (eq-z)": "nothing is labelled `eq-z`",
    "{doc}`../nowhere`": "there is no page `../nowhere`",
    "{abbr}`MLP`": "lacks its meaning",
    "a[^1]": r"the footnote [^1] is not in this cell",
    "a\n\n[^1]: b": "nothing in this cell refers to the footnote [^1]:",
    "a[^1]\n\n[^1]: b\n\n    c": "several paragraphs",
    "a {{ name }}": "`substitution_inline` is not known to Jupyter",
    "term\n: what it means": "`dl` is not known to Jupyter",
    "[a](../notation.md)": "leads nowhere from a notebook: use {doc}",
    "[a](#intro)": "leads nowhere",
    "![a](x.png)": "leads nowhere from a notebook: use ```{figure}",
    "![{term}`a`](https://example.org/x.png)": "alternative text is plain text",
    ":::\na\n:::": "a ::: fence holds a directive",
    "```{admonition}\na\n```": "{admonition} needs a title",
    "a\n\n```{dropdown} The `proof`\nb\n```": "line 3: ````{dropdown} The `proof`` opens no directive",
    "a\nb\n$$\nc\n$$ (eq-a)": "line 5: `$$ (eq-a)` labels nothing",
    "```{quiz}\n- question: Why?\n```": "offers no answer",
}


@pytest.mark.parametrize(("text", "read"), {**ROLES, **BLOCKS, QUIZ: QUIZ_READ}.items())
def test_what_jupyter_does_not_know_becomes_what_it_does(context, text, read):
    assert myst.to_commonmark(text, context) == read


@pytest.mark.parametrize("text", AS_IT_IS)
def test_what_is_no_myst_stays_to_the_letter(context, text):
    assert myst.to_commonmark(text, context) == text


@pytest.mark.parametrize(("text", "told"), REFUSED.items())
def test_what_cannot_be_translated_is_refused_with_its_line(context, text, told):
    with pytest.raises(ChapterError) as raised:
        myst.to_commonmark(text, context)
    assert told in str(raised.value)


def test_all_faults_are_told_at_once(context):
    with pytest.raises(ChapterError) as raised:
        myst.to_commonmark("{nonsense}`a` {eq}`eq-z`\n\n```{note}\n{doc}`nowhere`\n```", context)
    assert [line[:6] for line in str(raised.value).splitlines()] == ["line 1", "line 1", "line 4"]


@pytest.mark.parametrize("text", [*ROLES, *BLOCKS, QUIZ])
def test_a_translation_has_no_myst_left(context, text):
    read = myst.to_commonmark(text, context)
    assert myst.to_commonmark(read, context) == read


words = st.text("abcxyz $_*`{}():=%&\\<>[]|-0189é\n", max_size=60)


@given(words)
def test_a_code_block_is_never_touched(context, code):
    longest = 3 + code.count("`")
    text = f"Before.\n\n{'`' * longest}python\n{code}\n{'`' * longest}\n\nAfter."
    assert myst.to_commonmark(text, context) == text


paragraphs = st.lists(
    st.lists(st.text("abcxyz ,.é", min_size=1).filter(str.strip), min_size=1).map("\n".join), max_size=4
)


@given(paragraphs)
def test_plain_paragraphs_are_never_touched(context, parts):
    text = "\n\n".join(parts)
    assert myst.to_commonmark(text, context) == text


@given(paragraphs, paragraphs)
def test_a_role_is_replaced_and_nothing_around_it(context, before, after):
    first, last = "\n\n".join(before), "\n\n".join(after)
    text = f"{first}\n\nso {{eq}}`eq-b`, then\n\n{last}"
    assert myst.to_commonmark(text, context) == f"{first}\n\nso (2), then\n\n{last}".strip("\n")


@given(
    st.lists(
        st.sampled_from(
            [*"ab \n\t>-|:$`[]^*~%", "```", ":::", "{note}", "{term}`a`", "$$", "(eq-a)", "\\|", "|-|\n", "[^a]"]
        )
    )
)
def test_any_text_is_translated_or_refused(context, pieces):
    text = "".join(pieces)
    try:
        assert myst.to_commonmark(text, context).count("{term}") <= text.count("{term}")
    except ChapterError as error:
        assert all(re.match(r"line \d+: ", line) for line in str(error).splitlines())


def test_the_works_cited_are_found_in_order_also_inside_a_note():
    texts = ["{cite:p}`b,a`\n\n```{note}\n{cite:t}`c`\n```", "`{cite:p}` {cite:p}`a`\n\n```python\n{cite:p}`d`\n```"]
    assert myst.citations(texts, EXTENSIONS) == ("b", "a", "c")


def test_a_bibliography_that_is_none_is_told(tmp_path):
    (tmp_path / "references.bib").write_text("@article{a, title = {no end}")
    with pytest.raises(ChapterError, match=r"references\.bib cannot be read as BibTeX"):
        myst.Bibliography(tmp_path / "references.bib")
