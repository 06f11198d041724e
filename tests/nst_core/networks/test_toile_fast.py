from __future__ import annotations

import numpy as np
import pytest
import torch

from configs.cloth import ClothPart
from configs.network import NetworkPart, TrainPart
from configs.recipe import GarmentPart, Recipe
from nst_core.batches import laid_in_box, masks
from nst_core.engine import Engine
from nst_core.lattice import roll_planes, symmetric
from nst_core.networks import NetworkFiles, Shown, weights_bytes
from nst_core.networks.kinds import KINDS
from nst_core.networks.toile_fast import MOST, ToileFast, architecture, build, paint
from nst_core.planes import rgb_of
from tests.nst_core.test_engine import job, painted
from tests.nst_core.test_new_cloth import tile_job, yardage
from tests.nst_core.tiny import picture, tiny_backbone

from .filing import file_of

NARROW = (4, 6, 8, 8)
PART = NetworkPart(kind="toile-fast", sees="cloth")


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


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(device="cpu", precision="fp32")


def files(module: ToileFast) -> NetworkFiles:
    numbers = dict(zip(("begin", "half", "quarter", "eighth"), NARROW, strict=True))
    return NetworkFiles(file_of("toile-fast", weights_bytes(module.state_dict()), architecture=numbers), None)


def test_a_design_of_an_untrained_network_is_cloth_that_is_merely_laid(engine):
    merely = Recipe(name="laid", cloth=ClothPart(), garment=GarmentPart())
    refined = merely.model_copy(update={"name": "refined", "network": PART})
    known = job(networks=(("toile-fast", files(network(trained=False))),))
    (found,) = engine.paint([engine.prepare(known, refined)], refined)
    (wanted,) = engine.paint([engine.prepare(job(), merely)], merely)
    assert (painted(found).image == painted(wanted).image).all()
    assert painted(found).steps == 0


def test_a_design_is_changed_by_a_trained_one_in_the_mask_alone(engine):
    how = Recipe(name="refined", cloth=ClothPart(), garment=GarmentPart(), network=PART)
    made = {}
    for trained in (False, True):
        one = engine.prepare(job(networks=(("toile-fast", files(network(trained=trained))),)), how)
        (found,) = engine.paint([one], how)
        made[trained] = painted(found).image
    changed = (made[True] != made[False]).any(-1)
    assert not changed[one.alpha == 0].any()
    assert changed[one.alpha == 1].mean() > 0.5


def test_it_stands_where_a_tile_is_refined(engine):
    module, how = network(), yardage(repeat="half-drop", refine=None, network=PART)
    one = engine.prepare(tile_job(networks=(("toile-fast", files(module)),)), how)
    (found,) = engine.paint([one], how)
    seen = shown(picture=laid_in_box([one]), shading=None, mask=masks([one]), repeat="half-drop")
    wanted = rgb_of(paint(module, seen)[0])
    inside = one.alpha == 1
    assert np.abs(painted(found).image[inside].astype(int) - wanted[inside]).max() <= 1
    assert (painted(found).image[one.alpha == 0] == one.content[one.alpha == 0]).all()
    assert (painted(found).image != one.content).mean() > 0.1
    assert painted(found).tile_scores is not None


@pytest.mark.parametrize("sign", [1, -1])
def test_an_overflow_is_no_change_to_white_or_black_but_no_number(sign):
    seen, wild = shown(), network()
    wild.end.inner.weight.fill_(sign * 3e38)
    assert paint(wild, seen).isnan().any()
