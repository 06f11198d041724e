"""Tiles in inks through the engine: as designs, in colorways, at a printer's size, on garments."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from configs.recipe import ClothPart, InksPart
from nst_core.design import Colorway
from nst_core.engine import Engine
from nst_core.inking import cut, least_region_px
from nst_core.inking import in_inks as in_inks_of
from nst_core.inks import delta_e, plates_of, printed, separate
from nst_core.inks.regions import regions_of
from nst_core.inks.separating import LEAST_REGION_PX
from nst_core.optimise import Canvas, Optimised
from tests.nst_core.inks.prints import blobs, noisy
from tests.nst_core.test_engine import job, painted, recipe
from tests.nst_core.test_new_cloth import dots, made, tile_job, yardage

FOUR = ("#2040a0", "#f0e8d8", "#a03020", "#203020")
COLOURS = {(0x20, 0x40, 0xA0), (0xF0, 0xE8, 0xD8), (0xA0, 0x30, 0x20), (0x20, 0x30, 0x20)}


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(device="cpu", precision="fp32", threads=1)


def in_inks(maker="palette", repeat="straight", **inks):
    return yardage(maker, repeat, inks=InksPart(**({"count": 4, "steps": 3} | inks)))


def colours_of(image):
    return {tuple(colour) for colour in image.reshape(-1, 3).tolist()}


@pytest.fixture(scope="module")
def tile(engine):
    return made(engine, in_inks(repeat="half-drop"))


def test_a_tile_has_as_many_colours_as_inks_and_says_which(tile):
    assert 2 <= len(tile.inks) <= 4
    assert {"#{:02x}{:02x}{:02x}".format(*colour) for colour in colours_of(tile.image)} == set(tile.inks)
    # 3 steps of the tile, the look at it as it had settled and 3 last steps
    assert tile.steps == 3 + 1 + 3


@pytest.mark.parametrize("count", [None, 2])
def test_a_tile_in_given_inks_has_no_other_colour_anywhere(engine, count):
    # of a filled tile the ground is not refined, and is printed all the same
    one = made(engine, in_inks("fill", count=count, palette=FOUR))
    assert colours_of(one.image) <= COLOURS
    assert len(one.inks) <= (count or 4)


def test_delta_e_is_to_the_picture_before_its_inks(engine, tile):
    before = made(engine, yardage("palette", "half-drop"))
    merely_cut = made(engine, in_inks(repeat="half-drop", steps=0))
    off = delta_e(merely_cut.image, before.image)
    assert merely_cut.delta_e_mean == pytest.approx(float(off.mean()))
    assert merely_cut.delta_e_p95 == pytest.approx(float(np.percentile(off, 95)))
    assert tile.delta_e_mean <= merely_cut.delta_e_mean
    assert (before.inks, before.delta_e_mean) == ((), None)


def test_separating_it_finds_its_inks_and_the_plates_print_it_again(tile):
    found = separate(tile.image, count=len(tile.inks), repeat="half-drop", width_mm=640, min_region_mm=0.3)
    assert tuple(ink.hex for ink in found.palette.inks) == tile.inks
    assert regions_of(found.inks, "half-drop").area_px.min() >= LEAST_REGION_PX
    assert np.array_equal(found.composite, tile.image)
    assert np.array_equal(printed(plates_of(found, trap_mm=5)), tile.image)


def test_a_region_has_its_least_size_on_cloth():
    # 96 px on 48 mm: 2 px/mm, so a square of 3 mm is 36 px
    cloth = ClothPart(maker="requilt", repeat_width_mm=48.0)
    assert least_region_px(96, cloth, InksPart(count=4, min_region_mm=3)) == 36
    one = cut(noisy(blobs(96, 96, 5), spread=40), cloth, InksPart(count=4, min_region_mm=3))
    found = separate(one.image, count=4, repeat="straight", width_mm=48, min_region_mm=0)
    assert regions_of(found.inks, "straight").area_px.min() >= 36


def test_a_tile_that_is_only_laid_out_is_cut(engine):
    by = in_inks()
    bare = by.model_copy(update={"cloth": by.cloth.model_copy(update={"refine": None})})
    one = made(engine, bare)
    assert (len(one.inks) <= 4, one.steps) == (True, 0)


def test_a_colorway_exchanges_ink_for_ink(engine, tile):
    colours = ("#100000", "#400000", "#900000", "#ff0000")
    way = Colorway(colours, inks=6, contrast="kept")
    one = made(engine, in_inks(repeat="half-drop"), colorway=way)
    assert set(one.inks) <= set(colours)
    assert len(one.inks) == len(tile.inks)
    assert (one.structure, one.delta_e_mean) == (pytest.approx(1, abs=1e-3), None)


def test_a_tile_of_one_colour_is_an_error_in_its_own_place():
    flat, grain = np.full((96, 96, 3), 128, np.uint8), noisy(blobs(96, 96, 5))
    canvas = Canvas(torch.zeros(3, 3, 96, 96), None, ())
    walked = []

    def walk(on, part):
        walked.append((on, part))
        return Optimised(on.start, torch.tensor([True, False]), [], 4)

    by = in_inks("requilt")
    found, steps = in_inks_of([grain, flat, grain], by, canvas, by.cloth.refine, walk)
    assert [getattr(one, "code", "") for one in found] == ["", "one_colour", "nonfinite"]
    ((on, part),) = walked
    assert (len(on.start), part.steps, part.tv, steps) == (2, 4, None, 4)


def test_enlarged_it_stays_in_its_inks(engine, tile):
    by = in_inks(repeat="half-drop")
    large = engine.enlarge(tile.image, tile_job(), by, height_px=256, width_px=256)
    assert {tuple(value // 257 for value in one) for one in colours_of(large.tile)} == colours_of(tile.image)
    assert (large.way, large.steps) == ("interpolated", 0)


def test_a_garment_wears_the_tile_in_its_inks(engine, tile):
    worn_by = recipe().model_copy(update={"cloth": in_inks(repeat="half-drop").cloth, "optimise": None})
    prepared = engine.prepare(job(motif=dots(), motif_name="style/dots.png"), worn_by)
    seen = []
    wear = prepared.awaits.wear
    awaits = replace(prepared.awaits, key="in inks", wear=lambda worn: seen.append(worn) or wear(worn))
    one = painted(engine.paint([replace(prepared, awaits=awaits)], worn_by)[0])
    assert np.array_equal((seen[0] * 255).round().astype(np.uint8), tile.image)
    assert one.inks == ()
