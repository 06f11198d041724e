"""Several devices on one machine: each has one engine, all of them paint, and none paints twice at once."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from flows.equipment import equipped
from flows.nightly import nightly_designs
from tests.flows.fake_engine import FakeEngine

pytestmark = pytest.mark.usefixtures("prefect_api")


@dataclass
class WatchedEngine(FakeEngine):
    """Notes when it is asked to paint while it paints; its first batch waits for the other engine's."""

    together: threading.Barrier = field(default_factory=lambda: threading.Barrier(1))
    overlaps: int = 0
    _painting: threading.Lock = field(default_factory=threading.Lock)

    def paint(self, *given: Any, **named: Any) -> Any:
        if not self._painting.acquire(blocking=False):
            self.overlaps += 1
            return super().paint(*given, **named)
        try:
            if not self.batches:
                self.together.wait(timeout=30)
            return super().paint(*given, **named)
        finally:
            self._painting.release()

    paint_originals = paint


def test_two_devices_have_one_engine_each_share_the_shards_and_paint_one_batch_at_a_time(house):
    together = threading.Barrier(2)
    engines: dict[str, WatchedEngine] = {}

    def make(device: str, deterministic: bool) -> WatchedEngine:
        assert device not in engines
        engines[device] = WatchedEngine(batch=1, seconds=0.01, together=together)
        return engines[device]

    tools = replace(house.equipment(), make_engine=make, find_devices=lambda: ["cuda:0", "cuda:1"])
    with equipped(tools):
        result = nightly_designs(house.batch)
    assert (result["painted"], result["ok"]) == (15, 15)
    first, second = engines["cuda:0"].painted, engines["cuda:1"].painted
    assert first
    assert second
    assert len(set(first) | set(second)) == len(first) + len(second) == 15
    assert [engine.overlaps for engine in engines.values()] == [0, 0]
