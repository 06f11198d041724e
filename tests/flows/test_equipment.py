"""Storages and engines are made once a process, and shards spread over the devices."""

from __future__ import annotations

from contextlib import ExitStack

from flows.equipment import Equipment, equipment, equipped
from tests.flows.fake_engine import FakeEngine


def two_devices(made: list[str]) -> Equipment:
    def make(device: str, deterministic: bool) -> FakeEngine:
        made.append(device)
        return FakeEngine()

    return Equipment(make_engine=make, find_devices=lambda: ["cuda:0", "cuda:1"])


def test_an_engine_is_made_once_a_device_however_often_it_is_used():
    made: list[str] = []
    tools = two_devices(made)
    for _ in range(3):
        with tools.borrowed("auto"):
            pass
    assert sorted(made) == ["cuda:0", "cuda:1"]


def test_four_shards_at_once_sit_two_on_each_device():
    tools = two_devices([])
    with ExitStack() as shards:
        names = [shards.enter_context(tools.borrowed("auto")).name for _ in range(4)]
    assert sorted(names) == ["cuda:0", "cuda:0", "cuda:1", "cuda:1"]


def test_a_named_device_is_taken_at_its_word():
    tools = two_devices([])
    with tools.borrowed("cuda:1") as device:
        assert device.name == "cuda:1"


def test_deterministic_painting_has_an_engine_of_its_own_that_takes_turns_with_the_other():
    asked: list[tuple[str, bool]] = []

    def make(device: str, deterministic: bool) -> FakeEngine:
        asked.append((device, deterministic))
        return FakeEngine()

    tools = Equipment(make_engine=make, find_devices=lambda: ["cuda:0"])
    with tools.borrowed("auto") as usual, tools.borrowed("auto", deterministic=True) as fixed:
        assert usual.engine is not fixed.engine
        assert usual.turns is fixed.turns
    with tools.borrowed("auto", deterministic=True) as again:
        assert again.engine is fixed.engine
    assert asked == [("cuda:0", False), ("cuda:0", True)]


def test_a_storage_is_opened_once_a_root():
    opened: list[str] = []
    tools = Equipment(open_root=lambda root: opened.append(root) or object())
    assert tools.storage("a") is tools.storage("a")
    tools.storage("b")
    assert opened == ["a", "b"]


def test_other_equipment_is_put_back_afterwards():
    before = equipment()
    with equipped(Equipment()) as other:
        assert equipment() is other
    assert equipment() is before
