"""A run with less than it needs paints the best first, stops in order, and the next one goes on."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from catalogs.publication import publish
from flows import wiring
from flows.best_first import allotted, within_budget
from flows.equipment import equipped
from flows.overrides import Overrides
from flows.shards.claimed_shard import render_claimed_shard
from flows.stopping import StopFlag
from flows.waves import Wave, waves_of
from nst_core.design import Painted
from tests.flows.fake_engine import FakeEngine
from tests.flows.requests.plainly import a_night, paint
from tests.flows.small_house import BATCH

MOTIFS = {"ikat": 0.5, "floral": 0.8, "check": 0.6}


@dataclass
class Judged(FakeEngine):
    """Paints textiles that come out better or worse."""

    def _paint_one(self, one, should_stop):
        painted = super()._paint_one(one, should_stop)
        assert isinstance(painted, Painted)
        [motif] = [motif for name, motif in MOTIFS.items() if name in one.style_key]
        return replace(painted, scores=replace(painted.scores, motif=motif))


def again(house, **overrides):
    run = wiring.plan_run(house.batch, overrides=Overrides(**overrides))
    paint(run)
    return run


def codes(house):
    found = [row["error_code"] or row["status"] for row in house.rows().values()]
    return {code: found.count(code) for code in set(found)}


def test_a_run_paints_as_many_new_designs_as_it_may_and_the_next_ones_go_on(house):
    # shards of 4, 4, 4 and 3, and 6 designs a run: one and a half of them
    for so_far in (6, 12, 15):
        again(house, budget_designs=6)
        left = {"budget": 15 - so_far} if so_far < 15 else {}
        assert codes(house) == {"ok": so_far} | left
        assert len(house.engine.painted) == len(set(house.engine.painted)) == so_far
    assert house.latest()["ok"] == 15


def test_shards_of_which_nothing_may_be_painted_are_not_begun(house):
    house.engine.batch = 1
    run = wiring.plan_run(house.batch, overrides=Overrides(budget_designs=6))
    assert within_budget(run, run.missing_by_shard()) == {0: 4, 1: 4}
    paint(run)
    assert [stat.key.split("-")[1] for stat in house.storage.list("batches/demo/parts/")] == [
        "00000",
        "00001",
    ]


def test_the_textile_that_came_out_best_goes_first(house):
    house.write_batch(BATCH.replace("shard_size: 4", "shard_size: 5"))  # a shard a textile
    engine = house.engine = Judged()
    with equipped(house.equipment()):
        a_night(house)
        engine.painted.clear()
        run = again(house, size_px=64, budget_designs=5)
        styles = {row["design_id"]: row["style_id"] for row in run.plan.table.to_pylist()}
        assert {styles[one] for one in engine.painted} == {"floral"}
        # and then the next best, though it is first in the plan's order
        assert run.plan.shard(0).to_pylist()[0]["style_id"] == "check"
        engine.painted.clear()
        again(house, size_px=64, budget_designs=5)
    assert {styles[one] for one in engine.painted} == {"check"}


def test_without_a_budget_the_plan_s_order_is_that_of_painting(house):
    house.engine = Judged()
    with equipped(house.equipment()):
        a_night(house)
        run = wiring.plan_run(house.batch, overrides=Overrides(size_px=64))
        assert list(within_budget(run, run.missing_by_shard())) == [0, 1, 2, 3]
        run = wiring.plan_run(house.batch, overrides=Overrides(size_px=64), budget_minutes=60)
        assert next(iter(within_budget(run, run.missing_by_shard()))) != 0


def test_designs_of_a_budget_are_counted_by_all_shards_together():
    run = StopFlag(designs=3)
    shards = [StopFlag(parents=(run,)) for _ in range(2)]
    assert [shards[at % 2].begin_design() for at in range(5)] == [True, True, True, False, False]
    assert run.is_spent
    # what is at hand is finished all the same
    assert not run.budget_spent


def test_processes_elsewhere_paint_what_is_allotted_to_them(house):
    house.engine.batch = 1
    run = wiring.plan_run(house.batch, overrides=Overrides(budget_designs=6))
    given = allotted(run, within_budget(run, run.missing_by_shard()))
    # shards of 4: the second gets what the first leaves, and nobody else may begin one
    assert given == {0: 4, 1: 2}
    assert run.stop.is_spent
    for shard_id, at_most in given.items():
        elsewhere = wiring.stored_run("demo")
        elsewhere.stop = StopFlag()
        render_claimed_shard(elsewhere, shard_id, device="cpu", wait=True, at_most=at_most)
        wiring.end_run(elsewhere)
    publish(run.storage, run.plan, max_failure_rate=1.0, budget_spent=run.stop.is_spent)
    assert codes(house) == {"ok": 6, "budget": 9}


def test_without_a_budget_nothing_is_allotted(house):
    run = wiring.plan_run(house.batch)
    assert allotted(run, {0: 4, 1: 4}) == {0: None, 1: None}


def test_waves_go_out_best_first_and_share_a_budget():
    # shards 0 to 3 with 2 designs each, in waves of two; the order wants 3, 2, 0, 1
    missing = {3: 2, 2: 2, 0: 2, 1: 2}
    assert waves_of(missing, shards=2) == [Wave(2, 3, 4), Wave(0, 1, 4)]
    assert waves_of(missing, shards=2, budget_designs=5) == [Wave(2, 3, 4, 4), Wave(0, 1, 4, 1)]
    assert waves_of(missing, shards=2, budget_designs=4) == [Wave(2, 3, 4, 4)]


@pytest.mark.parametrize("given", [0, 3])
def test_a_budget_of_the_file_holds_where_the_run_says_none(house, given):
    house.write_batch(BATCH + "budget_designs: 2\n")
    run = wiring.plan_run(house.batch, overrides=Overrides(budget_designs=given))
    assert run.stop.designs_left == (given or 2)
