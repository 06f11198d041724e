"""What stands for a style image in a card."""

from __future__ import annotations

import hashlib

import cv2
import numpy as np
import pytest

from nst_core.codec import decode
from nst_core.networks import field_means, is_the_picture_of, pixels_sha256
from tests.cards import card_of

RGB = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)


def test_it_is_the_sha256_of_the_size_a_line_end_and_the_bytes_row_by_row():
    assert pixels_sha256(RGB) == hashlib.sha256(b"2x4\n" + bytes(range(24))).hexdigest()


def test_the_same_bytes_in_another_shape_are_another_image():
    assert pixels_sha256(RGB) != pixels_sha256(RGB.reshape(4, 2, 3))


def test_two_files_of_one_picture_are_one_image():
    rgb = np.random.default_rng(0).integers(0, 255, (40, 48, 3), np.uint8)
    files = [
        cv2.imencode(".png", rgb[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, level])[1].tobytes()
        for level in (0, 9)
    ]
    assert files[0] != files[1]
    assert {pixels_sha256(decode(data, name="a.png").rgb) for data in files} == {pixels_sha256(rgb)}


def test_how_the_rows_lie_in_memory_is_nothing_to_it():
    assert pixels_sha256(RGB[:, ::-1][:, ::-1]) == pixels_sha256(RGB)


def test_means_are_those_of_eight_by_eight_fields_row_by_row():
    rgb = np.zeros((16, 24, 3), np.uint8)
    rgb[0:2, 3:6] = (10, 20, 30)
    rgb[0, 3] = (16, 20, 30)
    rgb[14:16, 21:24, 2] = 7
    means = field_means(rgb)
    assert len(means) == 8 * 8 * 3
    assert means[3:6] == (11, 20, 30)
    assert means[-1] == 7
    assert sum(means) == 11 + 20 + 30 + 7


@pytest.mark.parametrize("size", [(1, 1), (3, 40), (9, 8), (640, 641)])
def test_a_picture_of_any_size_has_as_many_means(size):
    assert field_means(np.full((*size, 3), 9, np.uint8)) == (9.0,) * 192


def test_a_picture_is_known_by_its_pixels_or_else_by_its_means():
    rgb = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    last_digit, paler = rgb.copy(), np.clip(rgb.astype(int) + 2, 0, 255).astype(np.uint8)
    last_digit[::9, ::7] ^= 1

    def known(picture: np.ndarray, **told) -> bool:
        card = card_of(
            "johnson", b"", "ikat", architecture={}, style_pixels_sha256=pixels_sha256(rgb), **told
        )
        return is_the_picture_of(card, pixels_sha256(picture), field_means(picture))

    means = {"style_means": field_means(rgb)}
    assert known(rgb)
    assert known(last_digit, **means)
    # a card from before there were means knows pixels alone
    assert not known(last_digit)
    assert not known(paler, **means)
    assert not known(rgb[::-1], **means)
