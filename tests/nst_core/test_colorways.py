"""Designs in other colours through the engine."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from nst_core import colorways, painting, preparation
from nst_core.design import Colorway, Recolouring
from nst_core.engine import Engine
from tests.nst_core.test_engine import job, painted, recipe, stripes
from tests.nst_core.test_new_cloth import dots, tile_job, yardage

SEA = Colorway(("#0b2239", "#1f6f8b", "#f4f1e6"), 3, "kept")
DARK = replace(SEA, contrast="inverted")


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(device="cpu", precision="fp32", threads=1)


def both(engine, made_by, one, colorway):
    jobs = [one, replace(one, design_id="in colours", colorway=colorway)]
    return [painted(result) for result in engine.paint([engine.prepare(j, made_by) for j in jobs], made_by)]


def test_a_colorway_has_the_palettes_colours_and_the_designs_motif(engine):
    own, sea = both(engine, recipe(), job(style=stripes()), SEA)
    inside = engine.prepare(job(), recipe()).mask.alpha == 1
    red, blue = (own.image[inside].mean(axis=0) - sea.image[inside].mean(axis=0))[[0, 2]]
    # red stripes on cream become dark blue ones
    assert red > blue + 20
    assert sea.structure > 0.9
    # scores against a textile of other colours say nothing
    assert (sea.scores.gmd, sea.scores.motif, own.structure) == (None, None, None)


def test_outside_the_mask_a_colorway_is_the_photo_bit_for_bit(engine):
    own, sea = both(engine, recipe(), job(), SEA)
    outside = engine.prepare(job(), recipe()).mask.alpha == 0
    assert (sea.image[outside] == own.image[outside]).all()


def test_inverted_contrast_makes_a_light_ground_a_dark_one(engine):
    light = tile_job(style=dots())
    made_by = yardage("palette", refine=None)
    own, dark = both(engine, made_by, light, DARK)
    lumas = [image.astype(float).mean(-1) for image in (own.image, dark.image)]
    assert np.corrcoef(lumas[0].ravel(), lumas[1].ravel())[0, 1] < -0.5
    assert dark.structure > 0.3


def test_an_inverted_garment_keeps_its_motif_though_its_floor_and_folds_are_not_inverted(engine):
    # two colours of stripes change places: what is left is their soft edges
    _, dark = both(engine, recipe().model_copy(update={"optimise": None}), job(style=stripes()), DARK)
    assert dark.structure > 0.8


def test_designs_that_differ_in_colours_alone_are_painted_once(monkeypatch):
    engine, looked = Engine(device="cpu", precision="fp32", threads=1), []
    real = painting.optimise

    def watched(canvas, *others, **named):
        looked.append(len(canvas.start))
        return real(canvas, *others, **named)

    monkeypatch.setattr(painting, "optimise", watched)
    palettes = [None, SEA, DARK, replace(SEA, inks=4)]
    jobs = [replace(job(), design_id=str(i), colorway=one) for i, one in enumerate(palettes)]
    made_by = recipe(1)
    for one in engine.paint([engine.prepare(one, made_by) for one in jobs], made_by):
        painted(one)
    assert looked == [1]
    # and not again by the next call, as when a machine paints one design at a time
    later = replace(job(), design_id="later", colorway=Colorway(("#101010", "#f0f0f0"), 2, "kept"))
    painted(engine.paint([engine.prepare(later, made_by)], made_by)[0])
    assert looked == [1]


def counted(work, counts):
    def counting(*given, **named):
        counts.append(work.__name__)
        return work(*given, **named)

    return counting


def test_what_colorways_share_is_worked_out_once(engine, monkeypatch):
    counts = []
    for place, what in ((colorways, "finished"), (colorways, "ground_beneath"), (preparation, "lay")):
        monkeypatch.setattr(place, what, counted(getattr(place, what), counts))
    made_by = recipe().model_copy(update={"optimise": None})
    colours = [replace(SEA, colours=(*SEA.colours, f"#80{n}080")) for n in range(3)]
    jobs = [replace(job(seed=5), design_id=str(n), colorway=one) for n, one in enumerate(colours)]
    done = [painted(engine.paint([engine.prepare(one, made_by)], made_by)[0]) for one in jobs]
    assert [counts.count(what) for what in ("lay", "ground_beneath", "finished")] == [1, 1, 3]
    assert [one.design_id for one in done] == ["0", "1", "2"]


def test_a_colorway_alone_is_what_it_is_beside_its_design():
    made_by, colours = recipe(2), replace(job(), colorway=SEA)
    alone = Engine(device="cpu", precision="fp32", threads=1)
    beside = Engine(device="cpu", precision="fp32", threads=1)
    one = painted(alone.paint([alone.prepare(colours, made_by)], made_by)[0])
    other = both(beside, made_by, job(), SEA)[1]
    assert (one.image == other.image).all()


def test_colorways_may_be_made_in_any_thread_and_are_the_same(engine):
    made_by = recipe(1)
    colours = [Colorway(SEA.colours[:count], 3, "kept") for count in (2, 3)]
    jobs = [job(), *(replace(job(), design_id=str(n), colorway=one) for n, one in enumerate(colours))]
    prepared = [engine.prepare(one, made_by) for one in jobs]
    own, *begun = engine.paint_originals(prepared, made_by)
    with ThreadPoolExecutor(2) as threads:
        done = list(threads.map(lambda one: one.made(), begun))
    assert [type(one) for one in begun] == [Recolouring] * 2
    for one, alone in zip([own, *done], engine.paint(prepared, made_by), strict=True):
        assert (one.image == painted(alone).image).all()


def test_a_tiles_ground_changes_though_it_is_not_refined(engine):
    made_by = yardage("palette", refine=None)
    jobs = [tile_job(), tile_job("sea", colorway=SEA)]
    whole = [engine.prepare(one, made_by) for one in jobs]
    figure = np.zeros(whole[0].shape_px, np.float32)
    figure[20:40, 20:40] = 1
    one, sea = (painted(result) for result in engine.paint(whole, made_by))
    tossed = [replace(each, alpha=figure, origin="tossed") for each in whole]
    other, ocean = (painted(result) for result in engine.paint(tossed, made_by))
    assert (one.image == other.image).all()
    assert (sea.image == ocean.image).all()


def test_garments_in_new_cloth_have_colorways_too(engine):
    worn_by = recipe(1).model_copy(update={"cloth": yardage("palette").cloth})
    own, sea = both(engine, worn_by, job(motif=dots(), motif_name="style/dots.png"), SEA)
    assert (own.image != sea.image).any()


def test_a_garment_has_the_colours_of_its_cloth_by_the_yard():
    made_by = yardage("palette", refine=None)
    tile = tile_job(colorway=SEA)
    engine = Engine(device="cpu", precision="fp32", threads=1)
    by_the_yard = painted(engine.paint([engine.prepare(tile, made_by)], made_by)[0]).image
    worn_by = recipe().model_copy(update={"cloth": made_by.cloth, "optimise": None, "garment": None})
    worn = replace(tile, content=job().content, content_name="content/tunic.png")
    dressed = painted(engine.paint([engine.prepare(worn, worn_by)], worn_by)[0]).image
    # without a garment's light the whole picture is cloth, and its usual colour that of the tile
    assert np.abs(np.median(dressed, axis=(0, 1)) - np.median(by_the_yard, axis=(0, 1))).max() <= 3
