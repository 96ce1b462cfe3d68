"""Finding submissions: who, which chapter, one row a file, and nothing that a name or an archive can do about it."""

import os
import stat
import tempfile
import tracemalloc
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnlab.course.grade.notebook import LIMIT, Unreadable
from nnlab.course.grade.submissions import find, key
from nnlab.errors import GradeError

CHAPTERS = ["01_learning_from_data", "02_regression_as_a_network", "10_signals_in_deep_nets"]
TWO = CHAPTERS[1]
SAFE = st.characters(exclude_characters="\0", exclude_categories=["Cs"])


def packed(path, *names, data=b"{}", **attributes):
    """A zip with these members, each of the same content."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            member = zipfile.ZipInfo(name)
            member.compress_type = zipfile.ZIP_DEFLATED
            for attribute, value in attributes.items():
                setattr(member, attribute, value)
            archive.writestr(member, data)
    return path


def unpacked(folder, *names, data=b"{}"):
    """A folder with these files, each of the same content."""
    for path in (folder / os.fsdecode(name) for name in names):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


@pytest.fixture(params=["unpacked", "packed"])
def handed_in(request, tmp_path):
    """Makes a folder "class", and then the zip "class.zip", of these files."""
    if request.param == "unpacked":
        return lambda *names: unpacked(tmp_path / "class", *names)
    return lambda *names: packed(tmp_path / "class.zip", *names)


def keys(found):
    return [(s.student, s.notebook) for s in found.submissions]


def only(found):
    assert len(found.submissions) == 1, found
    return found.submissions[0]


def reason(submission, limit=LIMIT):
    with pytest.raises(Unreadable) as caught:
        submission.read(limit)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 130
    return str(caught.value)


# Layouts ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path, student",
    [
        (f"s01/{TWO}.ipynb", "s01"),
        (f"s01/drafts/deeper/{TWO}.ipynb", "s01"),
        (f"s01/s01_{TWO}.ipynb", "s01"),
        (f"s01/final_{TWO}.ipynb", "s01"),
        ("s01/s01_02.ipynb", "s01"),
        (f"s01_{TWO}.ipynb", "s01"),
        (f"s_01_{TWO}.ipynb", "s_01"),
        (f"s_01_5_{TWO}.ipynb", "s_01_5"),
        (f"s_5_01_{TWO}.ipynb", "s_5_01"),
        (f"submitted/s01/ps2/{TWO}.ipynb", "s01"),
        (f"submitted/s01/ps2/code/{TWO}.ipynb", "s01"),
        (f"submitted/s01/{TWO}.ipynb", "s01"),
        (f"submitted/s01_{TWO}.ipynb", "s01"),
        (f"s01_4711_90210_{TWO}.ipynb", "s01"),
        (f"week 1/s01_4711_90210_{TWO}.ipynb", "s01"),
        (f"anon_x7Kp2_90210_{TWO}.ipynb", "anon_x7Kp2"),
        (f"Student One_4711_assignsubmission_file_/{TWO}.ipynb", "Student One"),
        (f"Student One_4711_assignsubmission_file_/code/{TWO}.ipynb", "Student One"),
        (f"Student One_4711_assignsubmission_file_{TWO}.ipynb", "Student One"),
        (f"Student One_4711_assignsubmission_file_work/{TWO}.ipynb", "Student One"),
        (f"Default group_assignsubmission_file_/{TWO}.ipynb", "Default group"),
        (f"{TWO}.ipynb", "class"),
    ],
)
def test_each_layout_tells_the_student_and_the_chapter(handed_in, path, student):
    # The other file keeps the folder from being the only one.
    found = find(handed_in(path, f"s02/{CHAPTERS[0]}.ipynb"), CHAPTERS)
    assert (student, TWO) in keys(found) and ("s02", CHAPTERS[0]) in keys(found)
    assert not found.passed_over and all(s.chapter == s.notebook for s in found.submissions)
    assert all(s.read(LIMIT) == b"{}" for s in found.submissions)


def test_layouts_may_be_mixed_at_will(handed_in):
    found = find(
        handed_in(
            f"s01/{TWO}.ipynb",
            f"s02_{TWO}.ipynb",
            f"submitted/s03/ps2/{TWO}.ipynb",
            f"s04_4711_90210_{TWO}.ipynb",
            f"S 05_4711_assignsubmission_file_/{TWO}.ipynb",
        ),
        CHAPTERS,
    )
    assert keys(found) == [("S 05", TWO), ("s01", TWO), ("s02", TWO), ("s03", TWO), ("s04", TWO)]


@pytest.mark.parametrize("root", ["submitted", "course"])
def test_nbgraders_folders_are_known_from_the_course_or_from_submitted(tmp_path, root):
    unpacked(tmp_path / "course" / "submitted", f"s01/ps2/{TWO}.ipynb", f"s02/ps2/{TWO}.ipynb")
    unpacked(tmp_path / "course", *(f"{own}/ps2/{TWO}.ipynb" for own in ("source", "release")))
    unpacked(tmp_path / "course", *(f"{own}/s01/ps2/{TWO}.ipynb" for own in ("autograded", "feedback")))
    found = find(tmp_path / "course" / ("" if root == "course" else root), CHAPTERS)
    assert keys(found) == [("s01", TWO), ("s02", TWO)]
    told = [line.partition("/")[0] for line in found.passed_over]
    assert told == (["autograded", "feedback", "release", "source"] if root == "course" else [])


def test_nbgraders_own_notebooks_are_not_graded_where_nothing_is_submitted_yet(tmp_path):
    unpacked(tmp_path / "course", f"source/ps1/{CHAPTERS[0]}.ipynb", f"source/ps2/{TWO}.ipynb")
    with pytest.raises(GradeError, match="no submitted notebook"):
        find(tmp_path / "course", CHAPTERS)


def test_canvas_tells_its_number_of_the_student_and_who_was_late(handed_in):
    found = find(
        handed_in(f"s01_LATE_4711_90210_{TWO}-2.ipynb", f"s02_4712_90211_{TWO}.ipynb", f"LATE_anon_x7_9_{TWO}.ipynb"),
        CHAPTERS,
    )
    assert [(s.student, s.canvas_id, s.late, s.attempt) for s in found.submissions] == [
        ("anon_x7", "", True, 0),
        ("s01", "4711", True, 2),
        ("s02", "4712", False, 0),
    ]


def test_a_group_with_a_number_is_not_taken_for_canvas(handed_in):
    found = find(handed_in(f"group_1_{CHAPTERS[2]}.ipynb", f"group_1_{TWO}.ipynb"), CHAPTERS)
    assert keys(found) == [("group_1", TWO), ("group_1", CHAPTERS[2])]


def test_two_students_of_one_name_stay_two_by_their_numbers(handed_in):
    found = find(
        handed_in(
            f"s01_1000_3_{TWO}.ipynb",
            f"s01_999_2_{TWO}.ipynb",
            f"s01/{CHAPTERS[0]}.ipynb",
            f"M_12_assignsubmission_file_/{TWO}.ipynb",
            f"M_11_assignsubmission_file_/{TWO}.ipynb",
        ),
        CHAPTERS,
    )
    assert [(s.student, s.chapter, s.canvas_id) for s in found.submissions] == [
        ("M", TWO, ""),
        ("M~2", TWO, ""),
        ("s01", CHAPTERS[0], ""),
        ("s01", TWO, "999"),
        ("s01~2", TWO, "1000"),
    ]


def test_a_folder_around_a_class_is_passed_through_and_one_around_a_student_is_not(handed_in):
    assert keys(find(handed_in(f"ch02/s01_{TWO}.ipynb", f"ch02/s02_{TWO}.ipynb"), CHAPTERS)) == [
        ("s01", TWO),
        ("s02", TWO),
    ]


def test_canvas_tells_the_student_even_where_nothing_tells_the_chapter(handed_in):
    submission = only(find(handed_in("s01_4711_90210_homework.ipynb"), CHAPTERS))
    assert (submission.student, submission.canvas_id, submission.chapter) == ("s01", "4711", "")


def test_a_notebook_alone_belongs_to_whom_the_folder_is_named_after(handed_in):
    assert keys(find(handed_in("02.ipynb"), CHAPTERS)) == [("class", TWO)]


def test_one_student_alone_keeps_her_folders_name(handed_in):
    assert keys(find(handed_in(f"s01/final_{TWO}.ipynb"), CHAPTERS)) == [("s01", TWO)]


def test_names_in_utf8_are_read_so_whether_or_not_the_zip_says_it(tmp_path):
    path = packed(tmp_path / "a.zip", "xxéx/02.ipynb", "├⌐/02.ipynb")  # cp437 has é in UTF-8 as ├⌐
    assert [s.origin for s in find(path, CHAPTERS).submissions] == ["├⌐/02.ipynb", "xxéx/02.ipynb"]
    unsaid = path.read_bytes().replace(b"\x00\x08\x08\x00", b"\x00\x00\x08\x00")  # the flag "this is UTF-8"
    path.write_bytes(unsaid.replace("xxéx".encode(), b"x\x81\x81xx"))
    assert [s.origin for s in find(path, CHAPTERS).submissions] == ["├⌐/02.ipynb", "xüüxx/02.ipynb"]


def test_accents_in_one_or_two_characters_are_one_student(tmp_path):
    found = find(unpacked(tmp_path, f"e\u0301/{TWO}.ipynb", f"\u00e9_{CHAPTERS[0]}.ipynb"), CHAPTERS)
    assert {s.student for s in found.submissions} == {"\u00e9"}


# Chapters --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        f"{TWO}.ipynb",
        f"{TWO} (1).ipynb",
        f"{TWO}-Copy1.ipynb",
        f"{TWO}-1.ipynb",
        f"{TWO}_final (2).ipynb",
        f"Copy of {TWO}.ipynb",
        f"Copy of Copy of {TWO} (3).ipynb",
        f"Kopie von {TWO}.ipynb",
        f"{TWO.upper()}.IPYNB",
        f"{TWO}.ipynb.txt",
        f"{TWO}.ipynb.json",
        "02.ipynb",
        "02 (1).ipynb",
        "02(1).ipynb",
        "02 (1) (2).ipynb",
        "02_part_10.ipynb",
        "Copy of Copy of 02.ipynb",
        "02-1.ipynb",
        "02-Copy1.ipynb",
        "02_mine.ipynb",
        "02-regression.ipynb",
        "Copy of 02.ipynb",
    ],
)
@pytest.mark.parametrize("before", ["s01/", "s01_", "s01_4711_90210_", "S_1_assignsubmission_file_/"])
def test_a_renamed_file_is_known_by_name_or_number(tmp_path, before, name):
    submission = only(find(unpacked(tmp_path, before + name), CHAPTERS))
    assert (submission.student[:1].lower(), submission.chapter) == ("s", TWO)


@pytest.mark.parametrize(
    "name",
    [
        "homework.ipynb",
        "02_03_2025.ipynb",
        "2025_02.ipynb",
        "020_mine.ipynb",
        "14_of_another_book.ipynb",
        f"1{TWO}.ipynb",
        f"{CHAPTERS[0]} and {TWO}.ipynb",
        ".ipynb",
    ],
)
def test_a_file_that_does_not_tell_its_chapter_is_a_submission_without_one(handed_in, name):
    submission = only(find(handed_in(f"s01/{name}"), CHAPTERS))
    assert (submission.student, submission.notebook, submission.chapter) == ("s01", "", "")
    assert submission.read(LIMIT) == b"{}"


def test_a_number_that_two_chapters_have_tells_nothing(tmp_path):
    assert only(find(unpacked(tmp_path, "s01/02.ipynb"), [TWO, "02_another"])).chapter == ""


def test_the_longer_of_two_chapters_names_is_meant(tmp_path):
    names = ["02_lines", "02_lines_to_curves"]
    assert only(find(unpacked(tmp_path, "s01/02_lines_to_curves.ipynb"), names)).chapter == names[1]


# One row a file --------------------------------------------------------------------------------------------------


def test_further_files_of_a_chapter_are_numbered_by_attempt_then_path(handed_in):
    found = find(
        handed_in(
            f"s01/{TWO} (2).ipynb",
            f"s01/{TWO}-Copy1.ipynb",
            f"s01/b/{TWO}.ipynb",
            f"s01/a/{TWO}.ipynb",
            f"s01_{TWO}.ipynb",
            "s01/x.ipynb",
            "s01/y.ipynb",
        ),
        CHAPTERS,
    )
    assert [(s.notebook, s.chapter, s.origin) for s in found.submissions] == [
        ("", "", "s01/x.ipynb"),
        ("~2", "", "s01/y.ipynb"),
        (TWO, TWO, f"s01/a/{TWO}.ipynb"),
        (f"{TWO}~2", TWO, f"s01/b/{TWO}.ipynb"),
        (f"{TWO}~3", TWO, f"s01_{TWO}.ipynb"),
        (f"{TWO}~4", TWO, f"s01/{TWO}-Copy1.ipynb"),
        (f"{TWO}~5", TWO, f"s01/{TWO} (2).ipynb"),
    ]


def test_what_is_no_notebook_is_told_and_the_systems_own_files_are_not(handed_in):
    junk = [".DS_Store", "__MACOSX/s01/._02.ipynb", "s01/.ipynb_checkpoints/02-checkpoint.ipynb", "s01/._02.ipynb"]
    found = find(handed_in("s01/02.ipynb", "s01/text.pdf", "s02/work.zip", "=notes\n.txt", *junk), CHAPTERS)
    assert keys(found) == [("s01", TWO)]
    assert found.passed_over == (
        "=notes\ufffd.txt: not a notebook",
        "s01/text.pdf: not a notebook",
        "s02/work.zip: an archive: unpack it, or grade it by itself",
    )


def test_the_order_is_the_same_whatever_order_the_files_come_in(tmp_path):
    names = [f"s{n:02}/{c}{copy}.ipynb" for n in range(12) for c in CHAPTERS for copy in ("", " (1)", " (2)")]
    one, other = packed(tmp_path / "one.zip", *names), packed(tmp_path / "other.zip", *reversed(names))
    on_disk = unpacked(tmp_path / "folder", *names)
    assert find(one, CHAPTERS) == find(other, CHAPTERS) == find(on_disk, CHAPTERS)


def test_threads_can_read_one_zip(tmp_path):
    with zipfile.ZipFile(tmp_path / "class.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for n in range(100):
            archive.writestr(f"s{n:02}/02.ipynb", f"{n} " * 5000)
    found = find(tmp_path / "class.zip", CHAPTERS)
    with ThreadPoolExecutor(8) as pool:
        read = list(pool.map(lambda s: s.read(LIMIT), found.submissions))
    assert read == [f"{n} ".encode() * 5000 for n in range(100)]


# Names -----------------------------------------------------------------------------------------------------------


def test_keys_are_safe_as_names_of_files_and_in_tables():
    told = {
        "s01": "s01",
        "élève-Ō 1": "élève-Ō 1",
        "学生": "学生",
        "छात्र": "छात्र",
        "s\u00a001": "s_01",
        "s01@example": "s01@example",
        "": "_",
        ".": "_",
        "..": "__",
        "../../etc": "_._.._etc",
        "=1+1": "_1_1",
        "-1": "_1",
        "@sum": "_sum",
        "s01.": "s01_",
        "s01 ": "s01_",
        "a\nb\0c\td": "a_b_c_d",
        "a\udcffb": "a_b",
        "a\u202eb": "a_b",
        "s01~2": "s01_2",
        "x" * 100: "x" * 80,
        "\U00020000" * 100: "\U00020000" * 50,
    }
    assert {name: key(name) for name in told} == told


def test_students_whose_names_clean_to_one_key_stay_apart(tmp_path):
    students = ["a_b", "a=b", "a+b", "A_b", "x" * 100, "x" * 101, "x" * 102]
    found = find(unpacked(tmp_path, *(f"{s}/{TWO}.ipynb" for s in students)), CHAPTERS)
    told = {s.origin.partition("/")[0]: s.student for s in found.submissions}
    assert told["a_b"] == "a_b~2" and told["A_b"] == "A_b"  # one of them has to give way where names have no case
    assert len({s.casefold() for s in told.values()}) == len(students)
    assert [told[students[n]] for n in (4, 5, 6)] == ["x" * 80, "x" * 78 + "~2", "x" * 78 + "~3"]


@pytest.mark.filterwarnings("ignore:Duplicate name")
@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(st.text(st.sampled_from("a1_-=~./\\ \n\t\x7fé😀") | SAFE, max_size=30), min_size=1, max_size=8))
def test_any_names_in_a_zip_give_one_row_each_with_keys_that_are_safe_and_differ(names):
    with tempfile.TemporaryDirectory() as folder:
        names = [f"{name}.ipynb" for name in names]
        found = find(packed(Path(folder, "class.zip"), *names), CHAPTERS)
        expected = [n for n in names if not any(p.startswith("._") for p in n.replace("\\", "/").split("/"))]
        assert len(found.submissions) == len(expected)
        assert len({(s.student.casefold(), s.notebook) for s in found.submissions}) == len(expected)
        for submission in found.submissions:
            for part in (submission.student, submission.notebook or "none"):
                assert part == part.strip(" .") and len(part) <= 83 and "/" not in part and part.isprintable()
            assert submission.origin.isprintable()


@pytest.mark.parametrize(
    "name",
    [
        f"../../s01/{TWO}.ipynb",
        f"/s01/{TWO}.ipynb",
        f"C:/s01/{TWO}.ipynb",
        f"C:\\s01\\{TWO}.ipynb",
        f"s01\\{TWO}.ipynb",
        f"./s01//{TWO}.ipynb",
    ],
)
def test_a_path_that_leads_out_of_the_zip_leads_nowhere(tmp_path, name):
    (tmp_path / "in").mkdir()
    path = packed(tmp_path / "in" / "class.zip", name, "s02/02.ipynb")
    before = sorted(tmp_path.rglob("*"))
    found = find(path, CHAPTERS)
    assert [s.read(LIMIT) for s in found.submissions] == [b"{}", b"{}"]
    assert keys(found) == [("s01", TWO), ("s02", TWO)] and sorted(tmp_path.rglob("*")) == before


def test_odd_names_on_a_disk_are_read_like_any_other(tmp_path):
    names = [b"=cmd/02.ipynb", b"a\nb/02.ipynb", b"\xff\xfe/02.ipynb", b"-rf/02.ipynb", b"s\\02.ipynb", b"\\/02.ipynb"]
    found = find(unpacked(tmp_path, *names), CHAPTERS)
    assert {s.student for s in found.submissions} >= {"_cmd", "a_b", "__", "_rf", "s"}
    assert [s.read(LIMIT) for s in found.submissions] == [b"{}"] * len(names)
    assert all(s.origin.isprintable() for s in found.submissions)


def test_a_nul_in_a_members_name_hides_no_ending(tmp_path):
    path = packed(tmp_path / "class.zip", "s01/02.ipynb", "s02/02.ipynb#.pdf", "s03/02.pdf#.ipynb", "é/02#.ipynb")
    path.write_bytes(path.read_bytes().replace(b"#", b"\0"))
    found = find(path, CHAPTERS)
    assert keys(found) == [("s01", TWO), ("s03", TWO), ("é", TWO)]
    assert found.passed_over == ("s02/02.ipynb\ufffd.pdf: not a notebook",)


def test_a_name_of_60_kilobytes_is_found_in_no_time(tmp_path):
    names = ["_" * 60_000 + "/02", "1_" * 30_000 + TWO, "x" * 60_000 + "_assignsubmission_fil/02", "-1" * 30_000 + "x"]
    found = find(packed(tmp_path / "class.zip", *(f"{name}.ipynb" for name in names)), CHAPTERS)
    assert len(found.submissions) == 4 and all(len(s.origin) < 200 for s in found.submissions)


def test_folders_and_names_of_nothing_in_a_zip_are_no_submissions(tmp_path):
    path = packed(tmp_path / "02.ipynb.zip", "s01/", "s01/02.ipynb", "s02.ipynb/", "s03\\", "..")
    assert find(path, CHAPTERS).passed_over == ("..: not a notebook",)
    assert keys(find(path, CHAPTERS)) == [("s01", TWO)]
    folders = packed(tmp_path / "folders.zip", "s01", "s02.ipynb", external_attr=(stat.S_IFDIR | 0o755) << 16)
    with pytest.raises(GradeError, match="no submitted notebook"):
        find(folders, CHAPTERS)


# What is not opened ----------------------------------------------------------------------------------------------


def test_links_are_not_followed(tmp_path):
    unpacked(tmp_path / "elsewhere", "02.ipynb", "secret.txt", data=b'{"secret": 1}')
    unpacked(tmp_path / "class", "s01/02.ipynb")
    links = {
        "s02.ipynb": "../elsewhere/02.ipynb",
        "s03": "../elsewhere",
        "s04": "s04",
        "s05/01.ipynb": "/dev/zero",
        "s01/loop": ".",
        "s01/secret.txt": "../../elsewhere/secret.txt",
    }
    (tmp_path / "class" / "s05").mkdir()
    for name, target in links.items():
        (tmp_path / "class" / name).symlink_to(target)
    found = find(tmp_path / "class", CHAPTERS)
    assert [(s.student, s.notebook, s.origin) for s in found.submissions] == [
        ("class", "", "s02.ipynb"),
        ("s01", "", "s01/loop"),
        ("s01", TWO, "s01/02.ipynb"),
        ("s03", "", "s03"),
        ("s05", CHAPTERS[0], "s05/01.ipynb"),
    ]
    assert found.passed_over == ("s01/secret.txt: not a notebook", "s04: not a notebook")
    for link in (s for s in found.submissions if s.origin != "s01/02.ipynb"):
        assert "a symbolic link" in reason(link)


def test_a_file_that_became_a_link_meanwhile_is_not_followed(tmp_path):
    submission = only(find(unpacked(tmp_path, "s01/02.ipynb"), CHAPTERS))
    (tmp_path / "s01" / "02.ipynb").unlink()
    assert "ENOENT" in reason(submission)
    (tmp_path / "01.ipynb").write_bytes(b"{}")
    (tmp_path / "s01" / "02.ipynb").symlink_to(tmp_path / "01.ipynb")
    assert "not an ordinary file" in reason(submission)


def test_links_in_a_zip_are_not_followed(tmp_path):
    path = packed(
        tmp_path / "class.zip", "s01/02.ipynb", "s02", "s03/x.csv", data=b"/etc/passwd", external_attr=0o120777 << 16
    )
    found = find(path, CHAPTERS)
    assert keys(found) == [("s01", TWO), ("s02", "")] and found.passed_over == ("s03/x.csv: not a notebook",)
    assert all("a symbolic link" in reason(s) for s in found.submissions)


def test_pipes_are_not_opened(tmp_path):
    os.mkfifo(unpacked(tmp_path, "s01/01.ipynb") / "s01" / "02.ipynb")
    packed(tmp_path / "class.zip", "s02/02.ipynb", external_attr=(stat.S_IFIFO | 0o644) << 16)
    found = find(tmp_path, CHAPTERS)
    assert [s.chapter for s in found.submissions] == [CHAPTERS[0], TWO]
    assert "not an ordinary file" in reason(found.submissions[1])
    assert "not an ordinary file" in reason(only(find(tmp_path / "class.zip", CHAPTERS)))
    os.mkfifo(tmp_path / "pipe.zip")
    with pytest.raises(GradeError, match="neither a folder nor a zip"):
        find(tmp_path / "pipe.zip", CHAPTERS)


@contextmanager
def someone_else():
    """Root may read everything, so that the rights of files show only to another user."""
    was = os.geteuid()
    if was == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(was)


def test_what_the_permissions_do_not_allow_is_there_and_unreadable():
    with tempfile.TemporaryDirectory() as name:
        folder = unpacked(Path(name), "s01/02.ipynb", "s02/02.ipynb", "s03/02.ipynb")
        folder.chmod(0o755)
        (folder / "s01" / "02.ipynb").chmod(0)
        (folder / "s02").chmod(0)
        with someone_else():
            found = find(folder, CHAPTERS)
            assert keys(found) == [("s01", TWO), ("s02", ""), ("s03", TWO)]
            assert all("permissions" in reason(s) for s in found.submissions[:2])
            assert found.submissions[2].read(LIMIT) == b"{}"
            with pytest.raises(GradeError, match="permissions"):
                find(folder / "s02", CHAPTERS)
        (folder / "s02").chmod(0o755)


# Sizes and archives ----------------------------------------------------------------------------------------------


def test_as_many_bytes_as_the_limit_are_read_and_not_one_more(tmp_path):
    for path in (
        unpacked(tmp_path / "a", "s01/02.ipynb", data=b"x" * 1000),
        packed(tmp_path / "a.zip", "s01/02.ipynb", data=b"x" * 1000),
    ):
        submission = only(find(path, CHAPTERS))
        assert submission.read(1000) == b"x" * 1000
        assert "larger than" in reason(submission, 999)


def test_a_huge_file_is_not_read_whole(tmp_path):
    submission = only(find(unpacked(tmp_path, "s01/02.ipynb"), CHAPTERS))
    os.truncate(tmp_path / "s01" / "02.ipynb", 2**40)
    assert reason(submission) == "The file is larger than 20 MiB: clear its outputs, and save it again."


def test_a_bomb_stops_at_the_limit_whatever_size_its_header_claims(tmp_path):
    path = packed(tmp_path / "class.zip", "s01/02.ipynb", data=bytes(200_000_000))
    honest = path.read_bytes()
    assert len(honest) < 300_000
    submission = only(find(path, CHAPTERS))
    tracemalloc.start()
    assert "larger than 20 MiB" in reason(submission)
    assert tracemalloc.get_traced_memory()[1] < 4 * LIMIT
    tracemalloc.stop()
    claims = (200_000_000).to_bytes(4, "little")
    assert honest.count(claims) == 2
    path.write_bytes(honest.replace(claims, (100).to_bytes(4, "little")))
    assert "damaged" in reason(only(find(path, CHAPTERS)))  # a hundred bytes are unpacked, and their CRC is wrong


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, 9, 97])
def test_a_member_that_zipfile_would_unpack_without_bound_or_not_at_all_is_refused(tmp_path, method):
    path = packed(tmp_path / "class.zip", "s01/02.ipynb")
    with zipfile.ZipFile(path) as archive:
        member = archive.infolist()[0]
    central = path.read_bytes().index(b"PK\1\2")
    data = bytearray(path.read_bytes())
    assert data[8] == data[central + 10] == member.compress_type == zipfile.ZIP_DEFLATED
    data[8] = data[central + 10] = method
    path.write_bytes(data)
    assert "not read here" in reason(only(find(path, CHAPTERS)))


def test_a_locked_member_is_refused(tmp_path):
    path = packed(tmp_path / "class.zip", "s01/02.ipynb")
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\1\2") + 8] |= 1
    path.write_bytes(data)
    assert "password" in reason(only(find(path, CHAPTERS)))


def test_a_wrong_crc_is_told(tmp_path):
    path = packed(tmp_path / "class.zip", "s01/02.ipynb", data=b'{"cells": []}')
    path.write_bytes(path.read_bytes().replace(zipfile.ZipFile(path).infolist()[0].CRC.to_bytes(4, "little"), b"abcd"))
    assert "damaged" in reason(only(find(path, CHAPTERS)))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_members_of_one_name_are_both_there_and_neither_is_read(tmp_path):
    found = find(packed(tmp_path / "class.zip", "s01/02.ipynb", "s01/02.ipynb", "s02/02.ipynb"), CHAPTERS)
    assert keys(found) == [("s01", TWO), ("s01", f"{TWO}~2"), ("s02", TWO)]
    assert all("more than one file of this name" in reason(s) for s in found.submissions[:2])
    assert found.submissions[2].read(LIMIT) == b"{}"


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=6), st.integers(0, 10**6))
def test_a_damaged_zip_gives_rows_or_a_grade_error(damages, end):
    with tempfile.TemporaryDirectory() as folder:
        path = packed(Path(folder, "class.zip"), "s01/02.ipynb", "s02/01.ipynb", "s03/é.ipynb", data=b"{}" * 50)
        data = bytearray(path.read_bytes())
        for place, byte in damages:
            data[place % len(data)] = byte
        path.write_bytes(data[: end % len(data)] if end % 5 == 0 else data)
        try:
            found = find(path, CHAPTERS)
        except GradeError:
            return
        for submission in found.submissions:
            with suppress(Unreadable):
                assert len(submission.read(LIMIT)) <= LIMIT


# Nothing found ---------------------------------------------------------------------------------------------------


def test_nothing_to_grade_is_told_with_the_layouts(tmp_path):
    (tmp_path / "empty").mkdir()
    unpacked(tmp_path / "texts", "s01/text.pdf")
    (tmp_path / "text.zip").write_text("no zip")
    zipfile.ZipFile(tmp_path / "empty.zip", "w").close()
    for name, told in {
        "missing": "is not there",
        "missing.zip": "is not there",
        "empty": "holds no submitted notebook",
        "texts": "holds no submitted notebook",
        "empty.zip": "holds no submitted notebook",
        "text.zip": "neither a folder nor a zip",
    }.items():
        with pytest.raises(GradeError, match=told) as caught:
            find(tmp_path / name, CHAPTERS)
        for layout in "<student>_02_name.ipynb", "nbgrader", "Canvas", "Moodle":
            assert layout in str(caught.value)
