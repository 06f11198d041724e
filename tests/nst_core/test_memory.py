"""How much is painted at once, and what happens to a batch that does not fit."""

from dataclasses import replace

import pytest
import torch

from nst_core import memory
from nst_core.errors import OutOfMemory
from nst_core.memory import (
    GOOD_WINDOW_PX,
    HELD_BYTES,
    LEAST_PAIRS,
    LEAST_WINDOW_PX,
    LOOKED_AT_BYTES,
    PAIR_BYTES,
    SHARE_OF_FREE_MEMORY,
    Plan,
    is_out_of_memory,
    paint_in_halves,
    plan,
)

CPU = torch.device("cpu")
NO_MEMORY = "[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory"


def worker(fits: int, log: list[list[int]]):
    def work(batch, _plan):
        log.append(list(batch))
        if len(batch) > fits:
            raise RuntimeError(NO_MEMORY)
        return [item * 10 for item in batch]

    return work


def test_a_batch_that_does_not_fit_is_halved_and_stays_halved():
    log: list[list[int]] = []
    results = paint_in_halves(range(8), worker(2, log), plan=Plan(512 * 512, 8))
    assert results == [0, 10, 20, 30, 40, 50, 60, 70]
    assert log == [[0, 1, 2, 3, 4, 5, 6, 7], [0, 1, 2, 3], [0, 1], [2, 3], [4, 5], [6, 7]]


def test_one_design_that_does_not_fit_whole_is_looked_at_through_windows():
    tried = []

    def work(batch, plan):
        tried.append(plan.most_px)
        if plan.most_px is None or plan.most_px > 300_000:
            raise RuntimeError(NO_MEMORY)
        return list(batch)

    assert paint_in_halves([1, 2], work, plan=Plan(1024 * 1024, 1)) == [1, 2]
    # whole, halves, quarters; the second design begins with what fitted
    assert tried == [None, 524_288, 262_144, 262_144]


def test_one_design_that_never_fits_is_an_error_in_its_place():
    def work(batch, _plan):
        if 2 in batch:
            raise MemoryError
        return list(batch)

    results = paint_in_halves([1, 2, 3], work, plan=Plan(512 * 512, 2))
    assert results[0] == 1
    assert isinstance(results[1], OutOfMemory)
    assert results[2] == 3


def test_a_fixed_plan_is_not_tried_in_another_way():
    tried = []

    def work(batch, plan):
        tried.append(plan)
        raise MemoryError

    [result] = paint_in_halves([1], work, plan=Plan(4096 * 4096, 1, fixed=True))
    assert isinstance(result, OutOfMemory)
    assert len(tried) == 1


def test_other_errors_are_not_taken_for_a_lack_of_memory():
    def work(batch, _plan):
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    with pytest.raises(RuntimeError, match="shapes"):
        paint_in_halves([1], work, plan=Plan(1, 1))
    assert not is_out_of_memory(ValueError("can't allocate memory"))


def test_a_real_allocation_that_fails_is_recognised():
    with pytest.raises(RuntimeError) as caught:
        torch.empty(1 << 60, dtype=torch.uint8)
    assert is_out_of_memory(caught.value)


def with_free(monkeypatch: pytest.MonkeyPatch, gigabytes: float) -> None:
    monkeypatch.setattr(memory, "free_memory_bytes", lambda device: int(gigabytes * 1e9))


def test_a_batch_is_never_empty_and_never_larger_than_512_squared_on_a_cpu(monkeypatch):
    with_free(monkeypatch, 32)
    assert plan(2048, 2048, device=CPU, precision="fp32").batch == 1
    assert plan(512, 512, device=CPU, precision="bf16") == Plan(512 * 512, 1)
    assert plan(256, 256, device=CPU, precision="bf16").batch == 4
    assert plan(16, 16, device=CPU, precision="bf16").batch == 64


@pytest.mark.parametrize(("side", "gigabytes"), [(2048, 4), (4096, 6), (4096, 12), (8192, 32)])
def test_what_does_not_fit_whole_is_planned_in_windows_that_do(monkeypatch, side, gigabytes):
    with_free(monkeypatch, gigabytes)
    found = plan(side, side, device=CPU, precision="bf16")
    assert (found.batch, found.pixels) == (1, side * side)
    assert LEAST_PAIRS <= found.most_pairs <= 10
    held = side * side * (HELD_BYTES + found.most_pairs * PAIR_BYTES)
    assert held + found.most_px * LOOKED_AT_BYTES["bf16"] <= SHARE_OF_FREE_MEMORY * gigabytes * 1e9
    assert found.most_px >= GOOD_WINDOW_PX or found.most_pairs == LEAST_PAIRS


def test_a_box_is_planned_by_its_size_and_by_one_look_at_its_whole_picture(monkeypatch):
    with_free(monkeypatch, 10)
    assert plan(1024, 1024, device=CPU, precision="bf16").most_px is None
    assert plan(1024, 1024, of_px=2048 * 1536, device=CPU, precision="bf16").most_px is None
    # the box would fit, the look that scores 16 million px would not: 0.4 · 2500 B and 120 B each
    assert plan(1024, 1024, of_px=4096 * 4096, device=CPU, precision="bf16").most_px is not None
    with_free(monkeypatch, 32)
    assert plan(1024, 1024, of_px=4096 * 4096, device=CPU, precision="bf16").most_px is None
    assert plan(128, 128, of_px=512 * 512, device=CPU, precision="bf16").batch == 16


def test_with_next_to_nothing_free_the_least_is_tried(monkeypatch):
    with_free(monkeypatch, 0.1)
    found = plan(4096, 4096, device=CPU, precision="fp32")
    assert (found.batch, found.most_px, found.most_pairs) == (1, LEAST_WINDOW_PX, LEAST_PAIRS)


def test_a_deterministic_plan_does_not_ask_what_is_free(monkeypatch):
    plans = []
    for gigabytes in (0.1, 64):
        with_free(monkeypatch, gigabytes)
        monkeypatch.setattr(memory, "all_memory_bytes", lambda device: 16_000_000_000)
        plans.append([plan(n, n, device=CPU, precision="bf16", deterministic=True) for n in (256, 4096)])
    assert plans[0] == plans[1]
    small, large = plans[0]
    assert small == Plan(256 * 256, 1, fixed=True)
    assert large.fixed
    assert large.most_px is not None
    assert replace(large, fixed=False).smaller(1) is not None
