"""How many designs fit beside each other, and what to do when the guess was wrong."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import torch

from nst_core.errors import OutOfMemory

# One optimisation step of VGG-16 to relu5_1 holds about this many bytes a pixel (measured at 512 px, bf16
# trunk: bench/step.py); an fp32 trunk holds twice as much.
BYTES_PER_PIXEL = {"bf16": 3_000, "fp32": 6_000}
# Batching gains at most 7 % on a CPU (bench/README.md), so a batch there only joins small pictures.
CPU_BATCH_PIXELS = 512 * 512
SHARE_OF_FREE_MEMORY = 0.8
MAX_BATCH = 64

Item = TypeVar("Item")
Result = TypeVar("Result")


def free_memory_bytes(device: torch.device) -> int:
    """Return the memory that a batch may still take on this device, bytes; a container's limit counts."""
    if device.type == "cuda":
        free, _total = torch.cuda.mem_get_info(device)
        return int(free)
    return min(_free_of_machine(), _free_of_container())


def batch_size(height_px: int, width_px: int, *, device: torch.device, precision: str) -> int:
    """Return how many pictures of this size to paint at once: at least 1, at most 64."""
    pixels = max(1, height_px * width_px)
    fits = int(SHARE_OF_FREE_MEMORY * free_memory_bytes(device) / (pixels * BYTES_PER_PIXEL[precision]))
    if device.type == "cpu":
        fits = min(fits, CPU_BATCH_PIXELS // pixels)
    return max(1, min(MAX_BATCH, fits))


def paint_in_halves(
    items: Sequence[Item], work: Callable[[Sequence[Item]], list[Result]], *, size: int
) -> list[Result | OutOfMemory]:
    """Do ``work`` on batches of ``size``; a batch that runs out of memory is done again in two halves.

    What is finished stays finished, and after a halving the smaller size is kept. A single item that does
    not fit gives an :class:`OutOfMemory` in its place.

    Returns:
        One result per item, in order.
    """
    results: list[Result | OutOfMemory] = []
    while len(results) < len(items):
        batch = items[len(results) : len(results) + size]
        try:
            results.extend(work(batch))
        except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
            _release_cached_memory()
            if len(batch) == 1:
                results.append(
                    OutOfMemory("one design at this size does not fit into memory; choose a smaller size_px")
                )
            size = max(1, len(batch) // 2)
    return results


def is_out_of_memory(error: BaseException) -> bool:
    """Tell whether an error means that memory ran out, on the device or on the machine."""
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    return isinstance(error, RuntimeError) and "can't allocate memory" in str(error)


def _release_cached_memory() -> None:
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def _free_of_machine() -> int:
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass  # not Linux: ask the system for its pages instead
    return int(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")) // 2


def _free_of_container() -> int:
    control_group = Path("/sys/fs/cgroup")
    try:
        limit = (control_group / "memory.max").read_text(encoding="ascii").strip()
        used = int((control_group / "memory.current").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 1 << 62  # no control group, so no limit from one
    return 1 << 62 if limit == "max" else max(0, int(limit) - used)
