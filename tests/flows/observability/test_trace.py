"""A trace of a shard shows who did what when; painting never waits for files."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from flows import wiring
from flows.equipment import equipped
from flows.observability.signals import listening, span
from flows.observability.trace import TraceFile, read_trace, traced
from flows.observability.tracks import busy_while_ready, gaps
from flows.shards.claimed_shard import render_claimed_shard
from flows.shards.shard import Pace
from tests.flows.fake_engine import FakeEngine
from tests.flows.small_house import BATCH, SmallHouse

PAINT_S = 0.05
SLOW_S = 0.05


class Slow:
    """A storage that takes its time for every read and write."""

    def __init__(self, inner) -> None:
        self._inner = inner

    def __getattr__(self, name):
        return getattr(self._inner, name)

    def read(self, key):
        time.sleep(SLOW_S)
        return self._inner.read(key)

    def write_atomic(self, key, data, **options):
        time.sleep(SLOW_S)
        return self._inner.write_atomic(key, data, **options)


@pytest.fixture
def house(tmp_path: Path) -> SmallHouse:
    engine = FakeEngine(seconds=PAINT_S, batch=1)
    pace = Pace(prepare_threads=4, finish_threads=4, patience_s=0)
    house = SmallHouse(tmp_path, engine=engine, pace=pace).fill()
    house.write_batch(BATCH.replace("shard_size: 4", "shard_size: 15"))
    house.storage = Slow(house.storage)
    return house


def test_painting_never_waits_for_files_though_each_takes_as_long_as_a_design(house, tmp_path):
    # a design: two reads before (0.1 s), two writes after (0.1 s), 0.05 s of painting: by one hand 0.25 s
    with equipped(house.equipment()):
        run = wiring.plan_run(house.batch)
        with traced(tmp_path / "trace.json"):
            render_claimed_shard(run, 0, device="cpu", wait=False)
    events = read_trace(tmp_path / "trace.json")
    painted = [one for one in events if one["name"] == "paint"]
    assert len(painted) == 15
    # the first fill is before the first painting; a gap as long as one read would be a wait for files
    found = gaps(events)
    assert len(found) == 14
    assert sorted(found)[len(found) // 2] < SLOW_S / 2
    assert busy_while_ready(events) > 0.5
    stages = {
        "prepare",
        "read",
        "wait for a design",
        "paint",
        "wait to be packed",
        "finish",
        "pack",
        "upload",
    }
    assert stages <= {one["name"] for one in events}
    assert {one["args"]["shard"] for one in painted} == {0}
    assert sum(len(one["args"]["designs"]) for one in painted) == 15


def test_a_trace_is_what_viewers_read_and_a_killed_one_can_be_read_too(tmp_path):
    path = tmp_path / "trace.json"
    file = TraceFile(path)
    with listening(file):
        with span("paint", designs=["a"]):
            pass
        with span("pack", design="b"):
            pass
        killed = path.read_text()
    file.close()
    whole = json.loads(path.read_text())
    assert [one["ph"] for one in whole if one] == ["M", "M", "X", "X"]
    assert all({"pid", "tid", "name"} <= set(one) for one in whole if one)
    (tmp_path / "killed.json").write_text(killed + '{"pid": 1, "na')
    assert read_trace(tmp_path / "killed.json") == read_trace(path)


def test_a_trace_ends_after_as_much_as_a_viewer_bears(tmp_path):
    file = TraceFile(tmp_path / "trace.json", max_events=3)
    with listening(file):
        for _ in range(10):
            with span("paint"):
                pass
    file.close()
    assert sum(one["ph"] == "X" for one in read_trace(tmp_path / "trace.json")) == 3


def test_what_is_no_trace_is_told(tmp_path):
    (tmp_path / "x.json").write_text("{}")
    with pytest.raises(ValueError, match="is no trace of ours"):
        read_trace(tmp_path / "x.json")


def event(name, begin, end):
    return {"ph": "X", "name": name, "ts": 1e6 * begin, "dur": 1e6 * (end - begin), "args": {}}


def test_the_share_counts_only_while_a_design_is_ready():
    # painting 0-2, 3-5; a design ready at -1, another at 1, the third at 4
    # between 2 and 3 one waits ready: 4 of 5 s; had it been ready only at 3, that second would not count
    paint = [event("paint", 0, 2), event("paint", 3, 5)]
    prepared = [event("prepare", -2, -1), event("prepare", 0, 1)]
    assert busy_while_ready([*paint, *prepared]) == pytest.approx(4 / 5)
    late = [event("prepare", -2, -1), event("prepare", 0, 3)]
    assert busy_while_ready([*paint, *late]) == pytest.approx(1.0)
    assert gaps(paint) == pytest.approx([1.0])
