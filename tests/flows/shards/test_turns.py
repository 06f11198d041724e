"""One batch at a time on a device, and the older shard first."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from flows.shards.turns import Turns


def test_only_one_thread_has_the_device():
    turns, inside, most = Turns(), 0, 0
    lock = threading.Lock()

    def work(_: int) -> None:
        nonlocal inside, most
        ticket = turns.ticket()
        for _ in range(20):
            with turns.mine(ticket):
                with lock:
                    inside += 1
                    most = max(most, inside)
                with lock:
                    inside -= 1

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))
    assert most == 1


def test_whoever_came_first_goes_first_whenever_both_wait():
    turns = Turns()
    holder, old, young = turns.ticket(), turns.ticket(), turns.ticket()
    order: list[str] = []

    def paint(name: str, ticket: int) -> None:
        with turns.mine(ticket):
            order.append(name)

    with turns.mine(holder):
        later = threading.Thread(target=paint, args=("young", young))
        later.start()
        _until(lambda: len(turns._waiting) == 1)
        earlier = threading.Thread(target=paint, args=("old", old))
        earlier.start()
        _until(lambda: len(turns._waiting) == 2)
    later.join()
    earlier.join()
    assert order == ["old", "young"]


def test_a_batch_that_fails_frees_the_device():
    turns = Turns()
    with pytest.raises(ValueError, match="no"), turns.mine(turns.ticket()):
        raise ValueError("no")
    with turns.mine(turns.ticket()):
        pass


def test_the_time_in_use_is_the_sum_of_the_turns():
    turns = Turns()
    for _ in range(3):
        with turns.mine(turns.ticket()):
            time.sleep(0.01)
    assert turns.busy_s >= 0.03


def _until(true, seconds: float = 10) -> None:
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends
        time.sleep(0.001)
