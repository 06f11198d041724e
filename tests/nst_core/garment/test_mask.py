"""Which mask is used, and what is said about one that cannot be."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from configs.recipe import GarmentPart
from nst_core.garment import find_mask
from tests.nst_core.garment.scenes import SHIRT, TEE, draw, overlap

SCENE = draw(TEE, colour=(110, 25, 40))
DRAWN = SCENE.garment.astype(np.uint8) * 255
PART = GarmentPart()


def _find(rgb=SCENE.rgb, catalog_mask=None, alpha=None, part=PART):
    return find_mask(rgb, catalog_mask=catalog_mask, alpha=alpha, part=part, look=None)


def test_the_catalogs_mask_comes_before_alpha_and_alpha_before_the_search():
    other = np.zeros_like(DRAWN)
    other[40:200, 60:180] = 255
    assert _find(catalog_mask=DRAWN, alpha=other).source == "catalog"
    found = _find(alpha=other)
    assert found.source == "alpha"
    assert overlap(found.alpha, other > 0) > 0.97
    assert _find().source == "auto"


def test_catalog_and_alpha_are_sure_and_the_search_says_how_sure():
    assert _find(catalog_mask=DRAWN).confidence == 1
    assert _find(alpha=DRAWN).confidence == 1
    assert 0 < _find().confidence <= 1


@pytest.mark.parametrize("scale", [0.25, 0.6, 1.0, 3.0])
def test_a_mask_of_any_size_fits(scale: float):
    mask = cv2.resize(DRAWN, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    found = _find(catalog_mask=mask)
    assert found.alpha.shape == SCENE.rgb.shape[:2]
    assert overlap(found.alpha, SCENE.garment) > 0.95
    assert found.area == pytest.approx(SCENE.garment.mean(), rel=0.05)


def test_a_hard_mask_gets_the_recipes_edge_and_a_soft_one_keeps_its_own():
    soft = cv2.GaussianBlur(DRAWN, (0, 0), 6)
    found = _find(catalog_mask=soft).alpha
    assert np.abs(found - soft / 255).max() < 0.03
    hard = _find(catalog_mask=DRAWN).alpha
    outline = np.diff(SCENE.garment, axis=1).sum() + np.diff(SCENE.garment, axis=0).sum()
    assert 1 < ((hard > 0) & (hard < 1)).sum() / outline < 5


def test_an_inverted_mask_is_turned_round_and_named():
    found = _find(catalog_mask=255 - DRAWN)
    assert found.source == "catalog"
    assert "mask_inverted" in found.notes
    assert overlap(found.alpha, SCENE.garment) > 0.97


def test_a_garment_cut_off_by_the_picture_is_not_taken_for_inverted():
    close_up = np.full_like(DRAWN, 255)
    close_up[:60, :50] = 0
    assert _find(catalog_mask=close_up).notes == ()


@pytest.mark.parametrize(
    ("mask", "note"),
    [
        (np.zeros((320, 240), np.uint8), "mask_empty"),
        (np.full((320, 240), 255, np.uint8), "mask_full"),
        (np.rot90(DRAWN), "mask_other_shape"),
        (np.full((1, 1), 255, np.uint8), "mask_full"),
    ],
)
def test_an_unusable_mask_is_named_and_the_search_takes_over(mask, note: str):
    found = _find(catalog_mask=mask)
    assert found.source == "auto"
    assert note in found.notes
    assert overlap(found.alpha, SCENE.garment) > 0.93


def test_alpha_that_cuts_nothing_out_is_not_a_mask():
    assert _find(alpha=np.full_like(DRAWN, 255)).source == "auto"
    assert _find(alpha=np.zeros_like(DRAWN)).source == "auto"


def test_too_little_confidence_paints_the_whole_picture_and_keeps_the_number():
    found = _find(part=GarmentPart(min_confidence=1))
    assert found.source == "none"
    assert 0 < found.confidence < 1
    assert (found.alpha == 1).all()
    assert found.area == 1


def test_a_recipe_that_wants_catalog_masks_never_searches():
    found = _find(part=GarmentPart(mask="catalog"))
    assert found.source == "none"
    assert found.confidence == 0


@pytest.mark.parametrize("shape", [(1, 1), (3, 50), (64, 256)])
def test_plain_pictures_of_any_shape_have_no_mask(shape: tuple[int, int]):
    for value in (0, 255):
        found = _find(np.full((*shape, 3), value, np.uint8))
        assert found.source == "none"
        assert found.alpha.shape == shape


def test_the_edge_is_as_wide_as_asked_whatever_the_size():
    for long_side, edge_px in ((256, 1.2), (768, 1.2), (768, 3.0)):
        scene = draw(SHIRT, colour=(110, 25, 40), height=long_side, width=long_side * 3 // 4)
        found = find_mask(
            scene.rgb,
            catalog_mask=scene.garment.astype(np.uint8) * 255,
            alpha=None,
            part=GarmentPart(edge_px=edge_px),
            look=None,
        ).alpha
        row = found[int(0.6 * long_side), : long_side * 3 // 8]
        wide = ((row > 0.1) & (row < 0.9)).sum() / (np.diff(row > 0.5).sum())
        assert wide == pytest.approx(edge_px * long_side / 256, abs=1.3)
