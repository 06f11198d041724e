"""toile repeat, and what show, edges and plan say of yardage: a finished tile in a bucket, and a garment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from catalogs.layout import design_key, plan_key, proof_key
from catalogs.manifest import MANIFEST_SCHEMA
from catalogs.report.labelled import GAP_PX, LABEL_PX, MARGIN_PX
from catalogs.storage import Storage, open_storage
from configs.storage import StorageConfig
from flows.cli.exits import Exit
from flows.patience import Patience
from flows.prints.proof import MOCK_UP_PX
from flows.shards.finished import FinishedDesigns
from flows.shards.rows import RunFacts
from flows.stopping import StopFlag
from nst_core.codec import encode_png
from nst_core.lattice import cover
from tests.catalogs.report.night import BATCH, ok, tile, write_night
from tests.flows.cli.conftest import SHA256

HEIGHT_PX, WIDTH_PX = 32, 64
PAINTED = np.random.default_rng(5).integers(0, 255, (HEIGHT_PX, WIDTH_PX, 3), dtype=np.uint8)
CATALOG = (
    "content_id,image,mask,title,category,season,licence,source,width_mm\n"
    "tee,tee.png,mask.png,Tee,,,own,,640\n"
)


@dataclass(frozen=True)
class Bucket:
    """A root with one tile of yardage and one garment painted, and a catalog with a garment."""

    storage: Storage
    root: tuple[str, str]
    tile: dict[str, Any]
    garment: dict[str, Any]

    def write(self, row: dict[str, Any], image: NDArray[np.uint8] = PAINTED) -> None:
        whole = dict.fromkeys(MANIFEST_SCHEMA.names) | dict.fromkeys(SHA256, "1" * 64) | row
        facts = RunFacts(datetime(2026, 11, 21, tzinfo=UTC))
        finished = FinishedDesigns(self.storage, Patience(0, stop=StopFlag()))
        finished.write(whole, image, facts=facts, source_type="x")


@pytest.fixture
def bucket(tmp_path) -> Bucket:
    storage = open_storage(StorageConfig(root=str(tmp_path / "bucket")))
    told = {"seam": 0.98, "repeat_width_mm": 320.0, "mask_source": "none"}
    ids = {"design_id": "ab" * 16, "image_key": f"designs/ab/{'ab' * 16}.png"}
    made = Bucket(storage, ("--root", str(tmp_path / "bucket")), tile(1, **told, **ids), ok(2))
    made.write(made.tile)
    made.write(made.garment)
    grey = np.full((96, 96, 3), 200, np.uint8)
    mask = np.zeros((96, 96, 3), np.uint8)
    mask[24:80, 20:76] = 255
    storage.write_atomic("content/tee.png", encode_png(grey, text={}))
    storage.write_atomic("content/mask.png", encode_png(mask, text={}))
    storage.write_atomic("content/catalog.csv", CATALOG.encode())
    return made


def test_a_proof_sheet_is_the_cloth_of_its_tiles(toile, bucket, tmp_path):
    out = tmp_path / "proof.png"
    answer = toile("repeat", "abab", "--tiles", "3x2", "--out", str(out), *bucket.root, "--json")
    assert answer.code == Exit.DONE, answer.err
    told = {"design_id": "ab" * 16, "picture": str(out), "repeat": "half-drop"}
    assert answer.json == told | {"seam": 0.98, "repeat_width_mm": 320.0}
    sheet = np.asarray(Image.open(out))
    # three tiles across, two down, a margin all around and a line of words
    assert sheet.shape[:2] == (2 * HEIGHT_PX + LABEL_PX + 2 * MARGIN_PX, 3 * WIDTH_PX + 2 * MARGIN_PX)
    drawn = sheet[MARGIN_PX : MARGIN_PX + 2 * HEIGHT_PX, MARGIN_PX : MARGIN_PX + 3 * WIDTH_PX]
    laid = cover(PAINTED, "half-drop", height_px=2 * HEIGHT_PX, width_px=3 * WIDTH_PX)
    assert np.array_equal(drawn, laid)


def test_a_proof_sheet_says_what_the_cloth_is(toile, bucket, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    answer = toile("repeat", "ABAB", *bucket.root)
    assert "Ikat 1 × Waves, fill, half-drop, 3 x 3 tiles, 320 x 160 mm a tile, seam 0.98" in answer.words
    assert (tmp_path / "repeat-abababab.png").exists()


def test_a_garment_wears_the_cloth_beside_it(toile, bucket, tmp_path):
    out = tmp_path / "proof.png"
    answer = toile("repeat", "abab", "--on", "tee", "--out", str(out), *bucket.root)
    assert answer.code == Exit.DONE, answer.err
    sheet = np.asarray(Image.open(out)).astype(int)
    # both columns are as wide as the wider picture, the mock-up of a square photo
    assert sheet.shape[1] == 2 * MARGIN_PX + 2 * MOCK_UP_PX + GAP_PX
    left = MARGIN_PX + MOCK_UP_PX + GAP_PX
    worn = sheet[MARGIN_PX : MARGIN_PX + MOCK_UP_PX, left : left + MOCK_UP_PX]
    assert np.abs(worn[:60, :60] - 200).max() <= 2  # the photo, where there is no garment
    assert worn[300:500, 300:500].std() > 20  # the cloth, where there is


@pytest.mark.parametrize("tiles", ["3", "0x3", "3x", "100x2", "axb", "-1x2"])
def test_tiles_that_cannot_be_read_are_refused_with_an_example(toile, bucket, tmp_path, tiles):
    out = tmp_path / "no.png"
    answer = toile("repeat", "abab", f"--tiles={tiles}", "--out", str(out), *bucket.root)
    assert answer.code == Exit.USAGE
    assert f"--tiles is ACROSSxDOWN, as 3x3, at most 99 each; got '{tiles}'" in answer.err
    assert not out.exists()


def test_a_sheet_larger_than_a_screen_shows_is_refused_with_its_size(toile, bucket, tmp_path):
    bucket.write(bucket.tile | {"design_id": "cd" * 16}, np.tile(PAINTED, (1, 2, 1)))
    out = tmp_path / "no.png"
    # 99 tiles of 128 px
    answer = toile("repeat", "cdcd", "--tiles", "99x1", "--out", str(out), *bucket.root)
    assert answer.code == Exit.USAGE
    assert "are 12672 x 32 px, and a sheet has at most 8192 a side; ask for fewer" in answer.err
    assert not out.exists()


def test_a_garment_has_no_tile_of_its_own_and_is_told_how_to_get_one(toile, bucket):
    answer = toile("repeat", bucket.garment["design_id"], *bucket.root)
    assert answer.code == Exit.NOTHING_FOUND
    assert "is a garment (toile), whose cloth is no file of its own; make its tile with a" in answer.err


def test_an_unknown_garment_names_the_nearest(toile, bucket, tmp_path):
    out = tmp_path / "no.png"
    answer = toile("repeat", "abab", "--on", "teee", "--out", str(out), *bucket.root)
    assert answer.code == Exit.NOTHING_FOUND
    assert "has no 'teee'; the nearest is 'tee'" in answer.err
    assert not out.exists()


def test_show_speaks_of_cloth_and_its_scores_and_of_no_garment(toile, bucket):
    told = toile("show", "abab", *bucket.root)
    lines = [line.strip() for line in told.out.splitlines()]
    assert "garment" not in lines
    assert "from the catalogs" not in lines
    assert "maker fill" in told.words
    assert "repeat half-drop" in told.words
    assert "repeat_width_mm 320.000" in told.words
    assert "seam 0.980" in told.words
    worn = toile("show", bucket.garment["design_id"], *bucket.root)
    assert "garment" in [line.strip() for line in worn.out.splitlines()]


def test_yardage_has_no_photo_whose_edges_could_be_compared(toile, bucket):
    answer = toile("edges", "abab", *bucket.root)
    assert answer.code == Exit.NOTHING_FOUND
    assert "is yardage: there is no photo" in answer.err


def batch_of(bucket: Bucket, count: int) -> None:
    """Let a batch have so many tiles, and a garment and a tile in a colorway, which have no pages."""
    sized = {"width_px": WIDTH_PX, "height_px": HEIGHT_PX, "style_id": "ikat", "flags": ["seam"]}
    ids = [{"design_id": f"{n:02x}" * 16, "image_key": design_key(f"{n:02x}" * 16)} for n in range(9)]
    repeats = ("straight", "half-drop", "half-brick")
    tiles = [tile(1, seed=n // 3, repeat=repeats[n % 3], **ids[n], **sized) for n in range(count)]
    for row in tiles:
        bucket.write(row)
    others = [ok(100), tile(101, colorway="sea", colorway_colours="kept 6 #000000 #ffffff", **sized)]
    write_night(bucket.storage, [*tiles, *others], pictures=False)
    bucket.storage.write_atomic(plan_key(BATCH), b"planned")


def test_a_batch_s_tiles_stand_four_to_a_page_beside_its_report(toile, bucket):
    batch_of(bucket, 5)
    answer = toile("repeat", "--batch", BATCH, "--tiles", "3x2", *bucket.root, "--json")
    assert answer.code == Exit.DONE, answer.err
    assert (answer.json["tiles"], answer.json["drawn"]) == (5, 2)
    assert [len(page["designs"]) for page in answer.json["pages"]] == [4, 1]
    first = Image.open(answer.json["pages"][0]["picture"])
    # two repeats of three tiles beside each other, two of two below each other, each with a line of words
    assert first.size == (
        2 * MARGIN_PX + 2 * 3 * WIDTH_PX + GAP_PX,
        2 * MARGIN_PX + 2 * (2 * HEIGHT_PX + LABEL_PX),
    )
    drawn = np.asarray(first)[MARGIN_PX:, MARGIN_PX:][: 2 * HEIGHT_PX, : 3 * WIDTH_PX]
    laid = cover(PAINTED, "straight", height_px=2 * HEIGHT_PX, width_px=3 * WIDTH_PX)
    assert np.array_equal(drawn, laid)


def test_pages_that_are_there_are_left_alone(toile, bucket):
    batch_of(bucket, 5)
    pages = toile("repeat", "--batch", BATCH, *bucket.root, "--json").json["pages"]
    names = [page["picture"].rpartition("/")[2] for page in pages]
    bucket.storage.write_atomic(proof_key(BATCH, names[0]), b"mine")
    bucket.storage.delete(proof_key(BATCH, names[1]))
    answer = toile("repeat", "--batch", BATCH, *bucket.root)
    assert "5 tiles on 2 pages, 1 drawn now" in answer.words
    assert bucket.storage.read(proof_key(BATCH, names[0])) == b"mine"
    # another design makes another page
    batch_of(bucket, 6)
    again = toile("repeat", "--batch", BATCH, *bucket.root, "--json").json
    assert again["drawn"] == 1
    assert again["pages"][0]["picture"].endswith(names[0])


def test_pages_go_into_a_folder_that_is_named(toile, bucket, tmp_path):
    batch_of(bucket, 1)
    out = tmp_path / "proofs" / "today"
    answer = toile("repeat", "--batch", BATCH, "--out", str(out), *bucket.root, "--json")
    assert [str(path) for path in out.iterdir()] == [answer.json["pages"][0]["picture"]]
    assert not list(bucket.storage.list(f"reports/{BATCH}/repeats/"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "name a DESIGN, as toile repeat 4f1c09, or a batch"),
        (("abab", "--batch", BATCH), "name a DESIGN"),
        (("--batch", BATCH, "--on", "tee"), "--on dresses a garment in one DESIGN"),
    ],
)
def test_a_design_or_a_batch_is_named_and_not_both(toile, bucket, words, said):
    answer = toile("repeat", *words, *bucket.root)
    assert answer.code == Exit.USAGE
    assert said in answer.err


def test_a_batch_without_yardage_has_no_repeats(toile, bucket):
    batch_of(bucket, 0)
    answer = toile("repeat", "--batch", BATCH, *bucket.root)
    assert answer.code == Exit.NOTHING_FOUND
    assert "painted no yardage: only tiles have a repeat" in answer.err
