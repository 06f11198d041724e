"""A batch that does not fit is painted in halves, and nothing that is done is done again."""

import pytest
import torch

from nst_core.errors import OutOfMemory
from nst_core.memory import batch_size, is_out_of_memory, paint_in_halves


def worker(fits: int, log: list[list[int]]):
    def work(batch):
        log.append(list(batch))
        if len(batch) > fits:
            raise RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory")
        return [item * 10 for item in batch]

    return work


def test_a_batch_that_does_not_fit_is_halved_and_stays_halved():
    log: list[list[int]] = []
    assert paint_in_halves(range(8), worker(2, log), size=8) == [0, 10, 20, 30, 40, 50, 60, 70]
    assert log == [[0, 1, 2, 3, 4, 5, 6, 7], [0, 1, 2, 3], [0, 1], [2, 3], [4, 5], [6, 7]]


def test_one_design_that_never_fits_is_an_error_in_its_place():
    def work(batch):
        if 2 in batch:
            raise MemoryError
        return list(batch)

    results = paint_in_halves([1, 2, 3], work, size=2)
    assert results[0] == 1
    assert isinstance(results[1], OutOfMemory)
    assert results[2] == 3


def test_other_errors_are_not_taken_for_a_lack_of_memory():
    def work(batch):
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    with pytest.raises(RuntimeError, match="shapes"):
        paint_in_halves([1], work, size=1)
    assert not is_out_of_memory(ValueError("can't allocate memory"))


def test_a_real_allocation_that_fails_is_recognised():
    with pytest.raises(RuntimeError) as caught:
        torch.empty(1 << 60, dtype=torch.uint8)
    assert is_out_of_memory(caught.value)


def test_a_batch_is_never_empty_and_never_larger_than_512_squared_on_a_cpu():
    cpu = torch.device("cpu")
    assert batch_size(8192, 8192, device=cpu, precision="fp32") == 1
    assert batch_size(256, 256, device=cpu, precision="bf16") <= 4
    assert batch_size(16, 16, device=cpu, precision="bf16") <= 64
