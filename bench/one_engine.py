"""One engine at one size, in a process of its own: what a design costs in time and memory, and its scores.

    python -m bench.one_engine '{"engine": "toile", "size_px": 256, ...}'

is how `bench.engines` calls it; the last line that it prints is the row, as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any
from unittest import mock

import torch

from bench.engine_table import MEASURED, SCORES, UNTRAINED
from bench.engine_weights import fresh_bytes, fresh_network, from_cards, trained
from catalogs.storage.directory import DirectoryStorage
from configs.loading import load_recipe
from configs.network import NetworkPart
from configs.recipe import Recipe
from nst_core.backbones.precision import choose_precision
from nst_core.design import DesignJob, Painted, RgbImage
from nst_core.engine import Engine
from nst_core.errors import WeightsMissing
from nst_core.judging import design_scores
from nst_core.networks import LoadedNetwork, NetworkFiles
from nst_core.painting import Painter
from nst_core.sight import Sight

WARM_UP_PX = 128


@dataclass(frozen=True)
class Asked:
    """What is to be measured.

    Attributes:
        engine: a recipe, by name or path.
        garments, textiles: folders with the demo's pictures, the first at the size or larger.
        root: a bucket's folder, whose models/ go before those of the installation.
        pairs: (garment, textile), as the demo names them.
    """

    engine: str
    size_px: int
    garments: str
    textiles: str
    root: str
    pairs: Sequence[tuple[str, str]]
    threads: int = 1


@dataclass(frozen=True)
class Cost:
    """What one design took, seconds, and its picture; None where fresh weights gave none."""

    cpu_s: float
    painting_s: float
    wall_s: float
    image: RgbImage | None


def main() -> None:
    print(json.dumps(measured(Asked(**json.loads(sys.argv[1])))))


def measured(asked: Asked) -> dict[str, Any]:
    """Paint the pairs, those that the engine is trained for or else all with fresh weights; return a row."""
    recipe, engine = load_recipe(asked.engine), Engine(device="cpu", threads=asked.threads)
    precision = choose_precision("auto", torch.device("cpu"))
    told: dict[str, Any] = {"engine": recipe.name, "size_px": asked.size_px, "precision": precision}
    try:
        engine.weights_sha256(recipe.backbone)
    except WeightsMissing:
        return told | {"state": f"{recipe.backbone} is not here"}
    part, jobs = recipe.through, [job_of(asked, *pair) for pair in asked.pairs]
    fresh: LoadedNetwork | None = None
    if part is not None:
        storage = DirectoryStorage(asked.root)
        jobs, told = trained(jobs, part, storage), told | from_cards(storage, part, asked.pairs)
        if not jobs:
            fresh = fresh_network(recipe)
            jobs = [job_of(asked, *pair, networks=_placeholder(part)) for pair in asked.pairs]
            told |= fresh_bytes(fresh, part)
    with nullcontext() if fresh is None else mock.patch.object(Sight, "network", return_value=fresh):
        _warm_up(engine, recipe, jobs[0])
        costs = [cost(engine, recipe, job) for job in jobs]
    peak_mb = peak_memory_mb()
    scored: list[Mapping[str, float | None]] = []
    if fresh is None:
        scored = [_scores(engine, job, one) for job, one in zip(jobs, costs, strict=True)]
    return {
        **told,
        "state": MEASURED if fresh is None else UNTRAINED,
        "designs": len(jobs),
        **{name: median(getattr(one, name) for one in costs) for name in ("cpu_s", "painting_s", "wall_s")},
        "peak_mb": peak_mb,
        **{name: _median_of(scored, name) for name in SCORES},
    }


def cost(engine: Engine, recipe: Recipe, job: DesignJob) -> Cost:
    """Make a design from its files to its scores.

    Raises:
        EngineError: it could not be painted; fresh weights may end in no real numbers, at the same cost.
    """
    with painting_timed() as painting:
        cpu, wall = time.process_time(), time.perf_counter()
        [done] = engine.paint([engine.prepare(job, recipe)], recipe)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    if not isinstance(done, Painted) and done.code != "nonfinite":
        raise done
    return Cost(cpu, sum(painting), wall, done.image if isinstance(done, Painted) else None)


@contextmanager
def painting_timed() -> Iterator[list[float]]:
    """Yield a list that gets the processor's seconds of all steps, or of the pass through a network."""
    seconds: list[float] = []
    inner = Painter._optimised

    def timed(self: Painter, *arguments: Any) -> Any:
        began = time.process_time()
        try:
            return inner(self, *arguments)
        finally:
            seconds.append(time.process_time() - began)

    with mock.patch.object(Painter, "_optimised", timed):
        yield seconds


def peak_memory_mb() -> float:
    """Return the most resident memory that this program has had.

    ``ru_maxrss`` would begin with what the program had that started it.
    """
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    kib = next(line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return int(kib) * 1024 / 1e6


def _placeholder(part: NetworkPart) -> tuple[tuple[str, NetworkFiles], ...]:
    return ((part.model_name, NetworkFiles(None, None)),)


def job_of(asked: Asked, garment: str, textile: str, **more: Any) -> DesignJob:
    """Return a garment and a textile of the demo as the engine takes them."""
    photo, mask = Path(asked.garments) / f"{garment}.png", Path(asked.garments) / "masks" / f"{garment}.png"
    style = Path(asked.textiles) / f"{textile}.png"
    return DesignJob(
        f"{garment}-{textile}",
        photo.read_bytes(),
        photo.name,
        style.read_bytes(),
        style.name,
        asked.size_px,
        mask=mask.read_bytes(),
        mask_name=mask.name,
        **more,
    )


def _warm_up(engine: Engine, recipe: Recipe, job: DesignJob) -> None:
    """Load all weights and wake the allocator, with a small design and, where it would take steps, none."""
    engine._sight.backbone(recipe.backbone)
    way = recipe if recipe.steps is None else load_recipe("toile-laid")
    small = replace(job, size_px=min(WARM_UP_PX, job.size_px))
    engine.paint([engine.prepare(small, way)], way)


def _scores(engine: Engine, job: DesignJob, done: Cost) -> Mapping[str, float | None]:
    """Score a picture as the engine does, with the mask and cloth that ``toile`` has."""
    seen = engine.prepare(replace(job, networks=()), load_recipe("toile"))
    found = design_scores(seen, done.image, engine._sight, most_px=engine.plan(seen).most_px)
    return {name: getattr(found, name) for name in SCORES}


def _median_of(scored: Sequence[Mapping[str, float | None]], name: str) -> float | None:
    known = [value for one in scored if (value := one[name]) is not None]
    return median(known) if known else None


if __name__ == "__main__":
    main()
