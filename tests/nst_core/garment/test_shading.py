"""What is light and what is not."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from configs.recipe import ShadingPart
from nst_core.garment import read_shading
from tests.nst_core.garment.scenes import TEE, draw

PLAIN = ShadingPart(rim=0)
WHOLE = np.ones((256, 192), np.float32)
ROWS, COLUMNS = (axis.astype(np.float32) for axis in np.indices((256, 192)))


def _cloth(light, colour=(150, 140, 160), noise: float = 1.0) -> np.ndarray:
    grain = np.random.default_rng(0).normal(0, noise, (256, 192, 3))
    picture = np.array(colour, np.float32) * np.asarray(light, np.float32)[..., None] + grain
    return np.clip(picture + 0.5, 0, 255).astype(np.uint8)


def _plain(**knobs: float) -> ShadingPart:
    return PLAIN.model_copy(update=knobs)


FOLDS = 1 + 0.2 * np.sin(COLUMNS / 8)


def test_evenly_lit_flat_cloth_has_shading_one():
    shading = read_shading(_cloth(np.ones((256, 192))), WHOLE, PLAIN)
    assert shading.kind == "photo"
    assert shading.ink is None
    assert np.abs(shading.values - 1).max() < 0.05


def test_the_rooms_light_is_taken_out_but_for_the_share_that_is_kept():
    ramp = np.exp(0.8 * (ROWS / 256 - 0.5))
    gone = read_shading(_cloth(ramp), WHOLE, _plain(light_keep=0.0)).values
    kept = read_shading(_cloth(ramp), WHOLE, _plain(light_keep=0.6)).values
    assert np.abs(np.log(gone)).max() < 0.1
    # log of the ramp falls by .8 from end to end; 60 % of it is .48 (luma + .03 takes off 5 %)
    fall = np.log(kept[250, 96] / kept[5, 96])
    assert fall == pytest.approx(0.6 * 0.8 * 245 / 256, rel=0.15)


def test_folds_come_out_where_they_are():
    values = read_shading(_cloth(FOLDS), WHOLE, PLAIN).values
    found, true = (np.log(light[20:-20, 20:-20]).ravel() for light in (values, FOLDS))
    assert np.corrcoef(found, true)[0, 1] > 0.95


@pytest.mark.parametrize("depth", [0.1, 0.2, 0.3])
def test_every_garments_folds_are_brought_to_the_same_range(depth: float):
    # a tenth of the picture from one to the next: broader ones count as light in part
    values = np.log(read_shading(_cloth(1 + depth * np.sin(COLUMNS / 4)), WHOLE, PLAIN).values)
    low, high = np.percentile(values, [5, 95])
    assert high - low == pytest.approx(PLAIN.gain_target, rel=0.2)


def test_strength_scales_the_logarithm_and_zero_leaves_flat_cloth():
    picture = _cloth(FOLDS)
    once, half = (
        np.log(read_shading(picture, WHOLE, _plain(strength=strength, clip_min=0.01, clip_max=4)).values)
        for strength in (1.0, 0.5)
    )
    np.testing.assert_allclose(half, 0.5 * once, atol=0.02)
    flat = read_shading(picture, WHOLE, _plain(strength=0.0)).values
    np.testing.assert_allclose(flat, 1, atol=1e-6)


def test_shading_stays_within_its_limits():
    deep = _cloth(1 + 0.95 * np.sin(COLUMNS / 8))
    values = read_shading(deep, WHOLE, ShadingPart(strength=3)).values
    assert values.min() >= np.float32(0.25)
    assert values.max() <= np.float32(1.6)


def test_an_old_print_is_no_fold():
    scene = draw(TEE, colour=(228, 226, 220), folds=0.04)
    printed = scene.rgb.copy()
    for i, ink in enumerate([(30, 40, 120), (200, 40, 40), (20, 110, 60), (20, 20, 20)] * 3):
        x, y = 88 + 16 * (i % 4), 110 + 26 * (i // 4)
        cv2.rectangle(printed, (x, y), (x + 12, y + 20), ink, -1)
    alpha = scene.garment.astype(np.float32)
    values = read_shading(printed, alpha, PLAIN).values
    plain = read_shading(scene.rgb, alpha, PLAIN).values
    block = np.s_[112:128, 92:98]
    # black ink on white is a factor of ten; as a fold it would be clipped to .25
    assert values[block].mean() == pytest.approx(plain[block].mean(), abs=0.2)


def test_cloth_beside_a_patch_of_print_keeps_its_folds():
    scene = draw(TEE, colour=(228, 226, 220), folds=0.1)
    printed = scene.rgb.copy()
    for i, ink in enumerate([(30, 40, 120), (200, 40, 40), (20, 110, 60), (20, 20, 20)] * 2):
        x, y = 98 + 12 * (i % 4), 110 + 26 * (i // 4)
        cv2.rectangle(printed, (x, y), (x + 11, y + 25), ink, -1)
    alpha = scene.garment.astype(np.float32)
    values, plain = (np.log(read_shading(picture, alpha, PLAIN).values) for picture in (printed, scene.rgb))
    below = np.s_[175:220, 80:160]
    assert scene.garment[below].all()
    assert np.corrcoef(values[below].ravel(), plain[below].ravel())[0, 1] > 0.95
    assert values[below].std() > 0.7 * plain[below].std()
    # black ink on white is a factor of ten: log 10 = 2.3
    assert np.abs(values[112:158, 100:144]).max() < 0.6


def test_broad_light_does_not_take_the_folds_share_of_the_range():
    folds = 1 + 0.15 * np.sin(COLUMNS / 8)
    broad = np.exp(0.15 * np.cos(2 * np.pi * ROWS / 256))
    alone, beside = (
        np.log(read_shading(_cloth(light), WHOLE, _plain(clip_min=0.01, clip_max=4)).values)[60:200, 20:-20]
        for light in (folds, folds * broad)
    )
    # folds and broad light together span .3 + .3: brought to one range, half would be left of the folds; of
    # the broad light 1 - exp(-(12.8 * 2 pi / 256)^2 / 2) = 5 % count as folds
    assert np.ptp(beside.mean(axis=0)) > 0.65 * np.ptp(alone.mean(axis=0))


def test_the_wash_of_denim_is_no_light_and_its_folds_stay():
    folds = 1 + 0.15 * np.sin(COLUMNS / 3)
    thigh = np.exp(0.45 * np.exp(-((ROWS - 128) ** 2 + (COLUMNS - 96) ** 2) / (2 * 30**2)))
    washed = np.log(read_shading(_cloth(folds * thigh, (60, 70, 100)), WHOLE, PLAIN).values)
    even = np.log(read_shading(_cloth(folds, (60, 70, 100)), WHOLE, PLAIN).values)
    middle, below = np.s_[116:140, 71:121], np.s_[220:244, 71:121]
    # as light it would be brighter by .45 times the gain; of lightness beyond the median .12 is believed
    assert washed[middle].mean() - washed[below].mean() < 0.35
    assert np.ptp(washed[middle].mean(axis=0)) > 0.7 * np.ptp(even[middle].mean(axis=0))


def test_only_what_shows_no_folds_is_rounded():
    scene = draw(TEE, colour=(150, 140, 160), folds=0.2)
    alpha = scene.garment.astype(np.float32)
    creased, rounded = (read_shading(scene.rgb, alpha, _plain(form=form)).values for form in (0.0, 0.5))
    np.testing.assert_array_equal(creased, rounded)
    silhouette = np.where(scene.garment[..., None], 0, 255).astype(np.uint8).repeat(3, axis=-1)
    flat, form = (read_shading(silhouette, alpha, _plain(form=form)) for form in (0.0, 0.5))
    assert flat.kind == form.kind == "drawing"
    assert (flat.values == 1).all()
    low, high = np.percentile(np.log(form.values[scene.garment]), [5, 95])
    assert high - low == pytest.approx(0.5, abs=0.02)


def test_a_label_is_no_fold():
    scene = draw(TEE, colour=(60, 50, 90), folds=0.1)
    labelled = scene.rgb.copy()
    labelled[70:82, 112:128] = (235, 235, 230)
    alpha = scene.garment.astype(np.float32)
    values = read_shading(labelled, alpha, PLAIN).values
    assert values[72:80, 114:126].max() < 1.35


def _drawing() -> np.ndarray:
    drawing = np.full((256, 192, 3), (60, 90, 160), np.uint8)
    drawing[160:] = (220, 60, 60)
    drawing[60:64] = (5, 5, 5)
    drawing[158:162] = (5, 5, 5)
    return drawing


def test_a_drawings_dark_lines_are_ink_and_its_colours_are_not():
    shading = read_shading(_drawing(), WHOLE, ShadingPart())
    assert shading.kind == "drawing"
    assert (shading.values[62] < 0.15).all()
    assert shading.ink[61:63].all()
    assert shading.ink.mean() == pytest.approx(4 / 256, rel=0.2)
    np.testing.assert_allclose(shading.values[30], 1)
    np.testing.assert_allclose(shading.values[220], 1)


def test_the_outline_of_a_drawings_old_motif_goes_with_it():
    assert (read_shading(_drawing(), WHOLE, ShadingPart()).values[160] > 0.9).all()


def test_the_outline_of_the_garment_itself_stays():
    drawing = np.full((256, 192, 3), 255, np.uint8)
    drawing[40:216, 40:152] = (5, 5, 5)
    drawing[44:212, 44:96] = (60, 90, 160)
    drawing[44:212, 96:148] = (220, 60, 60)
    alpha = np.zeros((256, 192), np.float32)
    alpha[40:216, 40:152] = 1
    values = read_shading(drawing, alpha, ShadingPart()).values
    assert (values[42, 44:148] < 0.15).all()


def test_grain_of_a_large_photo_is_not_read_as_folds():
    rows, columns = np.indices((1024, 768)).astype(np.float32)
    light = 1 + 0.1 * np.sin(columns / 40) + 0.05 * np.sin(rows / 90)
    clean = 150 * light[..., None] * np.ones(3, np.float32)
    noisy = np.clip(clean + np.random.default_rng(0).normal(0, 6, clean.shape), 0, 255).astype(np.uint8)
    encoded = cv2.imdecode(cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, 70])[1], cv2.IMREAD_COLOR)
    values = read_shading(encoded, np.ones((1024, 768), np.float32), PLAIN).values
    grain = np.abs(cv2.Laplacian(values, cv2.CV_32F)).mean()
    # the photo's own grain, through the same gain, would be about thirty times this
    assert grain < 0.004


@pytest.mark.parametrize("shape", [(1, 1), (5, 400), (17, 31), (64, 64)])
def test_any_shape_and_an_empty_mask_are_answered(shape: tuple[int, int]):
    picture = np.random.default_rng(1).integers(0, 256, (*shape, 3), dtype=np.uint8)
    for alpha in (np.ones(shape, np.float32), np.zeros(shape, np.float32)):
        values = read_shading(picture, alpha, ShadingPart()).values
        assert values.shape == shape
        assert values.dtype == np.float32
        assert np.isfinite(values).all()
    assert (values == 1).all()


@pytest.mark.parametrize("value", [0, 255])
def test_black_and_white_pictures_are_flat(value: int):
    values = read_shading(np.full((60, 50, 3), value, np.uint8), np.ones((60, 50), np.float32), PLAIN).values
    np.testing.assert_allclose(values, 1, atol=1e-3)
