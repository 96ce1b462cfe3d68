"""The bundled sets: what is in them, and what happens when a name or a file is wrong."""

import gzip
import subprocess
import sys
from zlib import crc32

import numpy as np
import pandas as pd
import pytest

from nnlab.data import describe, load, names, store
from nnlab.data.catalogue import CATALOGUE
from nnlab.errors import DatasetUnavailable, UnknownDataset

BUNDLED = [name for name, entry in CATALOGUE.items() if entry.file]
TABLES = [name for name in BUNDLED if CATALOGUE[name].kind in ("table", "months")]
IMAGES = [name for name in BUNDLED if CATALOGUE[name].kind == "images"]


@pytest.mark.parametrize("name", TABLES)
def test_a_table_has_the_rows_and_columns_that_its_description_gives(name):
    frame, entry = load(name), describe(name)
    assert len(frame) == entry.rows
    assert list(frame.columns) == list(entry.columns)
    columns = f"{len(frame.columns)} column"
    assert f"{len(frame)} rows × {columns}" in entry.shape
    assert isinstance(frame.index, pd.RangeIndex) or name == "air_passengers"


@pytest.mark.parametrize("name", IMAGES)
def test_images_have_the_shape_and_the_classes_that_their_description_gives(name):
    (images, labels), entry = load(name), describe(name)
    assert images.dtype == np.uint8 and labels.dtype == np.int64
    assert len(images) == len(labels) == entry.rows
    assert f"uint8 {list(images.shape)} and int64 {list(labels.shape)}" in entry.shape
    assert np.unique(labels).tolist() == list(range(len(entry.classes)))


def test_insurance_is_the_known_table():
    frame = load("insurance")
    assert round(frame.charges.mean(), 4) == 13270.4223
    assert (frame.smoker == "yes").sum() == 274
    assert frame.duplicated().sum() == 1
    assert frame.age.min() == 18 and frame.age.max() == 64 and frame.children.max() == 5


def test_wine_quality_has_the_red_ones_first():
    frame = load("wine_quality")
    assert (frame.color == "red").sum() == (frame.color[:1599] == "red").sum() == 1599
    assert (frame.color == "white").sum() == 4898
    assert sorted(frame.quality.unique()) == [3, 4, 5, 6, 7, 8, 9]
    assert frame.duplicated().sum() == 1177
    assert round(frame.alcohol.mean(), 4) == 10.4918


def test_california_housing_is_the_known_table():
    frame = load("california_housing")
    assert round(frame.MedHouseVal.mean(), 4) == 2.0686
    assert (frame.MedHouseVal == 5.00001).sum() == 965 and frame.MedHouseVal.max() == 5.00001
    assert frame.iloc[0].tolist()[:2] == [8.3252, 41.0] and frame.MedHouseVal[0] == 4.526


def test_air_passengers_is_a_monthly_series():
    frame = load("air_passengers")
    assert frame.index.freqstr == "MS" and frame.index.name == "month"
    assert frame.passengers["1949-01-01"] == 112 and frame.passengers["1960-12-01"] == 432
    assert frame.passengers.sum() == 40363


def test_adult_keeps_its_missing_values_as_question_marks():
    frame = load("adult")
    assert (frame.income == ">50K").sum() == 11687
    missing = frame == "?"
    assert missing.sum()[missing.any()].to_dict() == {"workclass": 2799, "occupation": 2809, "native_country": 857}
    assert missing.any(axis=1).sum() == 3620
    assert not frame.isna().any(axis=None)
    assert frame.duplicated().sum() == 52


def test_compas_gives_propublicas_numbers():
    frame = load("compas")
    kept = frame[frame.days_b_screening_arrest.abs() <= 30]
    assert len(kept) == 6172
    assert frame.race.value_counts().to_dict()["African-American"] == 3696
    assert frame.two_year_recid.sum() == 3251
    black = frame[(frame.race == "African-American") & (frame.two_year_recid == 0)]
    white = frame[(frame.race == "Caucasian") & (frame.two_year_recid == 0)]
    # ProPublica's false positive rates: 44.85 % and 23.45 %
    assert round(100 * (black.score_text != "Low").mean(), 2) == 44.85
    assert round(100 * (white.score_text != "Low").mean(), 2) == 23.45


def test_compas_holds_nothing_that_names_a_person():
    frame = load("compas")
    for column in frame:
        assert not {"name", "first", "last", "dob", "id", "case", "date", "desc"} & set(column.split("_"))
    for column in frame.select_dtypes(exclude="number"):
        assert frame[column].nunique() <= 6
    assert not frame.isna().drop(columns="days_b_screening_arrest").any(axis=None)


def test_german_credit_has_words_in_place_of_codes():
    frame = load("german_credit")
    assert frame.credit_risk.value_counts().to_dict() == {"good": 700, "bad": 300}
    assert frame.foreign_worker.value_counts().to_dict() == {"yes": 963, "no": 37}
    assert set(frame.checking_status) == {
        "no checking account",
        "< 0 DM",
        "0 to 200 DM",
        ">= 200 DM / salary assignments for at least 1 year",
    }
    assert (frame.other_debtors == "none").sum() == 907  # the word, not a missing value
    assert not frame.isna().any(axis=None)
    assert not frame.select_dtypes(exclude="number").map(lambda word: word[:2] in ("A1", "A2", "A3")).any(axis=None)


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_a_piece_from_the_front_holds_every_class_equally(name):
    images, labels = load(name)
    assert labels.tolist() == list(range(10)) * 500
    assert len({image.tobytes() for image in images}) == 5000


def test_mnist_is_white_ink_on_black_and_each_label_fits_its_image():
    images, labels = load("mnist")
    assert round(images.mean() / 255, 5) == 0.13132
    means = np.stack([images[labels == digit].mean(axis=0) for digit in range(10)])
    nearest = ((images[:, None] - means) ** 2).sum(axis=(2, 3)).argmin(axis=1)
    assert (nearest == labels).mean() > 0.8


def test_fashion_mnist_labels_fit_their_images():
    images, labels = load("fashion_mnist")
    width = (images > 50).sum(axis=2).max(axis=1)
    assert width[labels == 1].mean() < width[labels == 0].mean()  # trousers are narrower than shirts
    assert describe("fashion_mnist").classes[1] == "Trouser"


def test_faces_and_background_take_turns():
    images, labels = load("faces")
    assert labels.tolist() == [0, 1] * 100
    means = np.stack([images[labels == label].mean(axis=0) for label in (0, 1)])
    nearest = ((images[:, None] - means) ** 2).sum(axis=(2, 3)).argmin(axis=1)
    assert (nearest == labels).mean() > 0.8
    assert images.min() == 0 and images.max() == 255


def test_photos_are_three_colour_pictures():
    photos = load("photos")
    assert {name: photo.shape for name, photo in photos.items()} == {
        "astronaut": (512, 512, 3),
        "cat": (300, 451, 3),
        "coffee": (400, 600, 3),
    }
    # the pixels of scikit-image's files
    assert [crc32(photo.tobytes()) for photo in photos.values()] == [4257916255, 260218201, 2901676915]
    assert all(photo.dtype == np.uint8 for photo in photos.values())


def test_textures_are_in_the_order_of_their_classes():
    images, labels = load("textures")
    assert labels.tolist() == [0, 1, 2]
    assert [round(image.mean(), 2) for image in images] == [111.46, 118.22, 126.55]


@pytest.mark.parametrize("name", BUNDLED)
def test_what_one_caller_spoils_another_does_not_see(name):
    first, second = load(name), load(name)
    if isinstance(first, pd.DataFrame):
        first.iloc[:, 0] = first.iloc[::-1, 0].to_numpy()
        assert not first.equals(load(name))
        assert second.equals(load(name))
        return
    mine, others, again = (list(x.values()) if isinstance(x, dict) else x for x in (first, second, load(name)))
    for array in mine:
        array[:] = 77
    for kept, fresh in zip(others, again, strict=True):
        assert np.array_equal(kept, fresh) and not (fresh == 77).all()


@pytest.mark.parametrize("name", BUNDLED)
def test_a_damaged_file_is_refused_with_a_remedy(name, tmp_path):
    entry = describe(name)
    data = bytearray((store.FILES / entry.file).read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / entry.file).write_bytes(data)
    with pytest.raises(DatasetUnavailable, match=r"damaged.*reinstall nnlab"):
        store.read(entry, tmp_path)


def test_a_missing_file_is_refused_with_a_remedy(tmp_path):
    with pytest.raises(DatasetUnavailable, match=r"No such file.*reinstall nnlab"):
        store.read(describe("insurance"), tmp_path)


@pytest.mark.parametrize("wrong", ["insurence", "Insurance", "INSURANCE", "insurance "])
def test_a_name_with_a_slip_is_answered_with_the_nearest_one(wrong):
    with pytest.raises(UnknownDataset, match="did you mean 'insurance'"):
        load(wrong)


@pytest.mark.parametrize("wrong", ["fashion-mnist", "Fashion MNIST"])
def test_a_name_written_as_in_a_paper_is_understood(wrong):
    with pytest.raises(UnknownDataset, match="did you mean 'fashion_mnist'"):
        describe(wrong)


@pytest.mark.parametrize("wrong", ["xyzzy", "", None, 7, ["xyzzy"]])
def test_an_unknown_name_is_answered_with_all_names(wrong):
    with pytest.raises(UnknownDataset) as caught:
        load(wrong)
    assert "did you mean" not in str(caught.value)
    assert all(name in str(caught.value) for name in names())


def test_names_are_sorted_and_each_can_be_described():
    assert names() == sorted(set(names()))
    assert {"insurance", "mnist", "mnist_full", "stamps"} <= set(names())
    for name in names():
        assert describe(name).name == name


@pytest.mark.parametrize("name", list(CATALOGUE))
def test_a_description_shows_what_a_reader_needs(name):
    entry = describe(name)
    shown = repr(entry)
    for part in (entry.title, entry.licence.split()[0], *entry.columns, *entry.columns.values(), *entry.classes):
        assert part in shown
    assert max(len(line) for line in shown.splitlines()) <= 120
    assert not entry.instead or CATALOGUE[entry.instead].file


def test_importing_the_room_loads_no_heavy_library():
    heavy = "torch", "sklearn", "matplotlib", "pandas", "scipy", "pooch", "requests", "PIL"
    code = f"import sys, nnlab.data; print([name for name in {heavy} if name in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_fields_that_look_like_missing_values_stand_for_themselves():
    frame = store.table(store.content(describe("adult"), store.FILES))
    assert "?" in set(frame.occupation)
    frame = store.table(gzip.compress(b"a,b\nNone,1\nNA,\nnull,0.1\n"))
    assert frame.a.tolist() == ["None", "NA", "null"]
    assert frame.b.isna().tolist() == [False, True, False] and frame.b[2] == 0.1
