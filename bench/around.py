"""What a night costs before its first design and between its shards, on a real server and worker.

    python -m bench.around --shards 8 --shard-s 30

Starts the stack as ``toile up`` does, tells it of the deployment, and begins a run as its page does. The
engine only waits, so that all time which is not its waiting is ours: the start of services, the way of a run
to its first design, the gaps between shards, and the end from the last design to the run's Completed.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from flows.deployments.applying import Pool, apply
from flows.deployments.deployment import Deployment
from flows.stack.asking import ask
from flows.stack.settings import POOL, StackSettings
from flows.stack.starting import start
from flows.stack.stopping import stop
from tests.flows import stub_flows
from tests.flows.small_house import SmallHouse

DESIGNS_A_SHARD = 60
GARMENTS = 12
NAME = "nightly-designs"
_LOOK_AGAIN_S = 0.005


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--shards", type=int, default=8)
    parser.add_argument("--shard-s", type=float, default=30.0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder), asked.shards, asked.shard_s)


def measure(folder: Path, shards: int, shard_s: float) -> None:
    """Run one night and print what it took besides painting."""
    designs = shards * DESIGNS_A_SHARD
    house = SmallHouse(folder)
    house.write_batch(
        f"name: around\nrecipes: [./laid.yaml]\nsizes_px: [32]\nshard_size: {DESIGNS_A_SHARD}\n"
    )
    house.fill(
        [f"garment-{at}" for at in range(GARMENTS)], [f"textile-{at}" for at in range(designs // GARMENTS)]
    )
    each_s = shard_s / DESIGNS_A_SHARD
    os.environ |= stub_flows.environment(folder) | {stub_flows.SECONDS: str(each_s)}
    state = folder / "stack"
    began = time.monotonic()
    settings, _ = start(StackSettings(state=state, port=0, root=house.root))
    print(f"up and ready: {time.monotonic() - began:.1f} s", flush=True)
    try:
        night = Deployment(NAME, "tests.flows.stub_flows.nightly_designs", "the night")
        deployment = apply([night], Pool(POOL), settings.api)[0].id
        body = {"parameters": {"batch": house.batch}, "state": {"type": "SCHEDULED"}}
        began = time.monotonic()
        run = ask(settings.api, f"/deployments/{deployment}/create_flow_run", body)["id"]
        log = folder / "painted.log"
        _wait(log.exists, within_s=300)
        first = time.monotonic() - each_s
        print(f"begun to its first design: {first - began:.1f} s", flush=True)
        whole = designs * len(f"{'0' * 32}\n")
        _wait(lambda: log.stat().st_size >= whole, within_s=60 + 2 * shards * shard_s)
        last = time.monotonic()
        _wait(lambda: _state(settings.api, run) in ("COMPLETED", "FAILED", "CRASHED"), within_s=300)
        ended = time.monotonic()
    finally:
        stop(state)
    around = (last - first) / (designs * each_s) - 1
    print(f"{shards} shards of {shard_s:.0f} s: {around:.2%} more than painting, from first to last design")
    print(f"last design to the run's end: {ended - last:.1f} s")
    print(f"designs: {house.statuses('around')}")


def _state(api: str, run: str) -> str:
    time.sleep(0.2)
    return str(ask(api, f"/flow_runs/{run}")["state_type"])


def _wait(happens: Callable[[], bool], *, within_s: float) -> None:
    until = time.monotonic() + within_s
    while not happens():
        if time.monotonic() > until:
            raise SystemExit(f"nothing happened within {within_s:.0f} s")
        time.sleep(_LOOK_AGAIN_S)


if __name__ == "__main__":
    main()
