from __future__ import annotations

import torch

from configs.recipe import OptimisePart, StyleTerm
from nst_core.losses import gram_matrix
from nst_core.optimise import Canvas, noise_start, style_targets
from tests.nst_core.tiny import picture, tiny_backbone

PART = OptimisePart(start="content", scales_px=(32,), style=StyleTerm(layers=["relu1_1", "relu3_1"]))


def test_noise_follows_from_the_seed_alone():
    together = noise_start((3, 3, 16, 24), (7, 8, 9))
    assert torch.equal(noise_start((1, 3, 16, 24), (8,))[0], together[1])
    assert not torch.equal(together[0], together[1])
    assert 0 <= float(together.min()) < 0.02
    assert 0.98 < float(together.max()) <= 1
    # white: neighbours know nothing of each other
    centred = together - together.mean()
    assert abs(float((centred[..., 1:] * centred[..., :-1]).mean() / centred.var())) < 0.05


def test_style_targets_are_the_gram_matrices_of_the_style_image():
    backbone, image = tiny_backbone(), picture(40, 56)
    targets = style_targets(image, PART, backbone)
    maps = backbone.features(image, ("relu1_1", "relu3_1"))
    assert set(targets.statistics) == {("gram", layer) for layer in maps}
    for layer, one in maps.items():
        torch.testing.assert_close(targets.statistics["gram", layer], gram_matrix(one)[0])
    assert style_targets(image, PART.model_copy(update={"style": None}), backbone).statistics == {}


def test_the_style_image_is_kept_only_where_coarser_sizes_need_it():
    backbone, image = tiny_backbone(), picture(40, 56)
    assert style_targets(image, PART, backbone).image is not None
    assert style_targets(image, PART.model_copy(update={"scales_px": ()}), backbone).image is None


def canvas(height: int = 48, width: int = 64) -> Canvas:
    backbone = tiny_backbone()
    return Canvas(
        start=picture(height, width, seed=1),
        content=picture(height, width, seed=2),
        styles=[style_targets(picture(height, width, seed=3), PART, backbone)],
        shading=0.5 + picture(height, width, seed=4)[:, :1],
        mask=(picture(height, width, seed=5)[:, :1] > 0.4).float(),
        seeds=(11,),
    )


def test_a_coarser_canvas_keeps_its_proportions_and_its_multiple_of_16():
    backbone, fine = tiny_backbone(), canvas()
    coarse = fine.resized(32, PART, backbone)
    # 48 × 64 halved is 24 × 32; 24 lies between two multiples of 16
    assert coarse.start.shape == coarse.content.shape == (1, 3, 32, 32)
    assert coarse.shading.shape == coarse.mask.shape == (1, 1, 32, 32)
    assert 0 <= float(coarse.mask.min()) <= float(coarse.mask.max()) <= 1
    assert fine.resized(64, PART, backbone).start.shape == (1, 3, 48, 64)


def test_a_coarser_canvas_compares_with_the_style_image_at_that_size():
    backbone, fine = tiny_backbone(), canvas()
    coarse = fine.resized(32, PART, backbone)
    assert coarse.styles[0].image.shape == (1, 3, 32, 32)
    assert not torch.allclose(
        coarse.styles[0].statistics["gram", "relu3_1"],
        fine.styles[0].statistics["gram", "relu3_1"],
        rtol=1e-2,
    )


def test_noise_is_drawn_anew_at_a_coarser_size():
    part = PART.model_copy(update={"start": "noise"})
    coarse = canvas().resized(32, part, tiny_backbone())
    # noise made smaller would have half the spread of 1/√12 = .289
    assert float(coarse.start.std()) > 0.27
    assert torch.equal(coarse.start, noise_start((1, 3, 32, 32), (11,)))
