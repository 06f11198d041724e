"""Yesterday's night still works when today's begins: they share the designs that both have planned."""

from __future__ import annotations

import threading
from collections import Counter
from pathlib import Path

import pytest

from catalogs.layout import CLAIMS_PREFIX
from catalogs.publication import publish, read_latest
from flows import wiring
from flows.batch_run import BatchRun
from flows.equipment import equipped
from flows.shards import claimed_shard
from flows.shards.claimed_shard import render_claimed_shard
from tests.flows.fake_engine import FakeEngine
from tests.flows.small_house import BATCH, CONTENTS, STYLES, SmallHouse
from tests.flows.some_shards import assert_files_match_rows


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallHouse:
    monkeypatch.setattr(claimed_shard, "LOOK_EVERY_S", 0.02)
    return SmallHouse(tmp_path, engine=FakeEngine(seconds=0.02)).fill()


def plan_night(house: SmallHouse, name: str) -> BatchRun:
    house.write_batch(BATCH.replace("demo", name))
    return wiring.plan_run(house.batch)


def paint(run: BatchRun) -> None:
    """Do what a night does: what is free first, then what others had in hand, then the manifest."""
    shards = sorted(run.missing_by_shard())
    busy = [one for one in shards if render_claimed_shard(run, one, device="cpu", wait=False) is None]
    for one in busy:
        render_claimed_shard(run, one, device="cpu", wait=True)
    publish(run.storage, run.plan, max_failure_rate=0)


def at_once(*runs: BatchRun) -> None:
    threads = [threading.Thread(target=paint, args=(run,)) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_two_nights_with_the_same_designs_in_other_shards_paint_each_once(house):
    with equipped(house.equipment()):
        yesterday = plan_night(house, "monday")
        # a textile more: the shards of four are cut elsewhere
        house.fill(styles=("aran", *STYLES))
        today = plan_night(house, "tuesday")
        assert yesterday.shard(1).design_ids != today.shard(1).design_ids
        at_once(yesterday, today)
    # five garments in three textiles, and in the fourth
    assert set(Counter(house.engine.painted).values()) == {1}
    assert len(house.engine.painted) == 5 * 3 + 5
    assert (house.statuses("monday"), house.statuses("tuesday")) == ({"ok": 15}, {"ok": 20})
    for name in ("monday", "tuesday"):
        assert_files_match_rows(house.storage, house.rows(name))
    assert read_latest(house.storage).rows in (15, 20)
    assert list(house.storage.list(CLAIMS_PREFIX)) == []


def test_a_shard_with_a_design_that_another_night_has_in_hand_is_left_for_later(house):
    with equipped(house.equipment()):
        yesterday, today = plan_night(house, "monday"), plan_night(house, "tuesday")
        designs = yesterday.shard(0).design_ids
        with yesterday.claims.take("claims/monday/shard-00000.json", designs=designs[-1:]):
            assert render_claimed_shard(today, 0, device="cpu", wait=False) is None
            assert render_claimed_shard(today, 1, device="cpu", wait=False).painted == 4
        assert render_claimed_shard(today, 0, device="cpu", wait=False).painted == 4


def test_of_many_nights_at_once_each_ends(house):
    with equipped(house.equipment()):
        nights = [plan_night(house, f"night-{at}") for at in range(4)]
        at_once(*nights)
    assert len(house.engine.painted) == len(set(house.engine.painted)) == len(CONTENTS) * len(STYLES)
