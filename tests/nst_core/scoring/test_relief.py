"""Relief: folds seen in the picture, and nothing else."""

import pytest
import torch

from nst_core.scoring import relief
from nst_core.scoring.blur import blur_inside, gaussian_kernel


def test_the_photo_has_all_of_its_own_relief(photo, garment):
    assert relief(photo, photo) == pytest.approx(1, abs=1e-5)
    assert relief(photo, photo, garment) == pytest.approx(1, abs=1e-5)


def test_a_flat_picture_has_none(photo, garment):
    assert relief(torch.full_like(photo, 0.4), photo, garment) == 0
    assert relief(photo, torch.full_like(photo, 0.4), garment) == 0


def test_a_pattern_without_folds_has_almost_none(photo, cloth, garment):
    assert abs(relief(cloth, photo, garment)) < 0.2


def test_relief_grows_with_the_strength_of_the_shading(photo, cloth, garment):
    folds = photo / photo.mean()
    found = [relief((cloth * folds**strength).clamp(0, 1), photo, garment) for strength in (0, 0.5, 2)]
    assert found[0] < found[1] < found[2]
    assert found[2] > 0.5


def test_inverted_folds_count_against(photo):
    assert relief(1 - photo, photo) < -0.8


def test_neither_exposure_nor_the_light_of_the_room_counts(photo, garment):
    ramp = torch.linspace(0.6, 1.0, 96)[None, :, None]
    assert relief(0.5 * photo, photo, garment) > 0.98
    assert relief(photo * ramp, photo, garment) > 0.95


def test_the_floor_does_not_count(photo, cloth, garment):
    inside = (garment > 0).float()
    changed = cloth * inside + 0.05 * (1 - inside)
    assert relief(changed, photo, garment) == pytest.approx(relief(cloth, photo, garment), abs=1e-5)


def test_without_a_garment_there_is_none(photo):
    assert relief(photo, photo, torch.zeros(96, 96)) is None


@pytest.mark.parametrize("sigma", [1.5, 9.6, 20.0])
def test_a_blur_spreads_a_point_by_sigma(sigma):
    # The second moment of a blurred point is σ² in each direction.
    plane = torch.zeros(201, 201)
    plane[100, 100] = 1
    blurred = blur_inside(plane, torch.ones_like(plane), sigma)
    offsets = torch.arange(201.0) - 100
    profile = blurred.sum(0) / blurred.sum()
    mean = (profile * offsets).sum()
    spread = ((offsets - mean) ** 2 * profile).sum().sqrt()
    assert float(spread) == pytest.approx(sigma, rel=0.06)
    assert abs(float(mean)) < 0.5 + sigma / 6


@pytest.mark.parametrize("sigma", [1.5, 12.0])
def test_a_blur_of_an_even_plane_changes_nothing(garment, sigma):
    blurred = blur_inside(torch.full((96, 96), 0.7), garment, sigma)
    assert torch.allclose(blurred[garment > 0.5], torch.tensor(0.7), atol=1e-5)


def test_nothing_outside_leaks_into_the_garment(garment):
    plane = torch.where(garment > 0, 0.3, 99.0)
    blurred = blur_inside(plane, (garment > 0).float(), 12.0)
    assert torch.allclose(blurred[garment > 0], torch.tensor(0.3), atol=1e-4)


def test_a_kernel_sums_to_one():
    assert float(gaussian_kernel(1.5, 5, torch.device("cpu")).sum()) == pytest.approx(1)
