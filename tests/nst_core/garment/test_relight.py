"""Laws of the relit cloth."""

from __future__ import annotations

import pytest
import torch

from nst_core.garment import relight
from nst_core.garment.relight import FLOOR, SHEEN


def _random(seed: int, *shape: int) -> torch.Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_evenly_lit_cloth_keeps_its_colour_but_for_the_margin():
    albedo = _random(0, 2, 3, 5, 7)
    lit = relight(albedo, torch.ones(2, 1, 5, 7, dtype=torch.float64))
    torch.testing.assert_close(lit, FLOOR + (1 - 2 * FLOOR) * albedo)


def test_shadow_multiplies_and_sheen_screens():
    # grey .5 stays .5 in the margin: .05 + .9 * .5 = .5
    # s = .5: .5 * .5 = .25;  s = 1.5: 1 - .5 exp(-.6 * .5) = 1 - .5 * .7408 = .6296
    grey = torch.full((1, 3, 1, 2), 0.5, dtype=torch.float64)
    shading = torch.tensor([[[[0.5, 1.5]]]], dtype=torch.float64)
    expected = torch.tensor([0.25, 0.62959088965], dtype=torch.float64).expand(1, 3, 1, 2)
    assert SHEEN == 0.6
    torch.testing.assert_close(relight(grey, shading), expected)


def test_more_light_never_darkens_and_a_lighter_cloth_is_never_darker():
    steps = torch.linspace(0, 3, 301, dtype=torch.float64).view(1, 1, 1, -1)
    for tone in (0.0, 0.3, 1.0):
        lit = relight(torch.full((1, 3, 1, 301), tone, dtype=torch.float64), steps)
        assert (lit.diff(dim=-1) > 0).all()
    tones = torch.linspace(0, 1, 101, dtype=torch.float64).view(1, 1, 1, -1).expand(1, 3, 1, -1)
    for light in (0.25, 1.0, 1.6):
        assert (relight(tones, torch.full((1, 1, 1, 101), light, dtype=torch.float64)).diff(dim=-1) > 0).all()


@pytest.mark.parametrize("light", [0.0, 0.25, 1.0, 1.6, 50.0])
def test_the_result_stays_in_range(light: float):
    albedo = torch.tensor([0.0, 1.0]).view(1, 1, 1, 2).expand(1, 3, 1, 2)
    lit = relight(albedo, torch.full((1, 1, 1, 2), light))
    assert lit.min() >= 0
    assert lit.max() <= 1


def test_folds_show_on_black_and_on_white():
    shading = torch.tensor([0.6, 1.4]).view(1, 1, 1, 2)
    for tone in (0.0, 1.0):
        shadow, sheen = relight(torch.full((1, 3, 1, 2), tone), shading)[0, 0, 0]
        assert sheen - shadow > 0.02


def test_gradients_agree_with_finite_differences():
    albedo = _random(1, 2, 3, 3, 4).requires_grad_()
    # away from the kink at 1
    shading = torch.cat(
        [0.3 + 0.5 * _random(2, 1, 1, 3, 4), 1.1 + 0.4 * _random(3, 1, 1, 3, 4)]
    ).requires_grad_()
    assert torch.autograd.gradcheck(relight, (albedo, shading))
