"""Executing chapters: real kernels on small chapters made here."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest

from nnlab.course import build, cache, execute, source
from nnlab.errors import ExecutionFailed

HEAD = """\
# %% [markdown]
# # A chapter
#
# The answer is 42.
# %% tags=["parameters"]
SEED = 0
FAST = False
DEVICE = None
"""


@pytest.fixture
def book(tmp_path):
    """Writes chapters given as {name: code} and reads them."""

    def write(**chapters):
        folder = tmp_path / "book" / "chapters"
        folder.mkdir(parents=True, exist_ok=True)
        for name, code in chapters.items():
            (folder / f"{name[1:]}.py").write_text(HEAD + code)
        return source.chapters(tmp_path)

    return write


def outputs(chapter, build, tier=execute.FULL):
    cells = execute.executed(chapter, build, tier).cells
    return "".join(o.get("text", "") for c in cells if c.cell_type == "code" for o in c.outputs)


def test_only_what_changed_is_executed(book, tmp_path):
    one = "# %%\nimport os\nprint('first', os.urandom(4).hex())\n"
    two = "# %%\nimport os\nprint('second', os.urandom(4).hex())\n"
    chapters = book(_01_a=one, _02_b=two)
    execute.execute(chapters, tmp_path)
    before = [outputs(c, tmp_path) for c in chapters]
    chapters = book(_01_a=one, _02_b=two.replace("second", "2nd"))
    assert [execute.is_fresh(c, tmp_path) for c in chapters] == [True, False]
    execute.execute(chapters, tmp_path)
    after = [outputs(c, tmp_path) for c in chapters]
    assert after[0] == before[0] and "2nd" in after[1]


def test_a_chapter_that_never_ran_is_there_without_outputs_beside_one_that_ran(book, tmp_path):
    ran, waiting = book(_01_a="# %%\nprint('one')\n", _02_b="# %%\nprint('two')\n")
    execute.execute([ran], tmp_path / "_build")
    build.stage(tmp_path, [ran, waiting], execute.FULL)
    pages = [json.loads((tmp_path / "_build/source/chapters" / f"{c.name}.ipynb").read_text()) for c in (ran, waiting)]
    told = [[o for c in page["cells"] for o in c.get("outputs", [])] for page in pages]
    assert told[0] and not told[1]
    assert "print('two')" in json.dumps(pages[1])


def test_a_changed_word_executes_nothing_and_is_there(book, tmp_path):
    (chapter,) = book(_01_a="# %%\nprint(FAST)\n")
    execute.execute([chapter], tmp_path)
    path = tmp_path / "book" / "chapters" / "01_a.py"
    path.write_text(path.read_text().replace("# # A chapter", "# # Another title"))
    (changed,) = source.chapters(tmp_path)
    assert execute.is_fresh(changed, tmp_path)
    notebook = execute.executed(changed, tmp_path)
    assert notebook.cells[0].source.startswith("# Another title")
    assert outputs(changed, tmp_path) == "False\n"


def test_the_tiers_are_kept_apart_and_set_the_parameter(book, tmp_path):
    (chapter,) = book(_01_a="# %%\nprint(FAST)\n")
    execute.execute([chapter], tmp_path)
    assert not execute.is_fresh(chapter, tmp_path, execute.FAST)
    execute.execute([chapter], tmp_path, execute.FAST)
    assert outputs(chapter, tmp_path) == "False\n" and outputs(chapter, tmp_path, execute.FAST) == "True\n"


def test_a_chapter_that_never_asks_for_fast_is_executed_once(book, tmp_path):
    same, other = book(_01_a="# %%\nimport os\nprint(os.urandom(4).hex())\n", _02_b="# %%\nprint(FAST)\n")
    execute.execute([same, other], tmp_path)
    before = outputs(same, tmp_path)
    assert execute.is_fresh(same, tmp_path, execute.FAST) and not execute.is_fresh(other, tmp_path, execute.FAST)
    execute.execute([same, other], tmp_path, execute.FAST)
    assert outputs(same, tmp_path) == outputs(same, tmp_path, execute.FAST) == before
    assert outputs(other, tmp_path, execute.FAST) == "True\n"


def test_what_a_chapter_leaves_is_kept_a_folder_each_and_made_again_where_it_is_missing(book, tmp_path):
    code = "# %%\nfrom nnlab import artifacts\nartifacts.leave(figures={'fast': int(FAST)})\n"
    (chapter,) = book(_01_a=code)
    execute.execute([chapter], tmp_path)
    execute.execute([chapter], tmp_path, execute.FAST)
    left = {tier.name: tmp_path / tier.artifacts / "01_a" / "figures.json" for tier in (execute.FULL, execute.FAST)}
    assert [json.loads(path.read_text())["fast"] for path in left.values()] == [0, 1]
    left["full"].unlink()
    assert not execute.is_fresh(chapter, tmp_path) and execute.is_fresh(chapter, tmp_path, execute.FAST)
    execute.execute([chapter], tmp_path)
    assert left["full"].exists()
    (changed,) = book(_01_a="# %%\nprint('nothing left')\n")
    execute.execute([changed], tmp_path)
    assert not left["full"].exists() and execute.is_fresh(changed, tmp_path)


def test_what_chapters_leave_is_published_and_what_they_no_longer_leave_is_taken_away(book, tmp_path):
    leaving = "# %%\nfrom nnlab import artifacts\nartifacts.leave(figures={'a': 7})\n"
    for code, published in (leaving, ["01_a/figures.json"]), ("# %%\nprint('nothing')\n", []):
        chapters = book(_01_a=code)
        execute.execute(chapters, tmp_path / "_build")
        build.publish(tmp_path, chapters, execute.FULL)
        folder = tmp_path / "_build" / "html" / "artifacts"
        assert [p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()] == published
        assert not published or json.loads((folder / published[0]).read_text()) == {"a": 7}


def test_time_and_memory_are_recorded(book, tmp_path):
    (chapter,) = book(_01_a="# %%\nimport time\nkept = bytearray(200 << 20)\ntime.sleep(0.5)\n")
    execute.execute([chapter], tmp_path)
    run = execute.last_run(chapter, tmp_path)
    assert run.seconds > 0.5 and 200 < run.peak_mb < 600


def test_a_failing_cell_is_told_and_the_others_are_executed(book, tmp_path):
    chapters = book(_01_a="# %%\nx = 1\n# %%\nprint(x / 0)\n", _02_b="# %%\nprint('fine')\n")
    with pytest.raises(ExecutionFailed) as failure:
        execute.execute(chapters, tmp_path)
    told = str(failure.value)
    assert "01_a: a cell failed, code cell 3" in told
    assert "print(x / 0)" in told and "ZeroDivisionError" in told and "nnlab build --only 01" in told
    assert not execute.is_fresh(chapters[0], tmp_path) and execute.is_fresh(chapters[1], tmp_path)


def test_a_false_claim_fails_and_names_its_sentence(book, tmp_path):
    claim = '# %% tags=["claim"]\nfrom nnlab import claim\nclaim("The answer is 42", 41)\n'
    chapters = book(_01_a=claim)
    with pytest.raises(ExecutionFailed, match=r'the text is not true[\s\S]*says "The answer is 42"; computed: 41'):
        execute.execute(chapters, tmp_path)


def test_a_kernel_that_dies_is_told(book, tmp_path):
    chapters = book(_01_a="# %%\nimport os\nos._exit(3)\n")
    with pytest.raises(ExecutionFailed, match="the kernel died"):
        execute.execute(chapters, tmp_path)


def test_an_interrupt_keeps_what_is_done_and_leaves_no_process(book, tmp_path):
    book(_01_a="# %%\nprint('quick')\n", _02_b="# %%\nimport time\ntime.sleep(300)  # the slow one\n")
    script = (
        "from pathlib import Path; from nnlab.course import execute, source; "
        f"root = Path({str(tmp_path)!r}); execute.execute(source.chapters(root), root)"
    )
    mark = f"NNLAB_TEST={uuid.uuid4()}"  # inherited, so that the processes of this test can be told from others
    environment = os.environ | dict([mark.split("=")])
    worker = subprocess.Popen([sys.executable, "-c", script], env=environment, stderr=subprocess.DEVNULL)
    wait_while(lambda: not (tmp_path / "executed" / "01_a.json").exists(), seconds=180)
    assert processes(mark)
    worker.send_signal(signal.SIGINT)
    assert worker.wait(timeout=120) != 0
    first, second = source.chapters(tmp_path)
    assert execute.is_fresh(first, tmp_path) and execute.last_run(second, tmp_path) is None
    assert not wait_while(lambda: processes(mark)), "a worker or its kernel goes on"


def wait_while(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while (found := condition()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


def processes(mark):
    found = []
    for entry in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            found += [entry.parent.name] if mark in entry.read_text(errors="replace") else []
    return found


def test_a_record_cut_off_in_the_middle_counts_as_not_executed(book, tmp_path):
    (chapter,) = book(_01_a="# %%\nprint(1)\n")
    execute.execute([chapter], tmp_path)
    record = tmp_path / "executed" / "01_a.json"
    record.write_text(record.read_text()[:20])
    assert not execute.is_fresh(chapter, tmp_path)


def test_a_chapter_depends_on_whether_the_packages_that_it_may_use_are_there(book, monkeypatch):
    (chapter,) = book(_01_a="# %%\nprint(1)\n")
    with_them = cache.key(chapter, {})
    monkeypatch.setattr(cache, "_OPTIONAL", ("there-is-no-such-package", "scikit-image"))
    assert cache.key(chapter, {}) != with_them


def test_a_chapter_depends_on_the_parts_of_nnlab_that_it_uses_and_on_no_other():
    def used(code):
        return {path.relative_to(cache.PACKAGE).as_posix() for path in cache._used_files(code, "02")}

    drawing = used("from nnlab import mlp_draw")
    assert "draw/__init__.py" in drawing and "draw/mlp/layout.py" in drawing and "train/loop.py" not in drawing
    assert "claims.py" in used("from nnlab.claims import claim")
    assert {"exercises/core.py", "exercises/ch02.py"} <= used("from nnlab import check")
    assert not {"exercises/ch06.py", "cli.py", "course/build.py"} & used("from nnlab import check, load, fit")
    assert "data/files/insurance.csv.gz" in used("from nnlab import load")
