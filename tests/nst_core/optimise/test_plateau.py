from __future__ import annotations

import pytest
import torch

from configs.recipe import AdamSpec
from nst_core.optimise.adam import Adam
from nst_core.optimise.plateau import Plateau


def shares(plateau: Plateau, *losses: float) -> list[float]:
    return [float(plateau.shares(torch.tensor([loss]))) for loss in losses]


def test_the_rate_is_halved_after_so_many_looks_that_are_not_a_hundredth_lower():
    plateau = Plateau(2, torch.zeros(1, 3, 2, 2))
    # 10 is the best; 9.95 is not 1 % lower: first wait, 9.91 second; then 9 falls, 9 and 9 wait
    assert shares(plateau, 10, 9.95, 9.91, 9, 9, 9) == [1, 1, 0.5, 0.5, 0.5, 0.25]


def test_the_rate_never_falls_below_a_64th():
    plateau = Plateau(1, torch.zeros(1, 3, 2, 2))
    assert shares(plateau, *[1.0] * 12)[-1] == pytest.approx(1 / 64)


def test_another_objective_is_no_progress_and_no_standstill():
    plateau = Plateau(3, torch.zeros(1, 3, 2, 2))
    assert shares(plateau, 10, 10, 10) == [1, 1, 1]
    plateau.forget_losses()
    # two looks waited so far; 40 is the new best and neither waits nor falls, the next 40 is the third
    assert shares(plateau, 40) == [1]
    assert shares(plateau, 40) == [0.5]


def test_each_sample_has_its_own_rate_and_a_nan_has_none_to_share():
    plateau = Plateau(2, torch.zeros(3, 3, 2, 2))
    for turn in range(4):
        shared = plateau.shares(torch.tensor([5.0, 5.0 / 2**turn, torch.nan]))
    assert shared.tolist() == [0.5, 1, 1]
    plateau.only(torch.tensor([1]))
    assert plateau.shares(torch.tensor([0.1])).tolist() == [1]


def test_adam_goes_half_as_far_for_the_sample_that_stands_still():
    # a gradient that is always 1: Adam moves by its learning rate
    x = torch.ones(2, 3, 2, 2)
    method = Adam(AdamSpec(lr=0.1, decay="plateau", patience=1), 9, x)
    gone = []
    for loss in (8.0, 4.0, 2.0):
        following = method.step(x, torch.tensor([8.0, loss]), torch.ones_like(x))
        gone.append((x - following).flatten(1).mean(1).tolist())
        x = following
    assert [sample for sample, _other in gone] == pytest.approx([0.1, 0.05, 0.025], rel=1e-3)
    assert [other for _sample, other in gone] == pytest.approx([0.1, 0.1, 0.1], rel=1e-3)
