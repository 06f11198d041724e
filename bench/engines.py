"""All engines side by side at several sizes: `python -m bench.engines` writes bench/engines.md.

Each engine, a recipe that optimises or one that goes through a trained network, paints the same pairs of the
demo's garments and textiles in a process of its own: CPU and wall seconds a design, peak memory, scores,
minutes of training, bytes a style, beside what its paper reports. Rows of earlier runs stay until the same
engine is measured again at the same size: `--engines toile gatys --sizes 1024` measures two rows. A row is
kept as soon as it is there, so it may be stopped at any time.

Networks are measured as they are trained under ROOT/models, else as they come with the installation; one
that is trained for none of the textiles is measured with fresh weights, without scores.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bench.engine_table import SIZES_PX, Row, engine_names, merged, read_rows, row_of, write_rows
from catalogs.demo.drawing import random_of
from catalogs.demo.wardrobe import GARMENTS, TEXTILES
from flows.revision import git_revision

TABLE = Path(__file__).with_suffix(".csv")
# What `toile demo` draws unless told otherwise: networks that learnt a textile know it in these pixels.
DEMO_PX = 640
# Each garment and each textile comes once before any comes again.
PAIRS = (("tee", "floral"), ("dress", "ikat"), ("tee", "ikat"), ("dress", "floral"))


def main() -> int:
    asked = options()
    if asked.table:
        write_rows(asked.out, merged(read_rows(asked.out), ()))
        return 0
    commit, failed = git_revision().removesuffix("-dirty")[:10], []
    with tempfile.TemporaryDirectory() as folder:
        demo = asked.demo or Path(folder) / "demo"
        empty = Path(folder) / "no-models"
        empty.mkdir()
        for size_px in asked.sizes:
            garments, textiles = drawn(demo, size_px)
            for name in asked.engines:
                told = {
                    "engine": name,
                    "size_px": size_px,
                    "garments": str(garments),
                    "textiles": str(textiles),
                    "root": str(asked.root or empty),
                    "pairs": PAIRS[: asked.pairs],
                    "threads": asked.threads,
                }
                print(f"{size_px} px  {name:22}", end=" ", flush=True)
                row = measure(told, commit)
                if row is None:
                    failed.append(f"{name} at {size_px} px")
                    continue
                # read again: another run may have put its rows there meanwhile
                write_rows(asked.out, merged(read_rows(asked.out), [row]))
                print(said(row), flush=True)
    if failed:
        print(f"could not be measured, rows as before: {', '.join(failed)}")
    return 1 if failed else 0


def drawn(demo: Path, size_px: int) -> tuple[Path, Path]:
    """Draw what lacks of the pairs' pictures, as `toile demo` draws them; return the two folders.

    Garments are drawn as large as they are wanted, textiles always as the demo has them.
    """
    side = max(DEMO_PX, size_px)
    garments, textiles = demo / str(side) / "content", demo / str(DEMO_PX) / "style"
    for garment in GARMENTS:
        files = [garments / f"{garment.content_id}.png", garments / "masks" / f"{garment.content_id}.png"]
        if garment.content_id in dict(PAIRS) and not all(file.is_file() for file in files):
            taken = garment.photograph(random_of(0, garment.content_id), side)
            for file, pixels in zip(files, (taken.rgb, taken.mask), strict=True):
                save(file, pixels)
    for textile in TEXTILES:
        file = textiles / f"{textile.style_id}.png"
        if textile.style_id in {style for _, style in PAIRS} and not file.is_file():
            save(file, textile.make(random_of(0, textile.style_id), DEMO_PX))
    return garments, textiles


def save(file: Path, pixels: NDArray[np.uint8]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    beginning = file.with_suffix(".part")
    Image.fromarray(pixels).save(beginning, "PNG")
    beginning.replace(file)


def measure(told: Mapping[str, Any], commit: str) -> Row | None:
    """Measure an engine in a process of its own; None where that ended badly, which it has said itself."""
    load, threads = os.getloadavg()[0], str(told["threads"])
    done = subprocess.run(
        [sys.executable, "-m", "bench.one_engine", json.dumps(told)],
        env=os.environ | {"OMP_NUM_THREADS": threads},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        print(f"failed with exit code {done.returncode}", flush=True)
        return None
    found = json.loads(done.stdout.splitlines()[-1])
    machine = f"{processor()}, {os.cpu_count()} cores, OMP_NUM_THREADS={threads}, torch {version('torch')}"
    return row_of(
        found
        | {
            "load": round(load, 1),
            "date": datetime.now(UTC).date().isoformat(),
            "commit": commit,
            "machine": f"{machine}, {found['precision']}",
        }
    )


def processor() -> str:
    """Return the processor's name as the system has it."""
    file = Path("/proc/cpuinfo")
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def said(row: Row) -> str:
    """Return a row in short, for who waits."""
    costs = "" if row.cpu_s is None or row.peak_mb is None else f": {row.cpu_s:.2f} s, {row.peak_mb:.0f} MB"
    return f"{row.state}{costs}" + ("" if row.gmd is None else f", GMD {row.gmd:.2f}")


def options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--root", type=Path, help="a bucket's folder, whose models/ are measured")
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES_PX), help="long sides, px")
    parser.add_argument("--engines", nargs="+", default=engine_names(), help="recipes; all by default")
    parser.add_argument("--pairs", type=int, choices=range(1, len(PAIRS) + 1), default=len(PAIRS))
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--demo", type=Path, help="where the demo is drawn, and kept for the next run")
    parser.add_argument("--out", type=Path, default=TABLE, help="the CSV file; the table lies beside it")
    parser.add_argument("--table", action="store_true", help="only write the table of the rows there are")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
