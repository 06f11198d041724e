"""How much memory a large design takes: `python bench/large.py --size-px 2048 --memory-gb 4`.

Draws a garment and a textile, then prepares, paints and scores one design of a recipe, with so many steps, in
a process of its own, and prints how the engine planned it, what each part took and the peak of the resident
memory. `--memory-gb` lets the engine believe that the machine has no more than this.
"""

from __future__ import annotations

import argparse
import io
import resource
import subprocess
import sys
import time
from pathlib import Path


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size-px", type=int, default=2048)
    parser.add_argument("--steps", type=int, default=2)
    parser.add_argument("--recipe", default="toile")
    parser.add_argument("--memory-gb", type=float, help="as if no more were free; left out: what is")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.worker:
        return work(asked)
    return subprocess.run([sys.executable, __file__, *sys.argv[1:], "--worker"], check=False).returncode


def work(asked: argparse.Namespace) -> int:
    from configs.loading import load_recipe
    from nst_core import memory
    from nst_core.design import DesignJob, Painted
    from nst_core.engine import Engine

    if asked.memory_gb is not None:
        limit = asked.memory_gb * 2**30
        measured = memory.free_memory_bytes
        memory.free_memory_bytes = lambda device: min(measured(device), int(limit - resident_bytes()))
    photo, mask, textile = drawn(asked.size_px)
    recipe = load_recipe(asked.recipe)
    if recipe.optimise is not None:
        recipe = recipe.model_copy(
            update={"optimise": recipe.optimise.model_copy(update={"steps": asked.steps})}
        )
    engine = Engine(threads=asked.threads)
    job = DesignJob("a", photo, "photo.png", textile, "textile.png", asked.size_px, mask=mask)
    told("loaded")
    prepared = engine.prepare(job, recipe)
    told("prepared")
    plan = engine.plan(prepared)
    told(f"plan: {'whole' if plan.most_px is None else f'windows of {plan.most_px:,} px'}")
    [painted] = engine.paint([prepared], recipe, on_step=lambda step, _batch: told(f"step {step}"))
    if not isinstance(painted, Painted):
        raise SystemExit(str(painted))
    told("painted and scored")
    print(f"{asked.size_px} px, peak {peak_bytes() / 2**30:.2f} GiB, {painted.scores}")
    return 0


def drawn(size_px: int) -> tuple[bytes, bytes, bytes]:
    """Return a garment photo of this long side, its mask and a textile of 512 px, as PNG."""
    import numpy as np
    from PIL import Image, ImageDraw

    width = height = size_px
    photo, mask = Image.new("RGB", (width, height), "#d8d4cc"), Image.new("L", (width, height))
    outline = [(width * x, height * y) for x, y in ((0.2, 0.1), (0.8, 0.1), (0.95, 0.9), (0.05, 0.9))]
    ImageDraw.Draw(photo).polygon(outline, fill="#8899aa")
    ImageDraw.Draw(mask).polygon(outline, fill=255)
    for x in (0.35, 0.5, 0.65):
        folds = [(width * x, height * 0.2), (width * x, height * 0.8)]
        ImageDraw.Draw(photo).line(folds, fill="#667788", width=size_px // 60)
    rows, columns = np.mgrid[:512, :512]
    checks = np.stack([128 + 100 * np.sin(rows / 9), 128 + 90 * np.sin(columns / 7), (rows + columns) / 5], 2)
    return tuple(map(png, (photo, mask, Image.fromarray(checks.astype(np.uint8)))))  # type: ignore[return-value]


def png(image: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=1)  # type: ignore[attr-defined]
    return buffer.getvalue()


def told(what: str) -> None:
    print(
        f"{time.process_time():8.1f} s  resident {resident_bytes() / 2**30:5.2f} GiB  "
        f"peak {peak_bytes() / 2**30:5.2f} GiB  {what}",
        flush=True,
    )


def resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize()


def peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    raise SystemExit(main())
