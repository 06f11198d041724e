from __future__ import annotations

import pytest
import torch

from configs.recipe import StyleTerm
from nst_core.losses import Region, RegionalLoss, Scene, StyleLoss, StyleTargets, gram_matrix
from tests.nst_core.tiny import Mirror

TERM = StyleTerm(layers=["pixels"], form="mean")


def flat(*channels: float) -> torch.Tensor:
    return torch.tensor(channels).view(1, 3, 1, 1).expand(1, 3, 64, 64).clone()


def target(image: torch.Tensor) -> StyleTargets:
    return StyleTargets({("gram", "pixels"): gram_matrix(image)[0]})


def scene(start: torch.Tensor, regions: list[Region], mask: torch.Tensor | None = None) -> Scene:
    return Scene(start, None, regions[0].styles, mask, Mirror(), regions=regions)


def left(columns: int) -> torch.Tensor:
    mask = torch.zeros(1, 1, 64, 64)
    mask[..., :columns] = 1
    return mask


RED, BLUE = flat(1, 0, 0), flat(0, 0, 1)


def test_a_picture_with_each_style_in_its_region_has_no_loss_and_swapped_has():
    here = left(48)
    picture = here * RED + (1 - here) * BLUE
    right = [Region(here, [target(RED)]), Region(1 - here, [target(BLUE)])]
    swapped = [Region(here, [target(BLUE)]), Region(1 - here, [target(RED)])]
    good, bad = (RegionalLoss.of(StyleLoss.of, TERM, scene(picture, regions)) for regions in (right, swapped))
    assert float(good(picture, {"pixels": picture})) == pytest.approx(0, abs=1e-6)
    assert float(bad(picture, {"pixels": picture})) > 0.1


def test_regions_count_by_their_area_inside_the_garment():
    # red everywhere; blue is wanted in the left quarter. G - A = diag(1, 0, -1): mean square 2/9
    regions = [Region(1 - left(16), [target(RED)]), Region(left(16), [target(BLUE)])]
    whole = RegionalLoss.of(StyleLoss.of, TERM, scene(RED, regions))
    assert float(whole(RED, {"pixels": RED})) == pytest.approx(2 / 9 / 4)
    # of a garment that is the left half, the left quarter is one half
    inside = TERM.model_copy(update={"region": "garment"})
    garment = RegionalLoss.of(StyleLoss.of, inside, scene(RED, regions, left(32)))
    assert float(garment(RED, {"pixels": RED})) == pytest.approx(2 / 9 / 2)


def test_a_sample_with_one_style_has_the_plain_loss_beside_one_with_two():
    pictures = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    masks = (
        torch.cat([left(32), torch.ones(1, 1, 64, 64)]),
        torch.cat([1 - left(32), torch.zeros(1, 1, 64, 64)]),
    )
    regions = [Region(mask, [target(RED), target(BLUE)]) for mask in masks]
    both = RegionalLoss.of(StyleLoss.of, TERM, scene(pictures, regions))(pictures, {"pixels": pictures})
    alone = pictures[1:]
    plain = StyleLoss.of(TERM, Scene(alone, None, [target(BLUE)], None, Mirror()))
    assert float(both[1]) == pytest.approx(float(plain(alone, {"pixels": alone})), rel=1e-5)
    only = RegionalLoss.of(StyleLoss.of, TERM, scene(pictures, regions)).only(torch.tensor([1]))
    assert float(only(alone, {"pixels": alone})) == pytest.approx(float(both[1]))
