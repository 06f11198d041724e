"""Colours come out as sRGB, whatever profile they came in."""

import numpy as np
import pytest
from PIL import Image, ImageCms

from nst_core.codec import decode
from tests.nst_core.codec.icc import matrix_profile

# XYZ of the primaries, adapted to D50 (published in the profiles of Apple and of the ICC).
P3 = ((0.51512, 0.2412, -0.00105), (0.29198, 0.69225, 0.04189), (0.1571, 0.06657, 0.78407))
SRGB = ((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.7141))


def linear_to_srgb(linear: np.ndarray) -> np.ndarray:
    curve = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * np.abs(linear) ** (1 / 2.4) - 0.055)
    return 255 * curve


def flat(colour) -> Image.Image:
    return Image.new("RGB", (24, 24), colour)


@pytest.mark.parametrize("colour", [(180, 120, 90), (90, 140, 160), (128, 128, 128), (250, 240, 230)])
def test_a_wide_gamut_colour_is_what_the_matrices_say(save, colour):
    # Linear light in P3, through XYZ (D50), to linear sRGB: M_srgb⁻¹ M_p3 c^2.2
    linear = (np.array(colour) / 255) ** 2.2
    mixed = np.linalg.inv(np.array(SRGB).T) @ np.array(P3).T @ linear
    profile = matrix_profile(*P3, gamma=2.2)
    picture = decode(save(flat(colour), "PNG", icc_profile=profile), name="p3")
    assert np.abs(picture.rgb[12, 12] - linear_to_srgb(mixed)).max() <= 1.5


def test_a_profile_that_means_srgb_leaves_every_byte(motif, save):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for kind in ("PNG", "TIFF"):
        assert np.array_equal(decode(save(motif, kind, icc_profile=profile), name=kind).rgb, motif)


def test_a_profile_of_permuted_channels_puts_them_back(save):
    # A profile may call its first channel blue (XYB files do): red comes out as blue.
    profile = matrix_profile(SRGB[2], SRGB[1], SRGB[0], gamma=2.2)
    red, green, blue = decode(save(flat((255, 0, 0)), "PNG", icc_profile=profile), name="bgr").rgb[0, 0]
    assert blue > 250
    assert max(red, green) < 5


def test_alpha_survives_the_profile(save):
    image = Image.new("RGBA", (24, 24), (255, 0, 0, 128))
    profile = matrix_profile(SRGB[2], SRGB[1], SRGB[0], gamma=2.2)
    picture = decode(save(image, "PNG", icc_profile=profile), name="rgba", matte=(0, 0, 0))
    assert picture.alpha is not None
    assert set(picture.alpha.ravel()) == {128}
    assert picture.rgb[0, 0, 2] in (127, 128)


@pytest.mark.parametrize(
    "profile",
    [
        b"no profile at all",
        matrix_profile(*P3, gamma=2.2)[:200],
        matrix_profile(*P3, gamma=2.2, space=b"CMYK"),
        matrix_profile(*P3, gamma=2.2, space=b"\xff\xfe\xfd\xfc"),
    ],
)
def test_a_senseless_profile_is_ignored(motif, save, profile):
    assert np.array_equal(decode(save(motif, "PNG", icc_profile=profile), name="odd").rgb, motif)


def test_cmyk_without_a_profile_becomes_rgb_by_the_plain_formula(save):
    # Cyan takes away red: C = 255 leaves 0, K = 0; half black halves what is left.
    inks = {(255, 0, 0, 0): (0, 255, 255), (0, 255, 255, 0): (255, 0, 0), (0, 0, 0, 128): (127, 127, 127)}
    for ink, expected in inks.items():
        picture = decode(save(Image.new("CMYK", (24, 24), ink), "TIFF"), name="cmyk.tif")
        assert np.abs(picture.rgb[5, 5].astype(int) - expected).max() <= 1
        picture = decode(save(Image.new("CMYK", (24, 24), ink), "JPEG", quality=95), name="cmyk.jpg")
        assert np.abs(picture.rgb[5, 5].astype(int) - expected).max() <= 3


def test_lab_without_chroma_is_grey(save):
    # TIFF stores L as 0..255 and a, b as signed bytes around 0; L* 53.4 is the grey 127 of sRGB.
    lab = Image.merge("LAB", [Image.new("L", (24, 24), value) for value in (round(53.4 * 2.55), 128, 128)])
    picture = decode(save(lab, "TIFF"), name="lab.tif")
    assert np.abs(picture.rgb[5, 5].astype(int) - 127).max() <= 2


def real(data_dir, name: str) -> np.ndarray:
    return decode((data_dir / "hostile" / name).read_bytes(), name=name).rgb.astype(float)


def test_an_adobe_rgb_photo_is_the_photo_it_was_made_from(data_dir):
    from skimage import data

    # Without the profile the mean difference is 9.1; what is left is the loss of JPEG.
    assert np.abs(real(data_dir, "icc_adobe1998.jpg") - data.coffee()).mean() < 4


def test_one_photo_in_xyb_and_in_adobe_rgb_looks_the_same(data_dir):
    # Without the profile the XYB file differs by 24.8.
    difference = real(data_dir, "icc_xyb.jpg") - real(data_dir, "icc_adobe_rgb.jpg")
    assert np.abs(difference).mean() < 2.5


def test_one_portrait_in_lab_and_in_jpeg_looks_the_same(data_dir):
    difference = real(data_dir, "lab.tif") - real(data_dir, "exif_rot6.jpg")
    assert np.abs(difference).mean() < 7
