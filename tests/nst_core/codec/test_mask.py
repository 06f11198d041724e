"""Masks of every kind mean the same: 255 is garment."""

import numpy as np
import pytest
from PIL import Image

from nst_core.codec import decode_mask
from nst_core.errors import ImageRefused


@pytest.fixture
def disc() -> np.ndarray:
    """A soft disc: (60, 40) uint8."""
    y, x = np.mgrid[0:60, 0:40]
    return (np.clip(16 - np.hypot(y - 30, x - 20), 0, 4) * 63.75).astype(np.uint8)


def test_a_grey_mask_keeps_its_soft_edge(disc, save):
    for kind in ("PNG", "TIFF", "BMP"):
        assert np.array_equal(decode_mask(save(disc, kind), name=kind), disc)


def test_white_on_black_in_colours_is_a_mask_too(disc, save):
    assert np.array_equal(decode_mask(save(np.stack([disc] * 3, axis=-1), "PNG"), name="rgb"), disc)


def test_the_alpha_of_a_cut_out_is_its_mask(disc, save):
    # The colours are loud: only the alpha counts.
    cut_out = np.dstack((np.full_like(disc, 250), 0 * disc, 0 * disc, disc))
    assert np.array_equal(decode_mask(save(cut_out, "PNG"), name="rgba"), disc)
    grey = Image.merge("LA", (Image.fromarray(0 * disc), Image.fromarray(disc)))
    assert np.array_equal(decode_mask(save(grey, "PNG"), name="la"), disc)


def test_an_opaque_alpha_leaves_the_word_to_the_grey(disc, save):
    opaque = np.dstack((disc, disc, disc, np.full_like(disc, 255)))
    assert np.array_equal(decode_mask(save(opaque, "PNG"), name="rgba"), disc)


def test_binary_masks_of_any_depth_are_black_and_white(disc, save):
    inside = disc > 100
    expected = inside * np.uint8(255)
    assert np.array_equal(decode_mask(save(inside, "PNG"), name="one bit"), expected)
    assert np.array_equal(decode_mask(save(inside.astype(np.uint8), "PNG"), name="labels 0, 1"), expected)
    assert np.array_equal(decode_mask(save(inside * np.uint16(65535), "PNG"), name="16 bit"), expected)


def test_a_mask_is_turned_like_its_photo(disc, save):
    exif = Image.Exif()
    exif[274] = 6
    turned = decode_mask(save(disc, "PNG", exif=exif), name="turned")
    assert np.array_equal(turned, np.rot90(disc, -1))


def test_an_empty_mask_is_refused(disc, save):
    with pytest.raises(ImageRefused, match="no pixel of the mask") as caught:
        decode_mask(save(0 * disc, "PNG"), name="mask.png")
    assert caught.value.code == "mask_empty"


def test_a_photo_is_refused_as_a_mask(motif, save):
    with pytest.raises(ImageRefused, match="coloured") as caught:
        decode_mask(save(motif, "PNG"), name="mask.png")
    assert caught.value.code == "mask_coloured"


def test_what_is_no_picture_is_no_mask():
    with pytest.raises(ImageRefused) as caught:
        decode_mask(b"mask", name="mask.png")
    assert (caught.value.code, caught.value.name) == ("not_an_image", "mask.png")
