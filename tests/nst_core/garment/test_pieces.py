"""Sleeves, legs, hood and collar from the outline alone."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from nst_core.garment.pieces import find_pieces, seams


def _filled(*outlines: list[tuple[int, int]]) -> np.ndarray:
    alpha = np.zeros((256, 256), np.float32)
    for outline in outlines:
        cv2.fillPoly(alpha, [np.array(outline, np.int32)], 1.0)
    return alpha


BODY = [(90, 50), (166, 50), (172, 220), (84, 220)]
SLEEVES = [[(95, 50), (30, 100), (48, 126), (95, 96)], [(161, 50), (226, 100), (208, 126), (161, 96)]]
TEE = _filled(BODY, *SLEEVES)
HOOD = [(104, 54), (98, 30), (106, 8), (150, 8), (158, 30), (152, 54)]
TROUSERS = _filled([(80, 20), (176, 20), (190, 230), (145, 230), (128, 110), (111, 230), (66, 230)])
SKIRT = _filled([(100, 40), (156, 40), (200, 220), (56, 220)])


def test_a_tee_has_two_sleeves_that_mirror_each_other():
    left, right = find_pieces(TEE)
    assert left.kind == right.kind == "sleeve"
    assert left.turn_deg == pytest.approx(-right.turn_deg, abs=4)
    # from the shoulder's middle (95, 73) to the cuff's (39, 113): atan(56 / 40) = 54 degrees
    assert right.turn_deg == pytest.approx(54, abs=12)
    assert np.abs(left.weight - np.roll(right.weight[:, ::-1], 1, axis=1)).mean() < 0.01


def test_the_cuff_is_sleeve_and_the_chest_is_not():
    left, right = find_pieces(TEE)
    assert left.weight[108, 44] == right.weight[108, 212] == 1
    for place in ((130, 128), (60, 128), (200, 100)):
        assert left.weight[place] == right.weight[place] == 0


def test_a_standing_top_is_a_hood():
    kinds = [piece.kind for piece in find_pieces(_filled(BODY, *SLEEVES, HOOD))]
    assert kinds == ["sleeve", "sleeve", "hood"]
    hood = find_pieces(_filled(BODY, *SLEEVES, HOOD))[2]
    assert hood.weight[20, 128] == 1
    assert hood.weight[100, 128] == 0
    assert hood.turn_deg == 0


def test_trousers_have_two_legs_parted_from_crotch_to_waist():
    left, right = find_pieces(TROUSERS)
    assert left.kind == right.kind == "leg"
    assert left.weight[200, 90] == right.weight[200, 166] == 1
    assert left.weight[60, 110] == right.weight[60, 146] == 1
    assert left.weight[60, 146] == right.weight[60, 110] == 0


@pytest.mark.parametrize(
    "alpha",
    [
        SKIRT,
        _filled(BODY),
        _filled(BODY, SLEEVES[0]),
        TROUSERS[::-1].copy(),
        np.ones((256, 256), np.float32),
        np.zeros((64, 48), np.float32),
        np.ones((3, 200), np.float32),
    ],
    ids=[
        "skirt",
        "top without sleeves",
        "one sleeve hidden",
        "upside down",
        "everything",
        "nothing",
        "strip",
    ],
)
def test_where_the_outline_is_not_sure_there_are_no_pieces(alpha: np.ndarray):
    assert find_pieces(alpha) == ()


def test_noise_has_no_pieces_or_some_but_never_fails():
    random = np.random.default_rng(0)
    for _ in range(20):
        blobs = cv2.GaussianBlur(random.random((90, 70)).astype(np.float32), (0, 0), 5)
        for piece in find_pieces((blobs > np.median(blobs)).astype(np.float32)):
            assert piece.weight.shape == (90, 70)
            assert np.isfinite(piece.weight).all()


def test_pieces_are_found_at_any_size_alike():
    large = cv2.resize(TEE, (640, 640), interpolation=cv2.INTER_LINEAR)
    for small, big in zip(find_pieces(TEE), find_pieces(large), strict=True):
        assert big.turn_deg == pytest.approx(small.turn_deg, abs=3)
        assert big.weight[270, 110] == small.weight[108, 44]
        # a pixel of softness on each side of the seam, whatever the size: 10 to 90 % within 3 px or so
        row = big.weight[200, 150:490]
        assert 1 <= ((row > 0.1) & (row < 0.9)).sum() <= 4


def test_a_seam_is_a_narrow_shade_and_nothing_else_changes():
    pieces = find_pieces(TEE)
    shade = seams(pieces, 0.25, (256, 256))
    assert shade.min() == pytest.approx(0.75, abs=0.03)
    assert (shade[TEE > 0] == 1).mean() > 0.95
    assert (seams(pieces, 0.0, (256, 256)) == 1).all()
    assert (seams((), 0.25, (20, 30)) == np.ones((20, 30))).all()
