"""`check`, `hint`, `progress`, `answer` and `require` as a notebook calls them, on an exercise of chapter 02."""

import json
import re
import subprocess
import sys
import textwrap

import pytest

import nnlab
from nnlab import exercises
from nnlab.errors import UnknownExercise

ID = "02.2"
RIGHT = """
def step(w, b, x, y, lr):
    r = w * x + b - y
    return w - lr * 2 * (r * x).mean(), b - lr * 2 * r.mean()
"""


@pytest.fixture(autouse=True)
def fresh_session():
    for kept in exercises._judged, exercises._hints_given, exercises._lent:
        kept.clear()


@pytest.fixture
def run(capsys, tmp_path):
    """Runs cells in one namespace, as files so that their source can be read; returns what each prints."""
    names = {"__name__": "__main__"}

    def run(code):
        file = tmp_path / f"cell{len(list(tmp_path.iterdir()))}.py"
        file.write_text(f"from nnlab import *\n{code}")
        exec(compile(file.read_text(), file, "exec"), names)
        return capsys.readouterr().out

    run.names = names
    return run


def test_a_right_answer_is_praised_once_and_counted(run):
    run(RIGHT)
    assert run(f'check("{ID}")').startswith(f"✓ {ID} ")
    progress = run("progress()")
    assert f"✓ {ID}" in progress and "chapter 02: " in progress and "– 02.1" in progress


def test_a_wrong_answer_is_shown_its_case_and_the_way_to_a_hint(run):
    run(RIGHT.replace("w - lr", "w + lr"))
    said = run(f'check("{ID}")')
    assert said.startswith(f"✗ {ID} ") and "got" in said and "expected" in said and f'hint("{ID}")' in said
    assert f"✗ {ID}" in run("progress()")


def test_a_mended_answer_is_judged_anew(run):
    run(RIGHT.replace("w - lr", "w + lr"))
    run(f'check("{ID}")')
    run(RIGHT)
    assert run(f'check("{ID}")').startswith("✓")
    run(RIGHT.replace("w - lr", "w + lr"))
    assert run(f'check("{ID}")').startswith("✗")


def test_hints_come_one_by_one_and_the_last_one_stays(run):
    texts = exercises.find(ID).hint_texts
    said = [run(f'hint("{ID}")') for _ in range(len(texts) + 1)]
    assert [line.partition(": ")[2].strip() for line in said] == [*texts, texts[-1]]
    assert said[0].startswith(f"hint 1 of {len(texts)}")


def test_an_open_exercise_is_lent_the_books_answer_which_earns_nothing(run):
    run("import torch\ndef step(w, b, x, y, lr):\n    ...  # TODO")
    assert "not passed" in run(f'step = answer("{ID}")')
    assert run("print(step(0.0, 0.0, torch.ones(3), torch.ones(3), 0.5)[1])").strip() == "tensor(1.)"
    assert "not attempted" in run(f'check("{ID}")') and f"– {ID}" in run("progress()")
    assert "not passed" in run(f'step = answer("{ID}")')


def test_an_answer_of_ones_own_is_used_in_silence(run):
    run(RIGHT)
    mine = run.names["step"]
    assert run(f'step = answer("{ID}")') == "" and run.names["step"] is mine


def test_a_right_answer_is_all_that_is_required(run):
    run(RIGHT)
    assert run(f'require("{ID}")') == ""


def test_a_wrong_answer_is_refused_with_its_case_its_slip_and_the_seed_that_brings_them_back(run):
    run(RIGHT.replace("lr * 2 *", "lr *"))
    with pytest.raises(AssertionError) as fresh:
        run(f'require("{ID}")')
    first, *rest = str(fresh.value).splitlines()
    seed = re.fullmatch(rf"{ID} .*: wrong \(seed (\d+)\)", first)[1]
    assert "got" in fresh.value.args[0] and rest[-1].startswith("This looks like a known slip: ")
    with pytest.raises(AssertionError) as again:
        run(f'require("{ID}", seed={seed})')
    assert str(again.value) == str(fresh.value)
    with pytest.raises(AssertionError) as other:
        run(f'require("{ID}")')
    assert str(other.value) != str(fresh.value)


def test_what_a_check_has_found_right_is_judged_anew(run):
    run(RIGHT.replace("def step", "def right"))
    run("def step(w, b, x, y, lr):\n    return right(w, b, x, y, lr) if being_checked else (0.0, 0.0)")
    assert run(f'being_checked = True\ncheck("{ID}")').startswith("✓")
    with pytest.raises(AssertionError, match=f"{ID} .*: wrong"):
        run(f'being_checked = False\nrequire("{ID}")')


def test_neither_a_todo_nor_the_books_answer_is_enough(run):
    run("def step(w, b, x, y, lr):\n    ...  # TODO")
    with pytest.raises(AssertionError, match=r"not attempted .*\n.*TODO"):
        run(f'require("{ID}")')
    run(f'step = answer("{ID}")')
    with pytest.raises(AssertionError, match=r"not attempted .*\n.*the book's answer"):
        run(f'require("{ID}")')


def test_nothing_checked_is_said(run):
    assert "nothing checked yet" in run("progress()")


@pytest.mark.parametrize("call", [nnlab.check, nnlab.hint, nnlab.answer, nnlab.require])
def test_an_unknown_exercise_names_those_that_there_are(call):
    with pytest.raises(UnknownExercise, match=r"chapter 02 has 02\.1, 02\.2"):
        call("02.77")
    with pytest.raises(UnknownExercise, match="the chapters with exercises are 01, 02"):
        call("77.1")


def test_a_todo_in_a_real_kernel_is_seen(tmp_path):
    """IPython keeps the source of cells in a way of its own."""
    todo = "for _ in []:\n        ...  # TODO"
    cells = [f"from nnlab import check\ndef step(w, b, x, y, lr):\n    {todo}\n    return 0, 0"]
    code = textwrap.dedent("""
        import json, sys, nbformat
        from nbclient import NotebookClient
        cells = [nbformat.v4.new_code_cell(c) for c in json.loads(sys.argv[1])]
        done = NotebookClient(nbformat.v4.new_notebook(cells=cells), kernel_name="python3").execute()
        print(done.cells[-1].outputs[0].text)
    """)
    cells.append(f'check("{ID}")')
    done = subprocess.run([sys.executable, "-c", code, json.dumps(cells)], capture_output=True, text=True, cwd=tmp_path)
    assert done.stdout.startswith(f"– {ID}"), done.stdout + done.stderr
