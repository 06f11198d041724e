"""A layout is decided once: drawn on a larger sheet it is the same cloth in the textile's finer pixels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest

from nst_core.cloth.makers.applique import applique
from nst_core.cloth.makers.endless import noise_on
from nst_core.cloth.makers.fill import fill
from nst_core.cloth.makers.layout import Layout, Sheet
from nst_core.cloth.makers.palette import palette
from nst_core.cloth.makers.requilt import requilt
from nst_core.cloth.makers.residual import residual
from nst_core.cloth.makers.seamless import seamless
from nst_core.cloth.makers.toss import toss
from nst_core.garment.pixels import Image
from nst_core.resampling import resampled
from tests.nst_core.cloth.makers import drawn, spots
from tests.nst_core.cloth.makers.tiles import REPEATS, sheet, worst_join
from tests.nst_core.cloth.textiles import check, floral

MAKERS = (toss, requilt, applique, residual, fill, palette)
SIDE = 96


def seen_at(image: Image, side_px: int) -> Image:
    """A picture at another size."""
    way = cv2.INTER_AREA if side_px < len(image) else cv2.INTER_CUBIC
    return np.clip(cv2.resize(image, (side_px, side_px), interpolation=way), 0, 1).astype(np.float32)


def textiles_of(make: Callable[..., Layout]) -> tuple[Image, ...]:
    """What suits a maker, twice as large as it is seen on a sheet of 96 px."""
    if make is toss:
        return (spots.dots(288, noise=0.01),)
    if make is requilt:
        return (floral(288, 288).astype(np.float32) / 255,)
    return seen_at(drawn.painting(), 240), drawn.dots(192, 48)[0]


def unlike(one: Image, other: Image) -> float:
    """0 for the same tile, 1.41 for two that have nothing in common."""
    return float((one - other).std() / other.std())


@pytest.mark.parametrize(
    ("repeat", "times"), [("straight", 5 / 3), ("half-drop", 2), ("half-brick", 2), ("mirror", 2)]
)
@pytest.mark.parametrize("make", MAKERS)
def test_drawn_on_a_larger_sheet_it_is_the_same_layout(make, repeat, times):
    large = textiles_of(make)
    small = [seen_at(one, len(one) // 2) for one in large]
    decided = sheet(SIDE, repeat=repeat, seed=1)
    layout = make(*small, decided)
    side = round(times * SIDE)
    wanted = replace(decided, height_px=side, width_px=side)
    again = layout.on(wanted, *(seen_at(one, round(times * len(one) / 2)) for one in large))
    assert again.tile.shape == (side, side, 3)
    back = resampled(again.tile, repeat, height_px=SIDE, width_px=SIDE)
    assert unlike(back, layout.tile) < 0.25
    # 1.3 is a step as there are several inside, at whatever corner the tile begins
    assert worst_join(again.tile, repeat) <= 1.35
    assert again.style.shape[0] == round(times * len(small[0]))
    for plane in (again.figure, again.classes):
        assert plane is None or plane.shape == (side, side)


@pytest.mark.parametrize("make", MAKERS)
def test_on_the_sheet_it_was_decided_on_it_is_that_very_tile(make):
    small = [seen_at(one, len(one) // 2) for one in textiles_of(make)]
    layout = make(*small, sheet(SIDE, seed=1))
    np.testing.assert_allclose(layout.on(sheet(SIDE, seed=1), *small).tile, layout.tile, atol=1e-5)


@pytest.mark.parametrize("make", [toss, requilt, fill])
def test_drawn_larger_it_shows_what_only_the_larger_textile_has(make):
    # the same layout of textiles that were enlarged, which have nothing finer
    large = textiles_of(make)
    small = [seen_at(one, len(one) // 2) for one in large]
    layout = make(*small, sheet(SIDE, seed=1))
    sharp, soft = (
        float(np.abs(cv2.Laplacian(layout.on(sheet(2 * SIDE, seed=1), *seen).tile, cv2.CV_32F)).mean())
        for seen in (large, [seen_at(one, 2 * len(one)) for one in small])
    )
    assert sharp > 1.15 * soft


@pytest.mark.parametrize("repeat", REPEATS)
def test_a_drawn_pattern_keeps_its_rhythm_at_any_size(repeat):
    cloth = check(240, 30).astype(np.float32) / 255
    pattern = seamless(seen_at(cloth, 120), sheet(SIDE, repeat=repeat))
    large = pattern.at(cloth, sheet(2 * SIDE, repeat=repeat))
    assert unlike(resampled(large, repeat, height_px=SIDE, width_px=SIDE), pattern.tile) < 0.2


@pytest.mark.parametrize("repeat", REPEATS[:3])
def test_finer_noise_is_white_and_agrees_with_the_coarser_in_what_is_broad(repeat):
    decided, wanted = Sheet(64, 96, repeat, 0), Sheet(160, 240, repeat, 0)
    coarse, fine = noise_on(decided, decided, [3])[..., 0], noise_on(wanted, decided, [3])[..., 0]
    assert fine.std() == pytest.approx(1, abs=0.02)
    # a sum of 2.5 x 2.5 white values has 2.5 times the deviation of one
    broad = 2.5 * cv2.GaussianBlur(fine, (0, 0), 10)[40:-40, 40:-40]
    same = cv2.GaussianBlur(coarse, (0, 0), 4)
    same = cv2.resize(same, (240, 160), interpolation=cv2.INTER_CUBIC)[40:-40, 40:-40]
    assert np.corrcoef(broad.ravel(), same.ravel())[0, 1] > 0.99
    assert broad.std() == pytest.approx(same.std(), rel=0.05)


def test_only_what_a_maker_laid_out_can_be_drawn_again():
    plain = np.zeros((32, 32, 3), np.float32)
    with pytest.raises(ValueError, match="what a maker has laid out"):
        Layout(plain, plain).on(sheet(64), plain)
