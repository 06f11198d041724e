"""The last steps in inks: every look is at a print, and the best one stays near the start."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from nst_core.inks.difference import delta_e
from nst_core.inks.laying import lay_inks
from nst_core.inks.regions import regions_of, without_small
from nst_core.optimise.ink_steps import InkSpec
from nst_core.optimise.methods import method_of
from nst_core.planes import rgb_of, to_planes
from tests.nst_core.inks.prints import FIVE, blobs, cloth_of, noisy

REPEATS = ("straight", "half-drop", "half-brick", "mirror")
INKS = np.array(FIVE, np.uint8)
LEAST_PX = 6


def started(repeat, batch=1):
    """Return the settled tiles, the method, and their first print."""
    return of(torch.stack([to_planes(cloth_of(repeat, seed)) for seed in range(batch)]), repeat)


def of(settled, repeat):
    batch = len(settled)
    method = method_of(InkSpec([INKS] * batch, LEAST_PX), 4, settled, repeat)
    return settled, method, method.step(settled, torch.zeros(batch), torch.zeros_like(settled))


def lighter(pictures):
    """A loss that falls as prints become lighter, and its gradient."""
    return 1 - pictures.mean((1, 2, 3)), torch.full_like(pictures, -1 / pictures[0].numel())


def walked(method, pictures, steps=8):
    for _ in range(steps):
        pictures = method.step(pictures, *lighter(pictures))
    return method.settle(pictures, lighter(pictures)[0])


def map_of(image):
    return (image[..., None, :] == INKS).all(axis=-1).argmax(axis=-1).astype(np.uint8)


def test_the_first_print_is_the_settled_picture_merely_laid():
    settled, _, first = started("straight")
    rgb = rgb_of(settled[0])
    laid = without_small(lay_inks(rgb, INKS, "straight"), rgb, INKS, "straight", LEAST_PX)
    assert np.array_equal(rgb_of(first[0]), INKS[laid])


@pytest.mark.parametrize("repeat", REPEATS)
def test_every_print_consists_of_its_inks_in_regions_that_can_be_printed(repeat):
    _, method, pictures = started(repeat)
    for _ in range(4):
        image = rgb_of(pictures[0])
        assert {tuple(colour) for colour in image.reshape(-1, 3).tolist()} <= set(FIVE)
        assert regions_of(map_of(image), repeat).area_px.min() >= LEAST_PX
        pictures = method.step(pictures, *lighter(pictures))


def test_the_best_print_has_a_lower_loss_and_strays_no_farther_than_the_cut():
    # much grain: agreeing with the neighbours costs more than the least regions do
    grain = noisy(blobs(48, 64, 5), spread=40)
    settled, method, first = of(to_planes(grain)[None], "straight")
    best = walked(method, first)
    assert lighter(best)[0] < lighter(first)[0]
    before = rgb_of(settled[0])
    assert delta_e(rgb_of(best[0]), before).mean() <= delta_e(rgb_of(first[0]), before).mean()


def test_without_any_gradient_the_cut_stays():
    _, method, first = started("straight")
    pictures = first
    for _ in range(3):
        pictures = method.step(pictures, torch.ones(1), torch.zeros_like(first))
    assert torch.equal(method.settle(first, torch.ones(1)), first)


def test_a_mirror_tile_stays_its_own_reflection_bit_for_bit():
    _, method, first = started("mirror")
    best = walked(method, first)
    assert torch.equal(best, best.flip(-1))
    assert torch.equal(best, best.flip(-2))


def test_a_sample_goes_its_own_way():
    _, together, first = started("straight", batch=2)
    _, alone, one = started("straight", batch=1)
    assert torch.equal(walked(together, first)[:1], walked(alone, one))


def test_a_gradient_that_is_no_number_spoils_no_neighbour():
    _, method, first = started("straight", batch=2)
    losses, gradients = lighter(first)
    gradients[1] = torch.nan
    following = method.step(first, losses, gradients)
    _, alone, one = started("straight", batch=1)
    assert torch.equal(following[:1], alone.step(one, *lighter(one)))
    method.only(torch.tensor([0]))
    assert len(method.settle(following[:1], losses[:1])) == 1
