"""What networks are built of."""

import pytest
import torch
import torch.nn.functional as nnf

from nst_core.lattice import cover_planes, roll_planes
from nst_core.networks.layers import (
    Convolution,
    EnlargedConvolution,
    InstanceNorm,
    LastConvolution,
    enlarged_twice,
    never_infinite,
    padded_by,
)


def test_a_picture_is_padded_by_its_reflection():
    row = torch.tensor([[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]]]])
    assert padded_by(row, 1, None)[0, 0, 0].tolist() == [5, 4, 5, 6, 5]


@pytest.mark.parametrize("repeat", ["straight", "half-drop", "half-brick", "mirror"])
def test_a_tile_is_padded_by_its_neighbours(repeat):
    tile = torch.rand(1, 2, 8, 12)
    wide = padded_by(tile, 3, repeat)
    assert torch.equal(wide, cover_planes(tile, repeat, height_px=14, width_px=18, top=-3, left=-3))


def test_one_pass_enlarges_and_convolves_as_two_do():
    torch.manual_seed(1)
    planes = torch.rand(2, 5, 6, 7)
    at_once = EnlargedConvolution(5, 4)
    in_two = Convolution(5, 4, 3)
    in_two.inner.load_state_dict(at_once.inner.state_dict())
    for repeat in (None, "straight"):
        assert torch.allclose(at_once(planes, repeat), in_two(enlarged_twice(planes), repeat), atol=1e-6)


def test_both_ways_of_enlarging_learn_alike():
    torch.manual_seed(2)
    planes = torch.rand(1, 3, 6, 6)
    at_once, in_two = EnlargedConvolution(3, 2), Convolution(3, 2, 3)
    in_two.inner.load_state_dict(at_once.inner.state_dict())
    at_once(planes).square().sum().backward()
    in_two(enlarged_twice(planes)).square().sum().backward()
    assert torch.allclose(at_once.inner.weight.grad, in_two.inner.weight.grad, rtol=1e-4, atol=1e-4)
    assert torch.allclose(at_once.inner.bias.grad, in_two.inner.bias.grad, rtol=1e-4)


def test_a_half_drop_is_enlarged_as_the_endless_cloth():
    torch.manual_seed(3)
    tile, layer = torch.rand(1, 3, 8, 6), EnlargedConvolution(3, 4)
    rolled = layer(roll_planes(tile, "half-drop", down_px=2, right_px=7), "half-drop")
    assert torch.allclose(
        rolled, roll_planes(layer(tile, "half-drop"), "half-drop", down_px=4, right_px=14), atol=1e-6
    )


def test_the_last_convolution_is_the_plain_one():
    torch.manual_seed(5)
    planes = torch.rand(2, 5, 8, 10)
    for size in (3, 9):
        last, plain = LastConvolution(5, size), Convolution(5, 3, size)
        plain.inner.load_state_dict(last.inner.state_dict())
        for repeat in (None, "straight"):
            assert torch.allclose(last(planes, repeat), plain(planes, repeat), atol=1e-5)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_infinity_is_told_and_every_number_is_left_bit_for_bit(dtype):
    largest = torch.finfo(dtype).max
    numbers = torch.tensor([0.0, 1e-40, -1.5, largest, -largest], dtype=dtype)
    assert torch.equal(never_infinite(numbers), numbers)
    assert never_infinite(torch.tensor([torch.inf, -torch.inf, torch.nan], dtype=dtype)).isnan().all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_instance_norm_is_torchs_own(dtype):
    torch.manual_seed(4)
    norm = InstanceNorm(6)
    with torch.no_grad():
        norm.gamma.uniform_(0.5, 2)
        norm.beta.uniform_(-1, 1)
    planes = (3 * torch.rand(2, 6, 9, 11) + 5).to(dtype)
    theirs = nnf.instance_norm(planes.float(), weight=norm.gamma, bias=norm.beta, eps=1e-5)
    ours = norm.to(dtype)(planes)
    assert ours.dtype == dtype
    assert torch.allclose(ours.float(), theirs, atol=1e-5 if dtype == torch.float32 else 3e-2)
