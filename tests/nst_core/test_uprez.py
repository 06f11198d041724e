"""Finished tiles at another size: they still meet themselves, and are still the tile that was chosen."""

from __future__ import annotations

import io
from dataclasses import replace

import cv2
import numpy as np
import pytest
from PIL import Image

from configs.recipe import BarzilaiBorweinSpec, LbfgsSpec, TvTerm
from nst_core import uprez as module
from nst_core.design import Painted
from nst_core.engine import Engine
from nst_core.errors import EngineError, Stopped
from nst_core.lattice import rolled, symmetric
from nst_core.planes import to_planes
from nst_core.resampling import resampled
from nst_core.scoring.ssim import ssim
from nst_core.scoring.tile import seam
from nst_core.uprez import Enlarged, deep, press_size_px, uprez
from tests.nst_core import test_new_cloth as cloth
from tests.nst_core.test_engine import png, recipe
from tests.nst_core.test_new_cloth import REFINE, SIZE, dots, yardage

REFINED = REFINE.model_copy(update={"tv": TvTerm(weight=1, of="change", chroma_weight=30)})
REPEATS = ("straight", "half-drop", "half-brick", "mirror")
LARGE = 144


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(device="cpu", precision="fp32", threads=1)


def tile_job(**changes):
    return cloth.tile_job(style=dots("#a03020"), **changes)


_MADE: dict[str, Painted] = {}


def made(engine: Engine, made_by, **changes) -> Painted:
    """Paint a preview, each once for all tests."""
    key = repr((made_by, changes))
    if key not in _MADE:
        _MADE[key] = cloth.made(engine, made_by, style=dots("#a03020"), **changes)
    return _MADE[key]


def larger(engine: Engine, one: Painted, made_by, side: int = LARGE, **changes) -> Enlarged:
    return engine.enlarge(one.image, tile_job(**changes), made_by, height_px=side, width_px=side)


def as_unit(enlarged: Enlarged) -> np.ndarray:
    return (enlarged.tile / np.float32(65_535)).astype(np.float32)


def likeness(one: np.ndarray, other: np.ndarray) -> float:
    return float(ssim(to_planes(one), to_planes(other)))


@pytest.mark.parametrize("repeat", REPEATS)
def test_a_tile_resumed_at_another_size_meets_itself_and_is_still_that_tile(engine, repeat):
    made_by = yardage("palette", repeat, refine=REFINED)
    one = made(engine, made_by)
    large = larger(engine, one, made_by)
    assert (large.way, large.scales_px, large.steps) == ("resumed", (LARGE,), 3)
    tile = as_unit(large)
    backbone = engine._sight.backbone("vgg16")
    before = seam(one.image / np.float32(255), repeat, backbone).seam
    # drawn tiles have fewer steps at their joins than inside, or a few more; a cut has 1.5 times as many
    assert seam(tile, repeat, backbone).seam < 1.1 * max(1.1, before)
    small = resampled(tile, repeat, height_px=SIZE, width_px=SIZE)
    assert likeness(small, one.image.astype(np.float32) / 255) > 0.8


def test_a_cut_in_the_preview_stays_a_cut(engine):
    # what the laws above would say of an edge that is no join
    made_by = yardage("palette", refine=REFINED)
    one = made(engine, made_by)
    cut = replace(one, image=np.ascontiguousarray(np.roll(one.image, 30, axis=1)[:, ::-1]))
    cut.image[:, : SIZE // 2] = 255 - cut.image[:, : SIZE // 2]
    found = seam(as_unit(larger(engine, cut, made_by)), "straight", engine._sight.backbone("vgg16"))
    assert found.seam > 1.5


@pytest.mark.parametrize("repeat", REPEATS)
def test_resampling_knows_no_joins(repeat):
    # to twice the size and back: the tile rolled by its place is the resampled tile rolled by twice that
    tile = cv2.GaussianBlur(np.random.default_rng(0).random((64, 96, 3), dtype=np.float32), (0, 0), 1.5)
    if repeat == "mirror":
        tile = symmetric(to_planes(tile)).permute(1, 2, 0).numpy()
    size = {"height_px": 128, "width_px": 192}
    moved = resampled(rolled(tile, repeat, down_px=10, right_px=70), repeat, **size)
    there = rolled(resampled(tile, repeat, **size), repeat, down_px=20, right_px=140)
    np.testing.assert_allclose(moved, there, atol=1e-4)


def test_large_tiles_take_the_frugal_method_and_give_the_same_cloth(engine, monkeypatch):
    made_by = yardage("palette", "half-drop", refine=REFINED)
    one = made(engine, made_by)
    usual = as_unit(larger(engine, one, made_by))
    monkeypatch.setattr(module, "LBFGS_MOST_PX", 0)
    assert module._at_size(made_by.cloth.refine, 1).optimiser == BarzilaiBorweinSpec()
    frugal = as_unit(larger(engine, one, made_by))
    assert seam(frugal, "half-drop", engine._sight.backbone("vgg16")).seam < 1.15
    assert likeness(frugal, usual) > 0.95
    assert (frugal != usual).any()


def test_scales_grow_at_most_twice_and_end_where_the_textiles_detail_does(engine):
    assert module._scales((96, 96), (672, 672), "straight") == [(176, 176), (352, 352), (672, 672)]
    assert module._scales((96, 96), (96, 96), "straight") == []
    made_by = yardage("palette", refine=REFINED)
    one = made(engine, made_by)
    # the style is 96 px and as wide as the tile: at 160 px it is seen at more than its own size
    large = larger(engine, one, made_by, 256)
    assert large.scales_px == (160,)
    assert large.detail_width_px == 96
    assert large.tile.shape == (256, 256, 3)


def test_outside_the_figure_a_tile_is_only_enlarged(engine):
    made_by = yardage("fill", refine=REFINED)
    one = made(engine, made_by)
    large = as_unit(larger(engine, one, made_by))
    plain = resampled(one.image.astype(np.float32) / 255, "straight", height_px=LARGE, width_px=LARGE)
    figure = engine.prepare(tile_job(), made_by).alpha
    outside = resampled(figure, "straight", height_px=LARGE, width_px=LARGE) == 0
    assert outside.mean() > 0.2
    np.testing.assert_allclose(large[outside], plain[outside], atol=1e-4)
    assert np.abs(large[~outside] - plain[~outside]).max() > 0.01


def twice_as_fine(colour: str) -> bytes:
    """The dots of all these tests with twice as many pixels."""
    picture = Image.open(io.BytesIO(dots(colour)))
    return png(picture.resize((192, 192), Image.Resampling.LANCZOS))


FINE = {"style": twice_as_fine("#a03020"), "motif": twice_as_fine("#2040a0")}


def fine(engine: Engine, made_by) -> Painted:
    return cloth.made(engine, made_by, **FINE)


@pytest.mark.parametrize("refine", [REFINED, None])
@pytest.mark.parametrize("repeat", ["half-drop", "mirror"])
def test_a_tile_whose_textiles_have_more_pixels_is_laid_out_again_and_stays_that_tile(engine, repeat, refine):
    made_by = yardage("palette", repeat, refine=refine)
    one = fine(engine, made_by)
    large = engine.enlarge(one.image, cloth.tile_job(**FINE), made_by, height_px=224, width_px=224)
    # 192 px have all that 192 px of textile show; no steps are taken on the way, and none beyond
    assert (large.way, large.detail_width_px) == ("laid out again", 192)
    assert large.scales_px == ((192,) if refine else ())
    small = resampled(as_unit(large), repeat, height_px=SIZE, width_px=SIZE)
    assert likeness(small, one.image / np.float32(255)) > 0.9
    plain = uprez(one.image / np.float32(255), repeat, None, None, height_px=224, width_px=224)
    edges = [np.abs(cv2.Laplacian(as_unit(tile), cv2.CV_32F)).mean() for tile in (large, plain)]
    assert edges[0] > 1.2 * edges[1]


def test_a_standing_tile_is_laid_out_again_as_high(engine):
    made_by = yardage("palette", "half-drop", refine=None, repeat_aspect=2)
    one = fine(engine, made_by)
    large = engine.enlarge(one.image, cloth.tile_job(**FINE), made_by, height_px=384, width_px=192)
    assert (large.way, large.tile.shape) == ("laid out again", (384, 192, 3))
    small = resampled(as_unit(large), "half-drop", height_px=2 * SIZE, width_px=SIZE)
    assert likeness(small, one.image / np.float32(255)) > 0.9


def test_what_the_steps_have_changed_stays_changed_when_it_is_laid_out_again(engine):
    made_by = yardage("palette", refine=None)
    one = fine(engine, made_by)
    darker = np.ascontiguousarray(one.image - np.minimum(one.image, 20))
    large = engine.enlarge(darker, cloth.tile_job(**FINE), made_by, height_px=192, width_px=192)
    plain = engine.enlarge(one.image, cloth.tile_job(**FINE), made_by, height_px=192, width_px=192)
    assert large.way == "laid out again"
    # 20 of 255
    np.testing.assert_allclose((as_unit(plain) - as_unit(large)).mean(), 20 / 255, atol=0.01)


@pytest.mark.parametrize(("refine", "way"), [(REFINED, "resumed"), (None, "interpolated")])
def test_another_tile_than_the_maker_lays_is_never_put_in_its_place(engine, refine, way):
    made_by = yardage("palette", refine=refine)
    changed = np.random.default_rng(0).integers(0, 255, (SIZE, SIZE, 3), np.uint8)
    large = engine.enlarge(changed, cloth.tile_job(**FINE), made_by, height_px=LARGE, width_px=LARGE)
    assert large.way == way


def test_sixteen_bits_hold_more_than_eight():
    tile = np.linspace(0, 1, 64 * 64 * 3, dtype=np.float32).reshape(64, 64, 3)
    large = uprez(tile, "straight", None, None, height_px=32, width_px=32)
    assert large.tile.dtype == np.uint16
    assert len(np.unique(large.tile)) > 256
    assert deep(np.ones((16, 16, 3), np.float32)).min() == 65_535


def test_the_size_is_the_nearest_that_the_repeat_takes():
    # 640 mm at 200 dpi are 5039.4 px: 315 times 16, 157 times 32
    assert press_size_px(384, 384, 640 * 200 / 25.4, "straight") == (5040, 5040)
    assert press_size_px(384, 384, 640 * 200 / 25.4, "half-drop") == (5024, 5024)
    # a tile of half the width is as much higher
    assert press_size_px(768, 384, 640 * 200 / 25.4, "straight") == (10_080, 5040)
    with pytest.raises(EngineError, match="at most 16,384 px wide") as caught:
        press_size_px(384, 384, 20_000, "straight")
    assert caught.value.extras["most_width_px"] == 16_384


def test_a_garments_recipe_has_no_tile_to_enlarge(engine):
    with pytest.raises(EngineError, match="no tile of its own"):
        engine.enlarge(np.zeros((64, 64, 3), np.uint8), tile_job(), recipe(), height_px=96, width_px=96)


def test_it_stops_when_asked(engine):
    made_by = yardage("palette", refine=REFINED)
    one = made(engine, made_by)
    with pytest.raises(Stopped):
        engine.enlarge(one.image, tile_job(), made_by, height_px=160, width_px=160, should_stop=lambda: True)


def test_few_steps_of_the_recipes_own_method():
    part = yardage().cloth.refine.model_copy(update={"steps": 40, "scales_px": (64,)})
    at_size = module._at_size(part, 100)
    assert (at_size.steps, at_size.scales_px, at_size.optimiser) == (8, (), LbfgsSpec())
    assert module._at_size(part, 1 << 25).steps == module.FRUGAL_STEPS
