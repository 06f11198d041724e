"""What the machinery around the painting costs, from a thousand designs to a million.

    python -m bench.scale --designs 1000 10000 100000 --waves-at-once 2

Starts Prefect's server and a worker of its own, draws catalogs of tiny pictures, and runs the night's flow
with an engine that paints at once: what is left is planning, files, rows, waves, publication and report. Then
it counts: every planned design one row, one image and one thumbnail, latest.json names the manifest's bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import math
import multiprocessing
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

import pyarrow.compute as pc
from prefect.settings import PREFECT_API_URL, temporary_settings

from catalogs.layout import DESIGNS_PREFIX, THUMBS_PREFIX, manifest_key
from catalogs.plan import read_plan
from catalogs.publication import read_latest, read_manifest
from flows.deployments.applying import Pool, apply
from flows.deployments.deployment import Deployment
from flows.deployments.table import WAVES
from flows.equipment import equipped
from flows.progress import Snapshot, watching
from flows.shards.shard import Pace
from flows.stack.settings import POOL, StackSettings
from flows.stack.starting import start
from flows.stack.stopping import stop
from tests.flows import stub_flows
from tests.flows.small_house import SmallHouse

BATCH = """
name: scale
recipes: [./laid.yaml]
sizes_px: [32]
shard_size: 64
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--designs", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--waves-at-once", type=int, default=2)
    parser.add_argument("--folder", help="where the buckets go for a while; a million designs take 9 GB")
    asked = parser.parse_args()
    print("| designs | shards | plan s | paint s | publish s | all s | ms each | this GB | waves GB | lost |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    sys.stdout.flush()
    for designs in asked.designs:
        # in a process of its own: Prefect's threads would go on asking for the server of the size before
        night = multiprocessing.get_context("spawn").Process(
            target=show, args=(designs, asked.waves_at_once, asked.folder)
        )
        night.start()
        night.join()
        if night.exitcode:
            return 1
    return 0


def show(designs: int, waves_at_once: int, beside: str | None) -> None:
    """Measure one night in a folder of its own and print its row."""
    with tempfile.TemporaryDirectory(dir=beside) as folder:
        shown = measure(Path(folder), designs, waves_at_once)
    print("| " + " | ".join(shown) + " |", flush=True)


def measure(folder: Path, designs: int, waves_at_once: int) -> list[str]:
    """Run one night of so many designs, and return the cells of its row."""
    contents = next(count for count in range(math.isqrt(designs), 0, -1) if designs % count == 0)
    styles = designs // contents
    house = SmallHouse(folder, pace=Pace())
    house.write_batch(BATCH)
    house.fill([f"garment-{at:05}" for at in range(contents)], [f"textile-{at:05}" for at in range(styles)])
    os.environ |= stub_flows.environment(folder)
    state = folder / "stack"
    settings, _ = start(StackSettings(state=state, port=0, root=house.root))
    try:
        stub = Deployment(WAVES, "tests.flows.stub_flows.render_wave", "waves", at_once=None)
        apply([stub], Pool(POOL), settings.api)
        with temporary_settings({PREFECT_API_URL: settings.api}):
            seconds = _night(house, waves_at_once)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    finally:
        stop(state)
    lost = _lost(house, designs)
    whole = sum(seconds.values())
    peaks = [int(line) for line in _lines(folder / "peaks.log")]
    return [
        f"{designs:,}",
        f"{len(read_plan(house.storage, 'scale').shard_ids):,}",
        *(f"{seconds.get(phase, 0):.1f}" for phase in ("planning", "painting", "publishing")),
        f"{whole:.1f}",
        f"{1e3 * whole / designs:.2f}",
        f"{peak / 2**20:.2f}",
        f"{max(peaks, default=0) / 2**20:.2f}",
        str(lost),
    ]


def _night(house: SmallHouse, waves_at_once: int) -> dict[str, float]:
    from flows.nightly import nightly_designs

    seconds: dict[str, float] = {}
    last = [time.monotonic()]
    phase = ["planning"]

    def note(snapshot: Snapshot) -> None:
        if snapshot.phase != phase[0]:
            now = time.monotonic()
            seconds[phase[0]] = seconds.get(phase[0], 0.0) + now - last[0]
            last[0], phase[0] = now, str(snapshot.phase)

    with equipped(house.equipment()), watching(note):
        nightly_designs(house.batch, root=house.root, waves_at_once=waves_at_once)
    return seconds


def _lost(house: SmallHouse, designs: int) -> int:
    """Return how many designs lack a row, an image or a thumbnail, or have one too many."""
    manifest = read_manifest(house.storage, "scale", columns=("design_id", "status"))
    ok = pc.sum(pc.equal(manifest.column("status"), "ok")).as_py()
    unique = len(pc.unique(manifest.column("design_id")))
    images = sum(1 for _ in house.storage.list(DESIGNS_PREFIX))
    thumbs = sum(1 for _ in house.storage.list(THUMBS_PREFIX))
    named = read_latest(house.storage).sha256
    there = hashlib.sha256(house.storage.read(manifest_key("scale"))).hexdigest()
    if named != there:
        raise SystemExit(f"latest.json names {named[:12]}…, the manifest is {there[:12]}…")
    return sum(abs(designs - count) for count in (ok, unique, images, thumbs, len(manifest)))


def _lines(file: Path) -> list[str]:
    return file.read_text().split() if file.exists() else []


if __name__ == "__main__":
    sys.exit(main())
