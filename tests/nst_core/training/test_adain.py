from __future__ import annotations

import numpy as np
import pytest
import torch

from configs.network import NetworkPart
from nst_core.errors import TrainingImpossible
from nst_core.networks.adain import Decoder
from nst_core.training import Drawn, Photos, train
from nst_core.training.adain import alphas, shared_lesson
from nst_core.training.squares import style_crops
from nst_core.training.subject import Subject
from tests.nst_core.tiny import picture, tiny_backbone

STYLES = tuple(picture(*size, seed=seed) for seed, size in enumerate([(40, 64), (32, 32), (90, 20)]))
TRAIN = {
    "batch": 2,
    "crop_px": 64,
    "lr": 1e-2,
    "content": {"weight": 1, "layers": {"relu4_1": 1}},
    "style": {"weight": 1, "layers": ["relu1_1", "relu4_1"]},
    "tv": {"weight": 1, "form": "smooth-mean"},
    "pixel_weight": 10,
    "held_out": 2,
    "check_every": 4,
}


def lesson(**changes):
    torch.manual_seed(0)
    part = NetworkPart.model_validate({"kind": "adain", "train": TRAIN | changes})
    return shared_lesson(Decoder(8, 16), Subject(part, tiny_backbone(seed=3), STYLES))


def terms(seed: int, **changes):
    return lesson(**changes).losses(Drawn(picture(64, 64, batch=4), np.random.default_rng(seed)))


def test_a_step_is_a_function_of_its_dice():
    first, again, other = terms(1), terms(1), terms(2)
    assert set(first) == {"content", "style", "tv", "pixel"}
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not torch.equal(first["style"], other["style"])


def test_what_a_recipe_does_not_ask_for_is_not_worked_out():
    assert set(terms(1, tv=None, pixel_weight=0)) == {"content", "style"}
    assert set(terms(1, style=None)) == {"content", "tv", "pixel"}


def test_content_is_asked_for_where_the_statistics_are_aligned():
    with pytest.raises(TrainingImpossible, match="relu4_1"):
        lesson(content={"layers": {"relu3_1": 1}})


def test_three_quarters_of_the_photos_go_all_the_way():
    drawn = alphas(4000, np.random.default_rng(0))
    assert 0.7 < (drawn == 1).float().mean() < 0.8
    between = drawn[drawn < 1]
    assert between.min() >= 0
    assert 0.4 < between.mean() < 0.6


def test_what_is_given_back_is_asked_for_pixel_by_pixel():
    # a decoder that paints grey: of photos and styles of one even colour it is (colour - grey)^2 away
    subject = Subject(lesson().subject.part, tiny_backbone(seed=3), (torch.full((1, 3, 32, 32), 0.75),))
    grey = Decoder(8, 16)
    torch.nn.init.zeros_(grey.last.inner.weight)
    found = shared_lesson(grey, subject).losses(
        Drawn(torch.full((2, 3, 64, 64), 0.25), np.random.default_rng(0))
    )
    assert found["pixel"].item() == pytest.approx(10 * 0.25**2)


def test_styles_of_every_shape_are_seen_from_many_places():
    crops = style_crops(STYLES, 24, 64, np.random.default_rng(0))
    assert crops.shape == (24, 3, 64, 64)
    assert 0 <= crops.min() <= crops.max() <= 1
    assert len({round(float(crop.mean()), 6) for crop in crops}) == 24


def test_to_be_looked_at_each_photo_has_the_next_style():
    photos = picture(64, 64).expand(4, -1, -1, -1)
    first, second, _, fourth = lesson().painted(photos)
    assert torch.allclose(first, fourth, atol=1e-6)  # three styles
    assert (first - second).abs().max() > 1e-5


def test_a_decoder_learns():
    rng = np.random.default_rng(0)
    squares = [rng.integers(0, 255, (72, 72, 3), np.uint8) // 8 * 8 for _ in range(6)]
    photos, learnt = Photos(squares[:4], squares[4:], (), ""), lesson()

    def loss() -> float:
        seen = Drawn(photos.kept_out(64), np.random.default_rng(1))
        return float(sum(learnt.losses(seen).values()).detach())

    before = loss()
    done = train(learnt, photos, learnt.subject.part.train, of="x", steps=8)
    assert loss() < 0.9 * before
    assert set(done.weights) == set(learnt.module.state_dict())
