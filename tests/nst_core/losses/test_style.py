from __future__ import annotations

import pytest
import torch

from configs.recipe import StyleTerm
from nst_core.errors import LossUnknown
from nst_core.losses import Scene, StyleLoss, StyleTargets, gram_matrix, style_loss
from tests.nst_core.tiny import Mirror, picture, tiny_backbone


def test_gatys_equation_4_by_hand():
    # N = 2 channels, M = 3 positions; G and A undivided, as the paper has them:
    # G = [14 -1; -1 2], A = [2 0; 0 5]; Σ(G−A)² = 144 + 1 + 1 + 9 = 155; 155 / (4·2²·3²) = 155/144
    gram = torch.tensor([[[14.0, -1.0], [-1.0, 2.0]]]) / 3
    target = torch.tensor([[[2.0, 0.0], [0.0, 5.0]]]) / 3
    assert float(style_loss(gram, target, "gatys")) == pytest.approx(155 / 144)
    # the mean over the four entries of (G−A)²/9
    assert float(style_loss(gram, target, "mean")) == pytest.approx(155 / 36)
    # ‖A‖² = 4 + 25
    assert float(style_loss(gram, target, "relative")) == pytest.approx(155 / 29)


def test_the_relative_form_runs_from_the_same_texture_to_none_at_any_scale():
    gram = gram_matrix(torch.rand(2, 4, 6, 6, generator=torch.Generator().manual_seed(0)))
    assert style_loss(gram, gram, "relative").tolist() == [0, 0]
    assert style_loss(torch.zeros_like(gram), 1e6 * gram, "relative").tolist() == pytest.approx([1, 1])


@pytest.mark.parametrize("form", ["gatys", "mean", "relative"])
def test_each_form_has_the_gradient_of_its_value(form):
    generator = torch.Generator().manual_seed(0)
    features = torch.randn(2, 3, 3, 4, dtype=torch.float64, generator=generator).requires_grad_()
    target = gram_matrix(torch.randn(2, 3, 3, 4, dtype=torch.float64, generator=generator))
    assert torch.autograd.gradcheck(lambda x: style_loss(gram_matrix(x), target, form), features)


def scene(
    start: torch.Tensor, target: torch.Tensor, *, mask: torch.Tensor | None = None, scale: float = 1.0
) -> Scene:
    targets = [StyleTargets({("gram", "pixels"): target})] * len(start)
    return Scene(start, None, targets, mask, Mirror(), scale)


def test_layers_are_summed_with_their_weights():
    image = picture(4, 4)
    term = StyleTerm(weight=3.0, layers={"pixels": 0.5}, form="mean")
    loss = StyleLoss.of(term, scene(image, torch.zeros(3, 3)))
    expected = 3.0 * 0.5 * gram_matrix(image).square().mean()
    torch.testing.assert_close(loss(image, {"pixels": image})[0], expected)


def test_the_feature_scale_counts_four_times_but_not_in_the_relative_form():
    image, target = picture(4, 4), torch.eye(3)
    for form, factor in (("gatys", 81.0), ("mean", 81.0), ("relative", 1.0)):
        term = StyleTerm(layers={"pixels": 1.0}, form=form)
        plain = StyleLoss.of(term, scene(image, target))(image, {"pixels": image})
        # features three times as large: Gram matrices 9 times, squares 81 times; the targets likewise
        scaled = StyleLoss.of(term, scene(image, target, scale=3.0))(image, {"pixels": image})
        torch.testing.assert_close(scaled, factor * plain)


def test_in_the_garments_region_the_floor_does_not_count():
    mask = torch.zeros(1, 1, 48, 48)
    mask[..., 12:36, 12:36] = 1
    start = picture(48, 48)
    other_floor = torch.where(mask.bool(), start, 1 - start)
    term = StyleTerm(layers={"pixels": 1.0}, region="garment")
    loss = StyleLoss.of(term, scene(start, torch.eye(3), mask=mask))
    assert torch.equal(loss(start, {"pixels": start}), loss(other_floor, {"pixels": other_floor}))
    everywhere = StyleLoss.of(
        term.model_copy(update={"region": "picture"}), scene(start, torch.eye(3), mask=mask)
    )
    assert not torch.equal(
        everywhere(start, {"pixels": start}), everywhere(other_floor, {"pixels": other_floor})
    )


def test_some_of_the_samples_have_the_values_they_had_among_all():
    images = picture(32, 32, batch=3)
    backbone = tiny_backbone()
    layers = ("relu1_1", "relu3_1")
    styles = []
    for seed in range(3):
        maps = backbone.features(picture(40, 40, seed=10 + seed), layers)
        styles.append(StyleTargets({("gram", layer): gram_matrix(one)[0] for layer, one in maps.items()}))
    mask = picture(32, 32, seed=4, batch=3)[:, :1]
    loss = StyleLoss.of(
        StyleTerm(layers=list(layers), region="garment"), Scene(images, None, styles, mask, backbone)
    )
    everyone = loss(images, backbone.features(images, layers))
    rows = torch.tensor([2, 0])
    few = loss.only(rows)(images[rows], backbone.features(images[rows], layers))
    torch.testing.assert_close(few, everyone[rows], rtol=1e-4, atol=1e-6)


def test_targets_must_be_one_for_each_sample():
    two = Scene(
        picture(4, 4, batch=2), None, [StyleTargets({("gram", "pixels"): torch.eye(3)})], None, Mirror()
    )
    with pytest.raises(LossUnknown, match="got 1 for 2 samples"):
        StyleLoss.of(StyleTerm(layers={"pixels": 1.0}), two)
