"""What real catalogs hold becomes upright sRGB: modes, depths, transparency, orientation, size."""

import io
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

from nst_core.codec import DecodeLimits, decode

LOSSLESS = [
    ("PNG", {}, "png"),
    ("TIFF", {}, "tiff"),
    ("TIFF", {"compression": "tiff_lzw"}, "tiff"),
    ("TIFF", {"compression": "tiff_adobe_deflate"}, "tiff"),
    ("TIFF", {"compression": "packbits"}, "tiff"),
    ("BMP", {}, "bmp"),
    ("WEBP", {"lossless": True}, "webp"),
]
LOSSY = [
    ("JPEG", {"quality": 95}, "jpeg"),
    ("JPEG", {"quality": 95, "progressive": True}, "jpeg"),
    ("WEBP", {"quality": 95}, "webp"),
    ("AVIF", {"quality": 95}, "avif"),
    ("TIFF", {"compression": "jpeg", "quality": 95}, "tiff"),
]


def mean_difference(a, b) -> float:
    return float(np.abs(np.asarray(a, dtype=float) - np.asarray(b, dtype=float)).mean())


@pytest.mark.parametrize(("kind", "options", "expected"), LOSSLESS)
def test_a_lossless_file_comes_back_bit_for_bit(motif, save, kind, options, expected):
    picture = decode(save(motif, kind, **options), name="motif")
    assert np.array_equal(picture.rgb, motif)
    assert (picture.format, picture.alpha, picture.resized) == (expected, None, False)


@pytest.mark.parametrize(("kind", "options", "expected"), LOSSY)
def test_a_lossy_file_comes_back_nearly(motif, save, kind, options, expected):
    picture = decode(save(motif, kind, **options), name="motif")
    assert picture.format == expected
    assert mean_difference(picture.rgb, motif) < 4


def test_the_content_counts_and_not_the_name(motif, save):
    assert decode(save(motif, "PNG"), name="shirt.jpg").format == "png"


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "JPEG", "GIF"])
def test_grey_becomes_three_equal_channels(motif, save, kind):
    grey = Image.fromarray(motif).convert("L")
    rgb = decode(save(grey, kind), name="grey").rgb
    assert np.array_equal(rgb[..., 0], rgb[..., 1])
    assert np.array_equal(rgb[..., 0], rgb[..., 2])
    assert mean_difference(rgb[..., 0], grey) < 2


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bit_grey_is_rounded_to_eight(save, kind):
    # 257 = 65535 / 255: level v of 255 is 257 v of 65535, and half a level rounds up.
    deep = np.arange(32 * 32, dtype=np.uint16).reshape(32, 32) * 64
    rgb = decode(save(deep, kind), name="deep").rgb
    assert np.array_equal(rgb[..., 1], np.floor(deep / 257 + 0.5).astype(np.uint8))


def test_one_declared_grey_of_sixteen_bits_is_transparent(save):
    deep = np.full((20, 20), 40_000, np.uint16)
    deep[:10] = 40_001
    picture = decode(save(deep, "PNG", transparency=40_001), name="deep", matte=(9, 8, 7))
    assert picture.alpha is not None
    assert set(picture.alpha[:10].ravel()) == {0}
    assert set(picture.alpha[10:].ravel()) == {255}
    assert picture.rgb[0, 0].tolist() == [9, 8, 7]


def test_one_bit_is_black_and_white(save):
    lines = np.indices((20, 20))[0] % 2 == 0
    assert np.array_equal(decode(save(lines, "PNG"), name="lines").rgb[..., 0], lines * np.uint8(255))


def test_a_palette_is_looked_up(motif, save):
    palette = Image.fromarray(motif).quantize(32)
    expected = np.asarray(palette.convert("RGB"))
    for kind in ("PNG", "GIF", "TIFF", "BMP"):
        assert np.array_equal(decode(save(palette, kind), name=kind).rgb, expected)


def test_a_transparent_palette_entry_shows_the_matte(save):
    image = Image.new("P", (20, 20), 1)
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.paste(0, (0, 0, 10, 20))
    for kind in ("PNG", "GIF"):
        picture = decode(save(image, kind, transparency=0), name=kind, matte=(1, 2, 3))
        assert picture.rgb[5, 5].tolist() == [1, 2, 3]
        assert picture.rgb[5, 15].tolist() == [0, 0, 255]
        assert picture.alpha is not None
        assert picture.alpha[5, 5] == 0


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
def test_alpha_is_blended_over_the_matte(save, kind):
    image = Image.new("RGBA", (20, 20), (200, 100, 0, 128))
    image.paste((0, 0, 0, 255), (0, 0, 20, 10))
    picture = decode(save(image, kind, lossless=True) if kind == "WEBP" else save(image, kind), name=kind)
    # 200 · 128/255 + 255 · 127/255 = 227.4; 100 → 177.2; 0 → 127
    assert picture.rgb[15, 5].tolist() == [227, 177, 127]
    assert picture.alpha is not None
    assert picture.alpha[15, 5] == 128
    assert picture.rgb[5, 5].tolist() == [0, 0, 0]


def test_grey_with_alpha_is_blended_too(save):
    picture = decode(save(Image.new("LA", (20, 20), (100, 128)), "PNG"), name="la", matte=(0, 0, 0))
    # 100 · 128/255 = 50.2
    assert picture.rgb[3, 3].tolist() == [50, 50, 50]


def test_an_alpha_of_only_opaque_pixels_is_no_alpha(motif, save):
    image = Image.fromarray(motif).convert("RGBA")
    picture = decode(save(image, "PNG"), name="opaque")
    assert picture.alpha is None
    assert np.array_equal(picture.rgb, motif)


# What the photo looks like when stored with each orientation (EXIF 2.3, table "Orientation").
STORED = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: np.rot90(a, 1),
    7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
    8: lambda a: np.rot90(a, -1),
}


@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize(
    ("kind", "options", "tolerance"),
    [
        ("JPEG", {"quality": 95}, 4),
        ("PNG", {}, 0),
        ("WEBP", {"lossless": True}, 0),
        ("TIFF", {}, 0),
        ("AVIF", {"quality": 95}, 4),
    ],
)
def test_a_turned_photo_is_set_upright(motif, save, orientation, kind, options, tolerance):
    stored = Image.fromarray(np.ascontiguousarray(STORED[orientation](motif)))
    exif = Image.Exif()
    exif[274] = orientation
    picture = decode(save(stored, kind, exif=exif, **options), name=kind)
    assert picture.rgb.shape == motif.shape
    assert mean_difference(picture.rgb, motif) <= tolerance


def test_a_senseless_orientation_is_ignored(motif, save):
    exif = Image.Exif()
    exif[274] = 99
    assert np.array_equal(decode(save(motif, "PNG", exif=exif), name="odd").rgb, motif)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_a_large_picture_is_reduced_to_the_long_side(save, kind):
    y, x = np.mgrid[0:300, 0:600]
    large = np.stack((x / 600, y / 300, 0 * x), axis=-1)
    data = save((large * 255).astype(np.uint8), kind)
    picture = decode(data, name="large", limits=DecodeLimits(long_side_px=100))
    assert picture.resized
    assert picture.rgb.shape == (50, 100, 3)
    # A ramp stays the same ramp: pixel centres at (i + ½) / 100 of the range.
    ramp = (np.arange(100) + 0.5) / 100 * 255
    assert np.abs(picture.rgb[25, 5:95, 0] - ramp[5:95]).max() < 4


def test_a_reduced_picture_keeps_the_colour_at_its_transparent_edge(save):
    # Transparent pixels are red: were they averaged without weights, the green edge would turn brown.
    image = Image.new("RGBA", (400, 400), (255, 0, 0, 0))
    image.paste((0, 255, 0, 255), (0, 0, 202, 400))
    picture = decode(save(image, "PNG"), name="edge", matte=(0, 255, 0), limits=DecodeLimits(long_side_px=64))
    assert picture.rgb[..., 0].max() <= 2


def test_a_camera_file_of_two_photos_gives_the_first(motif, save):
    other = Image.fromarray(255 - motif)
    data = save(motif, "MPO", save_all=True, append_images=[other], quality=95)
    with Image.open(io.BytesIO(data)) as stereo:
        assert stereo.n_frames == 2
    picture = decode(data, name="stereo.jpg")
    assert picture.format == "jpeg"
    assert mean_difference(picture.rgb, motif) < 4


def test_a_tiff_with_a_thumbnail_has_one_page(motif, save):
    small = Image.fromarray(motif[::2, ::2])
    thumbnail = small.copy()
    thumbnail.encoderinfo = {"tiffinfo": {254: 1}}
    data = save(motif, "TIFF", save_all=True, append_images=[thumbnail])
    assert np.array_equal(decode(data, name="scan.tif").rgb, motif)


def test_many_threads_decode_as_one_does(motif, save):
    files = [save(motif, kind, **options) for kind, options, _ in LOSSLESS + LOSSY] * 4
    alone = [decode(data, name="file").rgb for data in files]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda data: decode(data, name="file").rgb, files))
    assert all(np.array_equal(a, b) for a, b in zip(alone, together, strict=True))
