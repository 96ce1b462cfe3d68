"""What a change costs: a cold build, nothing changed, one word of chapter 02, one line of its code.

Run from a checkout whose `.venv` is there: `python bench/rebuild.py`. Works on a copy; takes some minutes.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
CHAPTER = "book/chapters/02_regression_as_a_network.py"


def build(copy: Path) -> tuple[float, list[str]]:
    """Seconds, and the chapters that were executed."""
    code = "import sys; from pathlib import Path; from nnlab.course.build import build; build(Path(sys.argv[1]))"
    begun = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code, copy], cwd=copy, capture_output=True, text=True, check=True)
    said = done.stdout + done.stderr
    return time.perf_counter() - begun, [line.split()[0] for line in said.splitlines() if " executed " in line]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "nnlab")
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".git", ".venv", "_build", "__pycache__"))
        chapter = copy / CHAPTER
        rows = [("cold", *build(copy)), ("nothing changed", *build(copy))]
        chapter.write_text(chapter.read_text().replace("## Recap", "## Recap\n#\n# One word more.", 1))
        rows.append(("one word changed", *build(copy)))
        chapter.write_text(chapter.read_text() + "\n# %%\nassert True\n")
        rows.append(("one line of code changed", *build(copy)))
    print(f"{'change':28}{'seconds':>9}{'/ cold':>8}  executed")
    for name, seconds, executed in rows:
        print(f"{name:28}{seconds:9.1f}{seconds / rows[0][1]:8.2f}  {', '.join(executed) or 'nothing'}")


if __name__ == "__main__":
    main()
