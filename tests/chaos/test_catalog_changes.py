"""Somebody works at the catalogs while a night paints: a row for each planned design says what changed."""

from __future__ import annotations

from pathlib import Path

from catalogs.publication import publish
from flows import wiring
from flows.batch_run import BatchRun
from flows.equipment import equipped
from flows.shards.claimed_shard import render_claimed_shard
from tests.flows.fake_engine import FakeEngine, picture
from tests.flows.small_house import CONTENTS, STYLES, SmallHouse
from tests.flows.some_shards import assert_files_match_rows


def night(house: SmallHouse) -> BatchRun:
    run = wiring.plan_run(house.batch)
    for shard_id in sorted(run.missing_by_shard()):
        render_claimed_shard(run, shard_id, device="cpu", wait=False)
    publish(house.storage, run.plan, max_failure_rate=1.0)
    return run


def test_a_textile_more_one_less_and_another_picture_of_a_garment_in_the_middle_of_a_night(tmp_path: Path):
    house = SmallHouse(tmp_path).fill()
    with equipped(house.equipment()):
        rows = wiring.plan_run(house.batch).plan.table.to_pylist()
    # neither is in the first shard, so neither was read when the first batch is painted
    garment = next(iter(set(CONTENTS) - {row["content_id"] for row in rows[:4]}))
    textile = rows[-1]["style_id"]

    def change(_ids: list[str]) -> None:
        house.engine.on_paint = lambda ids: None
        house.fill(styles=(*(name for name in STYLES if name != textile), "aran"))
        house.storage.delete(f"style/{textile}.png")
        house.storage.write_atomic(f"content/{garment}.png", picture("another photo"))

    house.engine.on_paint = change
    with equipped(house.equipment()):
        night(house)
    found = house.rows()
    assert set(found) == {row["design_id"] for row in rows}
    codes = {(row["content_id"], row["style_id"]): row["error_code"] for row in found.values()}
    assert {pair for pair, code in codes.items() if code == "changed_since_planned"} >= {
        (garment, style) for style in STYLES if style != textile
    }
    assert {pair for pair, code in codes.items() if code == "missing_image"} >= {
        (content, textile) for content in CONTENTS if content != garment
    }
    # five of the textile, and the garment in the two others
    assert house.statuses() == {"failed": 7, "ok": 8}
    before = {id_ for id_, row in found.items() if row["status"] == "ok"}

    house.engine = FakeEngine()
    with equipped(house.equipment()):
        night(house)
    # the new picture in three textiles, the new textile on the four other garments
    assert house.statuses() == {"ok": 15}
    assert len(house.engine.painted) == 3 + 4
    assert before < set(house.rows())
    assert_files_match_rows(house.storage, house.rows())
