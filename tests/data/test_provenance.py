"""The files, the catalogue, and PROVENANCE.md say the same."""

import gzip
import re
import zipfile
from hashlib import sha256

import numpy as np
import pytest

from nnlab.course.provenance import TARGET, provenance
from nnlab.data import store
from nnlab.data.catalogue import CATALOGUE

BUNDLED = [entry for entry in CATALOGUE.values() if entry.file]
PAGE = TARGET.read_text(encoding="utf-8")


def test_the_page_is_what_the_catalogue_gives():
    assert provenance() == PAGE, "run `python -m nnlab.course.provenance`"


def test_the_page_the_catalogue_and_the_files_agree_hash_for_hash():
    rows = re.findall(r"^\| (\w+) \| (\d+) \| (\S+) \| (\d+) \| `([0-9a-f]{64})` \|$", PAGE, re.MULTILINE)
    said = {name: (int(count), file, int(size), digest) for name, count, file, size, digest in rows}
    for entry in BUNDLED:
        data = (store.FILES / entry.file).read_bytes()
        assert said.pop(entry.name) == (entry.rows, entry.file, len(data), sha256(data).hexdigest())
        assert (entry.bytes, entry.sha256) == (len(data), sha256(data).hexdigest())
    assert not said


def test_every_file_is_of_a_data_set_or_a_licence_and_all_are_under_8_megabytes():
    files = {path.name: path.stat().st_size for path in store.FILES.iterdir()}
    others = set(files) - {entry.file for entry in BUNDLED}
    assert others == {"LICENSE-fashion-mnist.txt", "LICENSE-scikit-image.txt"}
    assert sum(files.values()) < 8_000_000


@pytest.mark.parametrize("entry", CATALOGUE.values(), ids=CATALOGUE)
def test_every_set_says_where_it_is_from_who_made_it_and_what_one_may_do(entry):
    section = PAGE.split(f"\n## {entry.name}\n")[1].split("\n## ")[0]
    for heading in ("origin", "authors", "licence", "citation", "carrier", "changes"):
        assert re.search(rf"^- {heading}: \S", section, re.MULTILINE), heading
    for remote in entry.remotes:
        assert remote.sha256 in section
    assert bool(entry.file) != ("- bundled: no" in section)


def test_a_set_under_the_gpl_is_not_bundled():
    assert not [entry.name for entry in BUNDLED if "GPL" in entry.licence]


@pytest.mark.parametrize("entry", [e for e in BUNDLED if e.file.endswith(".npz")], ids=lambda entry: entry.name)
def test_an_npz_holds_plain_arrays_and_no_clock(entry):
    with np.load(store.FILES / entry.file, allow_pickle=False) as archive:
        assert all(archive[name].dtype == np.uint8 for name in archive.files)
    with zipfile.ZipFile(store.FILES / entry.file) as archive:
        assert {item.date_time for item in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert all(item.filename.endswith(".npy") for item in archive.infolist())


@pytest.mark.parametrize("entry", [e for e in BUNDLED if e.file.endswith(".gz")], ids=lambda entry: entry.name)
def test_a_csv_holds_text_and_no_clock(entry):
    data = (store.FILES / entry.file).read_bytes()
    assert data[4:8] == bytes(4)
    header, *rows = gzip.decompress(data).decode("utf-8").splitlines()
    assert set(entry.columns) <= set(header.split(","))
    assert len(rows) == entry.rows
