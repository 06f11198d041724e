"""A tile of new cloth is made once, whatever shards and engines garments in it are painted by."""

from __future__ import annotations

import hashlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from catalogs.layout import tile_claim_key, tile_key
from catalogs.storage.directory import DirectoryStorage
from catalogs.tile_names import tile_name
from configs.recipe import ClothPart, ControlsPart, GarmentPart, Recipe
from flows.patience import Patience
from flows.shards.claims import Claims
from flows.shards.render_shard import render_shard
from flows.shards.shard import Shard
from flows.shards.tile_shelf import TileShelf
from flows.stopping import StopFlag
from nst_core.codec import decode
from nst_core.engine import Engine
from nst_core.errors import NonFinite, Stopped
from nst_core.painting import Painter
from tests.flows.some_shards import FACTS, PACE, part_rows, planned_row
from tests.nst_core.test_engine import garment
from tests.nst_core.test_new_cloth import dots

CLOTH = ClothPart(maker="palette", repeat="half-drop")
YARDAGE = Recipe(name="tile", kind="yardage", cloth=CLOTH)
WORN = Recipe(name="worn", cloth=CLOTH, garment=GarmentPart(mask="catalog"))
NAME = "ab" * 16
TILE = np.random.default_rng(3).integers(0, 255, (32, 32, 3), dtype=np.uint8)


@pytest.fixture
def storage(tmp_path: Path) -> DirectoryStorage:
    return DirectoryStorage(tmp_path / "bucket")


def shelf(storage: DirectoryStorage, stop: StopFlag | None = None) -> TileShelf:
    stop = stop or StopFlag()
    return TileShelf(storage, Claims(storage, run="test"), Patience(0, stop=stop), stop, {"d": NAME})


def test_two_engines_that_want_one_tile_make_it_once(storage):
    made = []

    def make():
        made.append(threading.get_ident())
        time.sleep(0.2)
        return TILE

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda one: one.get("d", make), [shelf(storage) for _ in range(4)]))
    assert len(made) == 1
    assert all(np.array_equal(tile, TILE) for tile in found)
    assert not storage.exists(tile_claim_key(NAME))


def test_a_tile_that_could_not_be_made_is_tried_by_the_next(storage):
    assert isinstance(shelf(storage).get("d", lambda: NonFinite("left the numbers")), NonFinite)
    with pytest.raises(ZeroDivisionError):
        shelf(storage).get("d", lambda: 1 // 0)
    assert np.array_equal(shelf(storage).get("d", lambda: TILE), TILE)


def test_a_tile_that_cannot_be_read_is_made_again_and_mended(storage):
    storage.write_atomic(tile_key(NAME), b"\x89PNG\r\n\x1a\n cut")
    assert np.array_equal(shelf(storage).get("d", lambda: TILE), TILE)
    assert np.array_equal(shelf(storage).find("d"), TILE)


def test_who_waits_for_another_engine_s_tile_stops_when_the_run_does(storage):
    stop = StopFlag()
    with shelf(storage).making(["d"]):
        threading.Timer(0.1, stop.cancel).start()
        with pytest.raises(Stopped):
            shelf(storage, stop).get("d", lambda: TILE)


def row(number: int, recipe: Recipe, **changes) -> dict:
    """The plan's row of a garment, or of yardage, in the cloth of dots in stripes."""
    motif = {"style_id": "dots", "key": "style/dots.png", "sha256": sha(dots()), "share": 0.0}
    content, mask = garment()
    told = {
        "design_id": f"{number:032x}",
        "recipe": recipe.name,
        "size_px": 96,
        "style_key": "style/plain.png",
        "style_sha256": sha(dots("#a03020", "#e0d0a0")),
        "further_styles": [motif | {"region": "motif", "motif_ratio": None}],
        "content_key": "content/tunic.png",
        "content_sha256": sha(content),
        "mask_key": "content/mask.png",
        "mask_sha256": sha(mask),
    }
    if recipe.kind == "yardage":
        told |= dict.fromkeys(("content_key", "content_sha256", "mask_key", "mask_sha256"))
    return planned_row("tunic", "plain") | told | changes


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_a_tile_s_name_is_all_that_decides_its_pixels_and_nothing_of_the_garment():
    name = tile_name(row(1, WORN), WORN)
    assert name == tile_name(row(2, WORN, content_sha256="f" * 64, repeat_share=0.4), WORN)
    assert name == tile_name(row(3, YARDAGE), YARDAGE)
    bent = WORN.model_copy(update={"cloth": CLOTH.model_copy(update={"bend_px": 9.0})})
    faded = WORN.model_copy(update={"controls": ControlsPart(strength=0.5)})
    assert {tile_name(row(1, other), other) for other in (bent, faded)} == {name}
    dropped = WORN.model_copy(update={"cloth": CLOTH.model_copy(update={"repeat": "mirror"})})
    turned = WORN.model_copy(update={"controls": ControlsPart(rotation_deg=45)})
    others = {tile_name(row(1, other), other) for other in (dropped, turned)}
    changes = (
        *({"seed": 1}, {"size_px": 128}, {"style_sha256": "0" * 64}, {"motif_share": 0.5}),
        *({"engine_version": "2"}, {"weights_sha256": "2" * 64}, {"palette_sha256": "3" * 64}),
        {"further_styles": None},
    )
    others |= {tile_name(row(1, WORN, **change), WORN) for change in changes}
    assert len(others - {name}) == 2 + len(changes)


def test_shards_on_two_engines_and_yardage_share_one_tile(storage, monkeypatch):
    for key, data in (("style/dots.png", dots()), ("style/plain.png", dots("#a03020", "#e0d0a0"))):
        storage.write_atomic(key, data)
    for key, data in zip(("content/tunic.png", "content/mask.png"), garment(), strict=True):
        storage.write_atomic(key, data)
    made, real = [], Painter._optimised

    def watched(painter, batch, plan):
        made.extend(one.design_id for one in batch if one.repeat is not None)
        return real(painter, batch, plan)

    monkeypatch.setattr(Painter, "_optimised", watched)
    shards = [Shard("demo", at, WORN, tuple(row(10 * at + n, WORN) for n in (1, 2))) for at in (0, 1)]

    first, second, third = (Engine(device="cpu", precision="fp32", threads=1) for _ in range(3))

    def render(shard: Shard, engine: Engine) -> list[dict]:
        claims = Claims(storage, run="test")
        render_shard(shard, storage=storage, engine=engine, facts=FACTS, pace=PACE, claims=claims)
        return list(part_rows(storage, shard).values())

    with ThreadPoolExecutor(2) as pool:
        rows = [row for part in pool.map(render, shards, (first, second)) for row in part]
    assert [one["status"] for one in rows] == ["ok"] * 4
    assert len(made) == 1
    # the same garment in the same tile, to the last bit
    images = [decode(storage.read(one["image_key"]), name="design").rgb for one in rows]
    assert all(np.array_equal(images[0], other) for other in images[1:])
    # yardage, whose scores need its layout, is painted as a design of its own, and garments find it
    storage.delete(tile_key(tile_name(row(1, WORN), WORN)))
    render(Shard("demo", 2, YARDAGE, (row(31, YARDAGE),)), first)
    [later] = render(Shard("demo", 3, WORN, (row(41, WORN),)), third)
    assert later["status"] == "ok"
    assert made[1:] == [f"{31:032x}"]
