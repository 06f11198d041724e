"""A picture looked at through windows has the losses and gradients of the whole."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from configs.recipe import ContentTerm, OptimisePart, StyleTerm, TvTerm
from nst_core.backbones import Backbone, load_backbone
from nst_core.errors import WholePictureNeeded
from nst_core.losses import Loss
from nst_core.optimise import Canvas, optimise, style_targets
from nst_core.optimise.objective import Objective
from tests.nst_core.tiny import picture, tiny_backbone

TINY = tiny_backbone()
HEIGHT, WIDTH = 208, 320
# 2 × 2 windows or more of the 208 × 320 picture
MOST_PX = 160 * 208
STYLE_LAYERS = ["relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"]


def recipe(**changes: object) -> OptimisePart:
    part = OptimisePart(
        start="cloth",
        steps=4,
        style=StyleTerm(layers=STYLE_LAYERS, region="garment"),
        content=ContentTerm(weight=0.05, layers=["relu4_2"]),
        tv=TvTerm(weight=0.5, of="change", chroma_weight=10),
    )
    return part.model_copy(update=changes)


def canvas(
    part: OptimisePart, backbone: Backbone, batch: int = 2, *, height: int = HEIGHT, width: int = WIDTH
) -> Canvas:
    mask = torch.zeros(batch, 1, height, width)
    mask[..., 20:-30, 40:-20] = 1
    return Canvas(
        start=picture(height, width, seed=1, batch=batch),
        content=picture(height, width, seed=2, batch=batch),
        styles=[style_targets(picture(96, 96, seed=20 + i), part, backbone) for i in range(batch)],
        shading=0.6 + 0.7 * picture(height, width, seed=4, batch=batch)[:, :1],
        mask=mask,
        seeds=tuple(range(batch)),
    )


def gradients_both_ways(part: OptimisePart, backbone: Backbone, here: Canvas, most_px: int):
    moved = (
        here.start + 0.05 * torch.randn(here.start.shape, generator=torch.Generator().manual_seed(5))
    ).clamp(0, 1)
    at_once = Objective.of(here, part, backbone)
    in_parts = Objective.of(here, part, backbone, most_px=most_px)
    assert (len(at_once.windows), len(in_parts.windows) > 1) == (1, True)
    torch.testing.assert_close(in_parts.values(moved), at_once.values(moved), rtol=1e-4, atol=1e-6)
    return at_once.gradient(moved), in_parts.gradient(moved)


@pytest.mark.parametrize("tv", ["smooth-mean", "l1-mean", "l1-sum"])
@pytest.mark.parametrize("region", ["garment", "picture"])
def test_losses_and_gradients_through_windows_are_those_of_the_whole(tv, region):
    part = recipe(
        style=StyleTerm(layers=STYLE_LAYERS, region=region),
        tv=TvTerm(weight=0.1 if tv == "smooth-mean" else 1e-6, form=tv, chroma_weight=3),
    )
    (values, gradients), (values_in_parts, gradients_in_parts) = gradients_both_ways(
        part, TINY, canvas(part, TINY), MOST_PX
    )
    torch.testing.assert_close(values_in_parts, values, rtol=1e-4, atol=1e-6)
    largest = float(gradients.abs().max())
    assert float((gradients_in_parts - gradients).abs().max()) < 1e-3 * largest


def test_vgg16_itself_has_the_same_gradient_through_windows():
    vgg = load_backbone("vgg16", precision="fp32")
    here = canvas(recipe(), vgg, 1, height=80, width=256)
    (values, gradients), (values_in_parts, gradients_in_parts) = gradients_both_ways(
        recipe(), vgg, here, 80 * 200
    )
    torch.testing.assert_close(values_in_parts, values, rtol=1e-4, atol=1e-6)
    difference = (gradients_in_parts - gradients).norm() / gradients.norm()
    assert float(difference) < 1e-3


def test_steps_through_windows_end_where_steps_on_the_whole_end():
    part = recipe()
    here = canvas(part, TINY)
    at_once, in_parts = (optimise(here, part, TINY, most_px=most_px) for most_px in (None, MOST_PX))
    torch.testing.assert_close(in_parts.images, at_once.images, rtol=0, atol=2e-3)
    torch.testing.assert_close(in_parts.losses[-1], at_once.losses[-1], rtol=1e-3, atol=1e-6)


def test_coarse_to_fine_goes_through_windows_only_where_it_must():
    part = recipe(scales_px=(96,), steps=2)
    here = canvas(part, TINY)
    here = replace(here, styles=[style_targets(picture(96, 96), part, TINY)] * 2)
    done = optimise(here, part, TINY, most_px=MOST_PX)
    assert done.steps == 4
    assert (done.losses[-1] < done.losses[3]).all()


def test_a_nan_in_one_window_costs_its_own_sample_only():
    part = recipe()
    here = canvas(part, TINY)
    clean = optimise(here, part, TINY, most_px=MOST_PX)
    here.start[1, :, 5, 5] = torch.nan
    done = optimise(here, part, TINY, most_px=MOST_PX)
    assert done.finite.tolist() == [True, False]
    torch.testing.assert_close(done.images[0], clean.images[0], rtol=0, atol=2e-3)


def test_a_loss_that_needs_the_whole_picture_says_so():
    class Median(Loss):
        layers = ("relu1_1",)

        def sums(self, view):
            view.require_whole("median")
            return {"median": view.picture.flatten(1).median(1).values}

        def value(self, sums):
            return sums["median"]

        def only(self, samples):
            return self

    part = recipe()
    pictures = picture(HEIGHT, WIDTH)
    at_once = replace(Objective.of(canvas(part, TINY, 1), part, TINY), losses={"median": Median()})
    assert at_once.gradient(pictures)[1].any()
    in_parts = replace(
        at_once, windows=Objective.of(canvas(part, TINY, 1), part, TINY, most_px=MOST_PX).windows
    )
    with pytest.raises(WholePictureNeeded, match="choose a smaller size_px") as caught:
        in_parts.gradient(pictures)
    assert caught.value.code == "whole_needed"
