"""Squares in other colours: still the same picture, within [0, 1], and another for each throw of the dice."""

from __future__ import annotations

import numpy as np
import torch

from nst_core.training.squares import recoloured

PICTURES = torch.rand(12, 3, 8, 8, generator=torch.Generator().manual_seed(0))


def test_every_picture_has_colours_of_its_own_and_the_same_dice_give_the_same():
    found = recoloured(PICTURES, np.random.default_rng(1))
    assert found.shape == PICTURES.shape
    assert found.dtype == PICTURES.dtype
    assert 0 <= found.min() <= found.max() <= 1
    assert torch.equal(found, recoloured(PICTURES, np.random.default_rng(1)))
    one = recoloured(PICTURES[:1].expand(12, -1, -1, -1), np.random.default_rng(1))
    assert len({tuple(colour.mean((1, 2)).tolist()) for colour in one}) == 12


def test_what_is_light_stays_so_or_turns_dark_as_a_whole():
    grey = torch.linspace(0.3, 0.7, 16).view(1, 1, 4, 4).expand(20, 3, -1, -1)
    for picture in recoloured(grey, np.random.default_rng(2)):
        steps = picture.flatten(1).diff(dim=1)
        assert (steps >= 0).all() or (steps <= 0).all()
