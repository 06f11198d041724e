"""Speckle and total variation by hand, and their laws."""

import pytest
import torch

from nst_core.scoring import speckle, variation
from nst_core.scoring.speckle import grain


def test_a_single_bright_pixel_by_hand():
    # 5 × 5 px, the middle 1: |Laplacian| 4 there, 1 at its four neighbours: 8 over 9 inner px.
    image = torch.zeros(3, 5, 5)
    image[:, 2, 2] = 1
    assert grain(image) == pytest.approx(8 / 9)


def test_a_ramp_has_no_grain():
    assert grain(torch.linspace(0, 1, 20).expand(3, 20, 20)) == pytest.approx(0, abs=1e-6)


def test_a_cloth_has_exactly_its_own_grain(cloth):
    assert speckle(cloth, grain(cloth)) == pytest.approx(1)


def test_speckle_rises_with_noise(cloth, noise, garment):
    own = grain(cloth)
    found = [speckle(cloth + amount * noise, own, garment) for amount in (0, 0.02, 0.05, 0.2)]
    assert found == sorted(found)
    assert found[0] < 1.1 < found[-1]


def test_speckle_falls_with_blur(cloth):
    soft = torch.nn.functional.avg_pool2d(cloth[None], 3, stride=1, padding=1)[0]
    assert speckle(soft, grain(cloth)) < 0.9


def test_noise_on_the_floor_does_not_count(cloth, noise, garment):
    on_floor = torch.where(garment > 0, cloth, cloth + noise)
    inside = (torch.nn.functional.avg_pool2d(garment[None, None], 3, 1, 1)[0, 0] == 1).float()
    assert speckle(on_floor, grain(cloth), inside) == speckle(cloth, grain(cloth), inside)


def test_a_plain_cloth_an_empty_mask_and_two_pixels_have_no_speckle(cloth):
    assert speckle(cloth, grain(torch.full((3, 20, 20), 0.5))) is None
    assert speckle(cloth, grain(cloth), torch.zeros(96, 96)) is None
    assert grain(cloth[:, :2]) is None


def test_the_variation_of_a_ramp_and_of_a_chessboard():
    # A ramp over 11 px across: ten steps of .1, none down. A chessboard: 1 at every join, both ways.
    ramp = torch.linspace(0, 1, 11).expand(3, 11, 11)
    board = (torch.arange(8)[:, None] + torch.arange(8)).remainder(2).float().expand(3, 8, 8)
    assert variation(ramp) == pytest.approx(0.1)
    assert variation(board) == pytest.approx(2)


def test_variation_is_the_same_for_more_of_the_same(cloth):
    # A repeat of 24 px: twice as many of them, nearly the same mean.
    assert variation(cloth.repeat(1, 2, 2)) == pytest.approx(variation(cloth), rel=0.02)
    assert variation(cloth[:, :1]) is None
