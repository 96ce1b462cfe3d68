"""The tool that remakes the bundled files: what it does to the carriers' data."""

import gzip
import io
import zipfile

import numpy as np
import pandas as pd
import pytest

from nnlab.course import datafiles
from nnlab.data import store
from nnlab.data.catalogue import CATALOGUE


def test_it_remakes_every_file_of_the_catalogue():
    made = {f"{table.__name__}.csv.gz" for table in datafiles.TABLES}
    made |= {f"{images.__name__}.npz" for images in datafiles.IMAGES}
    assert made == {entry.file for entry in CATALOGUE.values() if entry.file}


def test_a_table_read_back_and_packed_again_gives_the_same_content():
    for name in ("insurance", "wine_quality", "california_housing", "compas", "german_credit"):
        file = CATALOGUE[name].file
        again = datafiles.table_bytes(store.read(CATALOGUE[name]))
        assert datafiles.compared(file, again).startswith("the same"), name


def test_packed_arrays_hold_no_clock_and_read_back():
    parts = {"images": np.arange(600, dtype=np.uint8).reshape(2, 300), "labels": np.array([0, 1], np.uint8)}
    data = datafiles.array_bytes(parts)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert {item.date_time[0] for item in archive.infolist()} == {1980}
    back = store.arrays(data)
    assert list(back) == ["images", "labels"] and all(np.array_equal(back[name], parts[name]) for name in parts)


def test_the_classes_take_turns_and_keep_their_own_order():
    images = np.arange(6, dtype=np.uint8)[:, None, None]
    turned = datafiles.in_turn(images, np.array([1, 1, 0, 2, 0, 2], np.uint8))
    assert turned["labels"].tolist() == [0, 1, 2, 0, 1, 2]
    assert turned["images"].ravel().tolist() == [2, 0, 3, 4, 1, 5]


@pytest.mark.parametrize(
    ("carried", "ours"),
    [
        ("... < 0 DM", "< 0 DM"),
        ("0 <= ... < 200 DM ", "0 to 200 DM"),
        (".. >= 1000 DM", ">= 1000 DM"),
        ("no credits taken/ all credits paid back duly", "no credits taken / all credits paid back duly"),
        ("furniture/equipment", "furniture/equipment"),
        ("male : single", "male: single"),
        (True, "yes"),
        (False, "no"),
    ],
)
def test_the_codes_of_german_credit_are_put_into_plain_words(carried, ours):
    assert datafiles.in_words(carried) == ours


def test_of_compas_only_the_columns_of_the_analysis_are_read(tmp_path):
    folder = tmp_path / "dataset" / "compas"
    folder.mkdir(parents=True)
    secret = ["name", "dob", "id", "c_case_number", "c_charge_desc"]
    row = dict.fromkeys([*secret, *datafiles.COMPAS[::-1]], 1)
    pd.DataFrame([row]).to_csv(folder / "compas-scores-two-years.csv", index=False)
    frame = datafiles.compas(datafiles.carriers(tmp_path))
    assert list(frame.columns) == datafiles.COMPAS


def test_a_carrier_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"train\.csv.*unpack its package"):
        datafiles.insurance(datafiles.carriers(tmp_path))


def test_another_packing_of_the_same_content_is_told_from_other_content():
    file = CATALOGUE["insurance"].file
    data = (store.FILES / file).read_bytes()
    text = gzip.decompress(data)
    assert datafiles.compared(file, data) == "the same bytes"
    assert datafiles.compared(file, gzip.compress(text, 1)) == "the same content, packed otherwise"
    assert datafiles.compared(file, gzip.compress(text[:-1])) == "DIFFERENT"
    assert datafiles.compared("nothing.csv.gz", data) == "new"
