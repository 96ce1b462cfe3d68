"""What grading writes from its rows: the table, the students' pages, Gradescope's files, the teacher's summary."""

import csv
import json
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlab.course.grade.files import write_whole
from nnlab.course.grade.report import summary, write
from nnlab.course.grade.report.sheet import rounded_up, text_cell
from nnlab.course.grade.rows import GRAVITY
from nnlab.errors import GradeError

from .made_rows import CHAPTER, answer, row

CLASS = [
    row("s01", CHAPTER, answer("02.1"), answer("02.2", "wrong", out_of=2, message="got 1", slip="the factor 2")),
    row("s02", CHAPTER, answer("02.1", "wrong", slip="the sign"), answer("02.2", "wrong", out_of=2, slip="the sign")),
    row("s02", f"{CHAPTER}~2", answer("02.1"), answer("02.2", "wrong", out_of=2, slip="the sign")),
    row("s03", CHAPTER, answer("02.1"), answer("02.2", "wrong", out_of=2, slip="the sign"), key="s01/02_lines"),
    row("s04", CHAPTER, answer("02.1", "not attempted"), answer("02.2", "timeout", out_of=2)),
    row("s05", CHAPTER, status="unreadable", points=3, note="the text ends in cell 5"),
    row("s01", "03_curves", answer("03.1"), answer("03.2", note="defined in two cells")),
]


def files(out: Path) -> dict[str, bytes]:
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}


def written(out: Path, name: str, *rows) -> str:
    write(rows, out)
    return (out / name).read_text(encoding="utf-8")


def feedback(out: Path, *answers, **more) -> str:
    return written(out, f"feedback/s01/{CHAPTER}.html", row("s01", CHAPTER, *answers, **more))


def table(out: Path, *rows) -> list[dict[str, str]]:
    return list(csv.DictReader(written(out, "grades.csv", *rows).splitlines()))


class Page(HTMLParser):
    """A page's elements with their attributes, and the text of the whole."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += f"{data} "

    def words(self) -> str:
        """The text on one line."""
        return " ".join(self.text.split())

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _ in self.elements)


# --- all of it ---


def test_the_same_rows_in_any_order_give_the_same_bytes(tmp_path):
    write(CLASS, tmp_path / "a")
    write(CLASS[::-1], tmp_path / "b")
    assert files(tmp_path / "a") == files(tmp_path / "b")
    assert set(files(tmp_path / "a")) == {
        *("grades.csv", "summary.html", "summary.svg"),
        *(f"feedback/{r.student}/{r.notebook}.html" for r in CLASS),
        *(f"results/{r.student}/{r.notebook}.json" for r in CLASS),
    }


def test_time_that_was_measured_a_little_differently_changes_nothing(tmp_path):
    write([row("s01", CHAPTER, answer(), seconds=1.21)], tmp_path / "a")
    write([row("s01", CHAPTER, answer(), seconds=1.34)], tmp_path / "b")
    assert files(tmp_path / "a") == files(tmp_path / "b")


def test_of_two_rows_for_one_notebook_the_later_counts(tmp_path):
    rows = row("s01", CHAPTER, answer("02.1", "wrong")), row("s01", CHAPTER, answer("02.1"))
    assert [line["score"] for line in table(tmp_path, *rows)] == ["1"]


@pytest.mark.parametrize("bad", ["../s01", "..", ".", "a/b", "a\\b", "/tmp", "", "a\0b"])
def test_a_key_that_leads_elsewhere_is_refused_before_anything_is_written(bad, tmp_path):
    with pytest.raises(GradeError, match="name of a file"):
        write([row("s00", CHAPTER, answer()), row(bad, CHAPTER, answer())], tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("bad", ["../02", "a/b", "..", "02\\lines"])
def test_a_notebook_key_that_leads_elsewhere_is_refused(bad, tmp_path):
    with pytest.raises(GradeError, match="name of a file"):
        write([row("s01", bad, answer())], tmp_path / "out")


def test_files_of_unknown_chapter_are_all_kept(tmp_path):
    write([row("s01", name, status="unreadable") for name in ("", "~2")], tmp_path)
    assert sorted(path.stem for path in (tmp_path / "results").rglob("*.json")) == [
        "unknown_chapter",
        "unknown_chapter~2",
    ]
    assert "unreadable 2" in summary([row("s01", name, status="unreadable") for name in ("", "~2")])


def test_a_file_that_cannot_be_replaced_leaves_nothing_half_written(tmp_path):
    (tmp_path / "grades.csv").mkdir()
    with pytest.raises(OSError, match=r"grades\.csv"):
        write_whole(tmp_path / "grades.csv", "new")
    assert [path.name for path in tmp_path.iterdir()] == ["grades.csv"]


def test_text_that_is_no_utf8_is_written_nevertheless(tmp_path):
    write([row("s01", CHAPTER, answer("02.1", "wrong", message="got '\ud800'"), note="\udfff")], tmp_path)
    assert b"got &#39;?&#39;" in files(tmp_path)[f"feedback/s01/{CHAPTER}.html"]


# --- grades.csv ---


def test_each_exercise_has_a_column_that_is_empty_where_the_chapter_lacks_it(tmp_path):
    lines = table(tmp_path, *CLASS)
    assert list(lines[0]) == [
        *("student", "notebook", "status", "score", "points", "seconds", "seed", "executed", "note"),
        *("02.1", "02.2", "03.1", "03.2"),
    ]
    assert [(line["student"], line["notebook"]) for line in lines] == sorted((r.student, r.notebook) for r in CLASS)
    assert [lines[0][name] for name in ("status", "score", "points", "seconds", "seed", "executed")] == [
        *("wrong", "1", "3", "10", "7", "slice")
    ]
    assert [lines[0][id] for id in ("02.1", "02.2", "03.1", "03.2")] == ["1", "0", "", ""]
    assert lines[-1]["note"] == "the text ends in cell 5"
    assert [lines[-1][id] for id in ("02.1", "03.1")] == ["", ""]


def test_lines_end_with_a_bare_newline(tmp_path):
    write(CLASS, tmp_path)
    assert [name for name, content in files(tmp_path).items() if b"\r" in content] == []


@given(st.floats(0, 1e6, allow_subnormal=False))
def test_seconds_are_rounded_up_to_a_multiple_of_ten(seconds):
    assert rounded_up(seconds) % 10 == 0
    assert rounded_up(seconds) - 10 < max(seconds, 1) <= rounded_up(seconds)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@sum", "\t=1", "\rx", "  =1", "\n=1", "\tx"])
def test_a_cell_that_a_spreadsheet_would_run_is_shown_as_text(text, tmp_path):
    lines = table(tmp_path, row(text.replace("\r", "\n"), CHAPTER, answer(), note=text))
    assert lines[0]["note"].startswith("'")
    assert lines[0]["student"].startswith("'") or text == "\rx"


@given(st.text())
def test_a_cell_is_one_line_and_no_formula(text):
    cell = text_cell(text)
    assert len(cell.splitlines()) <= 1
    assert cell[:1] not in ("\t", "\r")
    assert not cell.lstrip().startswith(("=", "+", "-", "@"))


# --- feedback ---


def test_a_page_is_self_contained_and_has_its_landmarks(tmp_path):
    write(CLASS, tmp_path)
    pages = sorted(tmp_path.rglob("*.html"))
    assert len(pages) == len(CLASS) + 1
    for path in pages:
        text = path.read_text(encoding="utf-8")
        page = Page(text)
        assert [page.count(tag) for tag in ("h1", "main", "title", "script", "link", "img")] == [1, 1, 1, 0, 0, 0]
        assert ("html", {"lang": "en"}) in page.elements
        links = [a["href"] or "" for tag, a in page.elements if tag == "a"]
        assert all((tmp_path / link).exists() for link in links)
        style = text.partition("<style>")[2].partition("</style>")[0]
        assert "prefers-color-scheme: dark" in style
        assert "@media print" in style
        assert not re.search(r"url\(|@import|https?:", style)


def test_each_answer_has_its_mark_points_message_and_slip(tmp_path):
    text = feedback(
        tmp_path,
        answer("02.1", out_of=2),
        answer("02.2", "wrong", message="got       1\nexpected  2", slip="the factor 2"),
        answer("02.3", "not attempted", message="the TODO still stands"),
    )
    page = Page(text)
    assert "2 of 4 points" in page.text
    assert (
        page.words()
        .partition("Exercises ")[2]
        .startswith(
            "✓ 02.1 Exercise 02.1 2 of 2 points: right "
            "✗ 02.2 Exercise 02.2 0 of 1 point: not right yet got 1 expected 2 "
            "This looks like a known slip: the factor 2 "
            "– 02.3 Exercise 02.3 0 of 1 point: not attempted the TODO still stands "
        )
    )
    assert "Well done" not in text
    assert "<pre>\ngot       1\nexpected  2</pre>" in text


def test_what_students_write_is_escaped(tmp_path):
    evil = "</pre><script>alert(1)</script><img src=x onerror=alert(1)>"
    rows = [
        row(
            student,
            CHAPTER,
            answer("02.1", "wrong", title=evil, message=evil, slip=evil, note=evil),
            note=evil,
            key="same",
        )
        for student in ("<b>s01", "<b>s02")
    ]
    write(rows, tmp_path)
    for path in tmp_path.rglob("*.html"):
        page = Page(path.read_text(encoding="utf-8"))
        assert [page.count(tag) for tag in ("script", "img", "b")] == [0, 0, 0]
        assert evil in page.text
    ET.parse(tmp_path / "summary.svg")


def test_notes_for_the_teacher_are_not_told_to_the_student(tmp_path):
    answers = answer("02.1", "wrong", message="got 1", slip="the sign", note="secret 1"), answer("02.2", "killed")
    write([row("s01", CHAPTER, *answers, note="secret 2")], tmp_path)
    for name, content in files(tmp_path).items():
        assert (b"secret" in content) == (name in ("grades.csv", "summary.html")), name


@pytest.mark.parametrize("status", GRAVITY)
def test_each_status_is_told_in_plain_words(status, tmp_path):
    text = feedback(tmp_path, answer("02.1", status))
    told = re.findall(r"<dt>(.+)</dt>\n<dd>(.+)</dd>", text)
    assert len(told) == 1
    assert len(told[0][1]) > 40
    assert f"point: {told[0][0]}<" in text
    contents = json.loads((tmp_path / f"results/s01/{CHAPTER}.json").read_text(encoding="utf-8"))
    assert contents["output"].startswith(told[0][0].capitalize())


def test_a_file_that_could_not_be_read_has_no_mark_and_not_a_zero(tmp_path):
    text = feedback(tmp_path, status="unreadable", points=3)
    assert "No mark yet (of 3 points)" in text
    assert "0 of 3" not in text
    assert "No mark yet<" in feedback(tmp_path, status="unreadable", points=0)
    assert "hint" not in text


def test_an_attempt_is_named_in_words(tmp_path):
    text = written(tmp_path, f"feedback/s01/{CHAPTER}~2.html", row("s01", f"{CHAPTER}~2", answer()))
    assert "<h1>02 lines, attempt 2</h1>" in text


# --- Gradescope ---


def test_results_have_gradescopes_fields(tmp_path):
    write([CLASS[0]], tmp_path)
    contents = json.loads((tmp_path / f"results/s01/{CHAPTER}.json").read_text(encoding="utf-8"))
    assert contents["score"] == 1
    assert sum(test["score"] for test in contents["tests"]) == contents["score"]
    assert contents["tests"][1] == {
        "number": "02.2",
        "name": "Exercise 02.2",
        "score": 0,
        "max_score": 2,
        "status": "failed",
        "output": "got 1\n\nThis looks like a known slip: the factor 2",
        "output_format": "text",
        "visibility": "visible",
    }
    assert contents["tests"][0]["status"] == "passed"
    assert set(contents) == {"score", "output", "output_format", "visibility", "stdout_visibility", "tests"}


def test_results_of_an_unreadable_file_have_a_score_without_tests(tmp_path):
    contents = json.loads(written(tmp_path, f"results/s05/{CHAPTER}.json", CLASS[5]))
    assert (contents["score"], contents["tests"]) == (0, [])


# --- the summary ---


def test_the_summary_counts_last_attempts_and_names_what_to_teach_again(tmp_path):
    text = Page(written(tmp_path, "summary.html", *CLASS)).words()
    assert "7 submissions of 5 students. Below the last attempt counts; 1 earlier one does not." in text
    assert "unreadable 1 timeout 1 wrong 3 ok 1" in text
    assert "02 lines 3 4 1 25 33" in text  # points, graded, not yet, mean, median
    assert "02.2 Exercise 02.2 3 wrong, 0 right, 0 not attempted, 1 other 2 × the sign 1 × the factor 2" in text
    assert text.index("02.2 Exercise 02.2 3 wrong") < text.index("02.1 Exercise 02.1 0 wrong, 3 right, 1 not attempted")
    assert "03.1" not in text.partition("Most wrong answers")[0].partition("What to teach again")[2]


def test_the_summary_names_what_wants_an_eye_and_identical_submissions(tmp_path):
    text = Page(written(tmp_path, "summary.html", *CLASS)).words()
    looked_at = text.partition("Look at these")[2]
    assert "s05 unreadable 02_lines the text ends in cell 5 s04 timeout 02_lines" in looked_at
    assert "s01 ok 03_curves 03.2: defined in two cells" in looked_at
    assert "s01 02_lines , s03 02_lines" in looked_at.partition("Identical")[2]


def test_marks_leave_out_what_could_not_be_graded(tmp_path):
    rows = row("s01", CHAPTER, answer()), row("s02", CHAPTER, status="unreadable", points=1)
    assert "1 graded  mean 100 %  median 100 %  1 without a mark" in summary(rows)


@pytest.mark.parametrize("exercises", [0, 1, 100])
def test_the_drawing_says_what_it_shows_however_much_that_is(exercises, tmp_path):
    answers = [answer(f"{n:03}", "wrong" if n == 7 else "ok", title=r"Costs $\frac$ & more") for n in range(exercises)]
    rows = [row("s01", CHAPTER, *answers)] if answers else []
    text = written(tmp_path, "summary.svg", *rows)
    drawing = ET.fromstring(text)
    told = "nothing has been graded" if not answers else f"{exercises} in all"
    assert drawing.attrib["role"] == "img"
    assert told in drawing.attrib["aria-label"]
    assert ("007 (1 of 1)" in drawing.attrib["aria-label"]) == (exercises == 100)
    bars = [p for p in drawing.iter("{http://www.w3.org/2000/svg}path") if "fill: #2349b8" in p.get("style", "")]
    assert len(bars) == (exercises and exercises + 1)  # one in the legend


def test_the_drawing_in_the_page_follows_dark_mode(tmp_path):
    text = written(tmp_path, "summary.html", *CLASS)
    drawing = text[text.index("<svg") : text.index("</svg>")]
    assert "var(--nn-blue)" in drawing
    assert not re.search(r"#[0-9a-f]{6}", drawing)


def test_the_style_of_other_figures_stays_as_it_was(tmp_path):
    import matplotlib as mpl

    with mpl.rc_context({"font.size": 23, "text.parse_math": True}):
        write(CLASS, tmp_path)
        assert (mpl.rcParams["font.size"], mpl.rcParams["text.parse_math"]) == (23, True)


def test_the_terminal_summary_fits_a_screen():
    rows = [
        row(
            f"s{n:02}",
            f"{chapter:02}_a_chapter_with_a_rather_long_name_that_goes_on_and_on",
            *(
                answer(f"{chapter:02}.{k}", GRAVITY[(n + k) % len(GRAVITY)], title="long " * 30, slip="longer " * 40)
                for k in range(8)
            ),
            key=f"{chapter} {n // 2}",
        )
        for n in range(40)
        for chapter in range(20)
    ]
    lines = summary(rows).split("\n")
    assert 30 < len(lines) <= 40
    assert max(map(len, lines)) <= 100


def test_the_terminal_summary_says_what_counts():
    text = summary(CLASS)
    assert text.startswith("7 submissions of 5 students. Below the last attempt counts")
    assert "unreadable 1  timeout 1  wrong 3  ok 1" in text
    assert re.search(r"02_lines +4 graded  mean  25 %  median  33 %  1 without a mark", text)
    assert re.search(r"3 of 4 +02\.2 Exercise 02\.2\n +2 × the sign", text)
    assert "Byte-identical: s01 02_lines, s03 02_lines" in text
    assert summary([]) == "Nothing has been graded yet."
