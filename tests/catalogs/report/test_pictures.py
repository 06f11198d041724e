"""Thumbnails of what real catalogs hold."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from catalogs.errors import NotFound, StorageUnavailable
from catalogs.report import pictures
from catalogs.report.pictures import load_pictures, small_picture


def encoded(image, format="PNG", **options):
    out = io.BytesIO()
    image.save(out, format, **options)
    return out.getvalue()


def test_a_picture_is_made_small_and_never_larger():
    assert small_picture(encoded(Image.new("RGB", (400, 100))), side_px=100).size == (100, 25)
    assert small_picture(encoded(Image.new("RGB", (40, 10))), side_px=100).size == (40, 10)


def test_a_phones_picture_stands_upright():
    image = Image.new("RGB", (40, 20))
    exif = image.getexif()
    exif[0x0112] = 6  # turned a quarter
    assert small_picture(encoded(image, "JPEG", exif=exif), side_px=64).size == (20, 40)


@pytest.mark.parametrize("mode", ["L", "LA", "P", "CMYK", "1", "I;16", "RGBA"])
def test_every_mode_becomes_rgb(mode):
    image = Image.new(mode, (8, 8), 0 if mode in ("L", "P", "1", "I;16") else None)
    data = encoded(image, "TIFF" if mode == "CMYK" else "PNG")
    assert small_picture(data, side_px=8).mode == "RGB"


def test_sixteen_bits_keep_their_middle_grey():
    grey = Image.fromarray(np.full((8, 8), 32768, np.uint16))
    assert small_picture(encoded(grey), side_px=8).getpixel((4, 4)) == (127, 127, 127)


def test_what_is_transparent_lies_on_white():
    assert (
        small_picture(encoded(Image.new("RGBA", (8, 8), (0, 0, 0, 0))), side_px=8).getpixel((4, 4))
        == (255,) * 3
    )


def test_each_image_is_read_once_and_what_cannot_be_shown_is_none(monkeypatch):
    monkeypatch.setattr(pictures, "MAX_PIXELS", 1000)
    stored = {
        "good": encoded(Image.new("RGB", (10, 10))),
        "cut": encoded(Image.effect_noise((30, 30), 50))[:-400],
        "text": b"<svg onload=alert(1)>",
        "huge": encoded(Image.new("RGB", (40, 40))),
        "": b"",
    }
    reads = []

    def read(key):
        reads.append(key)
        if key not in stored:
            raise NotFound(f"nothing under {key}", key=key)
        return stored[key]

    loaded = load_pictures(["good", "cut", "text", "good", None, "gone", "huge"], read, side_px=32)
    assert sorted(reads) == ["cut", "gone", "good", "huge", "text"]
    assert {key for key, picture in loaded.items() if picture is not None} == {"good"}


def test_a_bucket_that_does_not_answer_is_worth_another_try():
    def read(key):
        raise StorageUnavailable("the bucket does not answer", key=key)

    with pytest.raises(StorageUnavailable):
        load_pictures(["a"], read, side_px=32)
