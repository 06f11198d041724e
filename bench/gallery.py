"""How fast the gallery is at a million designs: ``python -m bench.gallery``.

Writes manifests into a temporary folder, starts ``toile gallery`` on it and asks as a browser would. Prints a
table for ``bench/README.md``: wall time, which counts on quiet cores alone, and the server's CPU time, which
can be compared on busy ones. Every asking is another view, as far as there are, so that what is remembered
from the one before helps as little as it helps people.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from bench.gallery_clicks import Clicks, crowd, kinds
from bench.gallery_rows import THUMBS, write_manifest, write_thumbs
from bench.gallery_server import Server

NIGHTS = tuple(f"nightly-202611{day:02}" for day in range(1, 21))
NEXT_NIGHT_ROWS = 3_000
_SETTLED_S = 60.0


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=25, help="how often each kind of question is asked")
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--minutes", type=float, default=5.0, help="for which they click; 0 leaves them out")
    parser.add_argument("--keep", type=Path, help="folder for the manifests, used again if they are there")
    parser.add_argument("--one-manifest", action="store_true", help="leave the other ways to a million out")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="toile-bench-") as folder:
        place = asked.keep or Path(folder)
        say("what", "wanted", "wall", "server's CPU")
        say("---", "---", "---", "---")
        one_manifest(place / "one", asked)
        if not asked.one_manifest:
            many_manifests(place, asked.rows)
    return 0


def one_manifest(root: Path, asked: argparse.Namespace) -> None:
    """Measure everything on one manifest of all rows."""
    if not (root / "latest.json").exists():
        write_manifest(root, "million", range(asked.rows), nights=NIGHTS)
    thumbs = write_thumbs(root, range(THUMBS))
    with Server(root) as server:
        tell_start(f"one manifest of {asked.rows:,} rows", server, "3 s, 600 MB")
        clicks = Clicks(1, asked.rows, thumbs)
        wait_until_alike(server, clicks)
        for name, wanted_ms, addresses in kinds(clicks):
            walls, cpu_s = [], server.cpu_s()
            for _ in range(asked.times):
                start = time.perf_counter()
                for address in addresses():
                    server.ask(address)
                walls.append(time.perf_counter() - start)
            told = f"p50 {percentile(walls, 50)}, p95 {percentile(walls, 95)}"
            spent = f"{1000 * (server.cpu_s() - cpu_s) / asked.times:.0f} ms"
            say(name, f"p95 {wanted_ms} ms", told, spent)
        if asked.minutes:
            tell_crowd(server, asked, thumbs)
        tell_next_night(server, root, asked.rows)
        now, most = server.memory_mb()
        say("memory at the end", "600 MB", f"{now:.0f} MB, at most {most:.0f} MB", "")


def many_manifests(place: Path, rows: int) -> None:
    """Measure how quickly other ways to a million are taken in."""
    nights, each = 365, max(1, rows // 365)
    root = place / "nights"
    if not (root / "latest.json").exists():
        for night in range(nights):
            write_manifest(root, f"nightly-{night:03}", range(night * each, (night + 1) * each))
    with Server(root) as server:
        tell_start(f"{nights} manifests of {each:,} rows", server, "")
    root, half, common = place / "two", rows // 2, rows * 2 // 5
    if not (root / "latest.json").exists():
        write_manifest(root, "first", range(half))
        write_manifest(root, "second", range(half - common, 2 * half - common))
    with Server(root) as server:
        tell_start(f"two manifests of {half:,} rows, {common:,} of them in both", server, "")


def tell_start(name: str, server: Server, wanted: str) -> None:
    told = f"{server.start_s:.1f} s, at most {server.start_peak_mb:.0f} MB"
    say(f"start to the first answer, {name}", wanted, told, f"{server.start_cpu_s:.1f} s")


def wait_until_alike(server: Server, clicks: Clicks) -> None:
    """Wait until the server knows what is alike, which it reads beside its answers."""
    start, cpu_s = time.perf_counter(), server.cpu_s()
    while not server.ask(clicks.look()[0]).json()["total"]:
        if time.perf_counter() - start > 5 * _SETTLED_S:
            raise RuntimeError("nothing is alike: the descriptors were not read")
        time.sleep(0.5)
    now, most = server.memory_mb()
    told = f"{time.perf_counter() - start:.1f} s, {now:.0f} MB, at most {most:.0f} MB"
    say("descriptors read, beside it", "600 MB", told, f"{server.cpu_s() - cpu_s:.1f} s")


def tell_crowd(server: Server, asked: argparse.Namespace, thumbs: list[str]) -> None:
    cpu_s = server.cpu_s()
    told = crowd(
        server.address,
        asked.people,
        asked.minutes,
        lambda one: Clicks(1000 + one, asked.rows, thumbs),
    )
    for error in told.errors[:5]:
        print(error, file=sys.stderr)
    say(
        f"{asked.people} people, {asked.minutes:g} minutes, {len(told.seconds):,} questions",
        "p95 500 ms, 0 errors",
        f"p50 {percentile(told.seconds, 50)}, p95 {percentile(told.seconds, 95)}, {len(told.errors)} errors",
        f"{(server.cpu_s() - cpu_s) / (asked.minutes * 60):.2f} cores",
    )


def tell_next_night(server: Server, root: Path, rows: int) -> None:
    """Measure how long a new manifest takes to be seen; it is removed again."""
    before, cpu_s = server.total(), server.cpu_s()
    file = write_manifest(root, "next-night", range(rows, rows + NEXT_NIGHT_ROWS))
    start = time.perf_counter()
    try:
        while server.total() == before:
            if time.perf_counter() - start > _SETTLED_S:
                raise RuntimeError("the new manifest was not seen")
            time.sleep(0.1)
    finally:
        file.unlink()
    told = f"{time.perf_counter() - start:.1f} s"
    say("a new manifest, published to visible", "10 s", told, f"{server.cpu_s() - cpu_s:.1f} s")


def percentile(seconds: list[float], at: float) -> str:
    return f"{1000 * float(np.percentile(seconds, at)):.0f} ms"


def say(*cells: str) -> None:
    print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
