from __future__ import annotations

import pytest
import torch

from nst_core.losses import garment_weight


def square(side: int, inner: int) -> torch.Tensor:
    mask = torch.zeros(1, 1, side, side)
    at = (side - inner) // 2
    mask[..., at : at + inner, at : at + inner] = 1
    return mask


@pytest.mark.parametrize(("stride", "radius"), [(1, 1), (2, 3), (4, 6), (8, 10), (16, 14)])
def test_the_edge_is_drawn_in_by_what_the_layer_sees(stride, radius):
    # a square of 96 px loses the radius on each side; its weight is its area in positions
    weight = garment_weight(square(192, 96), stride)
    assert weight.shape == (1, 1, 192 // stride, 192 // stride)
    assert float(weight.sum()) * stride**2 == pytest.approx((96 - 2 * radius) ** 2)


def test_what_the_frame_cuts_off_is_no_edge():
    assert torch.equal(garment_weight(torch.ones(1, 1, 64, 64), 16), torch.ones(1, 1, 4, 4))


def test_a_strap_that_would_vanish_keeps_its_own_shape():
    strap, garment = torch.zeros(1, 1, 64, 64), square(64, 48)
    strap[..., 30:34, :] = 1
    weight = garment_weight(torch.cat((strap, garment)), 16)
    # 4 rows of 64 px; and beside it 48 px less 14 on each side
    assert (weight.flatten(1).sum(1) * 256).tolist() == pytest.approx([4 * 64, 20 * 20])


def test_a_soft_edge_stays_soft():
    mask = square(64, 32) * 0.5
    weight = garment_weight(mask, 1)
    assert sorted(set(weight.flatten().tolist())) == [0.0, 0.5]
