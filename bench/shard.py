"""Designs per hour of whole shards, and the share of the time in which the device does not paint.

    python bench/shard.py --size-px 384 --shard-size 16 --shards 2
    python bench/shard.py --size-px 384 --shard-size 16 --shards 2 --s3

Draws the demo catalog into a temporary folder (or copies content/ and style/ from ``--root``), renders
shards as the flow does, two at work on the device, without Prefect, and prints each run and the median.
``--delay-ms`` lets every call to the storage take longer, as a distant bucket would. ``--s3`` starts
SeaweedFS too and paints the same in its bucket, in turns with the folder.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import yaml

from catalogs.demo import draw_demo
from catalogs.storage import Storage, open_storage
from catalogs.storage.directory import DirectoryStorage
from configs.loading import load_storage
from flows import wiring
from flows.batch_run import BatchRun
from flows.equipment import SHARDS_PER_DEVICE, Device, Equipment, equipment, equipped
from flows.shards.claimed_shard import render_claimed_shard
from flows.stack.services import store
from flows.stack.settings import StackSettings
from flows.stack.starting import start
from flows.stack.stopping import stop


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
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        places: dict[str, Storage] = {"folder": DirectoryStorage(folder / "bucket")}
        if options.s3:
            places["S3"] = stack.enter_context(_store(folder / "stack"))
        for storage in places.values():
            _fill(storage, options)
        batch = folder / "bench.yaml"
        batch.write_text(yaml.safe_dump(_batch(options)))
        distant: dict[str, Any] = {
            name: Distant(storage, options.delay_ms / 1000) if options.delay_ms else storage
            for name, storage in places.items()
        }
        stack.enter_context(equipped(Equipment(open_root=lambda root: distant[root])))
        device = equipment().device(equipment().device_names(options.device)[0])
        print(
            f"{device.engine.device_name}, {device.engine.precision}, recipe {options.recipe}, "
            f"{options.size_px} px, {options.shards} × {options.shard_size} designs, "
            f"storage + {options.delay_ms:g} ms"
        )
        _render(batch, "folder", device, options)  # loads weights, fills the allocator
        results: dict[str, list[tuple[float, float]]] = {name: [] for name in places}
        for number in range(options.runs):
            for name, storage in places.items():
                _forget(storage)
                results[name].append(_render(batch, name, device, options))
                print(f"run {number + 1}, {name}: {_told(*results[name][-1])}", flush=True)
        for name, runs in results.items():
            print(f"median, {name}: {_told(*(statistics.median(each) for each in zip(*runs, strict=True)))}")
        if options.s3:
            pairs = zip(results["S3"], results["folder"], strict=True)
            print(
                f"S3 to folder, median of pairs: {statistics.median(s3[0] / own[0] for s3, own in pairs):.3f}"
            )
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(f"peak memory of the process: {peak / 2**20:.2f} GiB")


@contextmanager
def _store(state: Path) -> Iterator[Storage]:
    """Start SeaweedFS with the folder's storage file and keys, and yield its bucket."""
    file = state / "storage.yaml"
    settings = StackSettings(state=state, s3=True, s3_port=0, storage_file=str(file))
    made, _ = start(settings, make=lambda one: [service for service in [store.service(one)] if service])
    try:
        os.environ["AWS_SHARED_CREDENTIALS_FILE"] = str(made.store / "credentials")
        yield open_storage(load_storage(file))
    finally:
        stop(state)


def _fill(storage: Storage, options: argparse.Namespace) -> None:
    if not options.root:
        draw_demo(storage, long_side_px=max(640, options.size_px))
        return
    own = DirectoryStorage(options.root)
    for kind in ("content/", "style/"):
        for found in own.list(kind):
            storage.write_atomic(found.key, own.read(found.key))


def _render(batch: Path, root: str, device: Device, options: argparse.Namespace) -> tuple[float, float]:
    """Render the batch; return designs per hour and the share of the time without painting."""
    run = wiring.plan_run(str(batch), root=root)
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


def _forget(storage: Storage) -> None:
    for prefix in ("designs/", "thumbs/", "batches/", "tiles/"):
        for found in storage.list(prefix):
            storage.delete(found.key)


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
    parser.add_argument("--s3", action="store_true", help="SeaweedFS against the folder")
    parser.add_argument("--root", default="", help="a folder with content/ and style/ catalogs of your own")
    return parser.parse_args()


if __name__ == "__main__":
    main()
