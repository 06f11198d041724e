"""SSIM beside scikit-image's, and its laws."""

import numpy as np
import pytest
import torch
from skimage.metrics import structural_similarity

from nst_core.scoring import ssim, ssim_map
from nst_core.scoring.luma import luma
from nst_core.scoring.ssim import Compared


@pytest.mark.parametrize("amount", [0.02, 0.2])
def test_the_map_and_its_mean_are_those_of_scikit_image(cloth, photo, noise, amount):
    first = cloth[:, :70, :50]
    for second in (photo[:, :70, :50], (first + amount * noise[:, :70, :50]).clamp(0, 1)):
        mean, full = structural_similarity(
            luma(first).double().numpy(),
            luma(second).double().numpy(),
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
            data_range=1.0,
            full=True,
        )
        ours = ssim_map(luma(first), luma(second))
        assert ours.shape == (60, 40)
        assert np.abs(ours.numpy() - full[5:-5, 5:-5]).max() < 1e-4
        assert ssim(first, second) == pytest.approx(mean, abs=1e-4)


def test_a_picture_that_many_are_compared_with_gives_the_same_bits(cloth, photo):
    # 300 rows of 400 px are looked at in two bands
    first, second = (luma(one).repeat(9, 9)[:300, :400] for one in (cloth, photo))
    assert torch.equal(Compared.of(first).ssim_map(second), ssim_map(first, second))
    assert Compared.of(first[:10]) is None


def test_equal_images_are_entirely_similar(cloth, garment):
    assert ssim(cloth, cloth) == pytest.approx(1, abs=1e-6)
    assert ssim(cloth, cloth, garment) == pytest.approx(1, abs=1e-6)


def test_two_flat_images_differ_by_their_light_alone():
    # (2 μ₁ μ₂ + C₁) / (μ₁² + μ₂² + C₁), C₁ = .01²: .2 and .4 give .1601 / .2001
    first, second = torch.full((3, 20, 20), 0.2), torch.full((3, 20, 20), 0.4)
    assert ssim(first, second) == pytest.approx(0.1601 / 0.2001, abs=1e-5)


def test_similarity_does_not_depend_on_the_order(cloth, photo):
    assert ssim(cloth, photo) == pytest.approx(ssim(photo, cloth), abs=1e-6)


def test_outside_the_mask_nothing_counts(cloth, photo, garment):
    hard = (garment > 0.99).float()
    # The 11 px window reaches 5 px out of the mask; beyond, anything may be there.
    near = torch.nn.functional.max_pool2d(hard[None, None], 11, stride=1, padding=5)[0, 0] > 0
    changed = torch.where(near, cloth, 1 - cloth)
    assert ssim(changed, photo, hard) == pytest.approx(ssim(cloth, photo, hard), abs=1e-6)
    assert ssim(changed, photo) != pytest.approx(ssim(cloth, photo), abs=1e-3)


def test_a_full_mask_is_no_mask(cloth, photo):
    assert ssim(cloth, photo, torch.ones(96, 96)) == pytest.approx(ssim(cloth, photo), abs=1e-6)


def test_under_eleven_pixels_or_without_a_garment_there_is_none(cloth, photo):
    assert ssim(cloth[:, :10], photo[:, :10]) is None
    assert ssim(cloth[:, :11], photo[:, :11]) is not None
    assert ssim(cloth, photo, torch.zeros(96, 96)) is None
