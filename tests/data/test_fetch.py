"""The sets that are fetched: from mirrors that are whole, dead, wrong, slow to the end, or not there."""

import gzip
import socket
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

import nnlab
from nnlab.data import fetch
from nnlab.data.catalogue import CATALOGUE
from nnlab.errors import DatasetUnavailable

FIRST = "train-images-idx3-ubyte"
CUT = 100_000  # of about 314 000 bytes of the first file


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("NNLAB_DATA", str(tmp_path))
    monkeypatch.delenv("NNLAB_MIRRORS", raising=False)
    return tmp_path / "mnist_full"


def is_small(got, small):
    images, labels = got
    assert images.dtype == np.uint8 and np.array_equal(images, small.images)
    assert labels.dtype == np.int64 and np.array_equal(labels, small.labels)


def dead_address():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}/"


def test_images_and_labels_come_with_the_training_part_first(serve, small):
    is_small(fetch.images(small.entry, (serve(small.files).address,)), small)


def test_what_was_fetched_is_kept_and_not_asked_for_again(serve, small):
    mirror = serve(small.files)
    fetch.images(small.entry, (mirror.address,))
    assert len(mirror.asked) == 4
    is_small(fetch.images(small.entry, (mirror.address,)), small)
    assert len(mirror.asked) == 4


def test_nothing_but_the_unpacked_files_stays_in_the_folder(serve, small, home):
    fetch.images(small.entry, (serve(small.files).address,))
    assert {path.name for path in home.iterdir()} == {remote.name for remote in small.entry.remotes}


def test_each_call_gives_its_own_arrays(serve, small):
    mirrors = (serve(small.files).address,)
    images, labels = fetch.images(small.entry, mirrors)
    images[:] = 0
    labels[:] = 0
    is_small(fetch.images(small.entry, mirrors), small)


def test_a_dead_first_mirror_is_passed_over(serve, small):
    is_small(fetch.images(small.entry, (dead_address(), serve(small.files).address)), small)


def test_a_mirror_that_lacks_the_file_is_passed_over(serve, small):
    empty = serve({})
    is_small(fetch.images(small.entry, (empty.address, serve(small.files).address)), small)
    assert len(empty.asked) == 4


def test_a_mirror_that_lacks_the_file_is_said_to_lack_it(serve, small):
    with pytest.raises(DatasetUnavailable, match="404"):
        fetch.images(small.entry, (serve({}).address,))


@pytest.mark.parametrize(
    "wrong",
    [
        gzip.compress(b"another set of images"),
        b"<html>Please log in to the hotel's network</html>",
        gzip.compress(b"cut short")[:-6],
        b"\x1f\x8b and then no gzip at all",
        b"",
    ],
    ids=["other", "login page", "truncated", "no gzip", "empty"],
)
def test_a_mirror_with_the_wrong_file_is_passed_over_and_leaves_nothing(serve, small, home, wrong):
    bad = serve(small.files | {f"{FIRST}.gz": wrong})
    with pytest.raises(DatasetUnavailable, match=r"not the expected file"):
        fetch.images(small.entry, (bad.address,))
    assert list(home.iterdir()) == []
    is_small(fetch.images(small.entry, (bad.address, serve(small.files).address)), small)


def test_a_mirror_that_sends_without_end_is_cut_off(serve, small, home):
    bad = serve({f"{FIRST}.gz": bytes(40_000_000)})
    with pytest.raises(DatasetUnavailable, match="not the expected file"):
        fetch.images(small.entry, (bad.address,))
    assert bad.hung_up.wait(10)
    assert list(home.iterdir()) == []


def test_a_file_that_unpacks_without_end_does_not_fill_the_memory(serve, small):
    bad = serve({f"{FIRST}.gz": gzip.compress(bytes(40_000_000))})
    tracemalloc.start()
    with pytest.raises(DatasetUnavailable, match="not the expected file"):
        fetch.images(small.entry, (bad.address,))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20_000_000


def test_the_content_is_what_counts_not_how_it_was_packed(serve, small):
    repacked = {name: gzip.compress(gzip.decompress(data), 1, mtime=1) for name, data in small.files.items()}
    assert all(repacked[name] != data for name, data in small.files.items())
    is_small(fetch.images(small.entry, (serve(repacked).address,)), small)


def test_a_server_that_sends_the_content_unpacked_does_no_harm(serve, small):
    plain = serve({name: gzip.decompress(data) for name, data in small.files.items()})
    is_small(fetch.images(small.entry, (plain.address,)), small)


def test_a_server_that_declares_the_gzip_as_an_encoding_does_no_harm(serve, small):
    is_small(fetch.images(small.entry, (serve(small.files, headers={"Content-Encoding": "gzip"}).address,)), small)


def test_a_broken_connection_is_resumed_where_it_broke(serve, small):
    mirror = serve(small.files, breaks_after=[CUT, CUT])
    is_small(fetch.images(small.entry, (mirror.address,)), small)
    assert mirror.asked[:3] == [
        (f"/{FIRST}.gz", None),
        (f"/{FIRST}.gz", f"bytes={CUT}-"),
        (f"/{FIRST}.gz", f"bytes={2 * CUT}-"),
    ]


def test_what_arrived_is_kept_for_the_next_session(serve, small, home):
    mirror = serve(small.files, breaks_after=[CUT, 0])
    with pytest.raises(DatasetUnavailable, match=f"broke after {CUT} of"):
        fetch.images(small.entry, (mirror.address,))
    assert [path.stat().st_size for path in home.glob("*.part")] == [CUT]
    is_small(fetch.images(small.entry, (mirror.address,)), small)
    assert mirror.asked[2] == (f"/{FIRST}.gz", f"bytes={CUT}-")


def test_a_mirror_that_always_breaks_is_left_after_a_few_tries(serve, small):
    mirror = serve(small.files, breaks_after=[1000] * 50)
    is_small(fetch.images(small.entry, (mirror.address, serve(small.files).address)), small)
    assert len([path for path, _ in mirror.asked if path == f"/{FIRST}.gz"]) == fetch.TRIES


def test_a_mirror_that_breaks_too_often_can_be_gone_on_with(serve, small):
    mirror = serve(small.files, breaks_after=[1000] * fetch.TRIES)
    with pytest.raises(DatasetUnavailable, match="call load again to go on"):
        fetch.images(small.entry, (mirror.address,))
    is_small(fetch.images(small.entry, (mirror.address,)), small)


def test_a_server_that_cannot_resume_sends_the_whole_file_again(serve, small):
    mirror = serve(small.files, breaks_after=[CUT], knows_ranges=False)
    is_small(fetch.images(small.entry, (mirror.address,)), small)
    assert [path for path, _ in mirror.asked].count(f"/{FIRST}.gz") == 2


def test_a_server_that_hides_the_length_is_held_to_the_hash(serve, small):
    mirror = serve(small.files, breaks_after=[CUT], says_length=False)
    with pytest.raises(DatasetUnavailable, match="not the expected file"):
        fetch.images(small.entry, (mirror.address,))
    is_small(fetch.images(small.entry, (mirror.address,)), small)


def test_a_part_that_is_already_whole_is_fetched_anew(serve, small, home):
    mirror = serve(small.files, breaks_after=[CUT, 0])
    with pytest.raises(DatasetUnavailable):
        fetch.images(small.entry, (mirror.address,))
    next(home.glob("*.part")).write_bytes(small.files[f"{FIRST}.gz"])
    is_small(fetch.images(small.entry, (mirror.address,)), small)


def test_a_part_that_went_bad_is_thrown_away(serve, small, home):
    mirror = serve(small.files, breaks_after=[CUT, 0])
    with pytest.raises(DatasetUnavailable):
        fetch.images(small.entry, (mirror.address,))
    next(home.glob("*.part")).write_bytes(b"\x1f\x8b" + bytes(CUT - 2))
    is_small(fetch.images(small.entry, (mirror.address,)), small)


def test_a_kept_file_that_went_bad_is_fetched_again(serve, small, home):
    mirror = serve(small.files)
    fetch.images(small.entry, (mirror.address,))
    (home / FIRST).write_bytes(b"bad sector")
    is_small(fetch.images(small.entry, (mirror.address,)), small)


def test_what_was_kept_needs_no_mirror(serve, small):
    fetch.images(small.entry, (serve(small.files).address,))
    is_small(fetch.images(small.entry, ()), small)


def test_files_put_there_by_hand_are_used(small, home):
    home.mkdir()
    for name, data in small.files.items():
        (home / name).write_bytes(data)
    is_small(fetch.images(small.entry, ()), small)


def test_an_installed_package_with_the_files_is_used(small, tmp_path):
    installed = tmp_path / "installed"
    installed.mkdir()
    for name, data in small.files.items():
        (installed / name).write_bytes(data)
    is_small(fetch.images(replace(small.entry, folder=str(installed)), ()), small)


def test_offline_the_error_names_each_mirror_the_bundled_set_and_the_folder_for_files_put_by_hand(small, home):
    dead = dead_address(), dead_address()
    with pytest.raises(DatasetUnavailable) as caught:
        fetch.images(small.entry, dead)
    said = str(caught.value)
    for part in (*dead, "refused", 'load("mnist")', str(home), *small.files):
        assert part in said


def test_a_folder_that_cannot_be_made_is_an_error_of_ours(serve, small, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("NNLAB_DATA", str(tmp_path / "file"))
    with pytest.raises(DatasetUnavailable, match="NNLAB_DATA"):
        fetch.images(small.entry, (serve(small.files).address,))


def test_load_takes_mirrors_from_the_environment(serve, small, monkeypatch):
    mirror = serve({f"mnist_full/{name}": data for name, data in small.files.items()})
    monkeypatch.setitem(CATALOGUE, "mnist_full", small.entry)
    monkeypatch.setenv("NNLAB_MIRRORS", f"{dead_address()} {mirror.address}")
    is_small(nnlab.load("mnist_full"), small)


def test_a_folder_on_this_machine_can_be_a_mirror(small, tmp_path, monkeypatch):
    stick = tmp_path / "stick" / "mnist_full"
    stick.mkdir(parents=True)
    for name, data in small.files.items():
        (stick / name).write_bytes(data)
    monkeypatch.setitem(CATALOGUE, "mnist_full", small.entry)
    monkeypatch.setenv("NNLAB_MIRRORS", str(stick.parent))
    is_small(nnlab.load("mnist_full"), small)


def test_without_nnlab_data_the_files_go_to_the_users_cache(monkeypatch):
    monkeypatch.delenv("NNLAB_DATA")
    assert fetch.home().name == "nnlab"
    assert fetch.home().is_absolute()
