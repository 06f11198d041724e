"""An engine that paints at once, always the same, and fails exactly where it is told to."""

from __future__ import annotations

import hashlib
import io
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from configs.recipe import Recipe
from nst_core.backbones import Area
from nst_core.design import DesignJob, Painted, Prepared
from nst_core.errors import EngineError, ImageRefused, NonFinite, Stopped
from nst_core.scoring import Scores

SIDE_PX = 16


@dataclass
class FakeEngine:
    """Paints a flat picture whose colour is a hash of the design.

    Attributes:
        refuse: style or content names whose bytes are refused, as the codec does.
        nan: design ids that leave the real numbers.
        crash: design ids that raise what no engine should, for the whole batch.
        break_preparing: design ids whose preparation raises what no engine should.
        poison: design ids whose painting SIGKILLs this process, each time.
        poison_preparing: design ids whose preparation does.
        teach_nothing: style names of designs that are no pair.
        kill_at: SIGKILLs this process when it has painted so many designs.
        fits: so many designs of a batch fit into a device's memory.
        too_large: design ids for which a device has no memory, alone or in a batch.
        dies_above: a batch of more designs SIGKILLs this process, as a system without memory does.
        bytes_each: memory that a design takes while it is painted, asked of the system.
        seconds: how long a design takes.
        batch: designs at once.
        log: every painted design's id is appended to this file, one a line; outlives a kill.
        on_paint: called with the ids of each batch before it is painted.
    """

    version: str = "fake-1"
    refuse: frozenset[str] = frozenset()
    nan: frozenset[str] = frozenset()
    crash: frozenset[str] = frozenset()
    break_preparing: frozenset[str] = frozenset()
    poison: frozenset[str] = frozenset()
    poison_preparing: frozenset[str] = frozenset()
    kill_at: int | None = None
    teach_nothing: frozenset[str] = frozenset()
    fits: int | None = None
    too_large: frozenset[str] = frozenset()
    dies_above: int | None = None
    bytes_each: int = 0
    seconds: float = 0.0
    batch: int = 4
    log: Path | None = None
    on_paint: Callable[[list[str]], None] = lambda ids: None
    painted: list[str] = field(default_factory=list)
    batches: list[list[str]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    device_name = "no device"
    precision = "fp32"

    def weights_sha256(self, backbone: str) -> str:
        return hashlib.sha256(backbone.encode()).hexdigest()

    def prepare(self, job: DesignJob, recipe: Recipe, *, tile: object = None) -> Prepared:
        for name in (job.content_name, job.style_name):
            if name in self.refuse:
                raise ImageRefused(
                    f"{name}: the file ends early; upload it again", code="truncated", name=name
                )
        if job.design_id in self.break_preparing:
            raise ZeroDivisionError("a mask of no width")
        if job.design_id in self.poison_preparing:
            os.kill(os.getpid(), signal.SIGKILL)
        # the picture depends on the bytes, as a real one does
        colour = np.frombuffer(hashlib.sha256(job.content + job.style).digest()[:3], dtype=np.uint8)
        content = np.broadcast_to(colour, (SIDE_PX, _width(job), 3)).copy()
        content[: SIDE_PX // 2] ^= 128
        return Prepared(
            design_id=job.design_id,
            seed=job.seed,
            content=content,
            style=content,
            style_key=job.style_name,
            mask=None,
            alpha=None,
            shading=None,
            laid=None,
            box=Area(0, 0, SIDE_PX, _width(job)),
        )

    def batch_size(self, prepared: Prepared) -> int:
        return self.batch

    def paint(
        self,
        prepared: Sequence[Prepared],
        recipe: Recipe,
        *,
        should_stop: Callable[[], bool] = lambda: False,
        on_step: Callable[[int, int], None] | None = None,
        shelf: object = None,
    ) -> list[Painted | EngineError]:
        ids = [one.design_id for one in prepared]
        self.on_paint(ids)
        with self._lock:
            self.batches.append(ids)
        if (self.fits is not None and len(ids) > self.fits) or not self.too_large.isdisjoint(ids):
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB")
        if self.dies_above is not None and len(ids) > self.dies_above:
            os.kill(os.getpid(), signal.SIGKILL)
        held = [np.empty(self.bytes_each, dtype=np.uint8) for _ in ids]  # noqa: F841 (until this returns)
        if any(design_id in self.crash for design_id in ids):
            raise RuntimeError("the device does not answer")
        return [self._paint_one(one, should_stop) for one in prepared]

    paint_originals = paint

    def pair(self, prepared: Prepared, recipe: Recipe, *, side_px: int) -> np.ndarray:
        if prepared.style_key in self.teach_nothing:
            raise EngineError("there is no garment on it")
        with self._lock:
            self.painted.append(prepared.design_id)
        return np.broadcast_to(prepared.content[0, 0, 0], (side_px, side_px, 11)).copy()

    def _paint_one(self, one: Prepared, should_stop: Callable[[], bool]) -> Painted | EngineError:
        if one.design_id in self.poison:
            os.kill(os.getpid(), signal.SIGKILL)
        ends = time.monotonic() + self.seconds
        while not should_stop() and (left := ends - time.monotonic()) > 0:
            time.sleep(min(0.002, left))
        if should_stop():
            raise Stopped("asked to stop between two steps")
        with self._lock:
            self.painted.append(one.design_id)
            if self.log is not None:
                with self.log.open("a") as file:
                    file.write(f"{one.design_id}\n")
            if self.kill_at is not None and len(self.painted) >= self.kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
        if one.design_id in self.nan:
            return NonFinite("the optimisation left the real numbers")
        return Painted(
            design_id=one.design_id,
            image=one.content,
            scores=some_scores(),
            flags=(),
            mask_source="none",
            mask_area=None,
            mask_confidence=None,
            steps=3,
            seconds=self.seconds,
            batch=1,
        )


def some_scores() -> Scores:
    """Return scores with every number .5."""
    scores = {one.name: 0.5 for one in fields(Scores) if one.name not in ("flags", "texture")}
    return Scores(**scores, texture=(3, -2, 1) * 32)


def picture(name: str, *, width: int = SIDE_PX, height: int = SIDE_PX) -> bytes:
    """Return a small PNG that is always the same for a name and another one for another name."""
    noise = np.frombuffer(hashlib.shake_256(name.encode()).digest(width * height * 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noise.reshape(height, width, 3)).save(buffer, "PNG")
    return buffer.getvalue()


def _width(job: DesignJob) -> int:
    """Return one of two widths, so that batches have to be sorted by shape."""
    return SIDE_PX if job.content[-20] % 2 else 2 * SIDE_PX
