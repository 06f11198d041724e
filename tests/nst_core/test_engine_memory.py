"""What the engine does when memory runs out, and what it promises when it is to be deterministic."""

from __future__ import annotations

import numpy as np
import pytest

import nst_core.engine
from nst_core.engine import Engine
from nst_core.errors import OutOfMemory
from nst_core.memory import Plan
from tests.nst_core.test_engine import job, painted, recipe, stripes

COLOURS = ["#c03030", "#2040a0", "#208040", "#705010"]


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(device="cpu", precision="fp32", threads=1)


def prepared(engine: Engine, made, count: int, size_px: int = 96):
    jobs = [
        job(name, style=stripes(colour), size_px=size_px)
        for name, colour in zip("abcd", COLOURS, strict=True)
    ]
    return [engine.prepare(one, made) for one in jobs[:count]]


def test_out_of_memory_at_step_40_costs_one_batch_its_steps_and_no_design_twice(engine, monkeypatch):
    monkeypatch.setattr(nst_core.engine, "plan", lambda *size, **how: Plan(size[0] * size[1], 4))
    made, steps = recipe(steps=42), []

    def on_step(step: int, batch: int) -> None:
        steps.append((batch, step))
        if batch == 4 and step == 40:
            raise RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory")

    results = [painted(one) for one in engine.paint(prepared(engine, made, 4, 32), made, on_step=on_step)]
    assert [one.design_id for one in results] == ["a", "b", "c", "d"]
    assert [one.batch for one in results] == [2, 2, 2, 2]
    # four to step 40, then each half from its first to its last step, once
    four, two = [(4, step) for step in range(1, 41)], [(2, step) for step in range(1, 43)]
    assert steps == [*four, *two, *two]


def test_a_design_that_does_not_fit_whole_comes_out_of_windows_as_it_would_whole(engine, monkeypatch):
    made = recipe(steps=4)
    [whole] = engine.paint(prepared(engine, made, 1, 160), made)
    seen = []

    def small(*size: int, **how: object) -> Plan:
        return Plan(size[0] * size[1], 1, most_px=100 * 128, most_pairs=3)

    monkeypatch.setattr(nst_core.engine, "plan", small)
    fresh = Engine(device="cpu", precision="fp32", threads=1)
    real = fresh._sight.backbone("vgg16").features
    monkeypatch.setattr(
        fresh._sight.backbone("vgg16"),
        "features",
        lambda images, layers, **how: (seen.append(images.shape[-2:].numel()), real(images, layers, **how))[
            1
        ],
    )
    [in_parts] = fresh.paint(prepared(fresh, made, 1, 160), made)
    # the steps look as far as relu2_1, through windows; the scores as far as relu5_1, which sees it all
    assert min(seen) <= 100 * 128 < 160 * 120
    difference = painted(in_parts).image.astype(int) - painted(whole).image.astype(int)
    assert np.abs(difference).max() <= 2
    for score in ("gmd", "gmd_image", "gmd_heldout", "motif", "ssim", "relief"):
        assert getattr(in_parts.scores, score) == pytest.approx(getattr(whole.scores, score), abs=1e-3)


def test_deterministic_the_same_design_has_the_same_bytes_alone_and_in_any_batch():
    made = recipe(steps=4)
    images = []
    for count, repeat in ((1, 1), (4, 2)):
        engine = Engine(device="cpu", precision="auto", threads=1, deterministic=True)
        for _ in range(repeat):
            first = painted(engine.paint(prepared(engine, made, count), made)[0])
            images.append((first.image.tobytes(), first.scores))
    assert images[0] == images[1] == images[2]
    assert first.batch == 1


def test_deterministic_means_no_second_way_when_memory_runs_out(monkeypatch):
    engine, made = Engine(device="cpu", precision="fp32", threads=1, deterministic=True), recipe()

    def on_step(step: int, batch: int) -> None:
        raise MemoryError

    [result] = engine.paint(prepared(engine, made, 1), made, on_step=on_step)
    assert isinstance(result, OutOfMemory)
