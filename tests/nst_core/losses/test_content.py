from __future__ import annotations

import pytest
import torch

from configs.recipe import ContentTerm, OptimisePart, StyleTerm
from nst_core.errors import LayerUnknown, LossUnknown
from nst_core.losses import ContentLoss, Scene, StyleTargets, content_loss, losses_of
from tests.nst_core.tiny import Mirror, picture, tiny_backbone


def test_gatys_equation_1_by_hand():
    # F = (1 2 3 4), P = (1 0 3 1): differences 0 2 0 3; ½(4 + 9) = 6.5; mean 13/4
    features = torch.tensor([1.0, 2.0, 3.0, 4.0]).view(1, 1, 2, 2)
    target = torch.tensor([1.0, 0.0, 3.0, 1.0]).view(1, 1, 2, 2)
    assert content_loss(features, target, "half-sum").tolist() == [6.5]
    assert content_loss(features, target, "mean").tolist() == [3.25]


def test_gatys_equation_5_by_hand():
    # A backbone whose one layer is the picture: 3 channels on 2 positions.
    # x: channels (1 0), (0 1), (0 0); content p: all 0; style matrix A = 0
    # content: ½(1 + 1) = 1
    # G undivided = diag(1, 1, 0), N = 3, M = 2: Σ(G−A)² = 2, E = 2 / (4·9·4) = 1/72
    # α = 2, β = 36: 2·1 + 36/72 = 2.5
    x = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]).view(1, 3, 1, 2)
    part = OptimisePart(
        content=ContentTerm(weight=2.0, layers={"pixels": 1.0}, form="half-sum"),
        style=StyleTerm(weight=36.0, layers={"pixels": 1.0}, form="gatys"),
    )
    scene = Scene(
        x, torch.zeros(1, 3, 1, 2), [StyleTargets({("gram", "pixels"): torch.zeros(3, 3)})], None, Mirror()
    )
    total = sum(loss(x, {"pixels": x}) for loss in losses_of(part, scene).values())
    assert total.tolist() == [2.5]


@pytest.mark.parametrize("form", ["half-sum", "mean"])
def test_each_form_has_the_gradient_of_its_value(form):
    generator = torch.Generator().manual_seed(0)
    features = torch.randn(2, 3, 3, 4, dtype=torch.float64, generator=generator).requires_grad_()
    target = torch.randn(2, 3, 3, 4, dtype=torch.float64, generator=generator)
    assert torch.autograd.gradcheck(lambda x: content_loss(x, target, form), features)


def test_the_photo_itself_costs_nothing_and_a_nan_stays_in_its_sample():
    images, backbone = picture(32, 32, batch=3), tiny_backbone()
    loss = ContentLoss.of(ContentTerm(layers=["relu4_2"]), Scene(images, images, [], None, backbone))
    maps = backbone.features(images, loss.layers)
    torch.testing.assert_close(loss(images, maps), torch.zeros(3))
    maps["relu4_2"][1, 0, 0, 0] = torch.nan
    values = loss(images, maps)
    assert values.isnan().tolist() == [False, True, False]


def test_the_feature_scale_counts_twice():
    image = picture(4, 4)
    for scale in (1.0, 3.0):
        scene = Scene(image, torch.zeros_like(image), [], None, Mirror(), scale)
        loss = ContentLoss.of(ContentTerm(layers={"pixels": 1.0}, form="mean"), scene)
        torch.testing.assert_close(loss(image, {"pixels": image})[0], scale**2 * image.square().mean())


def test_a_content_loss_without_content_images_is_refused():
    with pytest.raises(LossUnknown, match="the canvas has none"):
        ContentLoss.of(
            ContentTerm(layers=["relu1_1"]), Scene(picture(32, 32), None, [], None, tiny_backbone())
        )


def test_a_layer_that_the_backbone_does_not_have_is_refused_before_the_first_step():
    images = picture(32, 32)
    with pytest.raises(LayerUnknown, match="nearest names are 'relu5_"):
        ContentLoss.of(ContentTerm(layers=["relu5_9"]), Scene(images, images, [], None, tiny_backbone()))


def test_blocks_of_weight_0_and_layers_of_weight_0_are_not_looked_at():
    images = picture(32, 32)
    part = OptimisePart(
        content=ContentTerm(weight=1.0, layers={"relu1_1": 1.0, "relu5_1": 0.0}),
        style=StyleTerm(weight=0.0, layers=["relu4_1"]),
    )
    losses = losses_of(part, Scene(images, images, [], None, tiny_backbone()))
    assert {name: loss.layers for name, loss in losses.items()} == {"content": ("relu1_1",)}
