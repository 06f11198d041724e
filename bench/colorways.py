"""A thousand colorways as one batch: seconds, of the clock and of the processor, and memory.

    python bench/colorways.py --designs 50 --palettes 20 --size-px 512

Draws the demo catalog into a temporary folder and renders designs of garments in textiles as they are laid,
without any steps, first in their own colours; then the same batch with colorways, whose designs are there
and whose colorways are made, encoded and written. Shards run as the flow runs them, without Prefect.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import yaml

from catalogs.demo import draw_demo
from catalogs.storage.directory import DirectoryStorage
from flows import wiring
from flows.equipment import SHARDS_PER_DEVICE, Equipment, equipped
from flows.shards.claimed_shard import render_claimed_shard

LAID = {"extends": "toile", "optimise": None}
SHORTEST, LONGEST = 3, 7


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory() as folder:
        storage = DirectoryStorage(f"{folder}/bucket")
        draw_demo(storage, long_side_px=640)
        Path(folder, "laid.yaml").write_text(yaml.safe_dump(LAID))
        batch = Path(folder, "season.yaml")
        told = {"recipes": ["./laid.yaml"], "sizes_px": [options.size_px], "shard_size": 21}
        # Of eight garments in eight textiles each; max_designs counts colorways too.
        told["styles"] = ["check", "floral", "houndstooth", "ikat", "paisley", "shibori", "stripe", "waves"]
        told["selection"] = {"kind": "sample", "count": options.designs}
        with equipped(Equipment(open_root=lambda _root: storage)):
            batch.write_text(yaml.safe_dump(told))
            _timed(batch, "in their own colours")
            told["colorways"] = {"palettes": _palettes(options.palettes)}
            batch.write_text(yaml.safe_dump(told))
            _timed(batch, "colorways")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"peak {peak:.2f} GiB")


def _timed(batch: Path, what: str) -> None:
    run = wiring.plan_run(str(batch))
    missing = run.missing_by_shard()
    clock, processor = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(SHARDS_PER_DEVICE) as pool:
        reports = list(
            pool.map(lambda one: render_claimed_shard(run, one, device="auto", wait=False), missing)
        )
    clock, processor = time.perf_counter() - clock, time.process_time() - processor
    wiring.end_run(run)
    painted = sum(report.painted for report in reports if report)
    print(
        f"{painted:,} {what}: {clock:.1f} s, {processor:.1f} s of the processor, "
        f"{1000 * processor / max(painted, 1):.0f} ms each"
    )


def _palettes(count: int) -> dict[str, list[str]]:
    chance = np.random.default_rng(27)
    sizes = chance.integers(SHORTEST, LONGEST, count).tolist()
    return {
        f"palette {number:02d}": [f"#{colour:06x}" for colour in chance.integers(0, 1 << 24, size).tolist()]
        for number, size in enumerate(sizes)
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--designs", type=int, default=50)
    parser.add_argument("--palettes", type=int, default=20)
    parser.add_argument("--size-px", type=int, default=512)
    return parser.parse_args()


if __name__ == "__main__":
    main()
