"""The command line: what it refuses, and what it says then."""

import subprocess
import sys
from pathlib import Path

import pytest

from nnlab.course import bootstrap

ROOT = Path(__file__).parents[2]


def nnlab(*arguments, cwd=ROOT):
    return subprocess.run([sys.executable, "-m", "nnlab", *arguments], cwd=cwd, capture_output=True, text=True)


def test_outside_a_checkout_it_says_where_to_go(tmp_path):
    done = nnlab("build", cwd=tmp_path)
    assert done.returncode == 1 and "_toc.yml" in done.stderr and "Traceback" not in done.stderr


def test_an_unknown_chapter_is_told_which_there_are():
    done = nnlab("build", "--only", "99")
    assert done.returncode == 1 and "the chapters are 01, 02" in done.stderr


@pytest.mark.parametrize("arguments", [[], ["bild"], ["zip", "--nonsense"]])
def test_a_misspelt_command_shows_the_usage(arguments):
    done = nnlab(*arguments)
    assert done.returncode == 2 and "usage: nnlab" in done.stderr


def test_it_works_from_a_folder_below(tmp_path):
    done = nnlab("build", "--only", "99", cwd=ROOT / "book" / "chapters")
    assert "the chapters are 01, 02" in done.stderr


def test_what_is_lacking_is_found_through_nested_extras():
    project = {
        "dependencies": ["numpy>=1"],
        "optional-dependencies": {"a": ["nnlab[b,c]", "pytest"], "b": ["no-such-package>=2"], "c": ["tqdm"]},
    }
    assert bootstrap._lacking(project, "a") == ["no-such-package"]
    assert bootstrap._lacking(project, "c") == []
