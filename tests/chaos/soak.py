"""Small nights one after the other on one stack, and whether memory and open files stay flat: ``make soak``.

Every process of the stack is looked at after each night. The first third of the time is warming up; what the
last third has more than the second, by their medians, is growth. SeaweedFS is a program of others that keeps
memory as it likes: for it there is a ceiling.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from flows.shards.process_identity import PROC
from flows.stack.processes import MARK, MARK_OF_SERVICE, marked
from tests.chaos.accounts import accounts_of
from tests.chaos.proxy import Weather
from tests.chaos.world import WORKERS, World, is_run

STORE = "store"
SERVICES = ("server", STORE, *WORKERS)
# What a process may have more in the last third than in the second.
MOST_MB = 16.0
MOST_FILES = 8.0
MOST_MB_OF_STORE = 768.0
MINUTES_OF_A_NIGHT = 5.0
# So long a process may take to end after its run did.
PATIENCE_S = 60.0


@dataclass
class Curve:
    """What was measured of one process, over the hours since the stack stood."""

    hours: list[float] = field(default_factory=list)
    values: list[float] = field(default_factory=list)

    def add(self, hours: float, value: float) -> None:
        """Add a measurement, later than the others."""
        self.hours.append(hours)
        self.values.append(value)

    def third(self, number: int) -> float:
        """Return the median of the first, second or last third of the time."""
        end = self.hours[-1] / 3
        found = [
            value
            for hours, value in zip(self.hours, self.values, strict=True)
            if (number - 1) * end <= hours <= number * end
        ]
        return statistics.median(found or self.values[-1:])

    @property
    def growth(self) -> float:
        """What the last third has more than the second."""
        return self.third(3) - self.third(2)

    def told(self) -> dict[str, float]:
        """Return the curve in four numbers."""
        return {
            "first": round(self.values[0], 1),
            "second third": round(self.third(2), 1),
            "last third": round(self.third(3), 1),
            "most": round(max(self.values), 1),
        }


@dataclass
class Soak:
    """What was measured of every service, and of the flow runs by their peaks."""

    mb: dict[str, Curve] = field(default_factory=dict)
    files: dict[str, Curve] = field(default_factory=dict)

    def look(self, world: World, hours: float, nights: int) -> None:
        """Measure what lives now, and the peak of the last of so many runs.

        Raises:
            TimeoutError: its process did not end.
        """
        for name, (mb, files) in measured(world).items():
            self.mb.setdefault(name, Curve()).add(hours, mb)
            self.files.setdefault(name, Curve()).add(hours, files)
        self.mb.setdefault("flow (peak)", Curve()).add(hours, _last_peak(world.folder / "peaks.log", nights))

    @property
    def leaks(self) -> list[str]:
        """What grows faster than it may."""
        found = [(f"{name}: MB", curve.growth, MOST_MB) for name, curve in self.mb.items() if name != STORE]
        found += [(f"{name}: files", curve.growth, MOST_FILES) for name, curve in self.files.items()]
        found.append((f"{STORE}: MB in all", max(self.mb[STORE].values), MOST_MB_OF_STORE))
        return [f"{what} {growth:+.1f}, at most {most}" for what, growth, most in found if growth > most]


def soak(world: World, *, minutes: float) -> tuple[Soak, int]:
    """Begin night after night for so long, each with everything to do; return the curves and their number.

    Raises:
        AssertionError: a night does not end sound.
        TimeoutError: a night does not end.
    """
    found, nights, began = Soak(), 0, time.monotonic()
    while (hours := (time.monotonic() - began) / 3600) * 60 < minutes or nights < 2:
        if nights:
            found.look(world, hours, nights)
            world.throw_away()
        world.finish(world.begin(), within_s=60 * MINUTES_OF_A_NIGHT)
        nights += 1
        accounts = accounts_of(world.house.storage, "demo")
        if not accounts.sound or world.slots() or world.gallery.flaws:
            raise AssertionError(f"night {nights} ended with {accounts}; {world.gallery.flaws[:5]}")
    return found, nights


def _last_peak(log: Path, runs: int) -> float:
    """Return the peak of the last of so many runs, MB, which its process tells as it ends."""
    began = time.monotonic()
    while len(peaks := log.read_text().split() if log.exists() else []) < runs:
        if time.monotonic() - began > PATIENCE_S:
            raise TimeoutError(f"{runs} runs are over and {len(peaks)} of their processes")
        time.sleep(0.2)
    return int(peaks[-1]) / 1024


def measured(world: World) -> Mapping[str, tuple[float, int]]:
    """Return resident memory, MB, and open files of each service, with what it started but for flow runs."""
    found: dict[str, tuple[float, int]] = {}
    for name in SERVICES:
        pids = [
            one.pid
            for one in marked({MARK: str(world.settings.state), MARK_OF_SERVICE: name})
            if not is_run(one)
        ]
        looks = [look for pid in pids if (look := _look(pid)) is not None]
        found[name] = sum(mb for mb, _ in looks), sum(files for _, files in looks)
    return found


def _look(pid: int) -> tuple[float, int] | None:
    try:
        pages = int((PROC / str(pid) / "statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6, len(list((PROC / str(pid) / "fd").iterdir()))
    except OSError:  # gone meanwhile
        return None


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.chaos.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0, help="so long")
    asked = parser.parse_args()
    for name in list(os.environ):
        if name.startswith(("AWS_", "PREFECT_API", "TOILE_")):
            del os.environ[name]
    with tempfile.TemporaryDirectory() as folder:
        calm = Weather(errors=0, cut=0, resets=0, stalls=0)
        world = World(Path(folder), designs=(4, 3), seconds=0.02, weather=calm)
        try:
            found, nights = soak(world, minutes=asked.minutes)
        finally:
            left = world.stop()
    told = {
        "minutes": asked.minutes,
        "nights": nights,
        "memory, MB": {name: curve.told() for name, curve in found.mb.items()},
        "open files": {name: curve.told() for name, curve in found.files.items()},
        "grows too fast": found.leaks,
        "processes left": len(left),
    }
    print(json.dumps(told, indent=2))  # noqa: T201 (the answer)
    return 1 if found.leaks or left else 0


if __name__ == "__main__":
    sys.exit(main())
