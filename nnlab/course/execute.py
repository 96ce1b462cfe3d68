"""Executes chapters with papermill: in parallel, each in a process of its own, only those whose code changed.

`python -m nnlab.course.execute IN OUT PARAMETERS` is the process: it runs one notebook and writes what it cost.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from tqdm import tqdm

from nnlab import artifacts
from nnlab.course import cache
from nnlab.course.source import Chapter
from nnlab.errors import ExecutionFailed

# One thread: other thread counts give other bits. No bars, no hash order, no user's IPython profile in the outputs.
KERNEL_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "TQDM_DISABLE": "1",
    "NNLAB_BOOK": "1",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}
CELL_TIMEOUT = 900  # seconds; a cell that takes longer hangs


@dataclass(frozen=True)
class Run:
    """What executing a chapter cost (wall-clock seconds, the kernel's peak memory in MiB), and the files it left."""

    key: str
    seconds: float
    peak_mb: float
    artifacts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tier:
    """One way to execute the book: "full" makes it; "fast" runs the same cells with fewer steps, for tests."""

    name: str
    folder: str
    artifacts: str
    parameters: dict[str, object]


FULL = Tier("full", "executed", "artifacts", {"FAST": False})
FAST = Tier("fast", "executed-fast", "artifacts-fast", {"FAST": True})


def tier_of(chapter: Chapter, tier: Tier) -> Tier:
    """The tier in which this chapter is executed for that one: where it is the same in all, it is executed once."""
    return tier if chapter.reads_fast else FULL


def execute(chapters: Iterable[Chapter], build: Path, tier: Tier = FULL, *, jobs: int = 0, force: bool = False) -> None:
    """Execute the chapters whose outputs in `build` are missing or of other code; keep each as soon as it is done.

    Raises:
        ExecutionFailed: a cell raised an error; the other chapters are executed nevertheless.
        KeyboardInterrupt: what was done until then is kept.
    """
    chapters = list(chapters)
    stale = [c for c in chapters if force or not is_fresh(c, build, tier)]
    # The longest first, so that no core idles at the end.
    stale.sort(key=lambda c: -(run.seconds if (run := last_run(c, build, tier)) else 1e9))
    failures: list[str] = []
    pool = ThreadPoolExecutor(jobs or os.cpu_count() or 1)
    bar = tqdm(total=len(stale), unit="chapter", disable=None if stale else True, leave=False)
    workers: set[subprocess.Popen] = set()
    try:
        futures = {pool.submit(_run_apart, c, build, tier, workers): c for c in stale}
        for future in as_completed(futures):
            chapter = futures[future]
            bar.update()
            try:
                run = future.result()
                bar.write(f"  {chapter.name:40} executed {run.seconds:6.1f} s {run.peak_mb:6.0f} MiB")
            except ExecutionFailed as error:
                bar.write(f"  {chapter.name:40} failed")
                failures.append(str(error))
    except KeyboardInterrupt:
        pool.shutdown(wait=False, cancel_futures=True)  # first, or a freed thread would start the next chapter
        for worker in workers:
            if worker.poll() is None:
                os.killpg(worker.pid, signal.SIGTERM)
        bar.write("interrupted: the chapters that were done are kept")
        raise
    finally:
        bar.close()
        pool.shutdown(cancel_futures=True)
    if failures:
        raise ExecutionFailed("\n\n".join(failures))


def is_fresh(chapter: Chapter, build: Path, tier: Tier = FULL) -> bool:
    """Do the outputs that are kept belong to the chapter's present code?"""
    tier = tier_of(chapter, tier)
    run = last_run(chapter, build, tier)
    if run is None or run.key != cache.key(chapter, tier.parameters):
        return False
    return all((build / tier.artifacts / chapter.name / name).is_file() for name in run.artifacts)


def last_run(chapter: Chapter, build: Path, tier: Tier = FULL) -> Run | None:
    """What the last execution cost, or None."""
    file = build / tier_of(chapter, tier).folder / f"{chapter.name}.json"
    if not file.exists() or not file.with_suffix(".ipynb").exists():
        return None
    try:
        return Run(**json.loads(file.read_text()))
    except (ValueError, TypeError):  # cut off while it was written, or of an older form
        return None


def notebook_of(chapter: Chapter, build: Path, tier: Tier = FULL) -> Path:
    """Where the executed notebook lies."""
    return build / tier_of(chapter, tier).folder / f"{chapter.name}.ipynb"


def executed(chapter: Chapter, build: Path, tier: Tier = FULL) -> NotebookNode:
    """The chapter as its source stands now, with the outputs of its last execution; without, if there was none."""
    if last_run(chapter, build, tier) is None:
        return nbformat.from_dict(chapter.notebook)
    ran = nbformat.read(notebook_of(chapter, build, tier), as_version=4)
    outputs = iter([c for c in ran.cells if c.cell_type == "code" and "injected-parameters" not in _tags(c)])
    notebook = nbformat.from_dict(chapter.notebook)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            done = next(outputs)
            cell.outputs, cell.execution_count = done.outputs, done.execution_count
    return notebook


def _run_apart(chapter: Chapter, build: Path, tier: Tier, workers: set[subprocess.Popen]) -> Run:
    """Run one chapter in a process of its own, and keep its notebook and what it left when it went well."""
    tier = tier_of(chapter, tier)
    key = cache.key(chapter, tier.parameters)
    with tempfile.TemporaryDirectory(prefix="nnlab-") as scratch:
        source, done = Path(scratch, "in.ipynb"), Path(scratch, "out.ipynb")
        nbformat.write(chapter.notebook, source)
        parameters = json.dumps(tier.parameters)
        command = [sys.executable, "-m", "nnlab.course.execute", str(source), str(done), parameters]
        left = Path(scratch, "artifacts")
        environment = os.environ | KERNEL_ENVIRONMENT | {"IPYTHONDIR": scratch, artifacts.VARIABLE: str(left)}
        worker = subprocess.Popen(
            command, cwd=scratch, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            start_new_session=True,
        )  # fmt: skip
        workers.add(worker)
        out, err = worker.communicate()
        if worker.returncode:
            raise ExecutionFailed(_explain(chapter, done, err))
        names = tuple(sorted(p.name for p in left.iterdir())) if left.exists() else ()
        run = Run(key, **json.loads(out.splitlines()[-1]), artifacts=names)
        # The record last: without it the notebook counts as not executed.
        record = build / tier.folder / f"{chapter.name}.json"
        record.unlink(missing_ok=True)
        shutil.rmtree(build / tier.artifacts / chapter.name, ignore_errors=True)
        for name in names:
            _move(left / name, build / tier.artifacts / chapter.name / name)
        _move(done, record.with_suffix(".ipynb"))
        record.write_text(json.dumps(asdict(run)) + "\n")
    return run


def _move(source: Path, target: Path) -> None:
    """Across file systems, and never half."""
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_suffix(".part")
    beside.write_bytes(source.read_bytes())
    beside.replace(target)


def _explain(chapter: Chapter, done: Path, err: str) -> str:
    """Which cell failed, with its traceback, and the command that runs this chapter alone."""
    again = f"run it alone:  nnlab build --only {chapter.number}"
    for number, cell, output in _errors(done):
        trace = "\n".join(output.get("traceback") or [f"{output.ename}: {output.evalue}"])
        kind = "the text is not true" if output.ename == "FalseClaim" else "a cell failed"
        code = "\n".join(f"    {line}" for line in cell.source.splitlines())
        return f"{chapter.name}: {kind}, code cell {number}:\n\n{code}\n\n{trace}\n\n{again}"
    return f"{chapter.name}: the kernel died or could not be started:\n{err[-3000:]}\n{again}"


def _errors(done: Path) -> Iterator[tuple[int, NotebookNode, NotebookNode]]:
    if not done.exists():
        return
    cells = [c for c in nbformat.read(done, as_version=4).cells if c.cell_type == "code"]
    cells = [c for c in cells if "injected-parameters" not in _tags(c)]
    for number, cell in enumerate(cells, 1):
        yield from ((number, cell, o) for o in cell.outputs if o.output_type == "error")


def _tags(cell: NotebookNode) -> list[str]:
    return cell.metadata.get("tags", [])


def _main(source: str, done: str, parameters: str) -> None:
    import resource

    import papermill

    begun = time.perf_counter()
    papermill.execute_notebook(
        source, done, json.loads(parameters), kernel_name="python3", progress_bar=False, log_output=False,
        execution_timeout=CELL_TIMEOUT,
    )  # fmt: skip
    seconds = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)
    print(json.dumps({"seconds": round(seconds, 2), "peak_mb": round(peak, 1)}))


if __name__ == "__main__":
    _main(*sys.argv[1:])
