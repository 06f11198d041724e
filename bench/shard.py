"""Designs per hour of whole shards, and the share of the time in which the device does not paint.

    python bench/shard.py --size-px 384 --shard-size 16 --shards 2

Draws the demo catalog into a temporary folder (or copies content/ and style/ from ``--root``), renders
shards as the flow does, two at work on the device, without Prefect, and prints each run and the median.
``--delay-ms`` lets every call to the storage take longer, as a distant bucket would.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import yaml

from catalogs.demo import draw_demo
from catalogs.storage import Storage
from catalogs.storage.directory import DirectoryStorage
from flows import wiring
from flows.batch_run import BatchRun
from flows.equipment import SHARDS_PER_DEVICE, Device, Equipment, equipment, equipped
from flows.shards.claimed_shard import render_claimed_shard


class Distant:
    """A storage that answers later."""

    def __init__(self, inner: Storage, delay_s: float) -> None:
        self._inner = inner
        self._delay_s = delay_s

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        return self._later(found) if callable(found) else found

    def _later(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def later(*args: Any, **options: Any) -> Any:
            time.sleep(self._delay_s)
            return call(*args, **options)

        return later


def main() -> None:
    options = _options()
    with ExitStack() as stack:
        root = stack.enter_context(tempfile.TemporaryDirectory())
        storage = DirectoryStorage(root)
        if options.root:
            for folder in ("content", "style"):
                shutil.copytree(Path(options.root) / folder, Path(root) / folder)
        else:
            draw_demo(storage, long_side_px=max(640, options.size_px))
        batch = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "bench.yaml"
        batch.write_text(yaml.safe_dump(_batch(options)))
        distant: Any = Distant(storage, options.delay_ms / 1000) if options.delay_ms else storage
        stack.enter_context(equipped(Equipment(open_root=lambda _root: distant)))
        device = equipment().device(equipment().device_names(options.device)[0])
        print(
            f"{device.engine.device_name}, {device.engine.precision}, recipe {options.recipe}, "
            f"{options.size_px} px, {options.shards} × {options.shard_size} designs, "
            f"storage + {options.delay_ms:g} ms"
        )
        _render(batch, device, options)  # loads weights, fills the allocator
        results = []
        for number in range(options.runs):
            _forget(Path(root))
            results.append(_render(batch, device, options))
            print(f"run {number + 1}: {_told(*results[-1])}")
        print(f"median: {_told(*(statistics.median(column) for column in zip(*results, strict=True)))}")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(f"peak memory of the process: {peak / 2**20:.2f} GiB")


def _render(batch: Path, device: Device, options: argparse.Namespace) -> tuple[float, float]:
    """Render the batch; return designs per hour and the share of the time without painting."""
    run = wiring.plan_run(str(batch))
    busy_before, began = device.turns.busy_s, time.perf_counter()
    with ThreadPoolExecutor(SHARDS_PER_DEVICE) as pool:
        reports = list(pool.map(lambda one: _shard(run, one, options.device), run.missing_by_shard()))
    seconds = time.perf_counter() - began
    painted = sum(reports)
    return 3600 * painted / seconds, 1 - (device.turns.busy_s - busy_before) / seconds


def _shard(run: BatchRun, shard_id: int, device: str) -> int:
    report = render_claimed_shard(run, shard_id, device=device, wait=True)
    if report is None or report.failed:
        raise SystemExit(f"shard {shard_id} did not go well: {report}")
    return report.painted


def _forget(root: Path) -> None:
    for folder in ("designs", "thumbs", "batches"):
        shutil.rmtree(root / folder, ignore_errors=True)


def _told(designs_per_hour: float, not_painting: float) -> str:
    return f"{designs_per_hour:,.0f} designs per hour, {not_painting:.1%} of the time not painting"


def _batch(options: argparse.Namespace) -> dict[str, Any]:
    return {
        "name": "bench",
        "selection": {"kind": "sample", "count": options.shards * options.shard_size, "seed": 1},
        "recipes": [options.recipe],
        "sizes_px": [options.size_px],
        "shard_size": options.shard_size,
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--size-px", type=int, default=384)
    parser.add_argument("--recipe", default="toile")
    parser.add_argument("--shards", type=int, default=2)
    parser.add_argument("--shard-size", type=int, default=8)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--delay-ms", type=float, default=0.0)
    parser.add_argument("--root", default="", help="a folder with content/ and style/ catalogs of your own")
    return parser.parse_args()


if __name__ == "__main__":
    main()
