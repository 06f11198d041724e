"""The long form: ``make chaos``, or ``python -m tests.chaos --faults 100 [--ray]``; prints the counts."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections import Counter
from dataclasses import asdict
from pathlib import Path

from tests.chaos.storm import storm
from tests.chaos.world import World
from tests.flows.children import painted


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.chaos", description=__doc__)
    parser.add_argument("--faults", type=int, default=100, help="so many kills")
    parser.add_argument("--seed", type=int, default=0, help="of moments, victims and weather")
    parser.add_argument("--seconds", type=float, default=0.2, help="that a design takes")
    parser.add_argument("--ray", action="store_true", help="paint on a Ray cluster, parts of which die, too")
    asked = parser.parse_args()
    for name in list(os.environ):
        if name.startswith(("AWS_", "PREFECT_API", "TOILE_")):
            del os.environ[name]
    began = time.monotonic()
    kind: type[World] = World
    if asked.ray:
        from tests.chaos.ray_world import RayWorld  # Ray takes seconds to load

        kind = RayWorld
    with tempfile.TemporaryDirectory() as folder:
        world = kind(Path(folder), seconds=asked.seconds, nan=2, poison=1, seed=asked.seed)
        try:
            accounts = storm(world, faults=asked.faults, say=lambda text: print(text, flush=True))
        finally:
            left = world.stop()
        log = painted(world.folder / "painted.log")
        found = {
            "minutes": round((time.monotonic() - began) / 60, 1),
            "done to it": dict(world.counts),
            "weather": dict(world.proxy.met),
            "painted": len(log),
            "of these again": sum(times - 1 for times in Counter(log).values()),
            "looks of a visitor": world.gallery.looks,
            "of these at something broken": len(world.gallery.flaws),
            "processes left": len(left),
            **asdict(accounts),
        }
    print(json.dumps(found, indent=2))
    return 0 if accounts.sound and not left else 1


if __name__ == "__main__":
    sys.exit(main())
