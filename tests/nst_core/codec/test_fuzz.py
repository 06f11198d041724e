"""Damaged files give a picture or a refusal: never another exception, never a warning."""

import io
import warnings
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from nst_core.codec import DecodeLimits, decode, decode_mask, read_png_text
from nst_core.errors import ImageRefused
from tests.nst_core.codec.icc import matrix_profile

LIMITS = DecodeLimits(max_pixels=1_000_000, max_pixels_at_once=1_000_000)
KINDS: dict[str, tuple[str, str, dict]] = {
    "jpeg": (
        "RGB",
        "JPEG",
        {"icc_profile": matrix_profile((0.5, 0.2, 0), (0.3, 0.7, 0.1), (0.16, 0.1, 0.7), gamma=2)},
    ),
    "progressive jpeg": ("RGB", "JPEG", {"progressive": True}),
    "cmyk jpeg": ("CMYK", "JPEG", {}),
    "png": ("RGB", "PNG", {}),
    "palette png": ("P", "PNG", {"transparency": b"\x80" * 9}),
    "raw tiff": ("RGBA", "TIFF", {}),
    "lzw tiff": ("RGB", "TIFF", {"compression": "tiff_lzw"}),
    "jpeg tiff": ("RGB", "TIFF", {"compression": "jpeg"}),
    "lab tiff": ("LAB", "TIFF", {}),
    "webp": ("RGBA", "WEBP", {}),
    "lossless webp": ("RGB", "WEBP", {"lossless": True}),
    "avif": ("RGBA", "AVIF", {}),
    "gif": ("P", "GIF", {}),
    "bmp": ("RGB", "BMP", {}),
}


def sample(kind: str) -> bytes:
    mode, container, options = KINDS[kind]
    y, x = np.mgrid[0:24, 0:30]
    image = Image.fromarray(np.stack((9 * x % 256, 10 * y, x * y % 256), axis=-1).astype(np.uint8))
    if mode == "LAB":
        image = Image.merge("LAB", image.split())
    exif = Image.Exif()
    exif[274], exif[271] = 6, "A camera with a long name"
    if container not in ("GIF", "BMP"):
        options = {**options, "exif": exif}
    buffer = io.BytesIO()
    (image if mode == "LAB" else image.convert(mode)).save(buffer, container, **options)
    return buffer.getvalue()


SAMPLES = {kind: sample(kind) for kind in KINDS}


def check(data: bytes) -> None:
    """Decode; a refusal is fine, any other exception and any warning is not."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with suppress(ImageRefused):
            picture = decode(data, name="file", limits=LIMITS)
            assert picture.rgb.dtype == np.uint8
            assert picture.rgb.shape[2] == 3
            assert picture.alpha is None or picture.alpha.shape == picture.rgb.shape[:2]
        with suppress(ImageRefused):
            assert decode_mask(data, name="file", limits=LIMITS).max() > 0
        with suppress(ImageRefused):
            assert isinstance(read_png_text(data), dict)


@pytest.mark.parametrize("kind", KINDS)
def test_the_sound_file_is_a_picture(kind):
    assert min(decode(SAMPLES[kind], name=kind, limits=LIMITS).rgb.shape[:2]) == 24


@given(st.binary(max_size=400))
@settings(max_examples=150, deadline=None)
def test_random_bytes_never_crash(data):
    check(data)


MAGICS = [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"II*\0", b"MM\0*", b"RIFF\x40\0\0\0WEBP", b"BM"]


@given(st.sampled_from(MAGICS), st.binary(max_size=200))
@settings(max_examples=150, deadline=None)
def test_random_bytes_behind_a_magic_never_crash(magic, data):
    check(magic + data)


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@settings(max_examples=25, deadline=None)
def test_a_cut_file_never_crashes(kind, data):
    whole = SAMPLES[kind]
    check(whole[: data.draw(st.integers(0, len(whole) - 1))])


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_a_file_with_flipped_bits_never_crashes(kind, data):
    damaged = bytearray(SAMPLES[kind])
    # Half of the damage goes where the structure is: the first 300 bytes.
    for in_header in data.draw(st.lists(st.booleans(), min_size=1, max_size=6)):
        last = min(300, len(damaged)) if in_header else len(damaged)
        damaged[data.draw(st.integers(0, last - 1))] ^= data.draw(st.integers(1, 255))
    check(bytes(damaged))
