"""How much is painted and looked at at once, and what to do when the guess was wrong."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import torch

from nst_core.allocator import return_freed_memory
from nst_core.errors import OutOfMemory

# What a step of VGG-16 to relu5_1 takes for each px that the network looks at (bench/large.py; twice what is
# in use at a time, because the arena that it comes from is never in one piece)…
LOOKED_AT_BYTES = {"bf16": 2_500, "fp32": 5_000}
# … what is held for each px of the picture beside it: the canvas and the optimiser's state, and for each pair
# that L-BFGS remembers.
HELD_BYTES, PAIR_BYTES = 120, 12
USUAL_PAIRS, LEAST_PAIRS = 10, 3
# Looking without a way back, at a picture to score it or at 1.5 times as much cloth, takes this share of a
# step on it.
LOOKED_ONCE_SHARE = 0.4
# Batching gains at most 7 % on a CPU (bench/README.md), so a batch there only joins small pictures.
CPU_BATCH_PIXELS = 512 * 512
SHARE_OF_FREE_MEMORY = 0.85
# Of all memory a machine has, where what others leave free must not count.
SHARE_OF_ALL_MEMORY = 0.5
MAX_BATCH = 64
_CONTROL_GROUP = Path("/sys/fs/cgroup")
_NO_LIMIT = 1 << 62
# Windows of less than this are mostly margin.
LEAST_WINDOW_PX = 256 * 256
# Under this they are half margin: what L-BFGS remembers beyond its least comes second.
GOOD_WINDOW_PX = 640 * 640

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(frozen=True)
class Plan:
    """How designs of one size are painted.

    Args:
        pixels: of one of them.
        batch: how many at once.
        most_px: how many px of each the network looks at at once; None: all.
        most_pairs: how many pairs L-BFGS may remember; None: as many as the recipe says.
        fixed: what runs out of memory is not tried again in another way.
    """

    pixels: int
    batch: int
    most_px: int | None = None
    most_pairs: int | None = None
    fixed: bool = False

    def smaller(self, tried: int) -> Plan | None:
        """Return what to try when ``tried`` designs at once ran out of memory: half as many, half windows."""
        if self.fixed:
            return None
        if tried > 1:
            return replace(self, batch=tried // 2)
        half = (self.most_px or self.pixels) // 2
        if half < LEAST_WINDOW_PX:
            return None
        return replace(self, batch=1, most_px=half, most_pairs=self.most_pairs or USUAL_PAIRS)


def plan(
    height_px: int,
    width_px: int,
    *,
    of_px: int | None = None,
    device: torch.device,
    precision: str,
    deterministic: bool = False,
) -> Plan:
    """Return how to paint pictures, or boxes, of this size in the memory at hand.

    As many at once as fit, at least 1 and at most 64; one that does not fit is looked at through windows.

    Args:
        height_px, width_px: of what the steps work on in each picture.
        of_px: how many px the pictures have, where that is but a box in them; None: that is all.
        device: where it is painted.
        precision: of the trunk, ``bf16`` or ``fp32``.
        deterministic: one at a time, and windows by the memory that the machine has in all, so that neither
            neighbours nor what others leave free have a say.
    """
    pixels = max(1, height_px * width_px)
    looking = LOOKED_AT_BYTES[precision]
    of_px = max(pixels, of_px or 0)
    held, once = of_px * HELD_BYTES, of_px * LOOKED_ONCE_SHARE * looking
    whole = held + max(pixels * (USUAL_PAIRS * PAIR_BYTES + looking), once)
    if deterministic:
        memory = SHARE_OF_ALL_MEMORY * all_memory_bytes(device)
    else:
        memory = SHARE_OF_FREE_MEMORY * free_memory_bytes(device)
        if memory < whole:
            return_freed_memory()
            memory = SHARE_OF_FREE_MEMORY * free_memory_bytes(device)
    fits = int(memory / whole)
    if fits < 1:
        left = memory - held
        pairs = int((left - GOOD_WINDOW_PX * looking) / (pixels * PAIR_BYTES))
        pairs = max(LEAST_PAIRS, min(USUAL_PAIRS, pairs))
        most_px = int((left - pixels * pairs * PAIR_BYTES) / looking)
        return Plan(pixels, 1, max(LEAST_WINDOW_PX, most_px), pairs, fixed=deterministic)
    if deterministic:
        return Plan(pixels, 1, fixed=True)
    if device.type == "cpu":
        fits = min(fits, CPU_BATCH_PIXELS // pixels)
    return Plan(pixels, max(1, min(MAX_BATCH, fits)))


def free_memory_bytes(device: torch.device) -> int:
    """Return the memory that a batch may still take on this device, bytes; a container's limit counts."""
    if device.type == "cuda":
        free, _total = torch.cuda.mem_get_info(device)
        # What torch holds and does not use is at hand too.
        return int(free) + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    return min(_of_machine("MemAvailable"), _free_of_container())


def all_memory_bytes(device: torch.device) -> int:
    """Return the memory that the device has, or a container may take of it, bytes."""
    if device.type == "cuda":
        return int(torch.cuda.get_device_properties(device).total_memory)
    return min(_of_machine("MemTotal"), _limit_of_container())


def paint_in_halves(
    items: Sequence[Item], work: Callable[[Sequence[Item], Plan], list[Result]], *, plan: Plan
) -> list[Result | OutOfMemory]:
    """Do ``work`` on batches of a plan; a batch that runs out of memory is done again in two halves.

    A single item that does not fit is looked at through windows, then through smaller ones. What is finished
    stays finished, and after a halving the smaller plan is kept. What does not fit in any way gives an
    :class:`OutOfMemory` in its place.

    Returns:
        One result per item, in order.
    """
    results: list[Result | OutOfMemory] = []
    while len(results) < len(items):
        batch = items[len(results) : len(results) + plan.batch]
        try:
            results.extend(work(batch, plan))
            continue
        except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
        # Out of the handler: the error holds the frames that hold the tensors.
        _release_cached_memory()
        smaller = plan.smaller(len(batch))
        if smaller is None:
            results.append(
                OutOfMemory("one design at this size does not fit into memory; choose a smaller size_px")
            )
        else:
            plan = smaller
    return results


def is_out_of_memory(error: BaseException) -> bool:
    """Tell whether an error means that memory ran out, on the device or on the machine."""
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    return isinstance(error, RuntimeError) and "can't allocate memory" in str(error)


def _release_cached_memory() -> None:
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def _of_machine(name: str) -> int:
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass  # not Linux: ask the system for its pages instead
    return int(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")) // 2


def _limit_of_container() -> int:
    try:
        limit = (_CONTROL_GROUP / "memory.max").read_text(encoding="ascii").strip()
    except OSError:
        return _NO_LIMIT  # no control group, so no limit from one
    return _NO_LIMIT if limit == "max" else int(limit)


def _free_of_container() -> int:
    limit = _limit_of_container()
    if limit == _NO_LIMIT:
        return limit
    used = int((_CONTROL_GROUP / "memory.current").read_text(encoding="ascii"))
    return max(0, limit - used)
