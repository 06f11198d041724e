"""The short form: a few deaths and bad weather in one night, and nothing is lost."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.proxy import Weather
from tests.chaos.storm import storm
from tests.chaos.world import World
from tests.flows import stub_flows
from tests.flows.children import painted

# so that they are taken away again
SET_BY_A_WORLD = (stub_flows.HOUSE, stub_flows.SECONDS, "AWS_SHARED_CREDENTIALS_FILE", "PYTHONPATH")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(("AWS_", "PREFECT_API", "TOILE_")):
                patch.delenv(name)
        for name in SET_BY_A_WORLD:
            patch.setenv(name, "")
        weather = Weather(stall_s=2.0)
        made = World(tmp_path, designs=(8, 5), seconds=0.1, weather=weather, nan=2, seed=7)
        yield made
        left = made.stop()
    assert left == []


def test_a_night_of_deaths_and_bad_weather_loses_nothing(world: World):
    accounts = storm(world, faults=4, longest_pause_s=3.0)
    assert accounts.sound
    # of 8 x 5 designs two leave the real numbers: rows with reasons
    assert accounts.statuses == {"ok": 38, "failed": 2}
    assert world.proxy.met["errors"]
    assert world.gallery.looks
    # each death costs at most the designs that were painted and not yet uploaded, in two shards of four
    again = [times - 1 for times in Counter(painted(world.folder / "painted.log")).values()]
    deaths = sum(count for name, count in world.counts.items() if name.endswith("killed"))
    assert sum(again) <= 8 * (deaths + world.counts["Crashed"])
