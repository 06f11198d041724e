"""What holds for every kind of network."""

from __future__ import annotations

import pytest
import torch

from configs.network import NETWORK_KINDS, ONE_STYLE, PIECES
from nst_core.lattice import roll_planes
from nst_core.networks import KINDS, Several
from tests.nst_core.tiny import picture

from .showing import beside, built, last_weights, painted

REPAINTING = ["johnson", "johnson-many", "nstn", "stylebank", "stylebank-paper"]
MIXING = [kind for kind in REPAINTING if KINDS[kind].mixes_styles]


def test_only_kinds_that_a_recipe_may_name_are_there():
    assert set(KINDS) <= set(NETWORK_KINDS)


def test_configs_know_which_kinds_refuse_several_styles():
    refuse = {name for name, kind in KINDS.items() if PIECES[name].style and not kind.mixes_styles}
    assert refuse == set(ONE_STYLE)


@pytest.mark.parametrize("kind", REPAINTING)
def test_its_tensors_lie_in_the_files_that_its_pieces_tell(kind):
    own = {KINDS[kind].of_style(name) for name in built(kind).state_dict()}
    assert own == {one for one, there in ((True, PIECES[kind].style), (False, PIECES[kind].shared)) if there}


@pytest.mark.parametrize("kind", REPAINTING)
@pytest.mark.parametrize("size", [(16, 16), (32, 48), (80, 16)])
def test_a_picture_comes_back_in_its_size_and_in_range(kind, size):
    found = painted(kind, built(kind), picture(*size, batch=2))
    assert found.shape == (2, 3, *size)
    assert found.dtype == torch.float32
    assert 0 <= float(found.min()) <= float(found.max()) <= 1


@pytest.mark.parametrize("kind", REPAINTING)
def test_a_picture_in_a_batch_is_the_picture_alone(kind):
    network, pictures = built(kind), picture(32, 48, batch=3)
    together = painted(kind, network, pictures)
    alone = torch.cat([painted(kind, network, one[None]) for one in pictures])
    assert torch.allclose(together, alone, atol=2e-5)


@pytest.mark.parametrize("kind", REPAINTING)
@pytest.mark.parametrize("repeat", ["straight", "half-drop", "half-brick", "mirror"])
def test_a_rolled_tile_gives_the_rolled_picture(kind, repeat):
    # by multiples of what a network takes together: strided convolutions see every fourth place, tokens
    # are squares of 16 px
    network, tile = built(kind), picture(64, 64)
    before = painted(kind, network, tile, repeat=repeat)
    how = {"down_px": 16, "right_px": 48}
    after = painted(kind, network, roll_planes(tile, repeat, **how), repeat=repeat)
    assert before.std() > 1e-3
    assert torch.allclose(after, roll_planes(before, repeat, **how), atol=1e-5)


@pytest.mark.parametrize("kind", REPAINTING)
def test_a_tile_ends_otherwise_than_a_picture(kind):
    network, tile = built(kind), picture(64, 64)
    endless, ending = (painted(kind, network, tile, repeat=repeat) for repeat in ("straight", None))
    assert not torch.allclose(endless[..., :4, :], ending[..., :4, :], atol=1e-4)


@pytest.mark.parametrize("kind", REPAINTING)
def test_in_bfloat16_it_paints_nearly_the_same(kind):
    network, pictures = built(kind), picture(32, 32)
    exact = painted(kind, network, pictures)
    coarse = painted(kind, network.to(torch.bfloat16), pictures)
    assert coarse.dtype == torch.float32
    assert (coarse - exact).abs().mean() < 0.03


@pytest.mark.parametrize("kind", REPAINTING)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_an_overflow_is_no_white_or_black_but_no_number(kind, dtype):
    network = built(kind).to(dtype)
    # a real number all the same; what comes in is 0 or more, so that sums run to infinity of one sign
    for sign in (1, -1):
        last_weights(network).fill_(sign * 3e38)
        found = painted(kind, network, picture(32, 32))
        assert found.isnan().any()
        assert not found.isinf().any()


@pytest.mark.parametrize("kind", MIXING)
def test_one_style_for_all_of_a_picture_is_that_style(kind):
    pictures, first = picture(32, 32, batch=2), built(kind)
    second = beside(kind, first, seed=7)
    wanted = [painted(kind, network, pictures) for network in (first, second)]
    assert not torch.allclose(*wanted, atol=1e-3)
    for which, alone in enumerate(wanted):
        even = torch.eye(2)[which].view(1, 2, 1, 1).expand(2, -1, -1, -1)
        for shares in (even, even.expand(-1, -1, 32, 32)):
            mixed = painted(kind, first, pictures, several=Several([first, second], shares))
            assert torch.allclose(mixed, alone, atol=1e-5)


@pytest.mark.parametrize("kind", MIXING)
def test_styles_by_weight_lie_between_the_two(kind):
    pictures, first = picture(32, 32), built(kind)
    second = beside(kind, first, seed=7)
    ends = [painted(kind, network, pictures) for network in (first, second)]
    whole = (ends[0] - ends[1]).norm()
    shares = torch.tensor([0.5, 0.5]).view(1, 2, 1, 1)
    middle = painted(kind, first, pictures, several=Several([first, second], shares))
    assert all((middle - end).norm() < whole for end in ends)


@pytest.mark.parametrize("kind", ["stylebank", "stylebank-paper"])
def test_each_region_wears_its_own_bank(kind):
    pictures, first = picture(64, 64), built(kind)
    second = beside(kind, first, seed=7)
    left = torch.zeros(1, 1, 64, 64)
    left[..., :32] = 1
    both = Several([first, second], torch.cat([left, 1 - left], 1))
    found = painted(kind, first, pictures, several=both)
    ends = [painted(kind, network, pictures) for network in (first, second)]
    if kind == "stylebank":
        # beyond what the decoder's kernels carry across the border it is the one style or the other
        assert torch.allclose(found[..., :12], ends[0][..., :12], atol=1e-5)
        assert torch.allclose(found[..., -12:], ends[1][..., -12:], atol=1e-5)
    else:
        # its decoder evens whole maps, so that one half has a say in the other
        assert (found - ends[0])[..., :12].norm() < (found - ends[1])[..., :12].norm()
        assert (found - ends[1])[..., -12:].norm() < (found - ends[0])[..., -12:].norm()


def test_each_region_has_its_own_gamma_and_beta():
    pictures, first = picture(64, 64), built("johnson-many")
    second = beside("johnson-many", first, seed=7)
    left = torch.zeros(1, 1, 64, 64)
    left[..., :32] = 1
    both = Several([first, second], torch.cat([left, 1 - left], 1))
    found = painted("johnson-many", first, pictures, several=both)
    ends = [painted("johnson-many", network, pictures) for network in (first, second)]
    assert (found - ends[0])[..., :12].norm() < (found - ends[1])[..., :12].norm()
    assert (found - ends[1])[..., -12:].norm() < (found - ends[0])[..., -12:].norm()


@pytest.mark.parametrize("kind", ["stylebank", "stylebank-paper"])
def test_without_a_share_of_style_a_bank_leaves_the_picture_as_it_is_given_back(kind):
    network, pictures = built(kind), picture(32, 32)
    found = painted(kind, network, pictures, style_share=0.0)
    assert torch.allclose(found, network.reconstructed(pictures).clamp(0, 1), atol=1e-6)
    assert torch.equal(painted(kind, network, pictures, style_share=1.0), painted(kind, network, pictures))
    half = painted(kind, network, pictures, style_share=0.5)
    assert not torch.allclose(half, found, atol=1e-4)
