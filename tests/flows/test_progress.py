"""Whoever watches a batch sees every design once and the counts add up."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from flows.progress import Outcome, Phase, Progress, Snapshot, watching


def test_many_threads_settle_every_design_once():
    counts = Progress("demo")
    counts.plan(4000, there=0, failed=0, skipped=0)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: counts.settle(f"{n:032x}", Outcome.PAINTED), range(4000)))
    assert counts.snapshot.settled == counts.snapshot.painted == 4000


def test_a_design_that_is_settled_again_counts_by_its_last_outcome():
    counts = Progress("demo")
    counts.settle("a", Outcome.FAILED)
    counts.settle("a", Outcome.PAINTED)
    counts.settle("a", Outcome.PAINTED)
    assert (counts.snapshot.failed, counts.snapshot.painted, counts.snapshot.settled) == (0, 1, 1)


def test_the_steps_of_a_batch_count_until_its_designs_do():
    counts = Progress("demo")
    # 4 designs half way = 2 designs; 2 designs at a quarter = half a design
    counts.step("first", 4, 0.5)
    counts.step("second", 2, 0.25)
    assert counts.snapshot.steps_done == 2.5
    counts.batch_ended("first")
    assert counts.snapshot.steps_done == 0.5


def test_a_listener_is_told_of_every_change_and_not_after_it_left():
    told: list[Snapshot] = []
    counts = Progress("demo")
    with watching(told.append):
        counts.enter(Phase.PAINTING)
        counts.plan(3, there=1, failed=0, skipped=1)
        counts.settle("a", Outcome.PAINTED)
    counts.settle("b", Outcome.PAINTED)
    assert [one.settled for one in told] == [0, 2, 3]
    assert told[-1].phase == "painting"


def test_designs_per_hour_counts_what_this_run_painted():
    now = [0.0]
    counts = Progress("demo", clock=lambda: now[0])
    counts.plan(100, there=90, failed=0, skipped=0)
    counts.settle("a", Outcome.PAINTED)
    counts.settle("b", Outcome.PAINTED)
    now[0] = 60.0
    # 2 a minute = 120 an hour
    assert counts.snapshot.designs_per_hour == pytest.approx(120)
