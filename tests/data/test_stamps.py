"""The stamps of Tux Paint, read from a folder like the one that its package installs."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from nnlab.data import stamps
from nnlab.data.catalogue import CATALOGUE
from nnlab.errors import DatasetUnavailable

ENTRY = CATALOGUE["stamps"]


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Two pictures of each class but one, one of them in a folder below, and one of another class."""
    monkeypatch.setenv("NNLAB_DATA", str(tmp_path / "home"))
    folder = tmp_path / "stamps"
    for number, place in enumerate([*stamps._FOLDERS.values(), "space"]):
        for name in ("b.png", "below/a.png", "b_mirror.png", "b_flip.png"):
            path = folder / place / name
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGBA", (40, 20), (10 * number, 0, 200, 255)).save(path)
        (folder / place / "b.txt").write_text("a sound", encoding="utf-8")
    (folder / "vehicles" / "b.png").unlink()
    return folder


def test_stamps_are_read_in_the_order_of_their_classes(installed):
    images, labels = stamps.images(replace(ENTRY, folder=str(installed)))
    assert images.shape == (13, 64, 64, 3) and images.dtype == np.uint8
    assert labels.dtype == np.int64 and labels.tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6]
    assert images[:, 32, 32].tolist() == [[10 * label, 0, 200] for label in labels]


def test_within_a_class_the_order_is_that_of_the_names_on_any_machine(installed):
    for number in range(1, 13):
        Image.new("RGB", (8, 8), (0, 20 * number, 0)).save(installed / f"animals/birds/c{number:02}.png")
    images, labels = stamps.images(replace(ENTRY, folder=str(installed)))
    assert images[labels == 1][2:, 32, 32, 1].tolist() == [20 * number for number in range(1, 13)]


def test_a_stamp_is_centred_on_white(installed):
    images, _ = stamps.images(replace(ENTRY, folder=str(installed)))
    rows = (images[0] < 128).any(axis=(1, 2))
    assert rows.nonzero()[0].tolist() == list(range(16, 48))
    assert (images[0, :8] == 255).all() and (images[0, -8:] == 255).all()


def test_what_is_transparent_becomes_white(installed):
    Image.new("RGBA", (30, 30), (0, 0, 0, 0)).save(installed / "animals/mammals/b.png")
    images, _ = stamps.images(replace(ENTRY, folder=str(installed)))
    assert (images[0] == 255).all()


def test_a_folder_copied_by_hand_is_used(installed, tmp_path):
    (tmp_path / "home").mkdir()
    installed.rename(tmp_path / "home" / "stamps")
    images, _ = stamps.images(replace(ENTRY, folder=str(tmp_path / "nowhere")))
    assert len(images) == 13


def test_where_they_are_not_installed_the_error_says_how_to_install_them(tmp_path, monkeypatch):
    monkeypatch.setenv("NNLAB_DATA", str(tmp_path))
    with pytest.raises(DatasetUnavailable) as caught:
        stamps.images(replace(ENTRY, folder=str(tmp_path / "nowhere")))
    for part in ("GPL-2", "apt-get install tuxpaint-stamps-default", str(tmp_path / "stamps"), 'load("photos")'):
        assert part in str(caught.value)
