"""Tiles are optimised as the endless cloth that they are."""

from __future__ import annotations

import pytest
import torch

from configs.recipe import BarzilaiBorweinSpec, ContentTerm, LbfgsSpec, OptimisePart, StyleTerm, TvTerm
from nst_core.lattice import cover_planes, roll_planes, symmetric
from nst_core.losses import content
from nst_core.losses.total_variation import total_variation
from nst_core.optimise import Canvas, optimise, style_targets
from nst_core.optimise.metric import PictureMetric
from nst_core.optimise.objective import Objective
from nst_core.optimise.phases import CORNERS, EVERY, TileObjective
from tests.nst_core.tiny import Mirror, picture, tiny_backbone

TINY = tiny_backbone()
REPEATS = ("straight", "half-drop", "half-brick", "mirror")
HEIGHT, WIDTH = 64, 96
LAYERS = ["relu1_1", "relu3_1", "relu5_1"]


def recipe(**changes: object) -> OptimisePart:
    part = OptimisePart(
        start="cloth",
        steps=EVERY + 2,
        style=StyleTerm(layers=LAYERS),
        content=ContentTerm(weight=0.05, layers=["relu4_2"]),
        tv=TvTerm(weight=0.5, of="change", chroma_weight=10),
    )
    return part.model_copy(update=changes)


def canvas(part, repeat, *, height=HEIGHT, width=WIDTH, batch=1, mask=None) -> Canvas:
    start = picture(height, width, seed=1, batch=batch)
    if repeat == "mirror":
        start = symmetric(start)
    return Canvas(
        start=start,
        content=start,
        styles=[style_targets(picture(96, 96, seed=20 + i), part, TINY) for i in range(batch)],
        mask=mask,
        repeat=repeat,
    )


def moved(start):
    noise = 0.05 * torch.randn(start.shape, generator=torch.Generator().manual_seed(5))
    return (start + noise).clamp(0, 1)


@pytest.mark.parametrize("repeat", REPEATS)
def test_total_variation_of_a_tile_counts_the_joins(repeat):
    # of the tile with one more row and column of its neighbours; every place then has one pair each way
    part = OptimisePart(style=StyleTerm(layers=["pixels"]), tv=TvTerm(weight=1, form="l1-sum"))
    tile = picture(HEIGHT, WIDTH)
    styles = [style_targets(picture(32, 32), part, Mirror())]
    scene = Canvas(start=tile, content=None, styles=styles, repeat=repeat)
    loss = Objective.of(scene, part, Mirror()).losses["tv"]
    grown = cover_planes(tile, repeat, height_px=HEIGHT + 1, width_px=WIDTH + 1)
    across = (grown[..., :-1, 1:] - grown[..., :-1, :-1]).abs().sum()
    down = (grown[..., 1:, :-1] - grown[..., :-1, :-1]).abs().sum()
    torch.testing.assert_close(loss(tile, {"pixels": tile}), (across + down)[None], rtol=1e-4, atol=1e-3)
    assert float(across + down) > float(total_variation(tile, "l1-sum"))


@pytest.mark.parametrize("repeat", REPEATS)
def test_losses_and_gradients_through_windows_are_those_of_the_endless_cloth(repeat):
    part = recipe()
    here = canvas(part, repeat, height=256, width=320)
    at_once = Objective.of(here, part, TINY)
    in_parts = Objective.of(here, part, TINY, most_px=64 * 64)
    assert len(at_once.windows) == 1
    assert len(in_parts.windows) > 1
    pictures = moved(here.start)
    values, gradients = at_once.gradient(pictures)
    values_in_parts, gradients_in_parts = in_parts.gradient(pictures)
    torch.testing.assert_close(values_in_parts, values, rtol=1e-4, atol=1e-6)
    assert float((gradients_in_parts - gradients).abs().max()) < 1e-3 * float(gradients.abs().max())


@pytest.mark.parametrize("repeat", REPEATS)
def test_of_a_large_tile_no_content_features_are_held_and_the_gradients_are_those_of_the_whole(
    repeat, monkeypatch
):
    part = recipe(content=ContentTerm(weight=0.5, layers={"relu2_1": 1.0, "relu4_2": 0.5}, form="mean"))
    here = canvas(part, repeat, height=256, width=320, batch=2)
    at_once = Objective.of(here, part, TINY)
    monkeypatch.setattr(content, "HELD_UP_TO_PX", 0)
    in_parts = Objective.of(here, part, TINY, most_px=64 * 64)
    assert not in_parts.losses["content"].targets
    pictures = moved(here.start)
    second = torch.tensor([1])
    for one, other, seen in (
        (at_once, in_parts, pictures),
        (at_once.only(second), in_parts.only(second), pictures[1:]),
    ):
        values, gradients = one.gradient(seen)
        values_in_parts, gradients_in_parts = other.gradient(seen)
        torch.testing.assert_close(values_in_parts, values, rtol=1e-4, atol=1e-6)
        assert float((gradients_in_parts - gradients).abs().max()) < 1e-3 * float(gradients.abs().max())


@pytest.mark.parametrize("repeat", ["straight", "half-drop", "half-brick"])
def test_where_the_tile_begins_makes_no_difference_to_its_loss(repeat):
    # by 32 px the corner lies where pooling cuts anyway, and nothing but the order of sums changes
    part = recipe()
    here = canvas(part, repeat, height=96)
    pictures = moved(here.start)
    values, gradients = Objective.of(here, part, TINY).gradient(pictures)
    rolled = Objective.of(here.rolled(32, 32), part, TINY)
    values_there, gradients_there = rolled.gradient(roll_planes(pictures, repeat, down_px=32, right_px=32))
    torch.testing.assert_close(values_there, values, rtol=1e-4, atol=1e-6)
    back = roll_planes(gradients_there, repeat, down_px=-32, right_px=-32)
    torch.testing.assert_close(back, gradients, rtol=1e-3, atol=1e-6)


def test_the_corner_moves_with_the_steps_and_gradients_stay_in_their_places():
    part = recipe(style=StyleTerm(layers=["relu1_1"]), content=None)
    here = canvas(part, "half-drop")
    first = TileObjective.of(here, part, TINY, "half-drop", most_px=None)
    assert first.advanced(EVERY - 1, 20, here.start) is first
    second = first.advanced(EVERY, 20, here.start)
    assert second.corner == CORNERS[1]
    # relu1_1 pools nothing: the loss and its gradient do not know where the corner is
    pictures = moved(here.start)
    values, gradients = first.gradient(pictures)
    values_there, gradients_there = second.gradient(pictures)
    torch.testing.assert_close(values_there, values, rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(gradients_there, gradients, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("repeat", REPEATS)
def test_gradients_are_smoothed_across_the_joins(repeat):
    gradients = picture(HEIGHT, WIDTH, smooth=False)
    smooth = PictureMetric(gradients, repeat, colour_share=1 / 3)(gradients)
    rolled = roll_planes(gradients, repeat, down_px=7, right_px=19)
    there = PictureMetric(gradients, repeat, colour_share=1 / 3)(rolled)
    torch.testing.assert_close(there, roll_planes(smooth, repeat, down_px=7, right_px=19))


@pytest.mark.parametrize("optimiser", [LbfgsSpec(), None])
def test_a_mirror_tile_stays_its_own_reflection(optimiser):
    part = recipe() if optimiser is None else recipe(optimiser=optimiser)
    here = canvas(part, "mirror", batch=2)
    done = optimise(here, part, TINY)
    torch.testing.assert_close(done.images, symmetric(done.images), rtol=0, atol=1e-4)
    assert float(done.losses[-1].max()) < float(done.losses[0].max())


def test_tiles_in_a_batch_end_where_they_end_alone():
    part = recipe()
    both = canvas(part, "half-drop", batch=2)
    together = optimise(both, part, TINY)
    for index in range(2):
        alone = optimise(both.only(torch.tensor([index])), part, TINY)
        torch.testing.assert_close(alone.images[0], together.images[index], rtol=0, atol=2e-3)


def test_what_lies_outside_the_figure_is_not_looked_at_as_it_becomes():
    # around the figure the network is shown the tile as it was laid out
    mask = torch.zeros(1, 1, HEIGHT, WIDTH)
    mask[..., 16:48, 16:64] = 1
    part = recipe(style=StyleTerm(layers=LAYERS, region="garment"), content=None, tv=None)
    _, gradients = Objective.of(canvas(part, "straight", mask=mask), part, TINY).gradient(
        moved(picture(HEIGHT, WIDTH, seed=1))
    )
    assert float((gradients * (1 - mask)).abs().max()) == 0
    assert float((gradients * mask).abs().max()) > 0


@pytest.mark.parametrize("repeat", REPEATS)
def test_the_method_that_remembers_least_gets_a_tile_down_too(repeat):
    part = recipe(optimiser=BarzilaiBorweinSpec(), steps=EVERY)
    here = canvas(part, repeat)
    done = optimise(here, part, TINY)
    assert float(Objective.of(here, part, TINY).values(done.images)) < 0.95 * float(done.losses[0])
