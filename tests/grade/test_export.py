"""Grades for Canvas and for nbgrader."""

import csv
import io
import shutil
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nnlab.course.grade.export import to_canvas, to_nbgrader
from nnlab.course.grade.export.table import Table
from nnlab.course.grade.rows import Row
from nnlab.errors import GradeError

from .made_rows import CHAPTER, answer, row

# As Canvas writes it: a byte order mark, a manual posting, quoted names, totals that are read only, a custom column.
GRADEBOOK = (
    "\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,Notes,02 Lines (77),2.1 Talk (78),20 Essay (79),"
    '"Quiz, ""late"" (80)",Final Score\n'
    ",,,,,,Manual Posting,,,,\n"
    "    Points Possible,,,,,(read only),3.00,5.00,10.00,1.00,(read only)\n"
    '"One, Student",101,U1,s01,A,"said ""hello""",,4.00,,,80.00\n'
    '"Two, Student",102,U2,S02@x.example,A,=1+1,1.00,,9.50,0.00,\n'
    '"Three, Student",103,U3,s03x,"A, B",,,,,,\n'
    '"Four, Student",104,,,B,"on two\nlines",,,,,\n'
    '"Student, Test",199,,f00,A,,,,,,'
)


def right(student: str, notebook: str = CHAPTER, **more) -> Row:
    """A row with 2 of 3 points."""
    return row(student, notebook, answer("02.1", out_of=2), answer("02.2", "wrong"), **more)


@pytest.fixture
def export(tmp_path):
    """`export(rows)`: the text of the file written, and the report."""

    def run(rows, text=GRADEBOOK, ids=None, columns=None):
        (tmp_path / "canvas.csv").write_bytes(text.encode())
        report = to_canvas(rows, tmp_path / "canvas.csv", tmp_path / "out.csv", ids or {}, columns)
        assert (tmp_path / "canvas.csv").read_bytes() == text.encode()
        return (tmp_path / "out.csv").read_bytes().decode(), report

    return run


def column(text: str, name: str = "02 Lines (77)") -> dict[str, str]:
    """A column's cells by the students' Canvas ids."""
    return {line["ID"]: line[name] for line in csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))) if line["ID"]}


# --- Canvas: the file ---


def test_one_cell_changes_and_no_other_byte(export):
    text, _ = export([right("s01")])
    assert text == GRADEBOOK.replace('"said ""hello""",,', '"said ""hello""",2,')


@given(
    st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=1)),
    st.sampled_from(",;"),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_any_table_is_read_as_the_csv_module_reads_it_and_written_as_it_was(cells, delimiter, end, quoting):
    head = ["Student", "ID", "Section"]
    lines = [head, ["    Points Possible", "", ""], *([f"s{n}", str(n), *more] for n, more in enumerate(cells))]
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(lines)
    text = file.getvalue()
    table = Table(text)
    assert table.text() == text
    read = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, restval=""))
    students = [line for line in read[1:] if line["Student"] or line["ID"]]
    assert [[table.get(n, name) for name in head] for n in table.students] == [
        [line[name] for name in head] for line in students
    ]


def test_semicolons_and_decimal_commas_are_kept(export):
    gradebook = "Student;ID;Section;02 Lines (77)\r\n    Points Possible;;;10,00\r\nOne;101;A;\r\nTwo;102;A;3,50\r\n"
    text, report = export([right("s01")], gradebook, {"s01": "101"})
    assert text == gradebook.replace("One;101;A;", "One;101;A;6,67")
    assert "3 points here are 10 in Canvas" in report.notes[0]


def test_the_given_file_is_never_written_to(tmp_path):
    gradebook = tmp_path / "canvas.csv"
    gradebook.write_text(GRADEBOOK, encoding="utf-8")
    (tmp_path / "link.csv").symlink_to(gradebook)
    for out in gradebook, tmp_path / "link.csv", tmp_path / "x" / ".." / "canvas.csv":
        (tmp_path / "x").mkdir(exist_ok=True)
        with pytest.raises(GradeError, match="the gradebook itself"):
            to_canvas([right("s01")], gradebook, out, {})
    assert gradebook.read_text(encoding="utf-8") == GRADEBOOK


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"student,notebook\ns01,02\n", "no Canvas gradebook"),
        (b"", "no Canvas gradebook"),
        (b"Student,ID,Section,02 Lines (77)\nOne,1,A,\n", "no line Points Possible"),
        (GRADEBOOK.encode("utf-16"), "not UTF-8"),
        (b'Student,ID\n    Points Possible,\n"One"x,1\n', "line 3 .* quotation mark"),
        (b'Student,ID\n    Points Possible,\n"One,1\n', "line 3 .* quotation mark"),
    ],
)
def test_what_is_no_gradebook_is_refused_and_nothing_is_written(content, told, tmp_path):
    (tmp_path / "canvas.csv").write_bytes(content)
    with pytest.raises(GradeError, match=told):
        to_canvas([right("s01")], tmp_path / "canvas.csv", tmp_path / "out.csv", {})
    assert not (tmp_path / "out.csv").exists()


def test_a_gradebook_that_is_not_there_is_an_error_that_says_so(tmp_path):
    with pytest.raises(GradeError, match="cannot be read"):
        to_canvas([right("s01")], tmp_path / "none.csv", tmp_path / "out.csv", {})


# --- Canvas: whose line ---


@pytest.mark.parametrize(
    ("student", "line"),
    [
        ("s01", "101"),  # SIS Login ID
        ("s02@X.example", "102"),
        ("u3", "103"),  # SIS User ID
        ("fourstudent", "104"),  # as Canvas names downloads
        ("Student Four", "104"),
        ("Four_Student", "104"),
    ],
)
def test_a_student_is_found_by_login_by_user_id_and_by_name(student, line, export):
    text, report = export([right(student)])
    assert column(text)[line] == "2"
    assert report.matched == (student,)
    assert len(report.without_submission) == 4


def test_the_canvas_id_decides_before_the_name(export):
    text, _ = export([right("onestudent")], ids={"onestudent": "102"})
    assert (column(text)["101"], column(text)["102"]) == ("", "2")


def test_a_known_canvas_id_that_is_not_in_the_file_gives_nobody_else_the_score(export):
    text, report = export([right("onestudent")], ids={"onestudent": "999"})
    assert text == GRADEBOOK
    assert report.without_line == ("onestudent (Canvas id 999)",)


def test_a_name_that_two_have_is_left_to_the_teacher(export):
    two = GRADEBOOK.replace("Two, Student", "One, Student")
    text, report = export([right("onestudent")], two)
    assert text == two
    assert report.without_line == ("onestudent: could be One, Student or One, Student",)


def test_a_line_that_two_submissions_fit_is_left_to_the_teacher(export):
    text, report = export([right("s01"), right("onestudent")])
    assert text == GRADEBOOK
    assert [told.partition(":")[0] for told in report.without_line] == ["onestudent", "s01"]


def test_last_and_first_names_may_have_columns_of_their_own(export):
    gradebook = "LastName,FirstName,ID,Section,02 Lines (77)\n    Points Possible,,,,3\nOne,Student,101,A,\n"
    text, _ = export([right("Student_One")], gradebook)
    assert text == gradebook.replace("101,A,", "101,A,2")


# --- Canvas: which column, which number ---


@pytest.mark.parametrize(
    "title",
    ["02 Lines", "2. Lines and more", "02_lines", "Lines", "LINES!", "Chapter 2: two", "2: x", "chapter 02 – lines"],
)
def test_the_column_is_found_by_the_chapters_number_or_name(title, export):
    _, report = export([right("s01")], GRADEBOOK.replace("02 Lines", title))
    assert report.columns == {CHAPTER: f"{title} (77)"}


@pytest.mark.parametrize("title", ["2.1 Lines of verse", "20 Lines", "22", "12 Lines", "2nd try", "Lines 2"])
def test_another_number_is_not_the_chapters(title, export):
    with pytest.raises(GradeError, match=r"no column .* fits 02_lines") as caught:
        export([right("s01")], GRADEBOOK.replace("02 Lines", title))
    assert '--column 02="' in str(caught.value)
    assert "  20 Essay (79)" in str(caught.value)
    assert "Final Score" not in str(caught.value)


def test_two_columns_that_fit_are_listed_and_one_can_be_chosen(export):
    two = GRADEBOOK.replace("20 Essay", "2 Lines again")
    with pytest.raises(GradeError, match="more than one column") as caught:
        export([right("s01")], two)
    assert str(caught.value).splitlines()[1:3] == ["  02 Lines (77)", "  2 Lines again (79)"]
    for chosen in ({"02": "2 Lines again"}, {CHAPTER: "79"}, {"02": "2 Lines again (79)"}):
        text, _ = export([right("s01")], two, columns=chosen)
        assert column(text, "2 Lines again (79)")["101"] == "6.67"


def test_a_total_that_cannot_be_written_to_is_no_column_of_a_chapter(export):
    total = GRADEBOOK.replace("Final Score", "02 Current Score (2025)").replace("1.00,(read only)", "1.00,(läs endast)")
    _, report = export([right("s01")], total)
    assert report.columns == {CHAPTER: "02 Lines (77)"}


def test_a_score_is_scaled_to_canvas_points_and_that_is_said(export):
    text, report = export([right("s01")], columns={"02": "79"})
    assert column(text, "20 Essay (79)")["101"] == "6.67"
    assert report.notes == ("02_lines: 3 points here are 10 in Canvas; scores are scaled",)


@pytest.mark.parametrize("possible", ["", "0.00"])
def test_without_points_possible_the_score_is_written_as_it_is(possible, export):
    text, report = export([right("s01")], GRADEBOOK.replace("3.00", possible))
    assert column(text)["101"] == "2"
    assert "no points possible" in report.notes[0]


@pytest.mark.parametrize("status", ["unreadable", "needs review"])
def test_what_has_no_mark_yet_leaves_its_cell_and_is_reported(status, export):
    text, report = export([right("U2", status=status), right("s01")])
    assert (column(text)["101"], column(text)["102"]) == ("2", "1.00")
    assert report.left == (f"U2 02_lines: {status}",)


@pytest.mark.parametrize("there", ["EX", "N/A"])
def test_an_excuse_of_the_teachers_is_not_written_over(there, export):
    excused = GRADEBOOK.replace("=1+1,1.00", f"=1+1,{there}")
    text, report = export([right("U2")], excused)
    assert text == excused
    assert len(report.left) == 1


def test_the_highest_attempt_counts_and_that_is_said(export):
    rows = [right("s01", f"{CHAPTER}~10"), row("s01", f"{CHAPTER}~9", answer(out_of=3)), row("s01", CHAPTER, answer())]
    text, report = export(rows)
    assert column(text)["101"] == "2"
    assert report.notes == ("s01: attempt 10 of 02_lines counts",)


def test_a_file_of_unknown_chapter_is_reported_and_needs_no_column(export):
    text, report = export([right("s01"), row("s01", "", status="unreadable"), row("s03x", "~2", status="unreadable")])
    assert column(text)["101"] == "2"
    assert len(report.left) == 2


def test_the_report_can_be_read_in_a_terminal(export):
    _, report = export([right("s01"), right("nobody"), right("s03x", status="needs review")])
    assert str(report).splitlines() == [
        "02_lines -> 02 Lines (77)",
        f"2 students matched; written to {report.out}",
        "Submissions without a line in Canvas' file:",
        "  nobody",
        "Students in Canvas' file without a submission:",
        "  Two, Student",
        "  Four, Student",
        "  Student, Test",
        "Cells left as they were:",
        "  s03x 02_lines: needs review",
    ]


# --- nbgrader ---


@pytest.fixture(scope="module")
def empty_database(tmp_path_factory) -> Path:
    """To be copied: making one takes nbgrader some seconds."""
    database = tmp_path_factory.mktemp("nbgrader") / "empty.db"
    assert to_nbgrader([], str(database)) == 0
    return database


@pytest.fixture
def gradebook(tmp_path, empty_database):
    """`gradebook(rows)`: nbgrader's own view of its database after an export of the rows."""
    from nbgrader.api import Gradebook

    shutil.copy(empty_database, tmp_path / "gradebook.db")
    opened = []

    def run(rows=None) -> Gradebook:
        if rows is not None:
            to_nbgrader(rows, str(tmp_path / "gradebook.db"))
        opened.append(Gradebook(f"sqlite:///{tmp_path / 'gradebook.db'}"))
        return opened[-1]

    yield run
    for book in opened:
        book.close()


def scores(book, student: str) -> dict[str, tuple[float | None, bool]]:
    """Each exercise's automatic score, and whether it waits for a person."""
    notebook = book.find_submission_notebook(CHAPTER, CHAPTER, student)
    return {grade.name: (grade.auto_score, grade.needs_manual_grade) for grade in notebook.grades}


def test_nbgrader_has_the_scores_by_its_own_reckoning(gradebook):
    book = gradebook([right("s01"), row("s02", CHAPTER, answer("02.1", out_of=2), answer("02.2"))])
    assert scores(book, "s01") == {"test-02-1": (2, False), "test-02-2": (0, False)}
    submission = book.find_submission(CHAPTER, "s02")
    assert (submission.score, submission.max_score, submission.needs_manual_grade) == (3, 3, False)
    assert book.average_assignment_score(CHAPTER) == 2.5


def test_a_database_can_be_an_address(gradebook, tmp_path):
    assert to_nbgrader([right("s01"), right("s02")], f"sqlite:///{tmp_path / 'gradebook.db'}") == 2
    assert len(gradebook().students) == 2


def test_a_second_export_updates_and_adds_nothing(gradebook):
    gradebook([right("s01"), right("s02")])
    book = gradebook([right("s01"), row("s02", CHAPTER, answer("02.1", out_of=2), answer("02.2"))])
    assert [len(book.students), len(book.assignments), len(book.assignment_submissions(CHAPTER))] == [2, 1, 2]
    assert len(book.find_notebook(CHAPTER, CHAPTER).grade_cells) == 2
    assert [book.find_submission(CHAPTER, s).score for s in ("s01", "s02")] == [2, 3]


def test_a_score_that_a_person_has_given_stays_and_waits_only_where_ours_changes(gradebook):
    book = gradebook([right("s01")])
    for exercise in "test-02-1", "test-02-2":
        book.find_grade(exercise, CHAPTER, CHAPTER, "s01").manual_score = 0.5
    book.db.commit()
    book = gradebook([row("s01", CHAPTER, answer("02.1", out_of=2), answer("02.2"))])
    assert scores(book, "s01") == {"test-02-1": (2, False), "test-02-2": (1, True)}
    assert book.find_submission(CHAPTER, "s01").score == 1


def test_what_could_not_be_graded_waits_for_a_person(gradebook):
    rows = [
        right("s01"),
        row("s02", CHAPTER, status="unreadable"),
        row("s03", CHAPTER, answer("02.1", "needs review", out_of=2), answer("02.2")),
        right("s04", status="needs review"),
    ]
    book = gradebook(rows)
    waiting = (None, True)
    assert scores(book, "s02") == scores(book, "s04") == {"test-02-1": waiting, "test-02-2": waiting}
    assert scores(book, "s03") == {"test-02-1": waiting, "test-02-2": (1, False)}


def test_a_later_attempt_that_cannot_be_read_takes_the_score_back(gradebook):
    gradebook([right("s01"), right("s02")])
    book = gradebook([right("s01"), right("s02"), row("s02", f"{CHAPTER}~2", status="unreadable")])
    assert scores(book, "s02") == {"test-02-1": (None, True), "test-02-2": (None, True)}


def test_an_exercise_that_came_later_is_added_to_earlier_submissions(gradebook):
    gradebook([row("s01", CHAPTER, answer("02.1", out_of=2))])
    book = gradebook([right("s01")])
    assert scores(book, "s01") == {"test-02-1": (2, False), "test-02-2": (0, False)}


def test_the_last_attempt_is_the_one_that_nbgrader_gets(gradebook):
    book = gradebook([row("s01", f"{CHAPTER}~2", answer("02.1", out_of=2), answer("02.2")), right("s01")])
    assert [assignment.name for assignment in book.assignments] == [CHAPTER]
    assert book.find_submission(CHAPTER, "s01").score == 3


def test_earlier_attempts_and_files_of_unknown_chapter_are_not_written(gradebook, tmp_path):
    rows = [right("s01"), right("s01", f"{CHAPTER}~2"), row("s02", "", status="unreadable")]
    assert to_nbgrader(rows, str(tmp_path / "gradebook.db")) == 1
    assert [student.id for student in gradebook().students] == ["s01"]


def test_cells_that_are_not_ours_stay(gradebook):
    book = gradebook()
    book.add_assignment(CHAPTER)
    book.add_notebook(CHAPTER, CHAPTER)
    book.add_grade_cell("essay", CHAPTER, CHAPTER, max_score=5, cell_type="markdown")
    book = gradebook([right("s01")])
    assert scores(book, "s01")["essay"] == (None, True)
    assert book.find_submission(CHAPTER, "s01").max_score == 8


def test_what_is_no_database_is_an_error_that_says_so(tmp_path):
    import nbgrader.api  # noqa: F401  (without it the error would be another)

    (tmp_path / "notes.txt").write_text("no database " * 100)
    with pytest.raises(GradeError, match=r"notes\.txt cannot be used"):
        to_nbgrader([right("s01")], str(tmp_path / "notes.txt"))


def test_without_nbgrader_the_error_says_what_to_install(tmp_path: Path, monkeypatch):
    monkeypatch.setitem(sys.modules, "nbgrader.api", None)
    with pytest.raises(GradeError, match="pip install nbgrader"):
        to_nbgrader([right("s01")], str(tmp_path / "gradebook.db"))
    assert not (tmp_path / "gradebook.db").exists()
