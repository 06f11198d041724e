from __future__ import annotations

from functools import partial

import pytest
import torch

from configs.recipe import MotifTerm, OptimisePart
from nst_core.backbones import looks
from nst_core.losses import MotifLoss, Region, Scene, StyleTargets, motif, style_targets
from nst_core.losses.motif import PLACES
from nst_core.losses.style_targets import StyleSight
from nst_core.optimise import Canvas, optimise
from nst_core.optimise.objective import Objective
from tests.nst_core.tiny import Mirror, picture, tiny_backbone

TERM = MotifTerm(layers=["pixels"])
RED, BLUE = (1.0, 0.0, 0.0), (0.0, 0.0, 1.0)


def of_colours(*colours: tuple[float, float, float]) -> torch.Tensor:
    return torch.tensor(colours).T.reshape(1, 3, 1, -1)


def targets(image: torch.Tensor) -> StyleTargets:
    return StyleTargets(statistics(image))


def statistics(image: torch.Tensor):
    look = partial(looks, image, Mirror(), most_px=None)
    return MotifLoss.statistics(TERM, StyleSight(look, image.shape[-2] * image.shape[-1]))


def value(image: torch.Tensor, style: torch.Tensor, term: MotifTerm = TERM) -> float:
    loss = MotifLoss.of(term, Scene(image, None, [targets(style)], None, Mirror()))
    return float(loss(image, {"pixels": image}))


def test_the_styles_own_places_in_any_order_cost_nothing():
    style = picture(12, 20, seed=1)
    order = torch.randperm(240, generator=torch.Generator().manual_seed(0))
    assert value(style.flatten(2)[..., order].view(1, 3, 20, 12), style) == pytest.approx(0, abs=1e-6)


def test_a_place_costs_one_less_its_cosine_with_the_likest_place():
    # the style's mean is (.5, 0, .5), its places lie (.5, 0, -.5) and (-.5, 0, .5) from it; violet lies
    # (.5, 0, .5) from it: cosine 0 with both; red is a place itself
    violet, style = (1.0, 0.0, 1.0), of_colours(RED, BLUE)
    assert value(of_colours(violet), style) == pytest.approx(1)
    thrice = TERM.model_copy(update={"weight": 3.0})
    assert value(of_colours(violet, RED), style, thrice) == pytest.approx(1.5)


def test_how_strong_a_feature_is_does_not_count():
    # twice and half as far from the mean (.5, 0, .5) as red is
    image = of_colours((1.5, 0.0, -0.5), (0.75, 0.0, 0.25))
    assert value(image, of_colours(RED, BLUE)) == pytest.approx(0, abs=1e-6)


def test_the_way_back_is_the_slope_of_the_loss():
    image = picture(6, 7).requires_grad_()
    loss = MotifLoss.of(TERM, Scene(image, None, [targets(picture(9, 9, seed=3))], None, Mirror()))
    (gradient,) = torch.autograd.grad(loss(image, {"pixels": image}), image)
    away = 1e-3 * gradient / gradient.norm()
    with torch.no_grad():
        ahead, behind = (loss(image + sign * away, {"pixels": image + sign * away}) for sign in (1, -1))
    # along its own direction a gradient's slope is its length
    assert float(ahead - behind) / 2e-3 == pytest.approx(float(gradient.norm()), rel=1e-2)


def test_outside_the_garment_nothing_counts():
    style, image = of_colours(RED, BLUE), picture(48, 48)
    mask = torch.zeros(1, 1, 48, 48)
    mask[..., 12:36, 12:36] = 1
    other_floor = torch.where(mask.bool(), image, 1 - image)
    scene = Scene(image, None, [targets(style)], mask, Mirror())
    garment = MotifLoss.of(TERM.model_copy(update={"region": "garment"}), scene)
    assert torch.equal(garment(image, {"pixels": image}), garment(other_floor, {"pixels": other_floor}))
    everywhere = MotifLoss.of(TERM, scene)
    assert not torch.equal(
        everywhere(image, {"pixels": image}), everywhere(other_floor, {"pixels": other_floor})
    )


def test_samples_with_more_and_fewer_places_have_the_values_they_have_alone():
    images, styles = picture(8, 8, batch=2), [of_colours(RED, BLUE, (0.2, 0.9, 0.1)), picture(9, 9, seed=3)]
    both = MotifLoss.of(TERM, Scene(images, None, [targets(style) for style in styles], None, Mirror()))
    together = both(images, {"pixels": images})
    alone = [value(image[None], style) for image, style in zip(images, styles, strict=True)]
    assert together.tolist() == pytest.approx(alone)
    second = both.only(torch.tensor([1]))
    assert float(second(images[1:], {"pixels": images[1:]})) == pytest.approx(alone[1])


def test_of_a_large_style_image_places_are_drawn_the_same_each_time():
    style = picture(60, 60)
    first, again = (statistics(style)["places", "pixels"] for _ in range(2))
    assert first.shape == (PLACES, 3)
    assert torch.equal(first, again)


PART = OptimisePart(start="cloth", steps=8, motif=MotifTerm(layers=["relu3_1"], region="garment"), style=None)
PART = PART.model_copy(update={"content": None})
TINY = tiny_backbone()


def canvas(height: int, width: int) -> Canvas:
    mask = torch.zeros(2, 1, height, width)
    mask[..., 20:-20, 24:-16] = 1
    return Canvas(
        start=picture(height, width, seed=1, batch=2),
        content=picture(height, width, seed=2, batch=2),
        styles=[style_targets(picture(96, 96, seed=20 + i), PART, TINY) for i in range(2)],
        mask=mask,
    )


def test_the_way_down_brings_places_closer_to_the_style():
    done = optimise(canvas(80, 96), PART, TINY)
    assert done.finite.all()
    assert (done.losses[-1] < 0.5 * done.losses[0]).all()


def test_losses_and_gradients_through_windows_are_those_of_the_whole():
    here = canvas(208, 320)
    at_once, in_parts = (Objective.of(here, PART, TINY, most_px=most) for most in (None, 160 * 208))
    assert (len(at_once.windows), len(in_parts.windows) > 1) == (1, True)
    (values, gradients), (again, gradients_again) = (one.gradient(here.start) for one in (at_once, in_parts))
    torch.testing.assert_close(again, values, rtol=1e-4, atol=1e-6)
    assert float((gradients_again - gradients).abs().max()) < 1e-3 * float(gradients.abs().max())


@pytest.mark.parametrize("held_up_to_px", [0, 1 << 30])
def test_places_of_a_large_style_image_are_those_of_the_whole(held_up_to_px, monkeypatch):
    monkeypatch.setattr(motif, "HELD_UP_TO_PX", held_up_to_px)
    image = picture(208, 320, seed=3)
    whole, parts = (style_targets(image, PART, TINY, most_px=most).statistics for most in (None, 160 * 208))
    assert whole.keys() == parts.keys()
    for name, wanted in whole.items():
        torch.testing.assert_close(parts[name], wanted, rtol=1e-3, atol=1e-4)


def test_each_region_seeks_in_its_own_style():
    left = torch.zeros(1, 1, 64, 64)
    left[..., :32] = 1
    red, blue = torch.tensor(RED).view(1, 3, 1, 1), torch.tensor(BLUE).view(1, 3, 1, 1)
    image = left * red + (1 - left) * blue
    warm, cold = (of_colours(colour, (0.0, 1.0, 0.0)) for colour in (RED, BLUE))
    part = OptimisePart(motif=TERM, start="content")
    values = []
    for styles in ((warm, cold), (cold, warm)):
        regions = [
            Region(mask, [targets(style)]) for mask, style in zip((left, 1 - left), styles, strict=True)
        ]
        here = Canvas(image, None, regions[0].styles, regions=regions)
        values.append(float(Objective.of(here, part, Mirror()).values(image)))
    assert values[0] == pytest.approx(0, abs=1e-6)
    assert values[1] > 0.1
