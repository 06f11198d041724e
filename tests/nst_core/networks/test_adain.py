from __future__ import annotations

from copy import deepcopy

import pytest
import torch
from safetensors.torch import load
from torch import Tensor

from configs.loading import load_recipe
from nst_core.lattice import roll_planes
from nst_core.networks import KINDS, Shown, weights_bytes
from nst_core.networks.adain import Decoder, Moments, aligned, moments, paint
from tests.nst_core.tiny import Mirror, picture, tiny_backbone

CHANNELS = 8  # of relu4_1 in the tiny backbone


@pytest.fixture(scope="module")
def decoder() -> Decoder:
    torch.manual_seed(0)
    found = Decoder(CHANNELS, 16).requires_grad_(False).eval()
    torch.nn.init.normal_(found.last.inner.weight, std=0.1)  # an untrained one paints nearly grey
    return found


def shown(seen: Tensor, **changes) -> Shown:
    return Shown(
        **{"picture": seen, "style": picture(40, 56, seed=9), "backbone": tiny_backbone(seed=3)} | changes
    )


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_an_overflow_is_no_white_but_no_number(decoder, dtype):
    wild = deepcopy(decoder).to(dtype)
    wild.last.inner.weight.fill_(3e38)
    assert paint(wild, shown(picture(32, 32))).isnan().any()


def test_moments_are_those_of_the_hand():
    # 0, 2, 4, 6: mean 3, squares away from it 9 + 1 + 1 + 9, over 4 positions 5
    found = moments(torch.tensor([[[[0.0, 2.0], [4.0, 6.0]]]]))
    assert found.mean.item() == 3
    assert found.deviation.item() == pytest.approx(5**0.5, abs=1e-4)


def test_moments_in_a_mask_are_those_of_what_it_shows():
    maps = picture(12, 10, batch=2)
    mask = torch.zeros(2, 1, 12, 10)
    mask[..., 3:9, 2:8] = 0.5
    found, cut = moments(maps, mask), moments(maps[..., 3:9, 2:8])
    torch.testing.assert_close(found.mean, cut.mean)
    torch.testing.assert_close(found.deviation, cut.deviation)


def test_moments_in_an_empty_mask_are_those_of_the_picture():
    maps = picture(12, 10)
    found, whole = moments(maps, torch.zeros(1, 1, 12, 10)), moments(maps)
    torch.testing.assert_close(found.mean, whole.mean)
    torch.testing.assert_close(found.deviation, whole.deviation)


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_aligned_features_have_the_moments_that_they_were_to_have(share):
    content, style = picture(16, 24, seed=1), picture(20, 12, seed=2)
    target = moments(content).mixed(moments(style), share)
    found = moments(aligned(content, moments(content), target))
    torch.testing.assert_close(found.mean, target.mean, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(found.deviation, target.deviation, atol=1e-3, rtol=1e-3)


def test_moments_a_part_of_the_way_are_those_of_features_mixed_by_alpha():
    # alpha t + (1 - alpha) f is affine in f, and a mean and a deviation of that are what they are in t and f
    content, own, style = picture(16, 24, seed=1), moments(picture(16, 24, seed=1)), moments(picture(8, 8))
    mixed = torch.lerp(content, aligned(content, own, style), 0.3)
    torch.testing.assert_close(aligned(content, own, own.mixed(style, 0.3)), mixed)


def test_without_a_share_of_the_style_the_decoder_sees_the_photo_s_own_features(decoder):
    seen = picture(32, 48, batch=2)
    features = tiny_backbone(seed=3).features(seen, ("relu4_1",))["relu4_1"]
    torch.testing.assert_close(
        paint(decoder, shown(seen, style_share=0.0)), decoder(features).clamp(0, 1), atol=1e-5, rtol=0
    )


def test_inside_the_mask_the_picture_has_the_style_s_statistics_whatever_the_floor_is():
    # through a backbone whose features are the picture, and a decoder that gives back what it is given
    mask = torch.zeros(1, 1, 32, 32)
    mask[..., 8:24, 8:24] = 1
    style = 0.5 + 0.1 * (picture(16, 16, seed=5) - 0.5)
    for floor in (0.0, 1.0):
        seen = torch.where(mask > 0, picture(32, 32, seed=4), floor)
        mirrored = Shown(seen, style, backbone=Mirror(), mask=mask)
        found = moments(paint(lambda features, _: features, mirrored)[..., 8:24, 8:24])
        torch.testing.assert_close(found.mean, moments(style).mean, atol=1e-4, rtol=0)
        torch.testing.assert_close(found.deviation, moments(style).deviation, atol=1e-3, rtol=0)


def test_pictures_beside_each_other_are_painted_as_alone(decoder):
    seen = picture(32, 48, batch=3)
    together = paint(decoder, shown(seen))
    alone = [paint(decoder, shown(one[None])) for one in seen]
    torch.testing.assert_close(together, torch.cat(alone), atol=1e-5, rtol=0)


@pytest.mark.parametrize("size", [(16, 16), (16, 80), (48, 32)])
def test_a_picture_of_any_size_keeps_it(decoder, size):
    found = paint(decoder, shown(picture(*size)))
    assert found.shape == (1, 3, *size)
    assert 0 <= found.min() <= found.max() <= 1


@pytest.mark.parametrize(
    ("repeat", "down", "right"), [("straight", 16, 48), ("half-drop", 32, 64), ("half-brick", 32, 0)]
)
def test_a_rolled_tile_is_painted_rolled(decoder, repeat, down, right):
    tile = picture(64, 64)
    rolled = roll_planes(tile, repeat, down_px=down, right_px=right)
    before, after = (paint(decoder, shown(seen, repeat=repeat)) for seen in (tile, rolled))
    wanted = roll_planes(before, repeat, down_px=down, right_px=right)
    torch.testing.assert_close(after, wanted, atol=1e-5, rtol=0)


def test_a_tile_is_painted_as_the_cloth_around_it_asks(decoder):
    tile = picture(32, 32)
    alone, endless = (paint(decoder, shown(tile, repeat=repeat)) for repeat in (None, "straight"))
    assert (alone - endless).abs().max() > 1e-3


def test_the_recipe_s_decoder_travels_with_the_repository():
    kind, part = KINDS["adain"], load_recipe("adain").network.train
    module = kind.build(kind.architecture(part))
    assert len(weights_bytes(module.state_dict(), kind.stored)) <= 2_000_000


def test_in_halves_a_decoder_paints_what_it_paints_in_full(decoder):
    halved = Decoder(CHANNELS, 16)
    stored = load(weights_bytes(decoder.state_dict(), torch.float16))
    halved.load_state_dict({name: values.float() for name, values in stored.items()})
    with torch.no_grad():
        apart = paint(halved, shown(picture(32, 48))) - paint(decoder, shown(picture(32, 48)))
    assert apart.abs().max() < 1 / 255


def test_all_of_the_decoder_is_for_all_styles():
    kind = KINDS["adain"]
    assert not any(kind.of_style(name) for name in Decoder(CHANNELS, 16).state_dict())


def test_moments_that_are_mixed_all_the_way_are_the_style_s():
    own, style = (Moments(torch.full((1, 2, 1, 1), value), torch.ones(1, 2, 1, 1)) for value in (1.0, 3.0))
    assert torch.equal(own.mixed(style, 1.0).mean, style.mean)
