"""A design that kills its process ends as a row after two tries, and takes nothing else with it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from catalogs.layout import CLAIMS_PREFIX, crash_key
from catalogs.quarantine import quarantine, quarantined
from catalogs.storage.directory import DirectoryStorage
from flows import wiring
from flows.equipment import equipped
from flows.shards.claimed_shard import render_claimed_shard
from flows.shards.process_identity import this_process
from tests.flows.children import KILLED, Children, painted
from tests.flows.fake_engine import FakeEngine
from tests.flows.small_house import BATCH, SmallHouse
from tests.flows.some_shards import assert_files_match_rows


@pytest.fixture(scope="module")
def children() -> Iterator[Children]:
    started = Children.start()
    yield started
    started.stop()


@pytest.fixture
def small(tmp_path: Path) -> SmallHouse:
    return SmallHouse(tmp_path).fill()


def shards(small: SmallHouse) -> list[list[str]]:
    """Plan the batch and return the designs of its shards: 4 + 4 + 4 + 3."""
    with equipped(small.equipment()):
        run = wiring.plan_run(small.batch)
    return [list(run.shard(shard_id).design_ids) for shard_id in run.plan.shard_ids]


def deaths_until_done(children: Children, small: SmallHouse, *, at_most: int, **poison: Sequence[str]) -> int:
    """Run the batch again and again until a run ends, and return how many processes died before."""
    for deaths in range(at_most + 1):
        [end] = children.run({"folder": str(small.folder), "log": str(small.folder / "log"), **poison})
        if end == 0:
            return deaths
        assert end == KILLED
    raise AssertionError(f"after {at_most + 1} deaths the batch is not done")


def assert_only_these_failed(small: SmallHouse, poison: Sequence[str]) -> None:
    rows = small.rows()
    assert len(rows) == 15
    failed = {id_: row["error_code"] for id_, row in rows.items() if row["status"] == "failed"}
    assert failed == dict.fromkeys(poison, "process_died")
    assert all("toile retry demo --quarantined" in rows[one]["error"] for one in poison)
    assert_files_match_rows(small.storage, rows)
    assert quarantined(small.storage) == set(poison)
    assert left_behind(small) == []


def left_behind(small: SmallHouse) -> list[str]:
    keys = [stat.key for stat in small.storage.list("")]
    return [key for key in keys if key.startswith(CLAIMS_PREFIX) or "/crashes/" in key]


@pytest.mark.parametrize("stage", ["poison", "poison_preparing"])
def test_a_poison_design_in_each_of_two_shards_costs_three_deaths_each_at_most(children, small, stage):
    by_shard = shards(small)
    poison = [by_shard[0][1], by_shard[2][0]]
    # each: one death that shows only the shard, two with the design in hand
    deaths = deaths_until_done(children, small, at_most=3 * 2, **{stage: poison})
    assert deaths >= 3
    assert_only_these_failed(small, poison)
    assert len(painted(small.folder / "log")) >= 13


def test_several_poison_designs_of_one_shard_cost_two_deaths_each_and_one_for_all(children, small):
    poison = shards(small)[1][:3]
    deaths = deaths_until_done(
        children, small, at_most=1 + 2 * 3, poison=poison[:2], poison_preparing=poison[2:]
    )
    assert deaths >= 1 + 2
    assert_only_these_failed(small, poison)


def test_what_is_in_quarantine_is_not_tried_until_somebody_asks(children, small):
    poison = shards(small)[3][:1]
    deaths_until_done(children, small, at_most=3, poison=poison)
    rows = small.rows()
    assert deaths_until_done(children, small, at_most=0, poison=poison) == 0
    assert small.rows() == rows
    log = small.folder / "log-asked"
    assert children.run({"folder": str(small.folder), "log": str(log), "quarantined": True}) == [0]
    assert painted(log) == poison
    assert_only_these_failed(small, [])


def test_a_recipe_that_no_process_survives_is_given_up_after_three_designs(children, small):
    every = [design_id for shard in shards(small) for design_id in shard]
    # two shards are at work at once. At most: one death shows each, three make three suspects, a fourth is
    # made where these are of one shard and the other one is quicker, and three of them die once more, alone.
    # At least: one death shows both, two find a design of each in hand, and three die alone.
    deaths = deaths_until_done(children, small, at_most=2 + 3 + 1 + 3, poison=every)
    assert deaths >= 1 + 2 + 3
    failed = small.rows(published=False).values()
    assert {row["error_code"] for row in failed} == {"process_died"}
    assert sum("too little memory" in row["error"] for row in failed) >= 15 - len(quarantined(small.storage))
    assert deaths_until_done(children, small, at_most=0, poison=every) == 0
    log = small.folder / "log-asked"
    assert children.run({"folder": str(small.folder), "log": str(log), "quarantined": True}) == [0]
    assert_only_these_failed(small, [])


def test_suspects_of_all_shards_count_together(small):
    by_shard = shards(small)
    suspects = [by_shard[0][3], by_shard[1][3], by_shard[2][3]]
    for shard_id, suspect in enumerate(suspects):
        told = {"in_hand": "", "process": asdict(this_process()), "deaths": {suspect: 1}}
        small.storage.write_atomic(crash_key("demo", shard_id), json.dumps(told).encode())
    with equipped(small.equipment()):
        run = wiring.plan_run(small.batch)
        render_claimed_shard(run, 0, device="cpu", wait=False)
        # three, and nothing finished: a suspect comes first; in its own shard alone it would come last
        assert small.engine.painted == [suspects[0], *by_shard[0][:3]]
        assert wiring.plan_run(small.batch).kin(run.shard(1)).finished


def test_what_a_dead_process_had_in_hand_is_known_before_its_shard_is_taken(small):
    by_shard = shards(small)
    guilty, living = by_shard[0][1], by_shard[1][1]
    gone = replace(this_process(), started="never")
    for shard_id, one, process in ((0, guilty, gone), (1, living, this_process())):
        told = {"in_hand": one, "process": asdict(process), "deaths": {one: 1}}
        small.storage.write_atomic(crash_key("demo", shard_id), json.dumps(told).encode())
    with equipped(small.equipment()):
        run = wiring.plan_run(small.batch)
    kin = run.kin(run.shard(2))
    assert kin.died == {guilty}
    assert kin.suspects == {guilty, living}


def test_two_runs_at_once_come_to_the_same_end(children, small):
    poison = [shards(small)[0][0]]
    logs = [small.folder / "log-a", small.folder / "log-b"]
    runs = [{"folder": str(small.folder), "log": str(log), "poison": poison} for log in logs]
    deaths = 0
    while (ends := children.run(*runs)) != [0, 0]:
        assert set(ends) <= {0, KILLED}
        deaths += ends.count(KILLED)
        # one process has the shard at a time: that there are two makes no more deaths
        assert deaths <= 3
    assert_only_these_failed(small, poison)


def test_another_batch_does_not_try_what_is_in_quarantine(small):
    by_shard = shards(small)
    guilty = by_shard[1][2]
    quarantine(small.storage, guilty, run="another")
    small.write_batch(BATCH.replace("demo", "another"))
    engine = small.engine = FakeEngine()
    with equipped(small.equipment()):
        run = wiring.plan_run(small.batch)
        report = render_claimed_shard(run, 1, device="cpu", wait=False)
    assert (report.painted, report.failed) == (3, 1)
    assert guilty not in engine.painted


class Remembering(DirectoryStorage):
    """A storage that remembers which keys were written."""

    def __init__(self, root) -> None:
        super().__init__(root)
        self.written: list[str] = []

    def write_atomic(self, key, data, **options):
        self.written.append(key)
        return super().write_atomic(key, data, **options)


def test_a_shard_in_which_nobody_died_costs_no_write_more(small):
    storage = small.storage = Remembering(small.folder / "bucket")
    with equipped(small.equipment()):
        run = wiring.plan_run(small.batch)
        storage.written.clear()
        render_claimed_shard(run, 0, device="cpu", wait=False)
    # image and thumbnail of each design, and the part; the lease, written again every 15 s
    assert len([key for key in storage.written if not key.startswith(CLAIMS_PREFIX)]) == 2 * 4 + 1
