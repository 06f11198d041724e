"""Too little memory: smaller batches where that helps, else a row with the remedy, and no endless dying."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from catalogs.publication import publish
from catalogs.quarantine import quarantined
from catalogs.remedies import remedy
from flows import wiring
from flows.equipment import equipped
from flows.shards.claimed_shard import render_claimed_shard
from tests.flows.children import Children
from tests.flows.fake_engine import FakeEngine, picture
from tests.flows.small_house import BATCH, SmallHouse

GB = 1 << 30


@pytest.fixture(scope="module")
def children() -> Iterator[Children]:
    started = Children.start()
    yield started
    started.stop()


@pytest.fixture
def small(tmp_path: Path) -> SmallHouse:
    return SmallHouse(tmp_path).fill()


def paint_one_shard(house: SmallHouse, engine: FakeEngine) -> list[int]:
    """Paint a shard of eight designs of one shape and return the sizes of the batches that were tried."""
    names = [f"tee-{at}" for at in range(64)]
    alike = [name for name in names if picture(name)[-20] % 2][:8]
    house.fill(alike, ("ikat",))
    house.write_batch(BATCH.replace("shard_size: 4", "shard_size: 8"))
    house.engine = engine
    with equipped(house.equipment()):
        run = wiring.plan_run(house.batch)
        render_claimed_shard(run, 0, device="cpu", wait=False)
        publish(house.storage, run.plan, max_failure_rate=1.0)
    return [len(batch) for batch in engine.batches]


def test_a_device_without_memory_for_a_batch_gets_halves_and_no_larger_batch_again(small):
    tried = paint_one_shard(small, FakeEngine(batch=4, fits=1))
    # what was ready first, at most 4, and half of it do not fit; from then on one at a time
    assert tried.count(1) == 8
    assert len(tried) <= 2 + 8
    assert small.statuses() == {"ok": 8}


def test_one_design_for_which_there_is_no_memory_is_a_row_with_the_remedy(small):
    paint_one_shard(small, FakeEngine(batch=4, fits=0))
    rows = small.rows().values()
    assert {row["error_code"] for row in rows} == {"out_of_memory"}
    assert all("smaller size_px" in row["error"] for row in rows)
    assert "smaller" in remedy("out_of_memory")


@pytest.mark.parametrize(("each", "expected"), [(1.5, {"ok": 15}), (5, {"failed": 15})])
def test_under_a_limit_of_the_system_batches_shrink_or_rows_say_so(children, small, each, expected):
    # a batch of four takes 6 GB of 4, which threads want some of too
    request = {"folder": str(small.folder), "log": str(small.folder / "log"), "batch": 4}
    assert children.run(request | {"bytes_each": int(each * GB), "spare_bytes": 4 * GB}) == [0]
    assert small.statuses() == expected
    assert {row["error_code"] for row in small.rows().values()} <= {None, "out_of_memory"}


def test_a_batch_that_the_system_kills_for_its_memory_is_painted_one_by_one_by_the_next_process(
    children, small
):
    request = {"folder": str(small.folder), "log": str(small.folder / "log"), "batch": 4, "dies_above": 1}
    deaths = 0
    while children.run(request) != [0]:
        deaths += 1
        # each of four shards costs one process at most
        assert deaths <= 4
    assert deaths
    assert small.statuses() == {"ok": 15}
    assert quarantined(small.storage) == frozenset()
