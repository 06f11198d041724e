"""Notes of deaths: only a death counts, and a design that two of them found in hand is kept away."""

from __future__ import annotations

import json
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from catalogs.layout import crash_key
from catalogs.manifest import PROCESS_DIED
from catalogs.quarantine import quarantined
from catalogs.storage.directory import DirectoryStorage
from flows.patience import Patience
from flows.shards.company import Company
from flows.shards.crash_notes import CrashNotes
from flows.shards.kin import Kin
from flows.shards.render_shard import render_shard
from flows.shards.rows import RunFacts
from flows.stopping import StopFlag
from nst_core.errors import Stopped
from tests.flows.fake_engine import FakeEngine
from tests.flows.some_shards import FACTS, PACE, part_rows, some_shard

KEY = crash_key("demo", 0)
# A process of a machine that is not this one: nobody can know that it lives.
GONE = {"machine": "elsewhere", "pid": 1, "started": "1"}


@pytest.fixture
def storage(tmp_path: Path) -> DirectoryStorage:
    return DirectoryStorage(tmp_path / "bucket")


def notes(storage, *, after_death: bool = True, **options) -> CrashNotes:
    patience = Patience(0, stop=StopFlag())
    return CrashNotes(storage, KEY, patience, run="run-1", after_death=after_death, **options)


def write(storage, *, in_hand: str = "", process=GONE, **deaths: int) -> None:
    told = {"in_hand": in_hand, "process": process, "deaths": deaths, "run": "run-0"}
    storage.write_atomic(KEY, json.dumps(told).encode())


def render(shard, storage, engine, crashes, **options):
    return render_shard(
        shard, storage=storage, engine=engine, crashes=crashes, **({"facts": FACTS, "pace": PACE} | options)
    )


def test_designs_are_painted_one_at_a_time_the_suspect_last(storage):
    shard, engine = some_shard(storage), FakeEngine(batch=4)
    suspect = shard.design_ids[0]
    write(storage, in_hand=suspect)
    report = render(shard, storage, engine, notes(storage))
    assert report.painted == 6
    assert engine.batches == [[one] for one in (*shard.design_ids[1:], suspect)]
    assert not storage.exists(KEY)


def test_before_each_try_it_is_written_down_which_design_is_in_hand(storage):
    shard, seen = some_shard(storage), []
    engine = FakeEngine(on_paint=lambda ids: seen.append((ids, json.loads(storage.read(KEY))["in_hand"])))
    render(shard, storage, engine, notes(storage))
    assert seen == [([one], one) for one in shard.design_ids]


def test_a_design_in_hand_at_two_deaths_is_a_row_and_is_not_tried(storage):
    shard, engine = some_shard(storage), FakeEngine()
    guilty = shard.design_ids[2]
    write(storage, in_hand=guilty, **{guilty: 1})
    report = render(shard, storage, engine, notes(storage))
    assert (report.painted, report.failed) == (5, 1)
    assert guilty not in engine.painted
    assert part_rows(storage, shard)[guilty]["error_code"] == PROCESS_DIED
    assert quarantined(storage) == {guilty}
    assert not storage.exists(KEY)


@pytest.mark.parametrize("kind", ["given back", "alive"])
def test_what_was_in_hand_when_nobody_died_is_not_suspect(storage, kind):
    shard, engine = some_shard(storage), FakeEngine()
    one = shard.design_ids[2]
    if kind == "alive":
        with notes(storage).in_hand(one):
            pass
    else:
        write(storage, in_hand=one, **{one: 1})
    render(shard, storage, engine, notes(storage, after_death=kind == "alive"))
    assert set(engine.painted) == set(shard.design_ids)
    assert not quarantined(storage)


def test_a_run_that_is_asked_to_stop_leaves_nothing_in_hand(storage):
    shard, stop = some_shard(storage), StopFlag()
    suspect = shard.design_ids[0]
    write(storage, **{suspect: 1})
    engine = FakeEngine(on_paint=lambda _ids: stop.cancel())
    with pytest.raises(Stopped):
        render(shard, storage, engine, notes(storage), stop=stop)
    told = json.loads(storage.read(KEY))
    assert (told["in_hand"], told["deaths"]) == ("", {suspect: 1})


def test_a_suspect_that_the_minutes_did_not_reach_stays_one(storage):
    shard = some_shard(storage)
    suspect = shard.design_ids[0]
    write(storage, **{suspect: 1})
    report = render(shard, storage, FakeEngine(), notes(storage), stop=StopFlag(budget_s=0))
    assert report.skipped == 6
    assert json.loads(storage.read(KEY))["deaths"] == {suspect: 1}


def test_a_suspect_whose_try_fails_with_a_reason_is_none_any_more(storage):
    shard = some_shard(storage)
    suspect = shard.design_ids[0]
    write(storage, **{suspect: 1})
    report = render(shard, storage, FakeEngine(nan=frozenset({suspect})), notes(storage))
    assert (report.painted, report.failed) == (5, 1)
    assert part_rows(storage, shard)[suspect]["error_code"] == "nonfinite"
    assert not storage.exists(KEY)


def test_whoever_lost_the_lease_leaves_the_notes_to_the_other_run(storage):
    write(storage, in_hand="theirs")
    lost = notes(storage, is_ours=lambda: False)
    lost.close(())
    assert json.loads(storage.read(KEY))["in_hand"] == "theirs"


@pytest.mark.parametrize("body", [b"\xff not json", b"[]", b'{"in_hand": "a", "process": {}, "deaths": {}}'])
def test_notes_that_cannot_be_read_are_begun_anew(storage, body):
    storage.write_atomic(KEY, body)
    assert notes(storage).open() == frozenset()


def test_whoever_is_to_be_alone_waits_for_the_others_and_keeps_new_ones_out():
    company, told = Company(), []
    begun, go_on = threading.Event(), threading.Event()

    def slow(name: str) -> None:
        begun.set()
        go_on.wait(10)
        told.append(name)

    def alone() -> None:
        with company.alone():
            told.append("alone")
            time.sleep(0.02)
            told.append("still alone")

    first = threading.Thread(target=company.joined(slow), args=("first",))
    first.start()
    begun.wait(10)
    waiting = threading.Thread(target=alone)
    waiting.start()
    while not company._want_to_be_alone:
        time.sleep(0.001)
    last = threading.Thread(target=company.joined(told.append), args=("last",))
    last.start()
    time.sleep(0.02)
    assert told == []
    go_on.set()
    for thread in (first, waiting, last):
        thread.join(10)
    assert told == ["first", "alone", "still alone", "last"]


def test_where_three_died_and_nothing_was_ever_finished_the_rest_is_not_tried(storage):
    shard, engine = some_shard(storage), FakeEngine()
    died = frozenset({"a" * 32, "b" * 32, "c" * 32})
    report = render(shard, storage, engine, None, kin=Kin("laid", 16, died))
    assert (report.failed, engine.painted) == (6, [])
    rows = part_rows(storage, shard).values()
    assert {row["error_code"] for row in rows} == {PROCESS_DIED}
    assert all("laid at 16 px" in row["error"] for row in rows)
    # nobody found them guilty, so whoever lifts the verdict on the three has them all tried
    assert quarantined(storage) == frozenset()
    later = RunFacts(run_started_utc=datetime.now(UTC))
    assert render(shard, storage, engine, None, kin=Kin("laid", 16), facts=later).painted == 6


@pytest.mark.parametrize("kin", [Kin("laid", 16, frozenset("ab")), Kin("laid", 16, frozenset("abcd"), True)])
def test_two_deaths_or_one_finished_design_are_no_reason_to_give_up(storage, kin):
    shard, engine = some_shard(storage), FakeEngine()
    assert render(shard, storage, engine, None, kin=kin).painted == 6


def test_where_three_are_suspect_and_nothing_was_finished_they_come_first(storage):
    shard, engine = some_shard(storage), FakeEngine()
    suspects = shard.design_ids[3:]
    write(storage, **dict.fromkeys(suspects, 1))
    render(shard, storage, engine, notes(storage), kin=Kin("laid", 16))
    assert engine.painted == [*suspects, *shard.design_ids[:3]]
