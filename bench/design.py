"""Where the time of a design goes: `python bench/design.py --size-px 384`.

Prepares, paints, scores and encodes some designs of a recipe on drawn garments and textiles, one of them
before anything is counted, and prints the CPU time (all threads) of each part per design. A part's time is
its own: what parts within it take is counted there.
"""

from __future__ import annotations

import argparse
import importlib
import io
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from large import drawn

Parts = list[tuple[Any, str, str]]


class Clock:
    """CPU seconds by part; a part within another stops the other's clock."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self.calls: dict[str, int] = defaultdict(int)
        self._running = ["the rest"]
        self._since = time.process_time()

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Count what happens now for a part."""
        self._switch()
        self._running.append(name)
        self.calls[name] += 1
        try:
            yield
        finally:
            self._switch()
            self._running.pop()

    def stop(self) -> None:
        """Count what has happened until now."""
        self._switch()

    def forget(self) -> None:
        """Begin again."""
        self._switch()
        self.seconds.clear()
        self.calls.clear()

    def wrap(self, owner: Any, name: str, part: str) -> None:
        """Let every call of a function or method be counted."""
        inner: Callable[..., Any] = getattr(owner, name)

        def counted(*args: Any, **options: Any) -> Any:
            with self.part(part):
                return inner(*args, **options)

        setattr(owner, name, counted)

    def _switch(self) -> None:
        now = time.process_time()
        self.seconds[self._running[-1]] += now - self._since
        self._since = now


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--size-px", type=int, default=384)
    parser.add_argument("--designs", type=int, default=3)
    parser.add_argument("--recipe", default="toile")
    parser.add_argument("--threads", type=int)
    asked = parser.parse_args()

    from configs.loading import load_recipe
    from nst_core.codec import encode_png
    from nst_core.design import DesignJob, Painted
    from nst_core.engine import Engine

    recipe, engine, clock = load_recipe(asked.recipe), Engine(threads=asked.threads), Clock()
    for owner, name, part in parts():
        clock.wrap(owner, name, part)
    photo, mask, _textile = drawn(asked.size_px)
    for number in range(asked.designs + 1):
        if number == 1:
            clock.forget()
        # A garment and a textile that nobody has seen: nothing is remembered from the last design.
        fresh = [marked(picture, number) for picture in (photo, drawn(asked.size_px)[2])]
        job = DesignJob(str(number), fresh[0], "photo", fresh[1], "textile", asked.size_px, mask=mask)
        with clock.part("prepare: the rest"):
            prepared = engine.prepare(job, recipe)
        [painted] = engine.paint([prepared], recipe)
        if not isinstance(painted, Painted):
            raise SystemExit(str(painted))
        with clock.part("encode PNG"):
            encode_png(painted.image)
    clock.stop()
    show(clock, asked.designs)
    return 0


def parts() -> Parts:
    """Return what is counted: owner, function, the part's name."""
    from nst_core import finishing, garment_photo, judging, painting, preparation, textiles
    from nst_core.backbones.trunk import VggTrunk
    from nst_core.losses import gram
    from nst_core.optimise.lbfgs import Lbfgs
    from nst_core.optimise.objective import Objective
    from nst_core.sight import Sight

    score = importlib.import_module("nst_core.scoring.score")  # the package has a function of that name
    return [
        (garment_photo, "decode", "prepare: decode"),
        (garment_photo, "find_mask", "prepare: mask"),
        (garment_photo, "read_shading", "prepare: shading"),
        (textiles, "decode", "prepare: decode"),
        (textiles, "make_cloth", "prepare: cloth"),
        (preparation, "lay", "prepare: lay"),
        (painting, "canvas_of", "start: canvas"),
        (Sight, "style_targets", "start: style targets"),
        (painting, "optimise", "step: the rest"),
        (Objective, "gradient", "step: relight, losses, autograd"),
        (VggTrunk, "walk_there", "step: forward"),
        (VggTrunk, "walk_back", "step: backward"),
        (VggTrunk, "look", "look without gradient"),
        (gram, "_correlate", "Gram matrices"),
        (gram._Gram, "backward", "step: Gram backward"),
        (Lbfgs, "step", "step: L-BFGS"),
        (finishing, "relight", "finish: relight"),
        (painting, "finished", "finish: composite"),
        (judging, "score", "score: the rest"),
        (score, "motif_match", "score: motif"),
        (score, "ssim_map", "score: ssim"),
        (score, "relief", "score: relief"),
        (Sight, "cloth_features", "score: the cloth"),
    ]


def marked(picture: bytes, number: int) -> bytes:
    """Return other bytes of almost the same picture."""
    from PIL import Image

    image = Image.open(io.BytesIO(picture)).convert("RGB")
    image.putpixel((0, 0), (number, number, number))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def show(clock: Clock, designs: int) -> None:
    total = sum(clock.seconds.values())
    print("| part | calls | ms CPU a design | share |\n| --- | --- | --- | --- |")
    for part, seconds in sorted(clock.seconds.items(), key=lambda row: -row[1]):
        calls = clock.calls[part] / designs
        print(f"| {part} | {calls:g} | {1000 * seconds / designs:.1f} | {seconds / total:.1%} |")
    print(f"| all | | {1000 * total / designs:.0f} | |")


if __name__ == "__main__":
    raise SystemExit(main())
