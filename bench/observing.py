"""What logs, metrics and traces cost a shard: CPU time with and without them, in turns.

    python -m bench.observing --designs 60 --pairs 15

Renders shards of a small house whose engine paints at once, in this process, without Prefect: once watched by
nobody, once with JSON lines into a file, metrics into their files, and, where it is asked for, a trace. What
the second costs more is what a shard pays for being watched, whatever its engine does meanwhile.
"""

from __future__ import annotations

import argparse
import logging
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from pathlib import Path

from flows import wiring
from flows.equipment import equipped
from flows.observability.logs import OURS, JsonLines
from flows.observability.metrics import Metrics
from flows.observability.signals import listening
from flows.observability.trace import traced
from flows.shards.claimed_shard import render_claimed_shard
from tests.flows.small_house import SmallHouse

GARMENTS = 10
# A shard that such a share is told of.
SHARD_S = 30.0
Watching = Callable[[], AbstractContextManager[object]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--designs", type=int, default=60, help="of a shard; a multiple of 10")
    parser.add_argument("--pairs", type=int, default=15)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), asked.designs, asked.pairs)


def measure(folder: Path, designs: int, pairs: int) -> None:
    """Print what a shard costs watched and not, and the median of the differences."""
    for name in OURS:
        logging.getLogger(name).setLevel(logging.WARNING)
    metrics = Metrics(folder / "metrics")
    kinds: dict[str, Watching] = {
        "logs": lambda: _logged(folder / "log.jsonl"),
        "metrics": lambda: listening(metrics),
        "trace": lambda: traced(folder / "trace.json"),
    }
    all_but_trace = ("logs", "metrics")
    wanted = {"logs and metrics": all_but_trace, **{name: (name,) for name in kinds}}
    house = SmallHouse(folder)
    house.fill(
        [f"garment-{at}" for at in range(GARMENTS)], [f"textile-{at}" for at in range(designs // GARMENTS)]
    )
    house.write_batch(f"name: bench\nrecipes: [./laid.yaml]\nsizes_px: [32]\nshard_size: {designs}\n")
    with equipped(house.equipment()):
        for _ in range(2):  # imports, first files
            _cpu_s(house, nullcontext)
        for name, those in wanted.items():
            plain, more = [], []
            for _ in range(pairs):
                plain.append(_cpu_s(house, nullcontext))
                more.append(_cpu_s(house, lambda those=those: _all(kinds[one] for one in those)) - plain[-1])
            extra = statistics.median(more)
            print(
                f"{name}: {1000 * extra:.0f} ms of CPU time more for a shard of {designs} designs "
                f"(median of {pairs} pairs; {1000 * statistics.median(plain):.0f} ms without), "
                f"{extra / SHARD_S:.2%} of {SHARD_S:.0f} s",
                flush=True,
            )


def _cpu_s(house: SmallHouse, watching: Watching) -> float:
    """Return the CPU time of one shard, from its lease to its part."""
    for prefix in ("designs/", "thumbs/", "batches/", "claims/"):
        for found in list(house.storage.list(prefix)):
            house.storage.delete(found.key)
    run = wiring.plan_run(house.batch)
    try:
        with watching():
            began = time.process_time()
            report = render_claimed_shard(run, 0, device="cpu", wait=True)
            spent = time.process_time() - began
    finally:
        wiring.end_run(run)
    if report is None or report.painted != len(run.plan.render_ids):
        raise SystemExit(f"the shard did not go well: {report}")
    return spent


@contextmanager
def _logged(path: Path) -> Iterator[None]:
    """Write what happens as JSON lines into a file, as the worker's log takes them."""
    handler = logging.FileHandler(path)
    handler.setFormatter(JsonLines())
    loggers = [logging.getLogger(name) for name in OURS]
    for one in loggers:
        one.setLevel(logging.INFO)
        one.addHandler(handler)
    try:
        yield
    finally:
        for one in loggers:
            one.setLevel(logging.WARNING)
            one.removeHandler(handler)
        handler.close()


@contextmanager
def _all(those: Iterator[Watching]) -> Iterator[None]:
    with ExitStack() as stack:
        for one in those:
            stack.enter_context(one())
        yield


if __name__ == "__main__":
    main()
