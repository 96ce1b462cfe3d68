"""The rules of the house: style, types, directions of imports, a light package, a clean repository."""

import json
import re
import subprocess
import sys
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
TOOLS = Path(sys.executable).parent


def run(*command):
    return subprocess.run(list(map(str, command)), cwd=ROOT, capture_output=True, text=True)


@pytest.fixture(scope="module")
def tracked():
    listed = run("git", "ls-files", "-co", "--exclude-standard").stdout.splitlines()
    return [ROOT / name for name in listed if (ROOT / name).is_file()]


@pytest.mark.parametrize("command", ["ruff check .", "ruff format --check .", "mypy", "lint-imports"])
def test_the_sources_pass(command):
    name, *rest = command.split()
    done = run(TOOLS / name, *rest)
    assert done.returncode == 0, done.stdout + done.stderr


def test_importing_nnlab_loads_nothing_heavy():
    heavy = ("torch", "matplotlib", "sklearn", "pandas", "networkx", "IPython", "numpy")
    done = run(sys.executable, "-c", f"import nnlab, sys; print([m for m in {heavy} if m in sys.modules])")
    assert done.stdout.strip() == "[]", done.stdout + done.stderr


def test_every_public_name_is_there_and_an_unknown_one_is_told():
    import nnlab

    for name in nnlab.__all__:
        assert getattr(nnlab, name).__doc__, name
    with pytest.raises(AttributeError, match="mlp_draw"):
        nnlab.mlpdraw  # noqa: B018


def test_no_notebook_in_the_repository_holds_outputs(tracked):
    for path in (p for p in tracked if p.suffix == ".ipynb"):
        cells = json.loads(path.read_text())["cells"]
        assert not [c for c in cells if c.get("outputs") or c.get("execution_count")], path


def test_the_repository_is_small(tracked):
    sizes = {path: path.stat().st_size for path in tracked}
    assert max(sizes.values()) < 5e6 and sum(sizes.values()) < 40e6


def test_no_file_names_a_registry_or_a_path_of_one_machine(tracked):
    forbidden = re.compile(r"(py)(pi)\.org|python" r"hosted|registry\.np" r"mjs|(?<![\w.])/(home|Users|root|work)/\w")
    for path in tracked:
        if path.suffix in {".py", ".md", ".yml", ".toml", ".txt", ".js", ".css", ".json", ".ipynb", ".bib", ""}:
            found = forbidden.search(path.read_text(encoding="utf-8", errors="replace"))
            assert not found, f"{path.relative_to(ROOT)}: {found and found[0]}"


def test_every_chapter_is_in_the_table_of_contents():
    listed = set(re.findall(r"chapters/(\w+)", (ROOT / "_toc.yml").read_text()))
    assert listed == {p.stem for p in (ROOT / "book" / "chapters").glob("*.py")}


def test_the_constraints_allow_what_the_package_asks_for(tracked):
    """Every direct requirement is pinned, so that two installations are the same."""
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *chain.from_iterable(project["optional-dependencies"].values())]
    names = {re.match(r"[\w.-]+", line)[0].lower() for line in asked} - {"nnlab"}
    pinned = {line.partition("==")[0].lower() for line in (ROOT / "constraints.txt").read_text().splitlines()}
    assert names <= pinned, names - pinned
