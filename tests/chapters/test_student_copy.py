"""The student's notebooks as on Colab: an empty folder; an environment with the built wheel and what it asks for."""

import json
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient

from nnlab.course.execute import KERNEL_ENVIRONMENT
from nnlab.exercises import core

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    """A kernel whose Python has nnlab's wheel, its core dependencies, ipykernel, and nothing of this checkout."""
    home = tmp_path_factory.mktemp("colab")

    def pip(python, *arguments):
        subprocess.run([python, "-m", "pip", "-q", "--disable-pip-version-check", *arguments], check=True, cwd=home)

    # From a copy: what setuptools leaves behind in a checkout would go into the next wheel.
    shutil.copytree(ROOT / "nnlab", home / "source" / "nnlab", ignore=shutil.ignore_patterns("__pycache__"))
    for name in "pyproject.toml", "README.md", "LICENSE":
        shutil.copy(ROOT / name, home / "source")
    pip(sys.executable, "wheel", "--no-deps", "-w", str(home), str(home / "source"))
    (wheel,) = home.glob("nnlab-*.whl")
    venv.create(home / "env", with_pip=True)
    python = home / "env" / "bin" / "python"
    pip(python, "install", "-c", str(ROOT / "constraints.txt"), str(wheel), "ipykernel")
    spec = home / "kernels" / "colab"
    spec.mkdir(parents=True)
    argv = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (spec / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "colab", "language": "python"}))
    return home / "kernels"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_an_untouched_notebook_runs_to_its_end(path, kernel, tmp_path):
    notebook = nbformat.read(path, as_version=4)
    (parameters,) = [c for c in notebook.cells if "parameters" in c.metadata.get("tags", [])]
    assert "FAST = False" in parameters.source
    parameters.source = parameters.source.replace("FAST = False", "FAST = True")  # as a reader in a hurry does
    client = NotebookClient(notebook, timeout=600, kernel_name="colab", resources={"metadata": {"path": str(tmp_path)}})
    client.create_kernel_manager()
    client.km.kernel_spec_manager = KernelSpecManager(kernel_dirs=[str(kernel)])
    environment = os.environ | KERNEL_ENVIRONMENT
    del environment["NNLAB_BOOK"]
    environment.pop("PYTHONPATH", None)
    client.execute(env=environment)
    said = "".join(o.get("text", "") for c in notebook.cells if c.cell_type == "code" for o in c.outputs)
    for exercise in core.of_chapter(path.name[:2]):
        assert f"– {exercise.id} {exercise.title}: not attempted" in said
    assert not list(tmp_path.iterdir()), "the notebook left files beside it"
    assert str(ROOT) not in said


def test_there_is_one_for_every_chapter():
    assert [p.stem for p in NOTEBOOKS] == sorted(p.stem for p in (ROOT / "book" / "chapters").glob("*.py"))
