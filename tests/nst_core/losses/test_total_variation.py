from __future__ import annotations

import pytest
import torch

from configs.recipe import TvTerm
from nst_core.losses import Scene, TotalVariationLoss, total_variation
from tests.nst_core.tiny import Mirror, picture


def grey(rows: list[list[float]]) -> torch.Tensor:
    return torch.tensor(rows).expand(1, 3, -1, -1)


def test_total_variation_by_hand():
    # 0 1 1
    # 0 0 1   across: 1 0 | 0 1, down: 0 1 0; three channels
    # L1 sum: 3·(2 + 1) = 9; smooth mean: 3·(2/4 + 1/3) = 2.5
    image = grey([[0.0, 1.0, 1.0], [0.0, 0.0, 1.0]])
    assert total_variation(image, "l1-sum").tolist() == [9]
    assert total_variation(image, "smooth-mean").tolist() == pytest.approx([2.5])


def test_the_mean_is_the_sum_at_512_px():
    image = picture(512, 512)
    torch.testing.assert_close(
        total_variation(image, "l1-mean"), total_variation(image, "l1-sum"), rtol=1e-4, atol=0
    )


def test_the_mean_is_the_same_at_every_size_and_the_sum_is_not():
    # a checkerboard: every pair differs by 1 at every size
    def board(side: int) -> torch.Tensor:
        return grey([[float((row + column) % 2) for column in range(side)] for row in range(side)])

    small, large = board(16), board(64)
    for form in ("l1-mean", "smooth-mean"):
        torch.testing.assert_close(total_variation(small, form), total_variation(large, form))
    assert total_variation(large, "l1-sum") > 16 * total_variation(small, "l1-sum")


def test_for_squares_grey_and_colour_axes_sum_to_red_green_and_blue():
    image = picture(12, 12)
    exact = total_variation(image, "smooth-mean")
    split = total_variation(image, "smooth-mean", chroma_weight=1 + 1e-7)
    torch.testing.assert_close(split, exact)


def test_a_grey_change_is_free_of_the_chroma_weight_and_a_colour_change_pays_it_in_full():
    generator = torch.Generator().manual_seed(0)
    plane = torch.rand(1, 1, 8, 8, generator=generator)
    in_grey, in_colour = (
        plane * torch.ones(1, 3, 1, 1),
        plane * torch.tensor([1.0, -1.0, 0.0]).view(1, 3, 1, 1),
    )
    for form in ("smooth-mean", "l1-sum"):
        once = (
            total_variation(in_grey, form, chroma_weight=2.0),
            total_variation(in_colour, form, chroma_weight=2.0),
        )
        more = (
            total_variation(in_grey, form, chroma_weight=100),
            total_variation(in_colour, form, chroma_weight=100),
        )
        torch.testing.assert_close(more[0], once[0], rtol=1e-3, atol=1e-3)
        torch.testing.assert_close(more[1], 50 * once[1], rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("form", ["l1-sum", "l1-mean", "smooth-mean"])
@pytest.mark.parametrize("chroma", [1.0, 7.0])
def test_each_form_has_the_gradient_of_its_value(form, chroma):
    # no two neighbours are equal, so the L1 forms have a derivative here
    image = torch.randn(
        2, 3, 3, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(0)
    ).requires_grad_()
    size = 1e6 if form == "l1-mean" else 1.0  # it counts 1.6 million pairs: back to the reach of gradcheck
    assert torch.autograd.gradcheck(lambda x: total_variation(x, form, chroma_weight=chroma) / size, image)


def test_of_the_change_the_cloths_own_edges_cost_nothing():
    start = picture(16, 16, batch=2)
    loss = TotalVariationLoss.of(TvTerm(weight=2.0, of="change"), Scene(start, None, [], None, Mirror()))
    assert loss(start, {}).tolist() == [0, 0]
    torch.testing.assert_close(loss(start + 0.1, {}), torch.zeros(2), atol=1e-9, rtol=0)
    changed = start.clone()
    changed[0, :, 4, 4] += 0.5
    values = loss(changed, {})
    # one pixel, three channels, four pairs of .5²: 2 · 3 · (2·.25·3/(3·16·15) + the same down)
    assert values.tolist() == pytest.approx([2 * 3 * 2 * (2 * 0.25 / (16 * 15)), 0], abs=1e-6)
    assert loss.only(torch.tensor([1]))(changed[1:], {}).tolist() == [0]


def test_of_the_picture_edges_cost_wherever_they_are_from():
    start = picture(16, 16)
    loss = TotalVariationLoss.of(TvTerm(weight=1.0, of="picture"), Scene(start, None, [], None, Mirror()))
    assert loss(start, {}) > 0
    assert loss.layers == ()
