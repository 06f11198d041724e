"""A tile of new cloth is made once, whatever shards and engines garments in it are painted by."""

from __future__ import annotations

import hashlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from catalogs.layout import tile_claim_key, tile_key, tile_refusal_key
from catalogs.manifest import SCORES, TILE_SCORES
from catalogs.storage.directory import DirectoryStorage
from catalogs.tile_names import tile_name
from configs.network import NetworkPart
from configs.recipe import ClothPart, ControlsPart, GarmentPart, Recipe
from flows.patience import Patience
from flows.shards.claims import Claims
from flows.shards.finished_tile import KEYWORD, FinishedTile, TileUnreadable, tile_from_png, tile_to_png
from flows.shards.render_shard import render_shard
from flows.shards.shard import Shard
from flows.shards.tile_shelf import TileShelf
from flows.stopping import StopFlag
from nst_core.codec import decode, encode_png
from nst_core.design import Painted
from nst_core.engine import Engine
from nst_core.errors import ClothUnsuitable, EngineError, NonFinite, Stopped
from nst_core.painting import Painter
from nst_core.scoring import Scores
from nst_core.scoring.tile import TileScores
from nst_core.tiles import Tiles
from tests.flows.some_shards import FACTS, PACE, part_rows, planned_row
from tests.nst_core.test_engine import garment
from tests.nst_core.test_new_cloth import dots

CLOTH = ClothPart(maker="palette", repeat="half-drop")
YARDAGE = Recipe(name="tile", kind="yardage", cloth=CLOTH)
WORN = Recipe(name="worn", cloth=CLOTH, garment=GarmentPart(mask="catalog"))
NAME = "ab" * 16
TILE = Painted(
    design_id="d",
    image=np.random.default_rng(3).integers(0, 255, (32, 32, 3), dtype=np.uint8),
    scores=Scores(gmd=0.25, speckle=float("inf"), flags=("scrambled",)),
    flags=("scrambled", "seam"),
    mask_source="none",
    mask_area=None,
    mask_confidence=None,
    steps=20,
    seconds=7.5,
    batch=1,
    tile_scores=TileScores(seam=1.25, flags=("seam",)),
    inks=("#ffffff", "#102030"),
    delta_e_mean=2.5,
)


@pytest.fixture
def storage(tmp_path: Path) -> DirectoryStorage:
    return DirectoryStorage(tmp_path / "bucket")


def shelf(storage: DirectoryStorage, stop: StopFlag | None = None) -> TileShelf:
    stop = stop or StopFlag()
    return TileShelf(
        storage, Claims(storage, run="test"), Patience(0, stop=stop), stop, {"d": NAME}, "a", "fp32"
    )


def is_the_tile(found: FinishedTile | EngineError | None) -> bool:
    return isinstance(found, FinishedTile) and np.array_equal(found.painted.image, TILE.image)


def test_two_engines_that_want_one_tile_make_it_once(storage):
    made = []

    def make():
        made.append(threading.get_ident())
        time.sleep(0.2)
        return TILE

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda one: one.get("d", make), [shelf(storage) for _ in range(4)]))
    assert len(made) == 1
    assert all(is_the_tile(tile) for tile in found)
    assert not storage.exists(tile_claim_key(NAME))


def test_a_tile_comes_back_with_all_that_its_making_told():
    told = tile_from_png(tile_to_png(FinishedTile(TILE, "a GPU", "bf16")), name="tile")
    assert (told.device, told.precision) == ("a GPU", "bf16")
    assert np.array_equal(told.painted.image, TILE.image)
    assert replace(told.painted, design_id="d", image=TILE.image) == TILE


@pytest.mark.parametrize("text", [{}, {KEYWORD: "[]"}, {KEYWORD: '{"scores": {}}'}, {KEYWORD: "{"}])
def test_a_picture_that_is_no_finished_tile_is_told(text):
    with pytest.raises(TileUnreadable, match="tiles/ab"):
        tile_from_png(encode_png(TILE.image, text=text), name="tiles/ab")


def test_what_a_maker_refused_is_known_to_all_until_it_is_deleted(storage):
    assert shelf(storage).refused("d") is None
    shelf(storage).refuse("d", ClothUnsuitable("the motifs touch", code="motifs_touch", motifs=3))
    known = shelf(storage).refused("d")
    assert (known.code, known.message) == ("motifs_touch", "the motifs touch")
    storage.write_atomic(tile_refusal_key(NAME), b"{")
    assert shelf(storage).refused("d") is None
    storage.delete(tile_refusal_key(NAME))
    assert shelf(storage).refused("d") is None


def test_a_tile_that_could_not_be_made_is_tried_by_the_next(storage):
    assert isinstance(shelf(storage).get("d", lambda: NonFinite("left the numbers")), NonFinite)
    with pytest.raises(ZeroDivisionError):
        shelf(storage).get("d", lambda: 1 // 0)
    assert is_the_tile(shelf(storage).get("d", lambda: TILE))


def test_a_tile_that_cannot_be_read_is_made_again_and_mended(storage):
    storage.write_atomic(tile_key(NAME), b"\x89PNG\r\n\x1a\n cut")
    assert is_the_tile(shelf(storage).get("d", lambda: TILE))
    assert is_the_tile(shelf(storage).find("d"))


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
    bent = WORN.model_copy(update={"cloth": CLOTH.model_copy(update={"bend_px": 9.0, "match": True})})
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


def test_a_tile_that_a_network_makes_is_named_by_its_weights_too():
    cloth = CLOTH.model_copy(update={"refine": None, "network": NetworkPart(kind="stylebank", sees="cloth")})
    worn, yardage = (one.model_copy(update={"cloth": cloth}) for one in (WORN, YARDAGE))
    backbones = {worn.name: "1" * 64, yardage.name: "1" * 64}
    if len(worn.networks) > 1:
        backbones[worn.name] += "+" + "2" * 64

    def name(recipe: Recipe, *files: str) -> str:
        return tile_name(row(1, recipe, weights_sha256="+".join((backbones[recipe.name], *files))), recipe)

    shared, own = "a" * 64, "b" * 64
    assert name(worn, shared, own) == name(yardage, shared, own)
    others = {name(worn, "c" * 64, own), name(worn, shared, "c" * 64), tile_name(row(1, WORN), WORN)}
    assert len(others | {name(worn, shared, own)}) == 4


@pytest.fixture
def tiles_made(monkeypatch) -> list[str]:
    """The designs for which a tile is optimised."""
    made, real = [], Painter._optimised

    def watched(painter, batch, plan):
        made.extend(one.design_id for one in batch if one.repeat is not None)
        return real(painter, batch, plan)

    monkeypatch.setattr(Painter, "_optimised", watched)
    return made


def fill(storage: DirectoryStorage) -> None:
    for key, data in (("style/dots.png", dots()), ("style/plain.png", dots("#a03020", "#e0d0a0"))):
        storage.write_atomic(key, data)
    for key, data in zip(("content/tunic.png", "content/mask.png"), garment(), strict=True):
        storage.write_atomic(key, data)


def render(storage: DirectoryStorage, shard_id: int, recipe: Recipe, *rows: dict) -> list[dict]:
    """Render rows as a shard on an engine of its own; return the part's."""
    shard = Shard("demo", shard_id, recipe, rows)
    engine, claims = Engine(device="cpu", precision="fp32", threads=1), Claims(storage, run="test")
    render_shard(shard, storage=storage, engine=engine, facts=FACTS, pace=PACE, claims=claims)
    return list(part_rows(storage, shard).values())


def test_shards_on_two_engines_and_yardage_share_one_tile(storage, tiles_made):
    fill(storage)

    def worn(at: int) -> list[dict]:
        pair = [row(10 * at + n, WORN) for n in (1, 2)]
        return render(storage, at, WORN, *pair)

    with ThreadPoolExecutor(2) as pool:
        rows = [one for part in pool.map(worn, (0, 1)) for one in part]
    assert [one["status"] for one in rows] == ["ok"] * 4
    # the same garment in the same tile, to the last bit
    images = [decode(storage.read(one["image_key"]), name="design").rgb for one in rows]
    assert all(np.array_equal(images[0], other) for other in images[1:])
    [tile] = render(storage, 2, YARDAGE, row(31, YARDAGE))
    assert len(tiles_made) == 1
    # the tile that a garment needed is the design that yardage is by itself, with all its scores
    storage.delete(tile_key(tile_name(row(1, WORN), WORN)))
    [alone] = render(storage, 3, YARDAGE, row(41, YARDAGE))
    assert tiles_made[1:] == [f"{41:032x}"]
    pixels = [decode(storage.read(one["image_key"]), name="tile").rgb for one in (tile, alone)]
    assert np.array_equal(*pixels)
    told = [
        {name: one[name] for name in (*TILE_SCORES, *SCORES, "flags", "steps", "device")}
        for one in (tile, alone)
    ]
    assert told[0] == told[1]
    assert told[0]["seam"] is not None
    # and garments find what yardage has made
    [later] = render(storage, 4, WORN, row(51, WORN))
    assert (later["status"], len(tiles_made)) == ("ok", 2)


def test_yardage_waits_for_the_tile_that_another_engine_makes(storage, tiles_made):
    fill(storage)
    planned = row(1, YARDAGE)
    names = {"d": tile_name(planned, YARDAGE)}
    other = replace(shelf(storage), names=names)
    begun = threading.Event()

    def make() -> Painted:
        begun.set()
        time.sleep(1.0)
        return TILE

    with ThreadPoolExecutor(1) as pool:
        making = pool.submit(other.get, "d", make)
        begun.wait()
        [found] = render(storage, 0, YARDAGE, planned)
        assert is_the_tile(making.result())
    assert tiles_made == []
    assert (found["status"], found["seam"], found["device"]) == ("ok", 1.25, "a")


def test_yardage_with_colorways_is_painted_for_them(storage, tiles_made):
    fill(storage)
    own = row(1, YARDAGE)
    render(storage, 0, YARDAGE, own)
    colours = {"colorway": "rust", "colorway_colours": "kept 2 #301008 #e0a060"}
    rows = render(storage, 1, YARDAGE, own | {"design_id": f"{2:032x}"}, row(3, YARDAGE, **colours))
    assert [one["status"] for one in rows] == ["ok", "ok"]
    assert f"{2:032x}" in tiles_made


def test_yardage_of_less_than_full_strength_is_no_garment_s_tile(storage, tiles_made):
    fill(storage)
    faint = YARDAGE.model_copy(update={"controls": ControlsPart(strength=0.5)})
    render(storage, 0, faint, row(1, faint))
    render(storage, 1, WORN, row(2, WORN))
    assert tiles_made == [f"{1:032x}", f"{2:032x}"]


def test_a_textile_that_a_maker_left_out_is_not_tried_by_the_next_batch(storage, monkeypatch):
    fill(storage)
    storage.write_atomic("style/blank.png", blank())
    tried, real = [], Tiles.lay_out

    def watched(tiles, job, recipe, part):
        tried.append(job.design_id)
        return real(tiles, job, recipe, part)

    monkeypatch.setattr(Tiles, "lay_out", watched)
    plain = [{"style_id": "blank", "key": "style/blank.png", "sha256": sha(blank()), "share": 0.0}]
    motif = {"further_styles": [plain[0] | {"region": "motif", "motif_ratio": None}]}
    [first] = render(storage, 0, YARDAGE, row(1, YARDAGE, **motif))
    assert (first["status"], first["error_code"]) == ("skipped", "plain")
    later = render(storage, 1, WORN, row(2, WORN, **motif), row(3, WORN, **motif))
    assert {(one["status"], one["error_code"], one["error"]) for one in later} == {
        ("skipped", "plain", first["error"])
    }
    assert tried == [f"{1:032x}"]


def blank() -> bytes:
    return encode_png(np.full((96, 96, 3), 200, np.uint8))
