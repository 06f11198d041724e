"""toile repeat, and what show, edges and plan say of yardage: a finished tile in a bucket, and a garment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from catalogs.manifest import MANIFEST_SCHEMA
from catalogs.report.labelled import GAP_PX, LABEL_PX, MARGIN_PX
from catalogs.storage import Storage, open_storage
from configs.storage import StorageConfig
from flows.cli.exits import Exit
from flows.finished import FinishedDesigns
from flows.patience import Patience
from flows.proof import MOCK_UP_PX
from flows.rows import RunFacts
from flows.stopping import StopFlag
from nst_core.codec import encode_png
from nst_core.lattice import cover
from tests.catalogs.report.night import ok, tile

SHA256 = ("content_sha256", "style_sha256", "recipe_hash", "weights_sha256")
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
    assert "Ikat 1 × Waves, fill, half-drop, 3 x 3 tiles, 320 mm a tile, seam 0.98" in answer.words
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
