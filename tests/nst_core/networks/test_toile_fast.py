from __future__ import annotations

import pytest
import torch

from configs.network import TrainPart
from nst_core.lattice import roll_planes, symmetric
from nst_core.networks import Shown
from nst_core.networks.kinds import KINDS
from nst_core.networks.toile_fast import MOST, ToileFast, architecture, build, paint
from tests.nst_core.tiny import picture, tiny_backbone

NARROW = (4, 6, 8, 8)


def network(*, trained: bool = True) -> ToileFast:
    torch.manual_seed(0)
    made = ToileFast(*NARROW).requires_grad_(False)
    if trained:
        for weights in made.parameters():
            weights.add_(0.1 * torch.randn_like(weights))
    return made


def shown(batch: int = 2, height: int = 48, width: int = 32, **changes) -> Shown:
    mask = torch.zeros(batch, 1, height, width)
    mask[..., 8:40, 8:24] = 1
    mask[..., 8, 8:24] = 0.5
    values = {
        "picture": picture(height, width, batch=batch),
        "style": picture(32, 32, seed=1),
        "backbone": tiny_backbone(),
        "shading": 0.5 + picture(height, width, seed=2, batch=batch)[:, :1],
        "mask": mask,
    }
    return Shown(**(values | changes))


def tile(repeat: str) -> Shown:
    return shown(height=64, width=32, shading=None, mask=None, repeat=repeat)


def test_an_untrained_network_leaves_the_cloth():
    seen = shown()
    assert torch.equal(paint(network(trained=False), seen), seen.picture)


def test_nothing_changes_where_the_mask_is_0_and_something_where_it_is_1():
    seen = shown()
    change = (paint(network(), seen) - seen.picture).abs()
    assert change.shape == seen.picture.shape
    assert float((change * (seen.mask == 0)).max()) == 0
    assert float(change.mean()) > 1e-3


def test_the_change_is_bounded():
    seen = shown()
    loud = network()
    loud.end.inner.weight.mul_(1e4)
    change = loud.change(seen.picture, seen.shading, seen.mask)
    assert float(change.abs().max()) == pytest.approx(MOST)


def test_half_the_way_is_half_the_change():
    middle = 0.5 + 0.1 * (shown().picture - 0.5)
    whole, half, none = (
        paint(network(), shown(picture=middle, style_share=share)) - middle for share in (1.0, 0.5, 0.0)
    )
    assert float(whole.abs().max()) > 1e-2
    torch.testing.assert_close(half, whole / 2)
    assert not none.any()


def test_a_garment_is_painted_alike_alone_and_in_a_batch():
    seen, made = shown(), network()
    alone = shown(batch=1, picture=seen.picture[1:], shading=seen.shading[1:], mask=seen.mask[1:])
    torch.testing.assert_close(paint(made, seen)[1:], paint(made, alone), atol=1e-6, rtol=0)


def test_light_and_mask_are_seen():
    made, seen = network(), shown()
    darker = shown(shading=seen.shading * 0.5)
    inside = (slice(None), slice(None), slice(16, 32), slice(12, 20))
    assert not torch.allclose(paint(made, seen)[inside], paint(made, darker)[inside])


@pytest.mark.parametrize("repeat", ["straight", "half-drop", "half-brick"])
def test_a_rolled_tile_is_painted_as_the_rolled_painting(repeat):
    # The deepest maps have a place every 8 px: rolled by so much, they are rolled too.
    made, seen = network(), tile(repeat)
    moved = tile(repeat)
    rolled = {"repeat": repeat, "down_px": 24, "right_px": 8}
    moved = shown(
        height=64,
        width=32,
        shading=None,
        mask=None,
        repeat=repeat,
        picture=roll_planes(seen.picture, **rolled),
    )
    torch.testing.assert_close(
        paint(made, moved), roll_planes(paint(made, seen), **rolled), atol=1e-6, rtol=0
    )


def test_a_mirror_tile_stays_its_own_reflection():
    seen = tile("mirror")
    alike = shown(
        height=64, width=32, shading=None, mask=None, repeat="mirror", picture=symmetric(seen.picture)
    )
    painted = paint(network(), alike)
    assert not torch.equal(painted, alike.picture)
    torch.testing.assert_close(painted, symmetric(painted), atol=1e-6, rtol=0)


def test_bfloat16_gives_nearly_the_same_cloth_in_float32():
    seen = shown()
    exact, rough = paint(network(), seen), paint(network().to(torch.bfloat16), seen)
    assert rough.dtype == torch.float32
    torch.testing.assert_close(rough, exact, atol=0.02, rtol=0)


def test_it_is_small_enough_to_travel_in_float16():
    weights = sum(weight.numel() for weight in build(architecture(TrainPart())).parameters())
    assert 2 * weights < 2_000_000


def test_no_weight_is_a_styles_own():
    kind = KINDS["toile-fast"]
    assert not any(kind.of_style(name) for name, _ in network().named_parameters())
