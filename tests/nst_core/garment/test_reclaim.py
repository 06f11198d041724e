"""Parts that a cut left out, and parts that it rightly did."""

from __future__ import annotations

from nst_core.garment.pixels import to_lab
from nst_core.garment.reclaim import reclaim
from tests.nst_core.garment.scenes import SHIRT, draw

SCENE = draw(SHIRT, colour=(120, 122, 126), ground="wood")
LAB = to_lab(SCENE.rgb)


def test_a_lost_sleeve_in_the_garments_colour_comes_back():
    lost = SCENE.garment.copy()
    lost[:, 170:] = False
    sleeve = SCENE.garment & ~lost
    found = reclaim(lost, LAB)
    assert (found & sleeve).sum() > 0.85 * sleeve.sum()
    assert (found & ~SCENE.garment).sum() < 0.03 * SCENE.garment.sum()


def test_a_whole_garment_gains_nothing():
    gained = reclaim(SCENE.garment, LAB) & ~SCENE.garment
    assert gained.sum() < 0.01 * SCENE.garment.sum()


def test_a_small_patch_of_floor_in_the_garments_colour_is_not_taken():
    rgb = SCENE.rgb.copy()
    # about 2 % of the garment, touching its hem
    rgb[268:288, 100:126] = (120, 122, 126)
    assert not reclaim(SCENE.garment, to_lab(rgb))[276:286, 104:122].any()
