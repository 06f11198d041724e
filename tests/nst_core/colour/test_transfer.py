from __future__ import annotations

import numpy as np
import pytest

from nst_core.colour import ColourStatistics, colour_statistics, lab_of, picture_of, recoloured


def cloth(seed: int, *, middle: tuple[float, float, float], spread: float = 6.0) -> np.ndarray:
    """Colours about a Lab colour, none of them outside sRGB."""
    random = np.random.default_rng(seed)
    mixing = random.normal(0, 1, (3, 3))
    lab = np.asarray(middle) + np.clip(random.normal(0, 1, (40, 30, 3)), -2, 2) @ mixing * spread / 3
    return picture_of(lab.astype(np.float32))


def test_lab_and_back_is_the_picture():
    picture = np.random.default_rng(0).random((20, 30, 3), dtype=np.float32)
    assert np.abs(picture_of(lab_of(picture)) - picture).max() < 1 / 255


def test_white_is_a_hundred_and_grey_has_no_hue():
    lab = lab_of(np.array([[[1, 1, 1], [0.5, 0.5, 0.5]]], dtype=np.float32))
    assert lab[0, 0] == pytest.approx([100, 0, 0], abs=0.05)
    assert lab[0, 1, 1:] == pytest.approx([0, 0], abs=0.05)


def test_mean_and_covariance_of_two_colours():
    # grey levels of L 30 and 50, three to one: mean 35, variance .75 · 5² + .25 · 15² = 75
    lab = np.array([[[30, 0, 0]] * 3 + [[50, 0, 0]]], dtype=np.float32)
    found = colour_statistics(picture_of(lab))
    assert found.mean == pytest.approx([35, 0, 0], abs=0.2)
    assert found.covariance[0, 0] == pytest.approx(75, abs=2)
    assert np.abs(found.covariance[1:]).max() < 0.1


def test_what_has_no_weight_does_not_count():
    picture = np.concatenate([cloth(0, middle=(60, 20, 10)), cloth(1, middle=(40, -20, 0))])
    weight = np.concatenate([np.ones((40, 30)), np.zeros((40, 30))]).astype(np.float32)
    found, alone = colour_statistics(picture, weight), colour_statistics(picture[:40])
    assert found.mean == pytest.approx(alone.mean)
    assert found.covariance == pytest.approx(alone.covariance)


def test_a_picture_in_its_own_colours_is_itself():
    picture = cloth(3, middle=(60, 10, -10))
    own = colour_statistics(picture)
    assert np.abs(recoloured(picture, own, own) - picture).max() < 2e-3


def test_colours_go_where_the_others_lie():
    # Uncorrelated, variances 100 + 25 and 25 + 25 to 25 + 25 and 100 + 25: the map divides L by √2.5 and
    # multiplies a by √2.5: 100 becomes 40, 25 becomes 62.5, a little short of the whole way.
    random = np.random.default_rng(1)
    lab = random.choice([-1.0, 1.0], (60, 60, 3)) * [10, 5, 5] + [60, 10, -10]
    old = picture_of(lab.astype(np.float32))
    wanted = ColourStatistics(np.array([50.0, -15, 20]), np.diag([25.0, 100, 25]))
    found = colour_statistics(recoloured(old, colour_statistics(old), wanted))
    assert found.mean == pytest.approx(wanted.mean, abs=0.3)
    assert np.diag(found.covariance) == pytest.approx([40, 62.5, 25], abs=3)
    assert np.abs(found.covariance - np.diag(np.diag(found.covariance))).max() < 4


def test_the_map_is_linear_so_that_a_gradient_stays_one():
    ramp = picture_of(
        np.stack([np.linspace(20, 80, 61), *np.zeros((2, 61))], axis=-1)[None].astype(np.float32)
    )
    new = ColourStatistics(np.array([50.0, 10, 5]), np.diag([100.0, 9, 9]))
    steps = np.diff(lab_of(recoloured(ramp, colour_statistics(ramp), new))[0, :, 0])
    assert steps.min() > 0
    assert steps.max() < 1.5 * steps.mean()


def test_half_the_way_is_between():
    old, new = cloth(1, middle=(60, 10, -10)), cloth(2, middle=(50, -15, 20))
    own, wanted = colour_statistics(old), colour_statistics(new)
    half = colour_statistics(recoloured(old, own, wanted, share=0.5)).mean
    assert half == pytest.approx((own.mean + wanted.mean) / 2, abs=0.3)


def test_black_and_white_cloth_does_not_turn_iridescent():
    # Its hue is noise of 1 Lab unit. The new hues spread by 15: the map may raise the noise to
    # √((225 + 25) / (1 + 25)) = 3.1 units, not to 15.
    random = np.random.default_rng(4)
    lab = np.stack([random.uniform(20, 90, (40, 40)), *random.normal(0, 1, (2, 40, 40))], axis=-1)
    picture = picture_of(lab.astype(np.float32))
    new = ColourStatistics(np.array([60.0, 0, 0]), np.diag([225.0, 225, 225]))
    hues = lab_of(recoloured(picture, colour_statistics(picture), new))[..., 1:]
    assert 2 < hues.std() < 4
