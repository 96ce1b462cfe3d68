"""`nnlab doctor` says what is there, and what to do about what is not."""

from pathlib import Path

from nnlab import cli
from nnlab.course import doctor

ROOT = Path(__file__).parents[2]


def test_where_all_is_there_all_is_well(capsys):
    assert cli.main(["doctor"]) == 0
    said = capsys.readouterr().out
    for what in "Python", "packages[test]", "device", "box", "browser", "disk", "memory":
        assert f"ok      {what}" in said, said
    assert said.endswith("all is well\n")


def test_without_bubblewrap_it_says_what_to_install_and_fails(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert cli.main(["doctor"]) == 1
    said = capsys.readouterr().out
    assert "missing box" in said and "apt install bubblewrap" in said and "to be mended: box" in said
    assert "note    browser" in said


def test_a_package_that_is_missing_is_named_with_the_command(tmp_path):
    (tmp_path / "constraints.txt").write_text("numpy==0.0.1\n")
    (tmp_path / "pyproject.toml").write_text(
        "[project]\nrequires-python = '>=3.99'\ndependencies = ['numpy>=1', 'no-such-package>=2']\n"
        "[project.optional-dependencies]\nbook = ['numpy', 'nnlab[test]']\n"
    )
    course, book = doctor.packages(tmp_path)
    assert course.state == "missing" and "no-such-package not here: pip install" in course.told
    assert book.state == "note" and "tried with 0.0.1" in book.told
    (python,) = doctor.python(tmp_path)
    assert python.state == "missing" and "install 3.99" in python.told


def test_a_full_disk_is_said(monkeypatch):
    monkeypatch.setattr(doctor, "FREE_GB", 10**6)
    disk, *_ = doctor.room(ROOT)
    assert disk.state == "missing" and "make 1e+06 GB free" in disk.told
