"""Tiles of new cloth through the engine: as designs, and on garments."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw

from configs.recipe import ClothPart, ContentTerm, ControlsPart, LbfgsSpec, OptimisePart, Recipe, StyleTerm
from nst_core import tiles
from nst_core.design import Painted
from nst_core.engine import Engine
from nst_core.errors import EngineError
from nst_core.lattice import cover, rolled
from nst_core.painting import Painter
from nst_core.resampling import resampled
from nst_core.textiles import Textiles
from tests.nst_core.test_engine import job, painted, png, recipe, stripes

SIZE = 96
REFINE = OptimisePart(
    start="cloth", optimiser=LbfgsSpec(), steps=3, style=StyleTerm(layers=["relu1_1", "relu2_1"])
)


def dots(colour: str = "#2040a0", ground: str = "#f0e8d8") -> bytes:
    cloth = Image.new("RGB", (96, 96), ground)
    for x, y in ((20, 24), (66, 18), (44, 60), (80, 76), (14, 78)):
        ImageDraw.Draw(cloth).ellipse([x - 9, y - 9, x + 9, y + 9], fill=colour)
    return png(cloth)


def yardage(maker: str = "fill", repeat: str = "straight", **changes) -> Recipe:
    cloth = ClothPart(maker=maker, repeat=repeat, **({"refine": REFINE} | changes))
    return Recipe(name="tile", kind="yardage", cloth=cloth)


def tile_job(design_id: str = "t", **changes):
    motif = {"motif": dots(), "motif_name": "style/dots.png"}
    return job(design_id, content=None, content_name="", mask=None, mask_name=None, **(motif | changes))


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(device="cpu", precision="fp32", threads=1)


def made(engine: Engine, made_by: Recipe, **changes) -> Painted:
    return painted(engine.paint([engine.prepare(tile_job(**changes), made_by)], made_by)[0])


@pytest.mark.parametrize(
    ("repeat", "aspect", "size"), [("half-drop", 2, (192, 96)), ("mirror", 1.5, (128, 96))]
)
def test_a_tile_may_stand_or_lie(engine, repeat, aspect, size):
    one = made(engine, yardage(repeat=repeat, repeat_aspect=aspect))
    # 144 px of a mirrored tile are 4.5 times 32, and 128 is the nearest even multiple
    assert one.image.shape == (*size, 3)
    assert one.tile_scores.seam < 1.35
    # motifs keep their size: of a tile twice as high the upper half is as full as the lower
    figure = np.abs(one.image.astype(int) - one.image[0, 0]).max(axis=-1) > 60
    above, below = np.split(figure, 2)
    assert above.mean() == pytest.approx(below.mean(), rel=0.5)


@pytest.mark.parametrize("maker", ["fill", "palette"])
def test_a_larger_design_has_the_layout_of_the_smaller_one(maker, monkeypatch):
    monkeypatch.setattr(tiles, "DECIDED_AT_PX", SIZE)
    made_by, maker_of_tiles = yardage(maker, refine=None), tiles.Tiles(Textiles(styles=2, cloths=2), tiles=2)
    small, large = (
        maker_of_tiles.laid_out(tile_job(size_px=side, seed=3), made_by, made_by.cloth).layout.tile
        for side in (SIZE, 2 * SIZE)
    )
    assert large.shape == (2 * SIZE, 2 * SIZE, 3)
    back = resampled(large, "straight", height_px=SIZE, width_px=SIZE)
    assert float((back - small).std()) < 0.25 * float(small.std())


@pytest.mark.parametrize("repeat", ["straight", "half-drop", "half-brick"])
def test_yardage_is_a_tile_that_meets_itself(engine, repeat):
    one = made(engine, yardage(repeat=repeat))
    assert one.image.shape == (SIZE, SIZE, 3)
    assert one.mask_source == "none"
    # a cut tile is at 1.3 and above; below 1 the edges run over plain ground
    assert one.tile_scores.seam < 1.35
    # there is no photo to look like
    assert (one.scores.ssim, one.scores.ssim_garment, one.scores.relief) == (None, None, None)
    assert one.scores.gmd is not None
    # figures and their grain are the motif's, not the style's
    assert (one.scores.motif, one.scores.speckle) == (None, None)
    assert not {"scrambled", "speckled"} & set(one.flags)


def test_a_mirror_tile_is_its_own_reflection_to_the_last_bit_but_one(engine):
    image = made(engine, yardage("palette", "mirror")).image.astype(int)
    assert np.abs(image - image[:, ::-1]).max() <= 1
    assert np.abs(image - image[::-1]).max() <= 1


def test_outside_the_figure_a_filled_tile_stays_as_it_was_laid(engine):
    filled = yardage("fill")
    prepared = engine.prepare(tile_job(), filled)
    one = painted(engine.paint([prepared], filled)[0])
    outside = prepared.alpha == 0
    assert outside.mean() > 0.2
    assert (one.image[outside] == prepared.content[outside]).all()


def test_another_seed_is_another_tile_and_the_same_seed_the_same(engine):
    first, again, other = (made(engine, yardage("residual"), seed=seed).image for seed in (3, 3, 4))
    assert (first == again).all()
    assert (first != other).any()


def test_a_garment_wears_the_tile_that_is_a_design_of_its_own(engine):
    tile = made(engine, yardage("palette", "half-drop")).image
    worn_by = recipe().model_copy(update={"cloth": yardage("palette", "half-drop").cloth, "optimise": None})
    worn = job(motif=dots(), motif_name="style/dots.png")
    prepared = engine.prepare(worn, worn_by)
    dressed = prepared.awaits.wear(tile.astype(np.float32) / 255)
    height, width = dressed.shape_px
    # one tile as wide as the picture's long side, the middle of it in the picture's middle
    top, left = (SIZE - height) // 2, (SIZE - width) // 2
    flat = cover(tile, "half-drop", height_px=height, width_px=width, top=top, left=left)
    assert np.array_equal(dressed.style, flat)
    one = painted(engine.paint([prepared], worn_by)[0])
    assert (one.image[dressed.mask.alpha == 0] == prepared.content[dressed.mask.alpha == 0]).all()


def test_a_tile_is_made_once_for_all_garments_that_wear_it(monkeypatch):
    engine, tiles = Engine(device="cpu", precision="fp32", threads=1), []
    worn_by = recipe(1).model_copy(update={"cloth": yardage("palette").cloth})
    real = Painter.finish

    def watched(painter, batch, plan):
        tiles.extend(one.design_id for one in batch if one.repeat is not None)
        return real(painter, batch, plan)

    monkeypatch.setattr(Painter, "finish", watched)
    worn = job(motif=dots(), motif_name="style/dots.png")
    prepared = [engine.prepare(replace(worn, design_id=name), worn_by) for name in "abc"]
    for one in engine.paint(prepared, worn_by):
        painted(one)
    assert tiles == ["a"]


def test_a_tile_of_known_width_comes_to_scale_on_the_garment(engine):
    worn_by = recipe().model_copy(update={"cloth": yardage("palette").cloth})
    worn = job(motif=dots(), motif_name="style/dots.png", repeat_share=0.5)
    prepared = engine.prepare(worn, worn_by)
    tile = np.zeros((SIZE, SIZE, 3), np.float32)
    tile[: SIZE // 2] = 1
    columns = np.flatnonzero((prepared.mask.alpha > 0.5).any(axis=0))
    half = (columns[-1] - columns[0] + 1) / 2
    rows = prepared.awaits.wear(tile).style[:, 40, 0].astype(float)
    spectrum = np.abs(np.fft.rfft(rows - rows.mean()))
    # the period down the picture is half the garment's width
    assert len(rows) / spectrum.argmax() == pytest.approx(half, rel=0.15)


def test_the_error_of_a_tile_is_that_of_each_garment_that_awaits_it(engine):
    worn_by = recipe().model_copy(update={"cloth": yardage("palette").cloth})
    failing = yardage("palette", refine=REFINE.model_copy(update={"feature_scale": 1000.0}))
    broken = failing.cloth.refine.style.model_copy(update={"weight": 1e38, "form": "gatys"})
    refine = failing.cloth.refine.model_copy(update={"style": broken})
    worn_by = worn_by.model_copy(update={"cloth": failing.cloth.model_copy(update={"refine": refine})})
    worn = job(motif=dots(), motif_name="style/dots.png")
    prepared = [engine.prepare(replace(worn, design_id=name), worn_by) for name in "ab"]
    results = engine.paint(prepared, worn_by)
    assert [type(one).__name__ for one in results] == ["NonFinite", "NonFinite"]


def test_joined_cloth_without_a_motif_is_an_error_with_a_name(engine):
    with pytest.raises(EngineError, match="maker fill joins two textiles") as caught:
        engine.prepare(tile_job(motif=None), yardage("fill"))
    assert caught.value.code == "motif_missing"


def test_a_palette_recolours_before_anything_is_laid(engine):
    red = stripes("#ff0000")
    tile = made(engine, yardage("palette", refine=None), palette=red, palette_name="style/red.png").image
    plain = made(engine, yardage("palette", refine=None)).image
    assert tile[..., 0].mean() - tile[..., 2].mean() > plain[..., 0].mean() - plain[..., 2].mean()


def test_controls_turn_and_scale_the_motif_of_a_tile(engine):
    small = yardage("palette", refine=None).model_copy(update={"controls": ControlsPart(motif_scale=0.5)})
    assert (made(engine, small).image != made(engine, yardage("palette", refine=None)).image).any()


def test_a_content_loss_holds_on_to_the_tile_as_it_was_laid(engine):
    tied = REFINE.model_copy(update={"content": ContentTerm(weight=1e4, layers=["relu1_1"])})
    prepared = engine.prepare(tile_job(), yardage("residual", refine=tied))
    loose = made(engine, yardage("residual")).image.astype(float)
    held = made(engine, yardage("residual", refine=tied)).image.astype(float)
    laid = prepared.content.astype(float)
    assert np.abs(held - laid).mean() < np.abs(loose - laid).mean()


def test_a_mock_up_is_the_garment_in_the_finished_tile(engine):
    tile = made(engine, yardage("palette")).image
    image = engine.mock_up(tile, "straight", job(style=b""), recipe())
    prepared = engine.prepare(job(), recipe())
    outside = prepared.mask.alpha == 0
    assert (image[outside] == prepared.content[outside]).all()
    moved = rolled(tile, "straight", down_px=20, right_px=0)
    assert (engine.mock_up(moved, "straight", job(style=b""), recipe()) != image).any()
