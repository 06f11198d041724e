"""All scores together: one look, every field, and what is said when one cannot be had."""

import dataclasses
import pickle

import pytest
import torch

from nst_core.scoring import Scores, cloth_features, find_flags, score
from tests.nst_core.scoring.conftest import STRIDES, TinyBackbone

NUMBERS = {field.name for field in dataclasses.fields(Scores)} - {"flags", "texture"}


def test_every_score_of_a_masked_design_is_a_number(cloth, photo, garment, backbone):
    picture = torch.lerp(photo, cloth * photo / 0.55, garment)
    scores = score(picture, photo, cloth_features(cloth, backbone), garment, backbone)
    values = {name: getattr(scores, name) for name in NUMBERS}
    assert all(isinstance(value, float) for value in values.values()), values
    # The floor is untouched, so the whole is nearer to the photo than the garment is.
    assert 0 < scores.ssim_garment < scores.ssim < 1
    assert scores.motif > 0.6
    assert scores.relief > 0.3


def test_a_picture_is_looked_at_once(cloth, photo, garment, backbone):
    features = cloth_features(cloth, backbone)
    assert backbone.looks == 1
    score(cloth, photo, features, garment, backbone)
    assert backbone.looks == 2


def test_scoring_keeps_no_graph_and_changes_nothing(cloth, photo, garment, backbone):
    picture = cloth.clone().requires_grad_()
    features = cloth_features(picture, backbone)
    assert not any(gram.requires_grad for gram in features.grams.values())
    score(picture, photo, features, garment, backbone)
    assert torch.equal(picture, cloth)


def test_without_a_mask_the_garment_is_the_picture(cloth, photo, backbone):
    scores = score(cloth, photo, cloth_features(cloth, backbone), None, backbone)
    assert scores.ssim_garment is None
    assert scores.gmd == scores.gmd_image
    assert scores.motif == pytest.approx(1, abs=1e-3)
    assert scores.speckle == pytest.approx(1)


def test_the_ink_of_a_drawing_is_no_cloth(cloth, photo, garment, backbone):
    features, ink = cloth_features(cloth, backbone), torch.zeros(96, 96)
    ink[46:50] = 1
    drawn = torch.where(ink > 0, 0.0, cloth)
    as_cloth = score(drawn, photo, features, garment, backbone)
    as_ink = score(drawn, photo, features, garment, backbone, ink=ink)
    plain = score(cloth, photo, features, garment, backbone, ink=ink)
    # the garment is drawn in by a px about its lines, so that their own edges do not count
    assert as_ink.speckle == pytest.approx(plain.speckle)
    assert as_ink.speckle < as_cloth.speckle
    assert as_ink.gmd < as_cloth.gmd
    # what the line says of the form counts as before
    assert (as_ink.relief, as_ink.ssim_garment) == (as_cloth.relief, as_cloth.ssim_garment)


def test_an_empty_mask_leaves_the_garments_scores_out(cloth, photo, backbone):
    scores = score(cloth, photo, cloth_features(cloth, backbone), torch.zeros(96, 96), backbone)
    for name in ("ssim_garment", "gmd", "gmd_heldout", "motif", "relief", "speckle"):
        assert getattr(scores, name) is None, name
    assert scores.ssim is not None
    assert scores.gmd_image == 0
    assert scores.flags == ()


def test_a_content_image_of_another_size_is_brought_to_the_pictures(cloth, photo, garment, backbone):
    features = cloth_features(cloth, backbone)
    large = torch.nn.functional.interpolate(photo[None], scale_factor=2, mode="bicubic")[0].clamp(0, 1)
    ours, same = (score(photo, content, features, garment, backbone) for content in (large, photo))
    assert ours.ssim == pytest.approx(same.ssim, abs=0.02)
    assert ours.relief == pytest.approx(same.relief, abs=0.02)


def test_a_network_without_the_layers_leaves_their_scores_out(cloth, photo, garment):
    stem = TinyBackbone({"stem": 2, "layer1": 4})
    scores = score(cloth, photo, cloth_features(cloth, stem), garment, stem)
    assert scores.gmd is scores.gmd_image is scores.gmd_heldout is scores.motif is None
    assert scores.ssim is not None
    assert scores.speckle is not None
    shallow = TinyBackbone({layer: stride for layer, stride in STRIDES.items() if stride < 16})
    scores = score(cloth, photo, cloth_features(cloth, shallow), garment, shallow)
    assert scores.gmd is None
    assert scores.gmd_heldout is not None


@pytest.mark.parametrize("side", [1, 2, 8, 12, 15, 16, 17])
def test_a_tiny_picture_has_the_scores_that_fit_it(cloth, photo, side, backbone):
    features = cloth_features(cloth, backbone)
    part = (slice(None), slice(side), slice(side))
    scores = score(cloth[part], photo[part], features, torch.ones(side, side), backbone)
    assert (scores.ssim is None) == (side < 11)
    assert (scores.gmd is None) == (side < 16)
    assert (scores.motif is None) == (side < 16)
    assert (scores.tv is None) == (side < 2)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_picture_off_the_real_numbers_has_a_flag_and_no_scores(cloth, photo, garment, backbone, value):
    broken = cloth.clone()
    broken[1, 40, 40] = value
    features = cloth_features(cloth, backbone)
    assert score(broken, photo, features, garment, backbone) == Scores(flags=("nonfinite",))


def test_an_untouched_garment_is_a_noop_and_scrambled(cloth, photo, garment, backbone):
    features = cloth_features(cloth, backbone)
    assert "noop" in score(photo, photo, features, garment, backbone).flags
    # The floor may be untouched: it is the garment that counts.
    painted = torch.where(garment > 0, cloth, photo)
    assert "noop" not in score(painted, photo, features, garment, backbone).flags


def test_a_wiped_garment_is_flat_and_a_noisy_one_speckled(cloth, photo, noise, garment, backbone):
    features = cloth_features(cloth, backbone)
    assert "flat" in score(torch.full_like(cloth, 0.5), photo, features, garment, backbone).flags
    assert "speckled" in score((cloth + 0.3 * noise).clamp(0, 1), photo, features, garment, backbone).flags
    good = score(cloth * photo / 0.55, photo, features, garment, backbone)
    assert good.flags == ()


def test_flags_begin_beyond_their_limits():
    at_limits = {"similarity": 0.97, "contrast": 0.25, "cloth_contrast": 1.0, "speckle": 1.1, "motif": 0.2}
    assert find_flags(**at_limits) == ()
    beyond = {"similarity": 0.98, "contrast": 0.24, "cloth_contrast": 1.0, "speckle": 1.11, "motif": 0.19}
    assert find_flags(**beyond) == ("noop", "flat", "speckled", "scrambled")
    unknown = dict.fromkeys(("similarity", "contrast", "speckle", "motif"))
    assert find_flags(cloth_contrast=1.0, **unknown) == ()


def test_scores_travel_between_processes():
    scores = Scores(ssim=0.5, flags=("noop",))
    assert pickle.loads(pickle.dumps(scores)) == scores
    assert dataclasses.asdict(scores)["ssim"] == 0.5
