from __future__ import annotations

import torch

from configs.recipe import CombinedTerm
from nst_core.losses import CombinedLoss, Scene
from tests.nst_core.tiny import Mirror, picture


def loss_of(image: torch.Tensor, *, scale: float = 1.0, **changes: object) -> CombinedLoss:
    term = CombinedTerm(**{"weight": 2.0, "layers": {"pixels": 0.5}, "form": "half-sum", **changes})
    return CombinedLoss.of(term, Scene(image, None, [], None, Mirror(), scale))


def test_it_costs_nothing_until_it_holds_a_picture_and_then_by_hand():
    # held (1 0), now (3 1): ½(4 + 1) = 2.5, times 2 · ½ · 3² (the feature scale counts twice) = 22.5
    held = torch.tensor([1.0, 0.0]).view(1, 1, 1, 2)
    now = torch.tensor([3.0, 1.0]).view(1, 1, 1, 2)
    loss = loss_of(held, scale=3.0)
    assert loss(now, {"pixels": now}).tolist() == [0]
    holding = loss.holding({"pixels": held})
    assert holding.layers == ("pixels",)
    assert holding(now, {"pixels": now}).tolist() == [22.5]
    assert holding(held, {"pixels": held}).tolist() == [0]


def test_it_takes_the_picture_once_after_its_share_of_the_steps():
    loss = loss_of(picture(4, 4), at=0.3)
    assert [step for step in range(20) if loss.wants(step, 20)] == [6]
    # never before the first step, when the picture is still the start
    assert [step for step in range(3) if loss_of(picture(4, 4), at=0.1).wants(step, 3)] == [1]
    assert loss.wants(6, 20) == ("pixels",)


def test_nothing_flows_back_through_what_is_held():
    image = picture(4, 4).requires_grad_()
    holding = loss_of(image).holding({"pixels": image})
    assert not holding.held.targets["pixels"].requires_grad
    (gradient,) = torch.autograd.grad(holding(image, {"pixels": image + 1}).sum(), image)
    # ∂/∂F of ½ΣF² is F = 1, times 2 · ½
    torch.testing.assert_close(gradient, torch.ones_like(gradient))


def test_it_has_the_gradient_of_its_value():
    generator = torch.Generator().manual_seed(0)
    held, now = (torch.randn(2, 3, 4, 4, dtype=torch.float64, generator=generator) for _ in range(2))
    holding = loss_of(held, form="mean").holding({"pixels": held})
    now.requires_grad_()
    assert torch.autograd.gradcheck(lambda x: holding(x, {"pixels": x}), now, atol=1e-4)


def test_a_nan_stays_in_its_sample_and_some_samples_have_the_values_they_had_among_all():
    held, now = picture(4, 4, batch=3), picture(4, 4, seed=1, batch=3)
    holding = loss_of(held).holding({"pixels": held})
    everyone, rows = holding(now, {"pixels": now}), torch.tensor([2, 0])
    torch.testing.assert_close(holding.only(rows)(now[rows], {"pixels": now[rows]}), everyone[rows])
    now[1, 0, 0, 0] = torch.nan
    assert holding(now, {"pixels": now}).isnan().tolist() == [False, True, False]
